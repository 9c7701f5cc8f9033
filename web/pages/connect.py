"""Connecting a person's Salesforce login, and signing in with it: both come back to one address."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from remindersync.errors import SalesforceRefused, UserMistake
from remindersync.store.people import AppUser
from web import sessions
from web.pages import oauth
from web.pages.access import App, Person, local_path, signed_in
from web.pages.oauth import Purpose, Returned
from worker.services import Services

router = APIRouter()


@router.get("/connect/salesforce")
def start(request: Request, services: App, _: Person) -> RedirectResponse:
    """Send the person to Salesforce, to connect."""
    return RedirectResponse(oauth.begin(request.session, services, Purpose.CONNECT), HTTPStatus.SEE_OTHER)


@router.get("/oauth/callback")
def finish(request: Request, services: App, state: str = "", code: str = "", error: str = "") -> RedirectResponse:
    """Take the person back with their login, or with one sentence why not."""
    signs_in = oauth.purpose(request.session) is Purpose.SIGN_IN
    person = None if signs_in else signed_in(request, services)
    returned = Returned(state, code, error)
    try:
        to = _connect(request, services, person, returned) if person else _sign_in(request, services, returned)
        return RedirectResponse(to, HTTPStatus.SEE_OTHER)
    except SalesforceRefused as refusal:
        what = f"Salesforce did not connect: {refusal.fault.meaning} {refusal.fault.remedy}"
    except UserMistake as mistake:
        what = str(mistake)
    sessions.say(request.session, what, bad=True)
    return RedirectResponse("/settings" if person else "/sign-in", HTTPStatus.SEE_OTHER)


def _connect(request: Request, services: Services, person: AppUser, returned: Returned) -> str:
    """Connect who is signed in; return where to go."""
    grant, _ = oauth.finish(request.session, services, returned)
    if services.directory.connect(person.id, grant):
        services.send(person.id)
    sessions.say(request.session, f"Connected to Salesforce as {grant.username}.")
    return "/settings"


def _sign_in(request: Request, services: Services, returned: Returned) -> str:
    """Sign in whoever logged in at Salesforce; return where they wanted to go."""
    grant, identity = oauth.finish(request.session, services, returned)
    user = services.sign_ins.enter(grant, identity.email if identity.email_verified else None)
    wanted = local_path(request.session.get("wanted"))
    sessions.begin(request.session, user.id)
    services.send(user.id)
    return wanted
