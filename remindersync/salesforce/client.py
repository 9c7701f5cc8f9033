"""The one door to an org: every request passes the limiter, is counted, and comes back as an answer or an error."""

import random
import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any, Protocol

import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError

from remindersync.errors import (
    AllowanceSpent,
    Destiny,
    Fault,
    LoginLost,
    SalesforceRefused,
    SalesforceUnclear,
    Unsafe,
)
from remindersync.ports import UNWATCHED, Limiter, Login, Watch
from remindersync.salesforce import paging, telling
from remindersync.salesforce.answers import problems
from remindersync.salesforce.connections import Http, NoAnswerError, NotSentError, Reply, Session
from remindersync.salesforce.faults import classify, fault, is_settled
from remindersync.salesforce.hosts import Hosts

DEFAULT_VERSION = "66.0"
# Calls come back little by little as 24 hours pass over them, so asking seldom is enough (REST limits page).
SPENT_SECONDS = 900.0
# People's edits go on sooner, and until then one call would be refused for each of them.
SPENT_FOR_EDITS_SECONDS = 60.0
# Slow requests end soon (Salesforce app limits: those of 20 s and more are counted); up to half of it more is jitter.
CROWDED_SECONDS = 20.0

UNCLEAR = (
    "Salesforce gave no clear answer, so the change may have been saved or not; "
    "what became of it is looked up before anything is sent again."
)

_HEADERS = {
    "Accept": "application/json",
    "Sforce-Call-Options": "client=remindersync",
    "Sforce-Mru": "updateMru=false",
}
_USAGE = re.compile(r"(?:^|[\s;,])api-usage=(\d+)/(\d+)")
_TOO_MANY = "REQUEST_LIMIT_EXCEEDED"
_MOVED = frozenset({301, 302, 303, 307, 308})


class Tokens(Protocol):
    """Where a client gets its next token from."""

    def renew(self, login: Login) -> Login:
        """Return the login with another token than the given one, which has failed.

        Raises `LoginLost` when there is none to be had, `SalesforceRefused` when not now.
        """

    def lose(self, login: Login, reason: str) -> None:
        """Mark the login as one that needs its user to connect again."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` below the version, `params` and `body` as simple-salesforce takes them.

    `reads` marks one that only asks though it is sent as a POST.
    """

    method: str
    path: str
    params: dict[str, Any] | None = None
    body: Any = None
    reads: bool = False

    @property
    def writes(self) -> bool:
        return self.method != "GET" and not self.reads


_LIMITS = Call("GET", "limits")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `at` is the answer's time and `read_at` not later than the request's, on Salesforce's clock."""

    body: Any
    at: datetime
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Door:
    """What all clients of a process share: connections, allowance, trusted servers, sizes of pages, who looks on."""

    http: Http
    limiter: Limiter
    hosts: Hosts = field(default_factory=Hosts)
    version: str = DEFAULT_VERSION
    page_sizes: paging.PageSizes = field(default_factory=paging.PageSizes)
    watch: Watch = UNWATCHED


class Client:
    """One login's way to its org, for one thread. `background` work stops first when the allowance runs down."""

    def __init__(self, login: Login, tokens: Tokens, door: Door, *, background: bool) -> None:
        self.login = login
        self.calls = 0
        self._tokens = tokens
        self._door = door
        self._background = background
        self._finding_out = False
        self._session = door.http.session()
        self._salesforce = _direct(login, door, self._session)

    @property
    def root(self) -> str:
        """The path below which parts of a composite call name their resources."""
        return f"/services/data/v{self._door.version}"

    def ask(self, call: Call) -> Answer:
        """Send a request and return its answer.

        Raises:
            SalesforceRefused: nothing was done; the fault says why (`LoginLost`, `AllowanceSpent` among them)
            SalesforceUnclear: a write may have been done
            Unsafe: there is no limiter, so nothing was sent
            ConfigurationError: a renewed login names a server that is not Salesforce's

        """
        text = (call.params or {}).get("q")
        if not isinstance(text, paging.Paged):
            return self._ask(call)

        def send(cut: str) -> Answer:
            return self._ask(replace(call, params={**(call.params or {}), "q": cut}))

        return paging.ask(send, text, self._door.page_sizes, self.login.id)

    def _ask(self, call: Call) -> Answer:
        try:
            if self._admit():
                # Its answer tells, or does not: then the call itself goes under the same permit.
                self._sent(_LIMITS)
                self._admit()
            return self._answer(call, self._sent(call))
        finally:
            self._finding_out = False

    def _admit(self) -> bool:
        """Pass the limiter; say whether how much is left has to be found out first (DIAG-3)."""
        if not self._finding_out:
            admit = self._door.limiter.admit
            self._finding_out = admit(self.login.org_id, background=self._background)
            return self._finding_out
        return False

    def _sent(self, call: Call) -> Reply:
        """Send what was admitted, once more with another token where it needs one."""
        reply = self._exchange(call)
        if _needs_token(reply):
            self._renew()
            self._admit()
            reply = self._exchange(call)
            if _needs_token(reply):
                raise self._still_refused(reply)
        return reply

    def _exchange(self, call: Call) -> Reply:
        self.calls += 1
        watch = self._door.watch
        with watch.during(telling.work(call.method, call.path), **telling.sent(call.body, call.params)):
            reply = self._replied(call)
            telling.tell(watch, reply, _usage(reply))
        self._note_usage(reply)
        return reply

    def _replied(self, call: Call) -> Reply:
        try:
            # An error status comes as an exception whose text quotes the request; the session kept the answer.
            with suppress(SalesforceError):
                self._salesforce.restful(call.path, call.params, call.method, json=call.body, headers=_HEADERS)
        except NotSentError as error:
            raise SalesforceRefused(fault(error.code)) from None
        except NoAnswerError:
            raise _without_answer(call) from None
        reply = self._session.reply
        assert reply is not None
        return reply

    def _note_usage(self, reply: Reply) -> None:
        usage = _usage(reply)
        if usage is not None:
            self._finding_out = False
            # Without the limiter the next call is refused; this one's answer must not be lost for it.
            with suppress(Unsafe):
                self._door.limiter.saw(self.login.org_id, *usage)

    def _renew(self) -> None:
        self.login = self._tokens.renew(self.login)
        self._salesforce = _direct(self.login, self._door, self._session)

    def _still_refused(self, reply: Reply) -> SalesforceRefused:
        if reply.status in _MOVED:
            # A maintenance page or a proxy sends everybody elsewhere: no reason to give a login up.
            return SalesforceRefused(fault("NOT_AN_ANSWER", f"HTTP status {reply.status}"))
        found = classify(reply.status, reply.body)
        self._tokens.lose(self.login, found.meaning)
        return LoginLost(found)

    def _answer(self, call: Call, reply: Reply) -> Answer:
        if reply.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise self._refusal(call, reply)
        # Salesforce dates all its answers: what has no date, or is no JSON, came from somebody else.
        if not reply.is_json or reply.at is None or reply.asked_at is None:
            found = classify(reply.status, None)
            raise _unclear(found) if call.writes else SalesforceRefused(found)
        return Answer(reply.body, reply.at, reply.asked_at)

    def _refusal(self, call: Call, reply: Reply) -> SalesforceRefused | SalesforceUnclear:
        found = classify(reply.status, reply.body)
        if call.writes and not is_settled(reply.status, reply.body):
            return _unclear(found)
        if found.destiny is Destiny.RECONNECT:
            self._tokens.lose(self.login, found.meaning)
            return LoginLost(found)
        if found.destiny is Destiny.ALLOWANCE:
            return self._spent(found)
        if found.code == _TOO_MANY:
            # Too many slow ones at once, not too many a day: the org's background work makes room for a moment.
            self._hold(CROWDED_SECONDS * random.uniform(1, 1.5))  # noqa: S311 it spreads load and guards nothing
        return SalesforceRefused(found)

    def _spent(self, found: Fault) -> AllowanceSpent:
        self._hold(SPENT_SECONDS)
        self._hold(SPENT_FOR_EDITS_SECONDS, background_only=False)
        return AllowanceSpent(found, SPENT_SECONDS if self._background else SPENT_FOR_EDITS_SECONDS)

    def _hold(self, seconds: float, *, background_only: bool = True) -> None:
        with suppress(Unsafe):
            self._door.limiter.hold(self.login.org_id, seconds, background_only=background_only)


class _Direct(Salesforce):
    """simple-salesforce with a given session: the mode in which it neither logs in nor repeats a request."""

    def parse_result_to_json(self, result: requests.Response) -> str:  # noqa: ARG002 the session has read it already
        return ""


def _direct(login: Login, door: Door, session: Session) -> Salesforce:
    base = door.hosts.instance(login.instance_url)
    salesforce = _Direct(session_id=login.access_token, instance_url=base, session=session, version=door.version)
    # It knows https only; loopback speaks http.
    salesforce.base_url = f"{base}/services/data/v{door.version}/"
    del salesforce.headers["X-PrettyPrint"]
    return salesforce


def _needs_token(reply: Reply) -> bool:
    """Tell whether another token, or the address that comes with it, may help. Nothing was done in these cases."""
    if reply.status < HTTPStatus.BAD_REQUEST:
        return reply.status in _MOVED
    codes = {problem.code for problem in problems(reply.body)}
    return reply.status == HTTPStatus.UNAUTHORIZED or "ORG_NOT_OWNED_BY_INSTANCE" in codes


def _without_answer(call: Call) -> SalesforceRefused | SalesforceUnclear:
    found = fault("FAILED_WRITE")
    return _unclear(found) if call.writes else SalesforceRefused(found)


def _unclear(found: Fault) -> SalesforceUnclear:
    """Return the error of a write that may have been done: whatever was said, it is looked up and tried again."""
    return SalesforceUnclear(UNCLEAR, replace(found, destiny=Destiny.RETRY))


def _usage(reply: Reply) -> tuple[int, int] | None:
    """Return the org's calls of the last 24 hours and how many it may make, where an answer tells."""
    match = _USAGE.search(reply.headers.get("Sforce-Limit-Info", ""))
    if match:
        return int(match[1]), int(match[2])
    try:
        day = reply.body["DailyApiRequests"]
        return int(day["Max"]) - int(day["Remaining"]), int(day["Max"])
    except (KeyError, TypeError, ValueError, IndexError):
        return None
