"""The team's errors: by kind with meaning and remedy, record by record, retried, ignored, exported (DIAG-5)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from remindersync.store.diagnostics import MOST, Diagnostic, Handled, Wanted
from remindersync.store.people import AppUser
from web import sessions
from web.pages.access import App
from web.pages.admin.frame import Admin, PostedLists, admin_page
from web.pages.rendering import to
from worker.services import Services
from worker.spreadsheets import csv_lines

router = APIRouter()
HERE = "/admin/diagnostics"
STATES = {"open": "Open", "resolved": "Resolved", "ignored": "Ignored"}
# What becomes of an error by itself.
RETRIES = {
    "backoff": "is tried again by itself",
    "allowance": "waits for calls",
    "reconnect": "waits until somebody connects again",
    "parked": "waits until it changes or is retried",
}
_PAGE = 50
_COLUMNS = tuple(name for name in Diagnostic.__dataclass_fields__ if name != "user_id")
Code = Annotated[str | None, Query(max_length=200)]
State = Annotated[str, Query(max_length=20)]
After = Annotated[str | None, Query(max_length=500)]


@router.get(HERE)
def show(
    request: Request, services: App, admin: Admin, code: Code = None, state: State = "open", after: After = None
) -> HTMLResponse:
    """List errors by kind; those of one kind, or of one state, record by record."""
    state = state if state in STATES else "open"
    wanted = Wanted(code=code, state=state)
    records = services.diagnostics.page(admin, wanted, cursor=after, limit=_PAGE) if code else None
    context = {
        "kinds": services.diagnostics.kinds(admin, wanted),
        "code": code,
        "state": state,
        "states": STATES,
        "retries": RETRIES,
        "records": records,
        "address": _address,
    }
    return admin_page(request, "diagnostics", context)


@router.post(HERE)
def handle(request: Request, services: App, admin: Admin, form: PostedLists) -> Response:
    """Retry or ignore the chosen errors, or all open ones of a kind."""
    code, numbers = _one(form, "code"), form.get("number", [])
    if not numbers and "all" not in form:
        sessions.say(request.session, "Nothing was chosen: tick the records that are meant.", bad=True)
        return to(_address(code=code))
    wanted = Wanted(ids=None if "all" in form else numbers, code=code)
    handled = _handle(services, admin, _one(form, "do"), wanted)
    done = "taken off the list" if _one(form, "do") == "ignore" else "tried again"
    errors = "1 error is" if handled.count == 1 else f"{handled.count} errors are"
    sessions.say(request.session, f"{errors} {done}.")
    return to(HERE if "all" in form else _address(code=code))


@router.get(HERE + "/export")
def export(services: App, admin: Admin, code: Code = None, state: State = "open") -> StreamingResponse:
    """Send errors as CSV, with Salesforce's own words, which may quote what people wrote."""
    wanted = Wanted(code=code, state=state if state in STATES else "open")
    lines = csv_lines(_COLUMNS, _rows(services, admin, wanted))
    named = {"Content-Disposition": 'attachment; filename="remindersync-errors.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=named)


def _one(form: Mapping[str, list[str]], name: str) -> str | None:
    return next(iter(form.get(name, [])), None)


def _handle(services: Services, admin: AppUser, do: str | None, wanted: Wanted) -> Handled:
    if do == "ignore":
        return services.diagnostics.ignore(admin, wanted)
    handled = services.diagnostics.retry(admin, wanted)
    for user_id in handled.due_user_ids:
        services.send(user_id)
    return handled


def _rows(services: Services, admin: AppUser, wanted: Wanted) -> Iterator[dict[str, object]]:
    cursor = None
    while True:
        found = services.diagnostics.page(admin, wanted, cursor=cursor, limit=MOST)
        yield from map(_row, found.items)
        cursor = found.next_cursor
        if cursor is None:
            return


def _row(one: Diagnostic) -> dict[str, object]:
    values = asdict(one)
    return {name: _told(values[name]) for name in _COLUMNS}


def _told(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _address(path: str = HERE, **query: str | None) -> str:
    """Return an address with the query's parts that are there."""
    parts: Iterable[tuple[str, str]] = [(name, value) for name, value in query.items() if value]
    return f"{path}?{urlencode(list(parts))}" if parts else path
