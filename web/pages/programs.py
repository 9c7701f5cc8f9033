"""The tokens with which a person's own programs use the API: made, told apart, revoked."""

import secrets
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.people import AppUser
from web import sessions
from web.api.once import own_id
from web.pages.access import App, Person, Posted
from web.pages.rendering import page, to
from worker.services import Services

router = APIRouter()
HERE = "/settings/programs"


@router.get(HERE)
def show(request: Request, services: App, person: Person) -> HTMLResponse:
    """List the person's tokens."""
    return _page(request, services, person)


@router.post(HERE + "/tokens")
def make(request: Request, services: App, person: Person, form: Posted) -> HTMLResponse:
    """Make a token. It is not stored, so the page that shows it is the answer itself."""
    name = form.get("name", "").strip()
    if not name:
        return _page(request, services, person, mistake="Give the token a name, to know it again when you revoke it.")
    try:
        # Sent twice, by an impatient click or by a reload, the form leaves one token: the one that is shown last.
        token = services.directory.issue_token(person.id, name, token_id=own_id(person, form.get("once") or None))
    except UserMistake as mistake:
        return _page(request, services, person, typed=name, mistake=str(mistake))
    return _page(request, services, person, made=token, typed=name)


@router.post(HERE + "/tokens/{token_id}/revoke")
def revoke(request: Request, services: App, person: Person, token_id: str, _: Posted) -> Response:
    """Let a token count no more."""
    revoked = services.directory.revoke_token(person, token_id)
    sessions.say(request.session, f"{revoked.name or 'The token without a name'} is revoked and counts no more.")
    return to(HERE)


def new_key() -> str:
    """Return what a form carries so that it makes one thing however often it is sent."""
    return secrets.token_urlsafe(12)


def _page(
    request: Request,
    services: Services,
    person: AppUser,
    *,
    made: str | None = None,
    typed: str = "",
    mistake: str | None = None,
) -> HTMLResponse:
    context = {
        "here": "settings",
        "tokens": services.directory.tokens_of(person.id),
        "made": made,
        "typed": typed,
        "mistake": mistake,
        "once": new_key(),
    }
    status = HTTPStatus.OK if mistake is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return page(request, "programs.html", context, status=status)
