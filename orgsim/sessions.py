"""Logins: connected apps, access tokens that expire, refresh tokens that rotate and are revoked on re-use."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orgsim.errors import OAuthRefusal
from orgsim.org import Org

DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET = "orgsim-client", "orgsim-secret"


@dataclass(slots=True)
class ConnectedApp:
    """A client that may ask for logins. `redirect_uris` of ["*"] takes any."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    name: str = "Connected app"
    redirect_uris: list[str] = field(default_factory=lambda: ["*"])
    public_key: str | None = None
    preauthorized: bool = True
    run_as: str | None = None
    rotate: bool = False
    require_pkce: bool = False


@dataclass(slots=True)
class Session:
    """An access token's other half."""

    token: str = field(repr=False)
    org_id: str
    user_id: str
    client_id: str
    last_used: datetime
    family: str = ""


@dataclass(slots=True)
class RefreshToken:
    """One refresh token; those that follow each other by rotation share a `family`."""

    token: str = field(repr=False)
    org_id: str
    user_id: str
    client_id: str
    family: str
    state: str = "live"
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code waiting to be exchanged, once."""

    org_id: str
    user_id: str
    client_id: str
    redirect_uri: str
    challenge: str | None
    expires_at: datetime
    scope: str


class Logins:
    """All tokens of this box. Not thread-safe by design, as everything here."""

    def __init__(self) -> None:
        self.apps: dict[str, ConnectedApp] = {}
        self.sessions: dict[str, Session] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.codes: dict[str, Code] = {}
        self.being_refreshed: set[str] = set()
        default = ConnectedApp(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET, "the app")
        self.apps[default.client_id] = default

    def open_session(self, org: Org, user_id: str, client_id: str, now: datetime, family: str = "") -> Session:
        token = f"{org.id[:15]}!{secrets.token_urlsafe(48)}"
        session = self.sessions[token] = Session(token, org.id, user_id, client_id, now, family)
        return session

    def issue_refresh_token(
        self, org: Org, user_id: str, client_id: str, family: str | None = None, *, counted: bool = True
    ) -> RefreshToken:
        """Give a new refresh token, of a new family where none is named; the oldest approval may fall."""
        token = f"5Aep{secrets.token_urlsafe(60)}"
        issued = RefreshToken(token, org.id, user_id, client_id, family or secrets.token_hex(8), counted=counted)
        self.refresh_tokens[token] = issued
        if counted and family is None:
            self._drop_oldest_approvals(issued, org.beliefs["approvals_per_user"])
        return issued

    def _drop_oldest_approvals(self, newest: RefreshToken, allowed: int) -> None:
        same = (newest.org_id, newest.user_id, newest.client_id)
        live = [
            one
            for one in self.refresh_tokens.values()
            if one.state == "live" and one.counted and (one.org_id, one.user_id, one.client_id) == same
        ]
        for one in live[: max(0, len(live) - allowed)]:
            self.end_family(one.family)

    def session(self, token: str, now: datetime, seconds: float) -> Session | None:
        """Give the live session of an access token and count it as used now; None when expired or unknown."""
        found = self.sessions.get(token)
        if found is None:
            return None
        if now - found.last_used > timedelta(seconds=seconds):
            del self.sessions[token]
            return None
        found.last_used = max(now, found.last_used)
        return found

    def end_sessions(self, family: str) -> None:
        for token in [one.token for one in self.sessions.values() if one.family == family]:
            del self.sessions[token]

    def end_family(self, family: str) -> None:
        """Revoke every refresh and access token that came from one approval."""
        self.end_sessions(family)
        for one in self.refresh_tokens.values():
            if one.family == family:
                one.state = "revoked"

    def end_user(self, user_id: str) -> None:
        """Revoke everything one user has, as an admin can."""
        for token in [one.token for one in self.sessions.values() if one.user_id == user_id]:
            del self.sessions[token]
        for one in self.refresh_tokens.values():
            if one.user_id == user_id:
                one.state = "revoked"

    def live_refresh_token(self, token: str, client_id: str) -> RefreshToken:
        """Give a refresh token fit for use; a replaced one revokes its whole family. Raises OAuthRefusal."""
        found = self.refresh_tokens.get(token)
        if found is None or found.client_id != client_id:
            raise OAuthRefusal("invalid_grant", "expired access/refresh token")
        if found.state == "replaced":
            self.end_family(found.family)
        if found.state != "live":
            raise OAuthRefusal("invalid_grant", "expired access/refresh token")
        return found
