"""The wire: pooled connections with time-outs, no redirects, no retries and no cookies of their own."""

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProxyError

# At DEBUG it prints addresses, and a query's address quotes subjects (SAFE-2).
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)

_NEVER_SENT = (NewConnectionError, ConnectTimeoutError, ProxyError)
_SSL_REASON = ssl.SSLCertVerificationError
_IDLE_SECONDS = 15.0


class NotSentError(Exception):
    """No connection came about: the server saw nothing of the request."""

    code = "UNREACHABLE"


class CrowdedError(NotSentError):
    """As many requests as may be wait for an answer, so this one was not sent."""

    code = "CROWDED_HERE"


class NoAnswerError(Exception):
    """The request went out and no complete answer came back: it may have been carried out."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `body` is its JSON, or its text where it is none; `is_json` tells which.

    `at` is the server's Date header, a whole second not later than the answer; `asked_at`, a whole second on
    the same clock, is not later than the moment the request was sent. Both are None without that header.
    """

    status: int
    body: Any
    is_json: bool
    headers: Mapping[str, str]
    at: datetime | None
    asked_at: datetime | None


class Session(requests.Session):
    """A session that keeps the answer it got last, follows no redirect and takes no cookie."""

    def __init__(
        self, monotonic: Callable[[], float], timeouts: tuple[float, float], room: "_Room | None" = None
    ) -> None:
        super().__init__()
        self._timeouts = timeouts
        self._room = room
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        # Without this a .netrc entry for the host would replace the token.
        self.auth = _keep_headers
        self._monotonic = monotonic
        self.reply: Reply | None = None

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send and read the whole answer.

        Raises:
            NotSentError: the server saw nothing.
            NoAnswerError: it may have.

        """
        self.reply = None
        # The time-outs are set here because most of simple-salesforce's methods take none.
        kwargs |= {"allow_redirects": False, "timeout": self._timeouts}
        if self._room is None:
            return self._exchange(*args, **kwargs)
        with self._room.taken():
            return self._exchange(*args, **kwargs)

    def _exchange(self, *args: Any, **kwargs: Any) -> requests.Response:
        started = self._monotonic()
        failure: Exception
        try:
            response = super().request(*args, **kwargs)
        except requests.RequestException as error:
            # Raised below, outside of this block: requests' errors quote the address and thereby the query.
            failure = NotSentError() if _never_sent(error) else NoAnswerError()
        else:
            self.reply = _reply(response, self._monotonic() - started)
            return response
        raise failure


class Http:
    """The connections of one process to all Salesforce servers; sessions made from it share them.

    Args:
        connect_seconds: how long a connection may take to come about
        read_seconds: how long a server may stay silent
        idle_seconds: a connection unused for longer is not trusted with another request: servers drop idle
            ones without a word, and a write cut off that way may or may not have been saved
        connections: how many are kept for each server

    """

    def __init__(
        self,
        *,
        connect_seconds: float = 5.0,
        read_seconds: float = 30.0,
        idle_seconds: float = _IDLE_SECONDS,
        connections: int = 64,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._connect_seconds = connect_seconds
        self._read_seconds = self._patient_seconds = read_seconds
        self._adapter = _Adapter(idle_seconds, connections)
        self._room: _Room | None = None

    def serve_people(self, *, at_once: int, read_seconds: float) -> None:
        """Bound what a process may wait for in which people wait for pages: requests at once, and for how long each.

        Whoever finds no room within two seconds is told so, as a request that was not sent.
        """
        self._room = _Room(at_once)
        self._read_seconds = min(read_seconds, self._patient_seconds)

    def session(self, *, patient: bool = False) -> Session:
        """Return a session for one thread's use; a `patient` one waits as long as it would without people waiting."""
        read_seconds = self._patient_seconds if patient else self._read_seconds
        session = Session(self._monotonic, (self._connect_seconds, read_seconds), self._room)
        session.mount("https://", self._adapter)
        session.mount("http://", self._adapter)
        return session

    def close(self) -> None:
        """Close the idle connections."""
        self._adapter.close()


class _Adapter(HTTPAdapter):
    def __init__(self, idle_seconds: float, connections: int) -> None:
        self._idle_seconds = idle_seconds
        super().__init__(pool_connections=connections, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        idle = self._idle_seconds
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (_FreshOnly, HTTPConnectionPool), {"idle_seconds": idle}),
            "https": type("Pool", (_FreshOnly, HTTPSConnectionPool), {"idle_seconds": idle}),
        }


class _Room:
    """Room for so many requests at once."""

    def __init__(self, at_once: int, wait_seconds: float = 2.0) -> None:
        self._places = threading.BoundedSemaphore(at_once)
        self._wait_seconds = wait_seconds

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place within the block. Raises `CrowdedError` if none becomes free soon."""
        if not self._places.acquire(timeout=self._wait_seconds):
            raise CrowdedError
        try:
            yield
        finally:
            self._places.release()


class _FreshOnly:
    """Part of a pool: closes a connection that has rested too long before it is used again."""

    idle_seconds = _IDLE_SECONDS

    def _put_conn(self, conn: HTTPConnection | None) -> None:
        if conn is not None:
            conn.rests_since = time.monotonic()  # type: ignore[attr-defined]  # our own mark on it
        super()._put_conn(conn)  # type: ignore[misc]  # of the pool this is mixed into

    def _get_conn(self, timeout: float | None = None) -> HTTPConnection:
        conn: HTTPConnection = super()._get_conn(timeout)  # type: ignore[misc]  # as above
        if time.monotonic() - getattr(conn, "rests_since", time.monotonic()) > self.idle_seconds:
            conn.close()
        return conn


def _keep_headers(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _never_sent(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    refused_certificate = reason is not None and any(isinstance(arg, _SSL_REASON) for arg in reason.args)
    return isinstance(reason, _NEVER_SENT) or refused_certificate


def _reply(response: requests.Response, elapsed_seconds: float) -> Reply:
    try:
        body, is_json = response.json(), True
    except (ValueError, RecursionError):
        body, is_json = response.text, False
    at = _date(response.headers.get("Date"))
    asked_at = at and (at - timedelta(seconds=elapsed_seconds)).replace(microsecond=0)
    return Reply(response.status_code, body, is_json, response.headers, at, asked_at)


def _date(header: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(header or "")
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
