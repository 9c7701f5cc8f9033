"""One run: how it went, and what a dry one would have done, by name."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.model import RunKind
from remindersync.store.requests import RunRecord
from web.pages import words
from web.pages.access import App, Person
from web.pages.rendering import page
from web.pages.run_words import ACTIONS, RUN_KINDS, RUN_STATES, SIDES

router = APIRouter()
_MOST_ITEMS = 200
# What the page counts, by side.
_COUNTED = {
    "here": ("created_here", "updated_here", "deleted_here"),
    "in Salesforce": ("created_there", "updated_there", "deleted_there"),
}


@dataclass(frozen=True, slots=True)
class PlannedItem:
    """One thing a dry run would have done: to what, and each field's value before and after."""

    what: str
    reminder_id: str | None
    fields: tuple[tuple[str, str, str], ...]
    reason: str


@router.get("/runs/{run_id}")
def show(request: Request, services: App, person: Person, run_id: str) -> HTMLResponse:
    """Show one run."""
    return page(request, "run.html", {"here": "settings", **_shown(services.requests.seen_by(person, run_id))})


@router.get("/runs/{run_id}/part")
def part(
    request: Request,
    services: App,
    person: Person,
    run_id: str,
    seen: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show it for a page that waits; nothing where it has to wait on."""
    run = services.requests.seen_by(person, run_id)
    if run.state == seen:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return page(request, "run_part.html", _shown(run))


def _shown(run: RunRecord) -> dict[str, Any]:
    counts = {side: {name: getattr(run.counts, name) for name in names} for side, names in _COUNTED.items()}
    return {
        "run": run,
        "kind": RUN_KINDS[run.kind],
        "state": RUN_STATES[run.state],
        "is_dry": run.kind is RunKind.DRY,
        "counts": counts,
        "planned": list(_planned(run)),
        "more": max(len(run.plan or ()) - _MOST_ITEMS, 0),
    }


def _planned(run: RunRecord) -> Iterator[PlannedItem]:
    for item in (run.plan or ())[:_MOST_ITEMS]:
        ours = item["side"] == "app"
        fields = tuple(
            (words.field_name(name) if ours else name, str(change.get("from") or ""), str(change.get("to") or ""))
            for name, change in item["fields"].items()
        )
        what = f"{ACTIONS.get(item['action'], item['action'])} {SIDES[item['side']]}"
        # What a run would bring in has no page before it is there.
        is_new = ours and item["action"] == "create"
        yield PlannedItem(what, None if is_new else item["reminder"], fields, item["reason"])
