"""The REST side of the box: who calls, whether they may, what it costs; then the resource answers."""

import json
from collections.abc import Mapping

from orgsim.calls import Answer, Call, Request, refused
from orgsim.errors import Refusal, header_invalid, quota_exhausted, session_invalid
from orgsim.faults import REFUSALS, Seen
from orgsim.org import Org, OrgSettings
from orgsim.rest import media
from orgsim.rest.metadata import version_list
from orgsim.rest.router import dispatch, kind_of_request, seen_request
from orgsim.sessions import Session
from orgsim.world import World

MAX_URI_BYTES = 16_384
Caller = tuple[Org, Session]
_SCHEMES = frozenset({"bearer", "oauth"})


def is_version_list(request: Request) -> bool:
    return [part.lower() for part in request.segments()] == ["services", "data"]


def version_settings(world: World) -> OrgSettings:
    """Give the settings that say which versions live where no caller is known yet: those of the first org."""
    return next((org.settings for org in world.orgs.values()), OrgSettings())


def versions(world: World) -> Answer:
    return Answer(200, version_list(version_settings(world)))


def caller(world: World, request: Request) -> Caller:
    """Give the org and session behind the request's token; raises 401."""
    return session_of(world, bearer_token(request.headers))


def session_of(world: World, token: str) -> Caller:
    """Give the org and live session of an access token; raises 401."""
    org = next((org for org in world.orgs.values() if token.startswith(org.id[:15])), None)
    session = world.logins.session(token, world.clock.now(), org.settings.session_seconds) if org else None
    user = org.table("User").get(session.user_id) if org and session else None
    if org is None or session is None or user is None or not user.get("IsActive", True):
        raise session_invalid()
    return org, session


def bearer_token(headers: Mapping[str, str]) -> str:
    """Give the access token of any of the headers clients send; raises 401."""
    if "x-sfdc-session" in headers:
        return headers["x-sfdc-session"]
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if not token.strip():
        raise session_invalid() if not scheme else header_invalid()
    if scheme.lower() not in _SCHEMES:
        raise header_invalid()
    return token.strip()


def identify(world: World, request: Request) -> Seen:
    """Give what fault rules can tell the call apart by; an unknown caller has no name."""
    kind = kind_of_request(request)
    try:
        org, session = caller(world, request)
    except Refusal:
        return seen_request(request, kind=kind)
    return seen_request(request, session.user_id, world.username(org, session.user_id), kind)


def answer(world: World, request: Request, who: Seen) -> Answer:
    """Answer one REST call, counted and with the usage header."""
    try:
        org, session = caller(world, request)
    except Refusal as refusal:
        return refused(refusal)
    cost = _cost(request, who)
    world.counters.count_call(who.kind, who.username, cost)
    now = world.clock.now()
    found = refusal_of(world, org, who) or media.refusal(request)
    if found is None:
        org.allowance.spend(now, cost)
        call = Call(world, org, session, "", request, kind=who.kind)
        result = dispatch(call)
    else:
        result = refused(found)
    used = f"api-usage={org.allowance.used(now)}/{org.settings.daily_limit}"
    result.headers["Sforce-Limit-Info"] = used
    return result


def _cost(request: Request, who: Seen) -> int:
    if who.kind != "batch":
        return 1
    try:
        parts = json.loads(request.body)["batchRequests"]
    except (ValueError, KeyError, TypeError):
        return 1
    # Each part of a batch counts as a call.
    return max(1, len(parts)) if isinstance(parts, list) else 1


def refusal_of(world: World, org: Org, who: Seen) -> Refusal | None:
    """Give what refuses a whole call before it is worked on: a fault, or the day's allowance."""
    rule = world.faults.first(REFUSALS, who)
    if rule is not None:
        return rule.refusal(org.beliefs)
    user = org.table("User").get(who.user_id) or {}
    if not user.get("ApiEnabled", True):
        return Refusal("API_CURRENTLY_DISABLED", "API is disabled for this User", status=403)
    crowded = world.in_flight.refusal(org)
    if crowded is not None:
        return crowded
    if org.allowance.used(world.clock.now()) >= org.settings.daily_limit:
        return quota_exhausted()
    return None
