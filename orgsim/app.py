"""The box as an ASGI application: reads the request, lets the faults strike, sends the answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from orgsim import admin, api, oauth, page, soap
from orgsim.calls import Answer, Request, refused
from orgsim.encodings import packed, plain_body
from orgsim.errors import Refusal
from orgsim.faults import SKEW, TRANSPORT, WAITS, Rule, Seen
from orgsim.rest.router import seen_request
from orgsim.state import StateFile
from orgsim.values import http_date
from orgsim.world import LoggedCall, World

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
CUT = "orgsim.cut"
_LOG = logging.getLogger("orgsim")
_UNAVAILABLE = 503


class _ConnectionCutError(Exception):
    """A fault cuts the connection: there is no answer to send."""


class App:
    """The ASGI application of one world. Every handler runs on its event loop: nothing here takes a lock."""

    def __init__(self, world: World, state: StateFile | None = None) -> None:
        self.world, self._state = world, state
        self._closing: asyncio.Event | None = None

    def close(self) -> None:
        """Wake every slow answer and give up held requests: the server is stopping. Call it on the event loop."""
        self.world.holds.drop()
        if self._closing is not None:
            self._closing.set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        http = HttpRequest(scope, receive)
        body = await http.body()
        try:
            request = _read(http, body)
            answer = await self._answer(request)
        except Refusal as refusal:
            answer = refused(refusal)
        except _ConnectionCutError:
            await _cut(scope)
            return
        except Exception:  # noqa: BLE001 whatever it is, a client gets an answer
            # The platform has its UNKNOWN_EXCEPTION too; the cause goes to this box's log.
            _LOG.exception("%s %s failed inside the box", request.method, request.path)
            told = [{"errorCode": "UNKNOWN_EXCEPTION", "message": "An unexpected error occurred in the box."}]
            answer = Answer(500, told)
        answer.headers.setdefault("Date", http_date(self.world.clock.now()))
        await _response(answer, http.headers.get("accept-encoding", ""))(scope, receive, send)

    async def _answer(self, request: Request) -> Answer:
        first = (request.segments() or [""])[0].lower()
        if first == "_sim":
            answer = admin.answer(self.world, request)
        elif first in {"services", "id"}:
            return await self._client_answer(request)
        else:
            answer = page.answer(self.world, request)
        self._save()
        return answer

    async def _client_answer(self, request: Request) -> Answer:
        """Answer a client of Salesforce: faults before, the work, the state file, faults after."""
        who = self._who(request)
        with self.world.in_flight.entered(who):
            return await self._seen_answer(request, who)

    async def _seen_answer(self, request: Request, who: Seen) -> Answer:
        early = await self._transport_fault(who, "before")
        for org in self.world.orgs.values():
            org.locks.begin()
        answer = early or _too_long(request) or await self._worked(request, who)
        self._save()
        if early is None:
            await self._saving(who)
            answer = await self._transport_fault(who, "after", answer) or answer
        self._skew(who, answer)
        self._log(request, who, answer.status)
        return answer

    def _who(self, request: Request) -> Seen:
        if soap.is_soap(request):
            return soap.identify(self.world, request)
        if _is_data(request):
            return api.identify(self.world, request)
        return seen_request(request, kind=oauth.kind_of(request))

    async def _worked(self, request: Request, who: Seen) -> Answer:
        if soap.is_soap(request):
            return soap.answer(self.world, request, who)
        if not _is_data(request):
            return await oauth.answer(self.world, request, who)
        if api.is_version_list(request):
            return api.versions(self.world)
        return api.answer(self.world, request, who)

    async def _transport_fault(self, who: Seen, when: str, answer: Answer | None = None) -> Answer | None:
        rule = self.world.faults.first(TRANSPORT, who, when)
        if rule is None:
            return None
        if rule.action == "slow":
            await self._wait(rule.seconds)
            return None
        if rule.action == "hold":
            await self._held(who, rule)
            return None
        if rule.action == "cut":
            self._log_fault(who, rule)
            raise _ConnectionCutError
        self._log_fault(who, rule)
        return _html(rule, answer.headers if answer else {})

    async def _saving(self, who: Seen) -> None:
        """Keep a call waiting with its rows locked, where a rule says so."""
        rule = self.world.faults.first(WAITS, who, "during")
        if rule is None:
            return
        holders = {org: org.locks.keep() for org in self.world.orgs.values()}
        try:
            await (self._wait(rule.seconds) if rule.action == "slow" else self._held(who, rule))
        finally:
            for org, holder in holders.items():
                org.locks.let_go(holder)

    async def _held(self, who: Seen, rule: Rule) -> None:
        """Keep a request in flight; what a reset or the server's end overtakes never lands."""
        if not await self.world.holds.wait(who, rule):
            raise _ConnectionCutError

    def _skew(self, who: Seen, answer: Answer) -> None:
        """Let a server whose clock is off date the answer."""
        rule = self.world.faults.first((SKEW,), who)
        if rule is not None:
            answer.headers["Date"] = http_date(self.world.clock.now() + timedelta(seconds=rule.seconds))

    async def _wait(self, seconds: float) -> None:
        self._closing = self._closing or asyncio.Event()
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return

    def _save(self) -> None:
        if self._state is not None:
            self._state.save(self.world)

    def _log(self, request: Request, who: Seen, status: int) -> None:
        path = request.path + (f"?{request.query_string}" if request.query_string else "")
        entry = LoggedCall(self.world.clock.now(), request.method, path, who.kind, who.username, status)
        self.world.log.append(entry)

    def _log_fault(self, who: Seen, rule: Rule) -> None:
        name = f"{rule.action} {rule.when}"
        entry = LoggedCall(self.world.clock.now(), who.method, who.path, who.kind, who.username, 0, name)
        self.world.log.append(entry)


def _is_data(request: Request) -> bool:
    return [part.lower() for part in request.segments()[1:2]] == ["data"]


def _read(http: HttpRequest, body: bytes) -> Request:
    scope = http.scope
    path = scope.get("raw_path") or scope["path"].encode()
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    base_url = f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}"
    query = scope.get("query_string", b"").decode("latin-1")
    plain = plain_body(body, headers.get("content-encoding", ""))
    return Request(scope["method"].upper(), path.decode("latin-1"), query, headers, plain, base_url)


def _response(answer: Answer, accepted: str) -> Response:
    body = packed(answer, accepted)
    media_type = answer.media_type if body else None
    return Response(body, answer.status, answer.headers, media_type)


def _too_long(request: Request) -> Answer | None:
    uri = len(request.path) + len(request.query_string)
    if uri > api.MAX_URI_BYTES:
        return Answer(414, "<h1>URI Too Long</h1>", media_type="text/html")
    if uri + sum(len(name) + len(value) + 4 for name, value in request.headers.items()) > api.MAX_URI_BYTES:
        body = "<h1>Bad Message 431</h1><pre>reason: Request Header Fields Too Large</pre>"
        return Answer(431, body, media_type="text/html")
    return None


def _html(rule: Rule, headers: Mapping[str, str]) -> Answer:
    status = rule.status or _UNAVAILABLE
    title = rule.message or ("Service Unavailable" if status == _UNAVAILABLE else "Server Error")
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    kept = {name: value for name, value in headers.items() if name == "Sforce-Limit-Info"}
    return Answer(status, body, kept, "text/html; charset=utf-8")


async def _cut(scope: Message) -> None:
    """Close the connection without a byte of an answer, as `server.CuttableProtocol` lets us."""
    cut = scope.get("extensions", {}).get(CUT)
    if cut is None:
        raise RuntimeError("This server can't cut connections: run the app with orgsim.server.")
    await cut()
