"""The Command Center: what is due, all that is open, what is done, the bin; and the form that adds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from remindersync.errors import UserMistake
from remindersync.model import Status
from remindersync.store.listing import Due, ListQuery, Shelf
from remindersync.store.people import AppUser
from remindersync.store.shown import ReminderState
from web import sessions
from web.pages import forms, words
from web.pages.access import App, Person, Posted, local_path
from web.pages.cards import Card, card
from web.pages.rendering import page
from worker.services import Services

router = APIRouter()

VIEWS = {"due": "Due", "all": "All open", "done": "Done", "elsewhere": "Elsewhere", "bin": "Bin"}
_UNSETTLED = (ReminderState.PENDING, ReminderState.HELD)
_OPEN = ListQuery(status=Status.OPEN, limit=100)
# Each view's lists: a kind for the style, a title, what an empty one says, and what it shows.
_LISTS: dict[str, tuple[tuple[str, str, str, ListQuery], ...]] = {
    "due": (
        ("overdue", "Overdue", "", replace(_OPEN, due=Due.OVERDUE)),
        ("today", "Today", "Nothing is due today.", replace(_OPEN, due=Due.TODAY)),
        ("tomorrow", "Tomorrow", "Nothing is due tomorrow.", replace(_OPEN, due=Due.TOMORROW)),
    ),
    "all": (("all", "All open", "No open reminders: add one above.", _OPEN),),
    "done": (("done", "Done", "Nothing is done yet.", replace(_OPEN, status=Status.COMPLETED)),),
    "elsewhere": (
        (
            "elsewhere",
            "Elsewhere",
            "Reminders whose Task went to somebody else are shown here for 30 days.",
            replace(_OPEN, status=None, shelf=Shelf.ELSEWHERE),
        ),
    ),
    "bin": (("bin", "Bin", "The bin is empty.", replace(_OPEN, status=None, shelf=Shelf.BIN)),),
}


@dataclass(frozen=True, slots=True)
class Group:
    """One list of the page; `next` is the address of its next page."""

    kind: str
    title: str
    empty: str
    cards: tuple[Card, ...]
    next: str | None


@router.get("/")
def show(
    request: Request,
    services: App,
    person: Person,
    view: str = "due",
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> HTMLResponse:
    """Show one view of the person's reminders."""
    view = view if view in VIEWS else "due"
    return _page(request, services, person, (view, after), forms.ReminderForm(assignee=person.email))


@router.post("/reminders")
def add(request: Request, services: App, person: Person, form: Posted) -> Response:
    """Add a reminder, or show the form again with what is wrong."""
    wanted = forms.read(form, forms.ReminderForm(assignee=person.email))
    try:
        changed = services.reminders.create(person, wanted.as_draft())
    except UserMistake as mistake:
        sessions.say(request.session, str(mistake), bad=True)
        return _page(request, services, person, ("due", None), wanted, HTTPStatus.UNPROCESSABLE_ENTITY)
    if changed.due_user_id:
        services.send(changed.due_user_id)
    sessions.say(request.session, f"Added {words.shortened(changed.reminder.name)}.")
    return RedirectResponse(local_path(form.get("back")), HTTPStatus.SEE_OTHER)


def colleagues(services: Services, person: AppUser) -> dict[str, str]:
    """Return whom a reminder may be assigned to, as address and name."""
    team = next(team.name for team in services.directory.teams() if team.id == person.team_id)
    people = (each for each in services.directory.users(team) if each.active)
    return {each.email: f"{each.name or each.email}{' (you)' if each.id == person.id else ''}" for each in people}


def _page(
    request: Request,
    services: Services,
    person: AppUser,
    place: tuple[str, str | None],
    draft: forms.ReminderForm,
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    view, after = place
    groups = list(_groups(services, person, view, after))
    context = {
        "here": "reminders",
        "today": words.today_in(person.time_zone, datetime.now(UTC)),
        "views": VIEWS,
        "view": view,
        "back": _address(view, after),
        "draft": draft,
        "people": colleagues(services, person),
        "groups": groups,
        "unsettled": any(each.state in _UNSETTLED for group in groups for each in group.cards),
    }
    return page(request, "reminders.html", context, status=status)


def _groups(services: Services, person: AppUser, view: str, after: str | None) -> Iterator[Group]:
    for kind, title, empty, query in _LISTS[view]:
        listing = services.reminders.list(person, replace(query, cursor=after))
        if kind == "overdue" and not listing.items:
            continue
        # The three short lists have no next page: what does not fit is among all.
        more = ("all", None) if view == "due" else (view, listing.next_cursor)
        cards = tuple(card(item) for item in listing.items)
        yield Group(kind, title, empty, cards, _address(*more) if listing.next_cursor else None)


def _address(view: str, after: str | None) -> str:
    query = {name: value for name, value in (("view", view if view != "due" else None), ("after", after)) if value}
    return f"/?{urlencode(query)}" if query else "/"
