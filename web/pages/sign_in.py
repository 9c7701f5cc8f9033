"""Signing in by a one-time link or at Salesforce, and signing out."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from remindersync.errors import UserMistake
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from web import sessions
from web.pages import oauth
from web.pages.access import App, Posted, local_path
from web.pages.oauth import Purpose
from web.pages.rendering import page
from worker.services import Services
from worker.sign_in import LINK_SECONDS, SignIn, read_link

router = APIRouter()


@router.get("/sign-in")
def explain(request: Request, services: App) -> HTMLResponse:
    """Say how to sign in."""
    with_salesforce = bool(services.settings.salesforce_client_id)
    return page(request, "sign_in.html", {"email": None, "with_salesforce": with_salesforce})


@router.get("/sign-in/salesforce")
def at_salesforce(request: Request, services: App) -> RedirectResponse:
    """Send somebody to Salesforce, to come back signed in."""
    return RedirectResponse(oauth.begin(request.session, services, Purpose.SIGN_IN), HTTPStatus.SEE_OTHER)


@router.get("/sign-in/{token}")
def ask(request: Request, token: str, services: App) -> HTMLResponse:
    """Ask before signing in: mail programs open links by themselves, and that must not use the link up."""
    _, user = _link(services, token)
    return page(request, "sign_in.html", {"email": user.email})


@router.post("/sign-in/{token}")
def enter(request: Request, token: str, services: App, _: Posted) -> RedirectResponse:
    """Sign in, once."""
    link, user = _link(services, token)
    if not services.sign_ins.use(f"link {link.nonce}", keep_seconds=2 * LINK_SECONDS):
        raise UserMistake("This sign-in link was used already: ask for a new one.")
    wanted = local_path(request.session.get("wanted"))
    sessions.begin(request.session, user.id)
    return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)


@router.post("/sign-out")
def leave(request: Request, services: App, _: Posted) -> RedirectResponse:
    """End the session, for every copy of its cookie."""
    claimed = sessions.claimed(request.session)
    if claimed is not None:
        services.sign_ins.use(claimed.id, keep_seconds=sessions.SESSION_SECONDS)
    request.session.clear()
    sessions.say(request.session, "You are signed out.")
    return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)


def _link(services: Services, token: str) -> tuple[SignIn, AppUser]:
    link = read_link(services.settings, token)
    try:
        user = services.directory.user(link.email)
    except NotFound:
        raise UserMistake("Nobody has this e-mail address any more: ask your admin.") from None
    if not user.active:
        raise UserMistake("This account is deactivated: ask your admin.")
    return link, user
