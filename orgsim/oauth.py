"""The login side: authorize, token with its four grants, revoke, introspect, userinfo and the identity URL."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt

from orgsim import api
from orgsim.calls import Answer, Request
from orgsim.errors import OAuthRefusal, Refusal
from orgsim.faults import REFUSALS, Seen
from orgsim.org import Org
from orgsim.page import login_page
from orgsim.sessions import Code, ConnectedApp, RefreshToken, Session
from orgsim.tables import Row
from orgsim.values import date_time_text
from orgsim.world import World

_CODE_LIFETIME = timedelta(minutes=15)
_JWT_LIFETIME = timedelta(minutes=3)
_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_SCOPE = "api refresh_token id"
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_KINDS = {"authorize", "token", "revoke", "introspect", "userinfo"}


def kind_of(request: Request) -> str:
    parts = [part.lower() for part in request.segments()]
    if parts[:1] == ["id"]:
        return "identity"
    name = parts[2] if len(parts) > 2 and parts[1] == "oauth2" else ""  # noqa: PLR2004 services/oauth2/name
    return name if name in _KINDS else "unknown"


async def answer(world: World, request: Request, who: Seen) -> Answer:
    """Answer one login call; a refusal is an object with `error` and `error_description`."""
    world.counters.count_login(who.kind)
    try:
        _meet_fault(world, who)
        if who.kind == "token":
            return await _token(world, request)
        return _WORK.get(who.kind, _nothing)(world, request)
    except OAuthRefusal as refusal:
        return Answer(400, {"error": refusal.error, "error_description": refusal.description})
    except Refusal as refusal:
        return Answer(refusal.status, [refusal.as_row_error()])


def _meet_fault(world: World, who: Seen) -> None:
    rule = world.faults.first(REFUSALS, who)
    if rule is not None:
        raise OAuthRefusal(rule.code or "invalid_grant", rule.message or "authentication failure")


def _nothing(_world: World, _request: Request) -> Answer:
    return Answer(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])


# authorize ---------------------------------------------------------------------------------------------------


def _authorize(world: World, request: Request) -> Answer:
    asked = {**request.query(), **(request.form() if request.method == "POST" else {})}
    app = world.logins.apps.get(asked.get("client_id", ""))
    if app is None:
        raise OAuthRefusal("invalid_client_id", "client identifier invalid")
    redirect_uri = asked.get("redirect_uri", "")
    if not redirect_uri or not _is_registered(app, redirect_uri):
        raise OAuthRefusal("redirect_uri_mismatch", "redirect_uri must match configuration")
    problem = _authorize_problem(app, asked)
    if problem is not None:
        return _redirect(redirect_uri, {**problem, "state": asked.get("state")})
    if request.method != "POST":
        return Answer(200, login_page(world, app, asked), media_type="text/html; charset=utf-8")
    if "deny" in asked:
        denied = {"error": "access_denied", "error_description": "end-user denied authorization"}
        return _redirect(redirect_uri, {**denied, "state": asked.get("state")})
    return _redirect(redirect_uri, {"code": _new_code(world, app, asked), "state": asked.get("state")})


def _is_registered(app: ConnectedApp, redirect_uri: str) -> bool:
    return "*" in app.redirect_uris or redirect_uri in app.redirect_uris


def _authorize_problem(app: ConnectedApp, asked: Mapping[str, str]) -> dict[str, str] | None:
    if asked.get("response_type") != "code":
        return {"error": "unsupported_response_type", "error_description": "response type not supported"}
    method = asked.get("code_challenge_method", "S256")
    if asked.get("code_challenge") and method != "S256":
        return {"error": "invalid_request", "error_description": "code challenge method not supported"}
    if app.require_pkce and not asked.get("code_challenge"):
        return {"error": "invalid_request", "error_description": "missing required code challenge"}
    return None


def _redirect(uri: str, params: Mapping[str, str | None]) -> Answer:
    query = urlencode({name: value for name, value in params.items() if value is not None})
    return Answer(302, headers={"Location": f"{uri}{'&' if '?' in uri else '?'}{query}"})


def _new_code(world: World, app: ConnectedApp, asked: Mapping[str, str]) -> str:
    org, user = _login_of(world, asked.get("username", ""))
    code = f"aPrx{secrets.token_urlsafe(40)}=="
    world.logins.codes[code] = Code(
        org.id,
        user["Id"],
        app.client_id,
        asked["redirect_uri"],
        asked.get("code_challenge") or None,
        world.clock.now() + _CODE_LIFETIME,
        asked.get("scope") or _SCOPE,
    )
    return code


def _login_of(world: World, username: str) -> tuple[Org, Row]:
    """Give the org and row of a person who may log in; raises OAuthRefusal with the platform's words."""
    found = world.user(username)
    if found is None:
        raise OAuthRefusal("invalid_grant", "authentication failure")
    org, user = found
    if not user.get("IsActive", True):
        raise OAuthRefusal("invalid_grant", "inactive user")
    if not org.settings.is_active:
        raise OAuthRefusal("invalid_grant", "inactive organization")
    return org, user


# token -------------------------------------------------------------------------------------------------------


async def _token(world: World, request: Request) -> Answer:
    if request.method != "POST":
        raise OAuthRefusal("invalid_request", "must use HTTP POST")
    asked = {**request.query(), **request.form(), **_basic(request)}
    grant = asked.get("grant_type", "")
    if grant == "refresh_token":
        return await _refresh(world, request, asked)
    work = _GRANTS.get(grant)
    if work is None:
        raise OAuthRefusal("unsupported_grant_type", "grant type not supported")
    return work(world, request, asked)


def _basic(request: Request) -> dict[str, str]:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return {}
    try:
        client_id, _, secret = base64.b64decode(text).decode().partition(":")
    except ValueError:
        return {}
    return {"client_id": client_id, "client_secret": secret}


def _client(world: World, asked: Mapping[str, str], *, secret_needed: bool) -> ConnectedApp:
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
    app = _client(world, asked, secret_needed=not asked.get("code_verifier"))
    code = world.logins.codes.pop(asked.get("code", ""), None)
    if code is None or code.client_id != app.client_id:
        raise OAuthRefusal("invalid_grant", "invalid authorization code")
    if world.clock.now() > code.expires_at:
        raise OAuthRefusal("invalid_grant", "expired authorization code")
    if asked.get("redirect_uri") != code.redirect_uri:
        raise OAuthRefusal("redirect_uri_mismatch", "redirect_uri must match configuration")
    _check_verifier(code.challenge, asked.get("code_verifier"))
    org = world.orgs[code.org_id]
    _login_of(world, code.user_id)
    refresh = None
    if {"refresh_token", "offline_access", "full"} & set(code.scope.split()):
        refresh = world.logins.issue_refresh_token(org, code.user_id, app.client_id)
    session = world.logins.open_session(
        org, code.user_id, app.client_id, world.clock.now(), refresh.family if refresh else ""
    )
    return Answer(200, token_body(world, request, app, session, refresh, code.scope))


def _check_verifier(challenge: str | None, verifier: str | None) -> None:
    if challenge is None:
        return
    if not verifier:
        raise OAuthRefusal("invalid_grant", "invalid code verifier")
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    if not hmac.compare_digest(digest, challenge.rstrip("=")):
        raise OAuthRefusal("invalid_grant", "invalid code verifier")


async def _refresh(world: World, request: Request, asked: Mapping[str, str]) -> Answer:
    app = _client(world, asked, secret_needed=False)
    token = asked.get("refresh_token", "")
    found = world.logins.live_refresh_token(token, app.client_id)
    org, _ = _login_of(world, found.user_id)
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
    return Answer(200, token_body(world, request, app, session, follower, _SCOPE))


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
    org, user = _login_of(world, str(claimed.get("sub")))
    _check_expiry(claimed, world.clock.now() if org.settings.jwt_clock == "box" else datetime.now(UTC))
    if not app.preauthorized:
        raise OAuthRefusal("invalid_grant", "user hasn't approved this consumer")
    session = world.logins.open_session(org, user["Id"], app.client_id, world.clock.now())
    return Answer(200, token_body(world, request, app, session, None, "api id"))


def _check_audience(claimed: Mapping[str, Any], request: Request) -> None:
    audience = claimed.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not any(str(one).rstrip("/") in (*_AUDIENCES, request.base_url) for one in named):
        raise OAuthRefusal("invalid_grant", "Audience validation failed")


def _check_expiry(claimed: Mapping[str, Any], now: datetime) -> None:
    expires = claimed.get("exp")
    if not isinstance(expires, int | float):
        raise OAuthRefusal("invalid_grant", "expired authorization code")
    left = datetime.fromtimestamp(expires, UTC) - now
    # A minute of grace for clocks that differ, besides the three minutes an assertion may live.
    if left < timedelta() or left > _JWT_LIFETIME + timedelta(minutes=1):
        raise OAuthRefusal("invalid_grant", "expired authorization code")


def _by_client(world: World, request: Request, asked: Mapping[str, str]) -> Answer:
    app = _client(world, asked, secret_needed=True)
    if app.run_as is None:
        raise OAuthRefusal("invalid_grant", "no client credentials user enabled")
    org, user = _login_of(world, app.run_as)
    session = world.logins.open_session(org, user["Id"], app.client_id, world.clock.now())
    return Answer(200, token_body(world, request, app, session, None, "api id"))


_GRANTS: dict[str, Callable[[World, Request, Mapping[str, str]], Answer]] = {
    "authorization_code": _by_code,
    _JWT_GRANT: _by_assertion,
    "client_credentials": _by_client,
}


def identity_url(base_url: str, session: Session) -> str:
    return f"{base_url}/id/{session.org_id}/{session.user_id}"


def token_body(
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


# the rest ----------------------------------------------------------------------------------------------------


def _revoke(world: World, request: Request) -> Answer:
    token = {**request.query(), **request.form()}.get("token", "")
    refresh = world.logins.refresh_tokens.get(token)
    session = world.logins.sessions.pop(token, None)
    if refresh is None and session is None:
        raise OAuthRefusal("unsupported_token_type", "this token type is not supported")
    if refresh is not None:
        world.logins.end_family(refresh.family)
    return Answer(200)


def _introspect(world: World, request: Request) -> Answer:
    asked = {**request.form(), **_basic(request)}
    _client(world, asked, secret_needed=True)
    session = world.logins.sessions.get(asked.get("token", ""))
    if session is None:
        return Answer(200, {"active": False})
    org = world.orgs[session.org_id]
    expires = session.last_used + timedelta(seconds=org.settings.session_seconds)
    if expires < world.clock.now():
        return Answer(200, {"active": False})
    return Answer(
        200,
        {
            "active": True,
            "scope": _SCOPE,
            "client_id": session.client_id,
            "username": world.username(org, session.user_id),
            "sub": identity_url(request.base_url, session),
            "token_type": "access_token",
            "exp": int(expires.timestamp()),
        },
    )


def _userinfo(world: World, request: Request) -> Answer:
    try:
        org, session = api.caller(world, request)
    except Refusal:
        return _bad_token()
    user = org.table("User").rows[session.user_id]
    return Answer(
        200,
        {
            "sub": identity_url(request.base_url, session),
            "user_id": session.user_id,
            "organization_id": org.id,
            "preferred_username": user["Username"],
            "name": user.get("Name"),
            "email": user.get("Email"),
            "email_verified": True,
            "zoneinfo": user.get("TimeZoneSidKey"),
            "active": user.get("IsActive", True),
        },
    )


def _identity(world: World, request: Request) -> Answer:
    try:
        org, session = api.caller(world, request)
    except Refusal:
        return _bad_token()
    user = org.table("User").rows[session.user_id]
    root = f"{request.base_url}/services/data/v{{version}}/"
    return Answer(
        200,
        {
            "id": identity_url(request.base_url, session),
            "asserted_user": True,
            "user_id": session.user_id,
            "organization_id": org.id,
            "username": user["Username"],
            "display_name": user.get("Name"),
            "email": user.get("Email"),
            "timezone": user.get("TimeZoneSidKey"),
            "active": user.get("IsActive", True),
            "user_type": "STANDARD",
            "last_modified_date": date_time_text(user["LastModifiedDate"]),
            "urls": {"rest": root, "sobjects": f"{root}sobjects/", "query": f"{root}query/"},
        },
    )


def _bad_token() -> Answer:
    # The identity URLs answer 403 with this bare text where the API answers 401.
    return Answer(403, "Bad_OAuth_Token", media_type="text/html;charset=UTF-8")


_WORK: dict[str, Callable[[World, Request], Answer]] = {
    "authorize": _authorize,
    "revoke": _revoke,
    "introspect": _introspect,
    "userinfo": _userinfo,
    "identity": _identity,
}
