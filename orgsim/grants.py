"""The token endpoint: the five grants, their checks, and the answer they share."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from orgsim.authorize import SCOPE, login_of
from orgsim.calls import Answer, Request
from orgsim.errors import OAuthRefusal
from orgsim.org import Org
from orgsim.sessions import ConnectedApp, RefreshToken, Session
from orgsim.world import World

_JWT_LIFETIME = timedelta(minutes=3)
_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


async def token(world: World, request: Request) -> Answer:
    """Give tokens for a code, a refresh token, a signed assertion or a client. Raises OAuthRefusal."""
    if request.method != "POST":
        raise OAuthRefusal("invalid_request", "must use HTTP POST")
    asked = {**request.query(), **request.form(), **basic_credentials(request)}
    grant = asked.get("grant_type", "")
    if grant == "refresh_token":
        return await _by_refresh_token(world, request, asked)
    work = _GRANTS.get(grant)
    if work is None:
        raise OAuthRefusal("unsupported_grant_type", "grant type not supported")
    return work(world, request, asked)


def basic_credentials(request: Request) -> dict[str, str]:
    """Give client_id and client_secret of a Basic header, or nothing."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(text).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": secret}


def checked_client(world: World, asked: Mapping[str, str], *, secret_needed: bool) -> ConnectedApp:
    """Give the app that proves itself; raises OAuthRefusal."""
    app = world.logins.apps.get(asked.get("client_id", ""))
    if app is None:
        raise OAuthRefusal("invalid_client_id", "client identifier invalid")
    given = asked.get("client_secret")
    if given is None and not secret_needed:
        return app
    if app.client_secret is None or given is None or not hmac.compare_digest(given, app.client_secret):
        raise OAuthRefusal("invalid_client", "invalid client credentials")
    return app


def _by_code(world: World, request: Request, asked: Mapping[str, str]) -> Answer:
    app = checked_client(world, asked, secret_needed=not asked.get("code_verifier"))
    code = world.logins.codes.pop(asked.get("code", ""), None)
    if code is None or code.client_id != app.client_id:
        raise OAuthRefusal("invalid_grant", "invalid authorization code")
    if world.clock.now() > code.expires_at:
        raise OAuthRefusal("invalid_grant", "expired authorization code")
    if asked.get("redirect_uri") != code.redirect_uri:
        raise OAuthRefusal("redirect_uri_mismatch", "redirect_uri must match configuration")
    _check_verifier(code.challenge, asked.get("code_verifier"))
    org = world.orgs[code.org_id]
    login_of(world, code.user_id)
    refresh = None
    if {"refresh_token", "offline_access", "full"} & set(code.scope.split()):
        refresh = world.logins.issue_refresh_token(org, code.user_id, app.client_id)
    session = world.logins.open_session(
        org, code.user_id, app.client_id, world.clock.now(), refresh.family if refresh else ""
    )
    return Answer(200, _body(world, request, app, session, refresh, code.scope))


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    if challenge is None:
        return
    if not verifier:
        raise OAuthRefusal("invalid_grant", "invalid code verifier")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not hmac.compare_digest(digest, challenge.rstrip("=")):
        raise OAuthRefusal("invalid_grant", "invalid code verifier")


async def _by_refresh_token(world: World, request: Request, asked: Mapping[str, str]) -> Answer:
    app = checked_client(world, asked, secret_needed=False)
    token = asked.get("refresh_token", "")
    found = world.logins.live_refresh_token(token, app.client_id)
    org, _ = login_of(world, found.user_id)
    if org.beliefs["refresh_collisions"] and token in world.logins.being_refreshed:
        raise OAuthRefusal("invalid_grant", "token request is already being processed")
    world.logins.being_refreshed.add(token)
    try:
        # Only while one refresh takes time can another collide with it.
        await asyncio.sleep(org.settings.token_seconds)
        found = world.logins.live_refresh_token(token, app.client_id)
        return _refreshed(world, request, app, found, org)
    finally:
        world.logins.being_refreshed.discard(token)


def _refreshed(world: World, request: Request, app: ConnectedApp, found: RefreshToken, org: Org) -> Answer:
    ends = org.beliefs["refresh_ends_sessions"]
    if ends == "always" or (ends == "when_rotating" and app.rotate):
        world.logins.end_sessions(found.family)
    follower = None
    if app.rotate:
        found.state = "replaced"
        follower = world.logins.issue_refresh_token(
            org, found.user_id, app.client_id, found.family, counted=found.counted
        )
    session = world.logins.open_session(org, found.user_id, app.client_id, world.clock.now(), found.family)
    return Answer(200, _body(world, request, app, session, follower, SCOPE))


def _by_assertion(world: World, request: Request, asked: Mapping[str, str]) -> Answer:
    assertion = asked.get("assertion", "")
    try:
        claimed = jwt.decode(assertion, options={"verify_signature": False})
    except jwt.PyJWTError:
        raise OAuthRefusal("invalid_grant", "invalid assertion") from None
    app = world.logins.apps.get(str(claimed.get("iss")))
    if app is None or app.public_key is None:
        raise OAuthRefusal("invalid_client_id", "client identifier invalid")
    try:
        options: Any = {"verify_exp": False, "verify_aud": False, "verify_iat": False, "verify_nbf": False}
        jwt.decode(assertion, app.public_key, algorithms=["RS256"], options=options)
    except jwt.PyJWTError:
        raise OAuthRefusal("invalid_grant", "invalid assertion") from None
    _check_audience(claimed, request)
    org, user = login_of(world, str(claimed.get("sub")))
    _check_expiry(claimed, world.clock.now() if org.settings.jwt_clock == "box" else datetime.now(UTC))
    if not app.preauthorized:
        raise OAuthRefusal("invalid_grant", "user hasn't approved this consumer")
    session = world.logins.open_session(org, user["Id"], app.client_id, world.clock.now())
    return Answer(200, _body(world, request, app, session, None, "api id"))


def _check_audience(claimed: Mapping[str, Any], request: Request) -> None:
    audience = claimed.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(str(one).rstrip("/") in (*_AUDIENCES, request.base_url) for one in named):
        raise OAuthRefusal("invalid_grant", "Audience validation failed")


def _check_expiry(claimed: Mapping[str, Any], now: datetime) -> None:
    try:
        # Some clients write the number as text, which the platform takes.
        expires = datetime.fromtimestamp(float(str(claimed.get("exp"))), UTC)
    except (ValueError, OverflowError, OSError):
        raise OAuthRefusal("invalid_grant", "expired authorization code") from None
    left = expires - now
    # A minute of grace for clocks that differ, besides the three minutes an assertion may live.
    if left < timedelta() or left > _JWT_LIFETIME + timedelta(minutes=1):
        raise OAuthRefusal("invalid_grant", "expired authorization code")


def _by_client(world: World, request: Request, asked: Mapping[str, str]) -> Answer:
    app = checked_client(world, asked, secret_needed=True)
    if app.run_as is None:
        raise OAuthRefusal("invalid_grant", "no client credentials user enabled")
    org, user = login_of(world, app.run_as)
    session = world.logins.open_session(org, user["Id"], app.client_id, world.clock.now())
    return Answer(200, _body(world, request, app, session, None, "api id"))


def _by_password(world: World, request: Request, asked: Mapping[str, str]) -> Answer:
    app = checked_client(world, asked, secret_needed=True)
    org, user = login_of(world, asked.get("username", ""))
    if not org.settings.password_grant or not org.settings.is_password(asked.get("password", "")):
        raise OAuthRefusal("invalid_grant", "authentication failure")
    session = world.logins.open_session(org, user["Id"], app.client_id, world.clock.now())
    return Answer(200, _body(world, request, app, session, None, "api id"))


_GRANTS: dict[str, Callable[[World, Request, Mapping[str, str]], Answer]] = {
    "authorization_code": _by_code,
    _JWT_GRANT: _by_assertion,
    "client_credentials": _by_client,
    "password": _by_password,
}


def identity_url(base_url: str, session: Session) -> str:
    return f"{base_url}/id/{session.org_id}/{session.user_id}"


def _body(
    world: World,
    request: Request,
    app: ConnectedApp,
    session: Session,
    refresh: RefreshToken | None,
    scope: str,
) -> dict[str, str]:
    """Give the token answer; its signature is the HMAC of id and issued_at under the client's secret."""
    identity = identity_url(request.base_url, session)
    issued_at = str(int(world.clock.now().timestamp() * 1000))
    digest = hmac.new((app.client_secret or "").encode(), (identity + issued_at).encode(), hashlib.sha256)
    body = {
        "access_token": session.token,
        "instance_url": request.base_url,
        "id": identity,
        "token_type": "Bearer",
        "issued_at": issued_at,
        "scope": scope,
        "signature": base64.b64encode(digest.digest()).decode(),
    }
    return {**body, "refresh_token": refresh.token} if refresh else body
