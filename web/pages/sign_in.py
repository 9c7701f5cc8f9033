"""Signing in by a one-time link or at Salesforce, and signing out."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from remindersync.errors import UserMistake
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from web import sessions
from web.pages import oauth
from web.pages.access import App, Person, Posted, local_path
from web.pages.oauth import Purpose
from web.pages.rendering import page, to
from worker.services import Services
from worker.sign_in import LINK_SECONDS, SignIn, read_link

router = APIRouter()
_HERE = "/sign-in"


@router.get(_HERE)
def explain(request: Request, services: App) -> HTMLResponse:
    """Say how to sign in."""
    with_salesforce = bool(services.settings.salesforce_client_id)
    return page(request, "sign_in.html", {"email": None, "with_salesforce": with_salesforce})


@router.get(_HERE + "/salesforce")
def at_salesforce(request: Request, services: App) -> RedirectResponse:
    """Send somebody to Salesforce, to come back signed in."""
    return to(oauth.begin(request.session, services, Purpose.SIGN_IN))


@router.get(_HERE + "/{token}")
def ask(request: Request, token: str, services: App) -> HTMLResponse:
    """Ask before signing in: mail programs open links by themselves, and that must not use the link up."""
    _, user = _link(services, token)
    return page(request, "sign_in.html", {"email": user.email})


@router.post(_HERE + "/{token}")
def enter(request: Request, token: str, services: App, _: Posted) -> RedirectResponse:
    """Sign in, once."""
    link, user = _link(services, token)
    if not services.sign_ins.use(f"link {link.nonce}", keep_seconds=2 * LINK_SECONDS):
        raise UserMistake("This sign-in link was used already: ask for a new one.")
    wanted = local_path(request.session.get("wanted"))
    sessions.begin(request.session, user.id, link.number)
    return to(wanted)


@router.post("/sign-out")
def leave(request: Request, services: App, _: Posted) -> RedirectResponse:
    """End the session, for every copy of its cookie."""
    claimed = sessions.claimed(request.session)
    if claimed is not None:
        services.sign_ins.use(claimed.id, keep_seconds=sessions.SESSION_SECONDS)
    return _left(request, "You are signed out.")


@router.post("/sign-out/everywhere")
def leave_everywhere(request: Request, services: App, person: Person, _: Posted) -> RedirectResponse:
    """End every session of the person, and every sign-in link made for them."""
    services.sign_ins.end_all(person.id)
    return _left(request, "You are signed out everywhere.")


def _left(request: Request, sentence: str) -> RedirectResponse:
    sessions.end(request.session)
    sessions.say(request.session, sentence)
    return to(_HERE)


def _link(services: Services, token: str) -> tuple[SignIn, AppUser]:
    link = read_link(services.settings, token)
    try:
        user = services.directory.user_by_id(link.user_id)
    except NotFound:
        raise UserMistake("Whom this sign-in link was for is not here any more: ask your admin.") from None
    if not user.active:
        raise UserMistake("This account is deactivated: ask your admin.")
    if link.number != user.session_number:
        raise UserMistake("This sign-in link does not count any more: ask for a new one.")
    return link, user
