"""What a guard holds back of the caller's, and approving exactly that."""

from fastapi import APIRouter

from web.api.access import App, Caller
from web.api.once import OncePerKey
from web.api.shapes import Approval, Approved, HeldList

router = APIRouter(tags=["sync"], route_class=OncePerKey)


@router.get("/me/held", summary="List the changes from Salesforce that wait for approval")
def held(services: App, caller: Caller) -> HeldList:
    return HeldList.model_validate({"items": services.approvals.waiting(caller.id)})


@router.post("/me/held/approve", summary="Approve exactly the changes of these reminders")
def approve(services: App, caller: Caller, wanted: Approval) -> Approved:
    count = services.approvals.approve(caller.id, wanted.reminders)
    services.send(caller.id)
    return Approved(approved=count)
