"""A SOAP request to its answer: who calls, whether they may, which operation, and faults as the platform words them."""

from orgsim import api
from orgsim.calls import Answer, Call, Request
from orgsim.errors import Refusal
from orgsim.faults import REFUSALS, Seen
from orgsim.rest.router import version_number
from orgsim.soap.envelope import Message, SoapFault, fault, read, response
from orgsim.soap.operations import OPERATIONS, login
from orgsim.world import World

_XML = "text/xml; charset=utf-8"
_SEGMENTS = 4
_KINDS = {"login": "soap_login", "getServerTimestamp": "server_timestamp", "getUserInfo": "user_info"}


def is_soap(request: Request) -> bool:
    return [part.lower() for part in request.segments()[:2]] == ["services", "soap"]


def identify(world: World, request: Request) -> Seen:
    """Give what fault rules can tell the call apart by: kind `undelete`, `logout`, `soap_login` …."""
    try:
        message = read(request.body)
    except SoapFault:
        return Seen(request.method, request.path, "unknown")
    kind = _KINDS.get(message.operation, message.operation)
    try:
        org, session = api.session_of(world, message.session_id)
    except Refusal:
        return Seen(request.method, request.path, kind, username=message.one("username"))
    return Seen(request.method, request.path, kind, session.user_id, world.username(org, session.user_id))


def answer(world: World, request: Request, who: Seen) -> Answer:
    """Answer one SOAP call; a refusal is a fault with status 500."""
    if request.method != "POST":
        return Answer(405, "<h1>HTTP method not supported</h1>", media_type="text/html")
    try:
        message = read(request.body)
        version = _version(world, request)
        if message.operation == "login":
            world.counters.count_login(who.kind)
            _meet_fault(world, who)
            text = response("login", login(world, message, version, request.base_url))
        else:
            text = response(message.operation, _work(world, request, who, message, version))
    except SoapFault as found:
        return Answer(500, fault(found), media_type=_XML)
    except Refusal as refusal:
        return Answer(500, fault(SoapFault(refusal.code, refusal.message)), media_type=_XML)
    return Answer(200, text, media_type=_XML)


def _version(world: World, request: Request) -> str:
    parts = request.segments()
    if len(parts) < _SEGMENTS or parts[2].lower() != "u":
        raise SoapFault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
    number = version_number("v" + parts[3])
    settings = api.version_settings(world)
    if not settings.oldest_version <= number <= settings.newest_version:
        raise SoapFault("UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
    return parts[3]


def _meet_fault(world: World, who: Seen) -> None:
    rule = world.faults.first(REFUSALS, who)
    if rule is not None:
        raise rule.refusal()


def _work(world: World, request: Request, who: Seen, message: Message, version: str) -> object:
    org, session = _caller(world, message)
    work = OPERATIONS.get(message.operation)
    if work is None:
        raise SoapFault("soapenv:Client", f"No operation available for request {message.operation}")
    world.counters.count_call(who.kind, who.username)
    refusal = api.refusal_of(world, org, who)
    if refusal is not None:
        raise refusal
    org.allowance.spend(world.clock.now(), 1)
    return work(Call(world, org, session, f"v{version}", request, kind=who.kind), message)


def _caller(world: World, message: Message) -> "api.Caller":
    try:
        return api.session_of(world, message.session_id)
    except Refusal:
        text = "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session key"
        raise SoapFault("INVALID_SESSION_ID", text) from None
