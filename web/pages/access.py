"""Who may open a page and post a form."""

from typing import Annotated

from fastapi import Depends, Request

from remindersync.errors import UserMistake
from remindersync.store.people import AppUser
from web import sessions
from worker.services import Services

_MOST_FIELDS = 40


class SignedOut(Exception):
    """Nobody is signed in."""


class ForgedForm(UserMistake):
    """This form was opened too long ago or in another session: go back, reload the page and try again."""


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


App = Annotated[Services, Depends(services_of)]


def signed_in(request: Request, services: App) -> AppUser:
    """Return the person of this session. Raises `SignedOut`."""
    claimed = sessions.claimed(request.session)
    if claimed is None:
        raise SignedOut
    user = services.sign_ins.in_session(claimed)
    if user is None:
        raise SignedOut
    request.state.user, request.state.claimed = user, claimed
    return user


Person = Annotated[AppUser, Depends(signed_in)]


async def posted(request: Request) -> dict[str, str]:
    """Return a form's text fields. Raises `ForgedForm` without the session's CSRF token."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=1024 * 1024)
    fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    if not sessions.is_csrf_token(request.session, fields.get("csrf", "")):
        raise ForgedForm(ForgedForm.__doc__)
    return fields


Posted = Annotated[dict[str, str], Depends(posted)]


def local_path(given: str | None, default: str = "/") -> str:
    """Return an address of this site to go back to; one of another site becomes `default`."""
    if not given or not given.startswith("/") or given.startswith(("//", "/\\")):
        return default
    return given if given.isprintable() else default
