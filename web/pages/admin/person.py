"""One person of the team: whether they are active, whose login acts for them, and what they leave to others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import SyncError
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from web import sessions, staff
from web.pages import by_hand
from web.pages.access import App, Posted
from web.pages.admin.frame import Admin, admin_page
from web.pages.admin.people import HERE
from web.pages.rendering import to
from web.pages.run_words import RUN_KINDS, RUN_STATES
from worker import salesforce_users
from worker.pricing import full_price
from worker.services import Services
from worker.sign_in import sign_in_link

router = APIRouter()
_RUNS = 10
_NAMED = 100


@dataclass(frozen=True, slots=True)
class _Visit:
    """An admin at the page of somebody of their team."""

    request: Request
    services: Services
    admin: AppUser
    user: AppUser


def _visit(request: Request, services: App, admin: Admin, user_id: Annotated[str, Path(max_length=64)]) -> _Visit:
    """Find the person; those of other teams look like nobody (SAFE-1)."""
    found = [user for user in services.directory.colleagues(admin.team_id) if user.id == user_id]
    if not found:
        raise NotFound("There is no such person in your team.")
    return _Visit(request, services, admin, found[0])


Visit = Annotated[_Visit, Depends(_visit)]


@router.get(HERE + "/{user_id}")
def show(visit: Visit, look: str = "") -> HTMLResponse:
    """Show one person; with `look`, also who they may be in Salesforce."""
    user = visit.user
    if not look:
        return _page(visit)
    try:
        found = salesforce_users.candidates(visit.services, staff.team_of(visit.services, visit.admin), user.email)
    except SyncError as mistake:
        return _page(visit, mistakes={"login": str(mistake)})
    return _page(visit, more={"candidates": found})


@router.post(HERE + "/{user_id}/active")
def set_active(visit: Visit, form: Posted) -> Response:
    """Deactivate or activate somebody."""
    user, active = visit.user, form.get("active") != "no"

    def change() -> str:
        staff.set_active(visit.services, visit.admin, user, active=active)
        if active:
            return f"{user.email} is active again."
        return f"{user.email} is deactivated: their sync pauses, and nothing is deleted or moved."

    return _done(visit, "active", change)


@router.post(HERE + "/{user_id}/login")
def choose_login(visit: Visit, form: Posted) -> Response:
    """Choose whose login acts for somebody."""
    user, integration = visit.user, form.get("login") == "integration"
    named = form.get("salesforce_user", "").strip() or None

    def change() -> str:
        changed = staff.choose_login(
            visit.services, staff.team_of(visit.services, visit.admin), user, named, integration=integration
        )
        if integration:
            return f"{user.email} is {changed.salesforce_id} in Salesforce; the integration login acts for them."
        return f"{user.email} acts with their own login."

    return _done(visit, "login", change, form)


@router.post(HERE + "/{user_id}/hand-over")
def hand_over(visit: Visit, form: Posted) -> Response:
    """Hand over the reminders that the page listed."""
    user, count = visit.user, form.get("count", "")

    def change() -> str:
        (heir,) = visit.services.directory.colleagues(visit.admin.team_id, [form.get("to", "")])
        given = staff.hand_over(visit.services, visit.admin, user, heir, int(count[:9]) if count.isdecimal() else -1)
        return f"{given.count} open reminders of {user.email} are handed over to {heir.email}."

    return _done(visit, "hand_over", change, form)


@router.post(HERE + "/{user_id}/resync")
def resync(visit: Visit, form: Posted) -> Response:
    """Queue a run of somebody's sync."""

    def change() -> str:
        by_hand.queue(visit.services, [visit.user], form)
        return f"A run of {visit.user.email} is queued."

    return _done(visit, "resync", change)


@router.post(HERE + "/{user_id}/sign-out")
def sign_out(visit: Visit, _: Posted) -> Response:
    """End somebody's sessions, and the sign-in links made for them."""

    def change() -> str:
        visit.services.sign_ins.end_all(visit.user.id)
        return f"{visit.user.email} is signed out everywhere."

    return _done(visit, "sessions", change)


@router.post(HERE + "/{user_id}/link")
def link(visit: Visit, _: Posted) -> HTMLResponse:
    """Show a link with which somebody signs in once. It is not stored, so the page is the answer itself.

    Whoever holds it is that person: for who is known in Salesforce it would let an admin act there as them. Once they
    are known there, links and sessions from before count no more.
    """
    user = visit.user
    if not user.active:
        return _page(visit, mistakes={"link": f"{user.email} is deactivated: activate them."})
    if user.salesforce_id is not None:
        told = f"{user.email} is known in Salesforce and logs in there: only an operator can make a link for them."
        return _page(visit, mistakes={"link": told})
    return _page(visit, more={"link": sign_in_link(visit.services.settings, user)})


def _done(
    visit: _Visit,
    form: str,
    change: Callable[[], str],
    typed: Mapping[str, str] | None = None,
) -> Response:
    """Do what a form asks for; show the page again, with what went wrong at that form and what was typed."""
    try:
        sentence = change()
    except SyncError as mistake:
        return _page(visit, mistakes={form: str(mistake)}, more={"typed": typed or {}})
    sessions.say(visit.request.session, sentence)
    return to(f"{HERE}/{visit.user.id}")


def _page(
    visit: _Visit,
    *,
    mistakes: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> HTMLResponse:
    services, admin, user = visit.services, visit.admin, visit.user
    (status,) = services.directory.status(user.id)
    left = services.reminders.left_by(user.id)
    context = {
        "person": user,
        "status": status,
        "left": left,
        "named": left[:_NAMED],
        "others": [one for one in services.directory.colleagues(admin.team_id) if one.active and one.id != user.id],
        "price": full_price(services, [user.id]),
        "runs": services.requests.runs_of(user.id, _RUNS),
        "run_kinds": RUN_KINDS,
        "run_states": RUN_STATES,
        "mistakes": mistakes or {},
        "candidates": None,
        "link": None,
        "typed": {},
    }
    first = next(iter((mistakes or {}).values()), None)
    return admin_page(visit.request, "people", context | dict(more or {}), mistake=first, template="person")
