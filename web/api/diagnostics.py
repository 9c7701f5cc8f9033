"""Open errors: the caller's own, an admin's whole team's."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Query

from remindersync.store.diagnostics import Diagnostic, Wanted
from web.api.access import App, Caller
from web.api.once import OncePerKey
from web.api.shapes import DiagnosticKindList, DiagnosticList, DiagnosticShape, DiagnosticsWanted
from web.problems import described

router = APIRouter(tags=["diagnostics"], route_class=OncePerKey)
Number = Annotated[str, Path(max_length=20, examples=["4711"])]
_NO_SUCH = described(HTTPStatus.NOT_FOUND)


@router.get("/diagnostics", summary="List errors, the oldest first")
def list_them(services: App, caller: Caller, wanted: Annotated[DiagnosticsWanted, Query()]) -> DiagnosticList:
    chosen = Wanted(code=wanted.code, state=wanted.state)
    found = services.diagnostics.page(caller, chosen, cursor=wanted.cursor, limit=wanted.limit)
    return DiagnosticList(items=[_shape(one) for one in found.items], next_cursor=found.next_cursor)


@router.get("/diagnostics/kinds", summary="Count open errors by kind, those on the most records first")
def kinds(services: App, caller: Caller) -> DiagnosticKindList:
    return DiagnosticKindList.model_validate({"items": services.diagnostics.kinds(caller)})


@router.post("/diagnostics/{number}/retry", summary="Take the record of an open error up again", responses=_NO_SUCH)
def retry(services: App, caller: Caller, number: Number) -> DiagnosticShape:
    services.diagnostics.one(caller, number)
    for user_id in services.diagnostics.retry(caller, Wanted([number])).due_user_ids:
        services.send(user_id)
    return _shape(services.diagnostics.one(caller, number))


@router.post("/diagnostics/{number}/ignore", summary="Take an open error off the list", responses=_NO_SUCH)
def ignore(services: App, caller: Caller, number: Number) -> DiagnosticShape:
    services.diagnostics.one(caller, number)
    services.diagnostics.ignore(caller, Wanted([number]))
    return _shape(services.diagnostics.one(caller, number))


def _shape(one: Diagnostic) -> DiagnosticShape:
    names = set(DiagnosticShape.model_fields) & set(Diagnostic.__dataclass_fields__) - {"id"}
    shown = {name: getattr(one, name) for name in names}
    return DiagnosticShape.model_validate(
        shown | {"id": str(one.id), "reminder": one.reminder_id, "salesforce_id": one.task_id}
    )
