"""What a guard holds back of a person's, and approving exactly the set that was listed (DIAG-6)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from remindersync.errors import UserMistake
from web import sessions
from web.pages.access import App, Person, Posted
from web.pages.rendering import to
from web.pages.settings import settings_page
from worker.services import Services

router = APIRouter()


@router.post("/settings/held")
def approve(request: Request, services: App, person: Person, form: Posted) -> Response:
    """Approve the changes that the page listed."""
    try:
        sentence = approve_listed(services, person.id, form.get("listed", ""))
    except UserMistake as mistake:
        return settings_page(request, services, person, mistakes={"held": str(mistake)})
    sessions.say(request.session, sentence)
    return to("/settings")


def approve_listed(services: Services, user_id: str, listed: str) -> str:
    """Approve a user's changes, each as `Waiting.listed`, between spaces; return what to say of it.

    Raises `UserMistake` where nothing of it waits any more.
    """
    count = services.approvals.approve(user_id, listed.split())
    services.send(user_id)
    waiting = len(services.approvals.waiting(user_id))
    more = f" {waiting} came in since and wait still." if waiting else ""
    approved = "1 change is" if count == 1 else f"{count} changes are"
    return f"{approved} approved and carried out by a run that begins now.{more}"
