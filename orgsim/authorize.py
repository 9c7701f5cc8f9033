"""The authorize endpoint: who is asked, who may ask, and the code that comes back."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

from orgsim.calls import Answer, Request
from orgsim.errors import OAuthRefusal
from orgsim.org import Org
from orgsim.page import login_page
from orgsim.sessions import Code, ConnectedApp
from orgsim.tables import Row
from orgsim.world import World

SCOPE = "api refresh_token id"
_CODE_LIFETIME = timedelta(minutes=15)


def authorize(world: World, request: Request) -> Answer:
    """Show the login page; send the browser back with a code or an error. Raises OAuthRefusal."""
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
    org, user = login_of(world, asked.get("username", ""))
    code = f"aPrx{secrets.token_urlsafe(40)}=="
    world.logins.codes[code] = Code(
        org.id,
        user["Id"],
        app.client_id,
        asked["redirect_uri"],
        asked.get("code_challenge") or None,
        world.clock.now() + _CODE_LIFETIME,
        asked.get("scope") or SCOPE,
    )
    return code


def login_of(world: World, username: str) -> tuple[Org, Row]:
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
