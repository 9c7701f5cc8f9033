"""Signing in by a one-time link, and signing out."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from remindersync.errors import UserMistake
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from web import sessions
from web.pages.access import App, Posted, local_path
from web.pages.rendering import page
from worker.services import Services
from worker.sign_in import SignIn, read_link, use_link

router = APIRouter()


@router.get("/sign-in")
def explain(request: Request) -> HTMLResponse:
    """Say how to sign in."""
    return page(request, "sign_in.html", {"email": None})


@router.get("/sign-in/{token}")
def ask(request: Request, token: str, services: App) -> HTMLResponse:
    """Ask before signing in: mail programs open links by themselves, and that must not use the link up."""
    _, user = _link(services, token)
    return page(request, "sign_in.html", {"email": user.email})


@router.post("/sign-in/{token}")
def enter(request: Request, token: str, services: App, _: Posted) -> RedirectResponse:
    """Sign in, once."""
    link, user = _link(services, token)
    use_link(services.redis, link)
    wanted = local_path(request.session.get("wanted"))
    sessions.begin(request.session, user.id)
    return RedirectResponse(wanted, HTTPStatus.SEE_OTHER)


@router.post("/sign-out")
def leave(request: Request, _: Posted) -> RedirectResponse:
    """End the session."""
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
