"""Connecting a person's Salesforce login: OAuth's web-server flow with state and PKCE."""

import secrets
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from remindersync.errors import SalesforceRefused, UserMistake
from remindersync.ports import Grant
from remindersync.salesforce.auth import OAuth, new_verifier
from remindersync.store.logins import LoginGrant
from web import sessions
from web.pages.access import App, Person
from worker.services import Services

router = APIRouter()
_KEPT = "oauth"
_DENIED = "access_denied"


@router.get("/connect/salesforce")
def start(request: Request, services: App, _: Person) -> RedirectResponse:
    """Send the person to Salesforce."""
    state, verifier = secrets.token_urlsafe(32), new_verifier()
    address = _oauth(services).authorize_url(state, verifier)
    request.session[_KEPT] = {"state": state, "verifier": verifier}
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


@router.get("/oauth/callback")
def finish(
    request: Request,
    services: App,
    person: Person,
    state: str = "",
    code: str = "",
    error: str = "",
) -> RedirectResponse:
    """Take the person back with their new login, or with one sentence why not."""
    try:
        verifier = _verifier(request, state)
        grant = _grant(_oauth(services), _code(code, error), verifier)
        due = services.directory.connect(person.id, grant)
    except SalesforceRefused as refusal:
        sessions.say(
            request.session, f"Salesforce did not connect: {refusal.fault.meaning} {refusal.fault.remedy}", bad=True
        )
    except UserMistake as mistake:
        sessions.say(request.session, str(mistake), bad=True)
    else:
        sessions.say(request.session, f"Connected to Salesforce as {grant.username}.")
        if due:
            services.send(person.id)
    return RedirectResponse("/settings", HTTPStatus.SEE_OTHER)


def _oauth(services: Services) -> OAuth:
    if not services.settings.salesforce_client_id:
        raise UserMistake("No Salesforce app is set up here: ask your operator to set SALESFORCE_CLIENT_ID.")
    return services.oauth


def _verifier(request: Request, state: str) -> str:
    """Return what this session keeps for this sign-in, once; another session's answer is refused."""
    kept = request.session.pop(_KEPT, None)
    if not kept or not secrets.compare_digest(kept["state"].encode(), state.encode()):
        raise UserMistake("This answer from Salesforce does not belong to a log-in begun here: connect again.")
    verifier: str = kept["verifier"]
    return verifier


def _code(code: str, error: str) -> str:
    if error == _DENIED:
        raise UserMistake("Access was not allowed at Salesforce, so nothing is connected: connect again and allow it.")
    if error or not code:
        raise UserMistake("Salesforce ended the log-in with an error: connect again, and tell your admin if it stays.")
    return code


def _grant(oauth: OAuth, code: str, verifier: str) -> LoginGrant:
    granted = oauth.exchange_code(code, verifier)
    return LoginGrant(
        org_id=granted.org_id,
        salesforce_id=granted.salesforce_id,
        username=oauth.identity(granted).username,
        instance_url=granted.instance_url,
        access_token=granted.access_token,
        refresh_token=granted.refresh_token,
        grant=Grant.REFRESH if granted.refresh_token else Grant.NONE,
    )
