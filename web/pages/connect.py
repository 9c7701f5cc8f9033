"""Connecting a person's Salesforce login, and signing in with it: both come back to one address."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from remindersync.errors import SalesforceRefused, UserMistake
from remindersync.store.people import AppUser
from web import sessions, staff
from web.pages import oauth
from web.pages.access import App, Person, local_path, signed_in
from web.pages.oauth import Purpose, Returned
from web.pages.rendering import to
from worker.services import Services

router = APIRouter()
_TEAMS_PAGE = "/admin/people"


@router.get("/connect/salesforce")
def start(request: Request, services: App, _: Person) -> RedirectResponse:
    """Send the person to Salesforce, to connect."""
    return to(oauth.begin(request.session, services, Purpose.CONNECT))


@router.get("/oauth/callback")
def finish(request: Request, services: App, state: str = "", code: str = "", error: str = "") -> RedirectResponse:
    """Take the person back with their login, or with one sentence why not."""
    purpose, returned = oauth.purpose(request.session), Returned(state, code, error)
    person = None if purpose is Purpose.SIGN_IN else signed_in(request, services)
    try:
        if person is None:
            onward = _sign_in(request, services, returned)
        else:
            connect = _connect_team if purpose is Purpose.TEAM else _connect
            onward = connect(request, services, person, returned)
        return to(onward)
    except SalesforceRefused as refusal:
        what = f"Salesforce did not connect: {refusal.fault.meaning} {refusal.fault.remedy}"
    except UserMistake as mistake:
        what = str(mistake)
        if person:
            staff.tell_operator(person, mistake)
    sessions.say(request.session, what, bad=True)
    back = _TEAMS_PAGE if purpose is Purpose.TEAM else "/settings" if person else "/sign-in"
    return to(back)


def _connect(request: Request, services: Services, person: AppUser, returned: Returned) -> str:
    """Connect who is signed in; return where to go."""
    grant, _ = oauth.finish(request.session, services, returned)
    if services.directory.connect(person.id, grant):
        services.send(person.id)
    if person.salesforce_id is None:
        # The first time ended every session of theirs: this one goes on as the first of the next number, and of no
        # later one, for what an admin ended meanwhile has ended.
        sessions.begin(request.session, person.id, person.session_number + 1)
    sessions.say(request.session, f"Connected to Salesforce as {grant.username}.")
    return "/settings"


def _connect_team(request: Request, services: Services, person: AppUser, returned: Returned) -> str:
    """Connect the integration login of an admin's team; return where to go."""
    grant, _ = oauth.finish(request.session, services, returned)
    if not person.is_admin:
        raise UserMistake("Only an admin of the team may connect its integration login: ask one.")
    services.directory.connect_team(person.team_id, grant)
    sessions.say(request.session, f"The team acts in Salesforce as {grant.username}.")
    return _TEAMS_PAGE


def _sign_in(request: Request, services: Services, returned: Returned) -> str:
    """Sign in whoever logged in at Salesforce; return where they wanted to go."""
    grant, identity = oauth.finish(request.session, services, returned)
    user = services.sign_ins.enter(grant, identity.email if identity.email_verified else None)
    wanted = local_path(request.session.get("wanted"))
    sessions.begin(request.session, user.id, user.session_number)
    services.send(user.id)
    return wanted
