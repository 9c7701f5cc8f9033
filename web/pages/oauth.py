"""Salesforce's log-in page and the way back: state and PKCE, each answer counted once (SAFE-3)."""

import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from remindersync.errors import UserMistake
from remindersync.ports import Grant
from remindersync.salesforce.auth import Identity, OAuth, new_verifier
from remindersync.store.logins import LoginGrant
from web.sessions import Session
from worker.services import Services

# As long as Salesforce's own log-in page may be left open.
ANSWER_SECONDS = 15 * 60
_KEPT = "oauth"
_DENIED = "access_denied"


class Purpose(StrEnum):
    """What somebody is sent to Salesforce for."""

    CONNECT = "connect"
    SIGN_IN = "sign in"
    TEAM = "connect the integration login"


@dataclass(frozen=True, slots=True)
class Returned:
    """What came back from Salesforce's log-in page, as the address says it."""

    state: str = ""
    code: str = ""
    error: str = ""


def begin(session: Session, services: Services, purpose: Purpose) -> str:
    """Return where to send the person; the session keeps what the answer has to fit to. Raises `UserMistake`."""
    state, verifier = secrets.token_urlsafe(32), new_verifier()
    address = _oauth(services).authorize_url(state, verifier, anew=purpose is Purpose.TEAM)
    session[_KEPT] = {"state": state, "verifier": verifier, "purpose": purpose, "at": time.time()}
    return address


def purpose(session: Session) -> Purpose | None:
    """Return what this session's person was sent to Salesforce for, None if they were not."""
    kept = session.get(_KEPT)
    return Purpose(kept["purpose"]) if kept else None


def finish(session: Session, services: Services, returned: Returned) -> tuple[LoginGrant, Identity]:
    """Turn what came back into a login and whose it is.

    Raises `UserMistake` for an answer that this session did not ask for, or that was given already, also by a copy of
    its cookie; `SalesforceRefused` where Salesforce does not take it.
    """
    verifier = _verifier(session, services, returned.state)
    oauth = _oauth(services)
    granted = oauth.exchange_code(_code(returned), verifier)
    identity = oauth.identity(granted)
    login = LoginGrant(
        org_id=granted.org_id,
        salesforce_id=granted.salesforce_id,
        username=identity.username,
        instance_url=granted.instance_url,
        access_token=granted.access_token,
        refresh_token=granted.refresh_token,
        grant=Grant.REFRESH if granted.refresh_token else Grant.NONE,
    )
    return login, identity


def _oauth(services: Services) -> OAuth:
    if not services.settings.salesforce_client_id:
        raise UserMistake("No Salesforce app is set up here: ask your operator to set SALESFORCE_CLIENT_ID.")
    return services.oauth


def _verifier(session: Session, services: Services, state: str) -> str:
    kept: dict[str, Any] | None = session.pop(_KEPT, None)
    if (
        not kept
        or not secrets.compare_digest(kept["state"].encode(), state.encode())
        or time.time() - kept["at"] > ANSWER_SECONDS
        or not services.sign_ins.use(f"state {state}", keep_seconds=2 * ANSWER_SECONDS)
    ):
        raise UserMistake("This answer from Salesforce does not belong to a log-in begun here: begin again.")
    verifier: str = kept["verifier"]
    return verifier


def _code(returned: Returned) -> str:
    if returned.error == _DENIED:
        raise UserMistake("Access was not allowed at Salesforce, so nothing is connected: begin again and allow it.")
    if returned.error or not returned.code:
        raise UserMistake("Salesforce ended the log-in with an error: begin again, and tell your admin if it stays.")
    return returned.code
