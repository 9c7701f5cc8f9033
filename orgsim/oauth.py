"""The login side: which endpoint, its faults, and revoke, introspect, userinfo and the identity URL."""

from collections.abc import Callable
from datetime import timedelta

from orgsim import api
from orgsim.authorize import SCOPE, authorize
from orgsim.calls import Answer, Request
from orgsim.errors import OAuthRefusal, Refusal
from orgsim.faults import REFUSALS, Seen
from orgsim.grants import basic_credentials, checked_client, identity_url, token
from orgsim.values import date_time_text
from orgsim.world import World

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
            return await token(world, request)
        return _WORK.get(who.kind, _nothing)(world, request)
    except OAuthRefusal as refusal:
        return Answer(400, {"error": refusal.error, "error_description": refusal.description})
    except Refusal as refusal:
        return Answer(refusal.status, [refusal.as_row_error()])


def _meet_fault(world: World, who: Seen) -> None:
    rule = world.faults.first(REFUSALS, who)
    if rule is not None:
        raise rule.login_refusal()


def _nothing(_world: World, _request: Request) -> Answer:
    return Answer(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])


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
    asked = {**request.form(), **basic_credentials(request)}
    checked_client(world, asked, secret_needed=True)
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
            "scope": SCOPE,
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
    "authorize": authorize,
    "revoke": _revoke,
    "introspect": _introspect,
    "userinfo": _userinfo,
    "identity": _identity,
}
