"""One webhook: how its deliveries went, a test, a pause, a new secret, its end."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.people import AppUser
from remindersync.store.webhooks import BOTH_SECRETS_HOURS, SqlWebhooks, Webhook
from web import sessions
from web.pages.access import App, Posted
from web.pages.admin.frame import Admin, admin_page
from web.pages.admin.programs import EVENTS, HERE, in_words, people_of, stand_of, whose
from web.pages.rendering import page, to
from worker.services import Services

router = APIRouter()
# What each button of the page asks for, and what is said of it afterwards.
_ACTS: dict[str, tuple[Callable[[SqlWebhooks, AppUser, str], object], str]] = {
    "test": (SqlWebhooks.test, "A test is on its way."),
    "pause": (SqlWebhooks.pause, "The webhook is paused."),
    "resume": (SqlWebhooks.resume, "The webhook is told again what happens."),
    "remove": (SqlWebhooks.remove, "The webhook is removed."),
}


@dataclass(frozen=True, slots=True)
class _Visit:
    """An admin at the page of one webhook."""

    request: Request
    services: Services
    admin: AppUser
    hook: Webhook


def _visit(request: Request, services: App, admin: Admin, webhook_id: Annotated[str, Path(max_length=64)]) -> _Visit:
    return _Visit(request, services, admin, services.hooks.one(admin, webhook_id))


Visit = Annotated[_Visit, Depends(_visit)]


@router.get(HERE + "/webhooks/{webhook_id}")
def show(visit: Visit) -> HTMLResponse:
    """Show one webhook."""
    return _page(visit)


@router.get(HERE + "/webhooks/{webhook_id}/part")
def part(visit: Visit, seen: Annotated[str, Query(max_length=64)] = "") -> Response:
    """Show how it fares for a page that waits for a test; nothing while it has to wait on."""
    if _mark(visit.hook) == seen:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return page(visit.request, "admin/hook_part.html", _shown(visit))


@router.post(HERE + "/webhooks/{webhook_id}")
def act(visit: Visit, form: Posted) -> Response:
    """Do what a button asks for."""
    wanted = form.get("do", "")
    if wanted == "secret":
        return _renew_secret(visit)
    if wanted not in _ACTS:
        return _page(visit, mistake="This button is unknown here: reload the page and try again.")
    do, sentence = _ACTS[wanted]
    do(visit.services.hooks, visit.admin, visit.hook.id)
    sessions.say(visit.request.session, sentence)
    return to(HERE if wanted == "remove" else f"{HERE}/webhooks/{visit.hook.id}")


def _renew_secret(visit: _Visit) -> HTMLResponse:
    """Show a new secret. It is not kept in the open, so the page that shows it is the answer itself."""
    try:
        _, secret = visit.services.hooks.renew_secret(visit.admin, visit.hook.id)
    except UserMistake as mistake:
        return _page(visit, mistake=in_words(mistake))
    return _page(visit, secret=secret)


def _page(visit: _Visit, *, secret: str | None = None, mistake: str | None = None) -> HTMLResponse:
    context = _shown(visit) | {"secret": secret, "hours": BOTH_SECRETS_HOURS}
    return admin_page(visit.request, "programs", context, mistake=mistake, template="hook")


def _shown(visit: _Visit) -> dict[str, object]:
    services, admin, hook = visit.services, visit.admin, visit.hook
    people = people_of(services, admin)
    return {
        "hook": hook,
        "stand": stand_of(hook, people),
        "whose": whose(hook, people),
        "is_mine": hook.owner_id in {None, admin.id},
        "events": [EVENTS[one] for one in hook.events],
        "attempts": services.hooks.attempts(admin, hook.id),
        "mark": _mark(hook),
    }


def _mark(hook: Webhook) -> str:
    return "waits" if hook.test_asked_at else "rests"
