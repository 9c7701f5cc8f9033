"""The way out to addresses that people give us: public https only, and nowhere else by a trick (SAFE-3)."""

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Timer
from urllib.parse import SplitResult, urlsplit

import certifi
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError, TimeoutError  # noqa: A004 urllib3's name

from remindersync.errors import UserMistake

# From a host's name and port: its addresses.
Resolve = Callable[[str, int], Sequence[str]]
_CONNECT_SECONDS = 5
# What an address is written with (RFC 3986); everything else has to be percent-encoded.
_PLAIN = re.compile(r"[A-Za-z0-9:/?#\[\]@!$&'()*+,;=._~%-]+")
_READ_SECONDS = 10
_SECONDS_IN_ALL = 15.0


class RefusedTargetError(UserMistake):
    """An address to which nothing is sent."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be called: its host by name and by one of its public addresses."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a host. Raises `OSError`."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Outside:
    """Sends to public https addresses, and to `allowed` hosts (`HOST` or `HOST:PORT`) whatever they are.

    The name is looked up once a request and the address that was judged is the one that is called: a name that
    answers otherwise the second time (DNS rebinding) gains nothing. Redirections are not followed.
    """

    def __init__(
        self, allowed: Sequence[str] = (), lookup: Resolve = resolve, *, seconds_in_all: float = _SECONDS_IN_ALL
    ) -> None:
        self._allowed = frozenset(allowed)
        self._lookup = lookup
        self._seconds_in_all = seconds_in_all

    def judge(self, url: str) -> Target:
        """Return where `url` leads. Raises `RefusedTargetError` where nothing may be sent there."""
        parts = _parts(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        allowed = host in self._allowed or f"{host}:{port}" in self._allowed
        if parts.scheme != "https" and not allowed:
            raise RefusedTargetError("url: only https:// is safe: give an https address.")
        address = self._address(host, port, allowed=allowed)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(parts.scheme, host, port, path, address)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send `body` and return the answer's status; what it says is not read.

        Raises `RefusedTargetError`, or `ConnectionError` in words where there is no answer within 15 seconds.
        """
        target = self.judge(url)
        with _bounded(self._seconds_in_all) as line:
            return _posted(target, line, body, {**headers, "Host": _host_header(target)})

    def _address(self, host: str, port: int, *, allowed: bool) -> str:
        try:
            addresses = self._lookup(host, port)
        except (OSError, UnicodeError):
            raise RefusedTargetError("url: nobody knows its host: check the name.") from None
        if not allowed and not all(ipaddress.ip_address(one.partition("%")[0]).is_global for one in addresses):
            raise RefusedTargetError("url: its host is not public: an operator may allow it in WEBHOOK_ALLOWED_HOSTS.")
        return addresses[0]


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in {"https", "http"} and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or parts.username is not None or parts.fragment or not _PLAIN.fullmatch(url):
        raise RefusedTargetError("url: it is no web address of the kind https://HOST/PATH: correct it.")
    return parts


class _Line:
    """The connection of one request, to be cut when it takes too long: also an answer that trickles in has an end."""

    def __init__(self) -> None:
        self._ours: socket.socket | None = None
        self.is_cut = False

    def watch(self, connected: socket.socket) -> socket.socket:
        """Keep a handle of our own: the connection's may be in the hands of TLS."""
        self._ours = connected.dup()
        return connected

    def cut(self) -> None:
        self.is_cut = True
        if self._ours is not None:
            with suppress(OSError):
                self._ours.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self._ours is not None:
            self._ours.close()


@contextmanager
def _bounded(seconds: float) -> Iterator[_Line]:
    """Give a line that is cut after so many seconds."""
    line = _Line()
    timer = Timer(seconds, line.cut)
    timer.start()
    try:
        yield line
    finally:
        timer.cancel()
        timer.join()
        line.close()


def _posted(target: Target, line: _Line, body: bytes, headers: Mapping[str, str]) -> int:
    pool = _pool(target, line)
    how = {"redirect": False, "retries": False, "preload_content": False}
    try:
        answer = pool.urlopen("POST", target.path, body=body, headers=headers, **how)
        answer.release_conn()
    except HTTPError as error:
        raise ConnectionError(_TOO_LONG if line.is_cut else _in_words(error)) from None
    finally:
        pool.close()
    if line.is_cut:
        # Headers that end with the connection look whole.
        raise ConnectionError(_TOO_LONG)
    return int(answer.status)


def _pool(target: Target, line: _Line) -> HTTPConnectionPool:
    pool = _plain_pool(target) if target.scheme == "http" else _safe_pool(target)
    kind = pool.ConnectionCls

    class Watched(kind):  # type: ignore[misc,valid-type]  # plain or with TLS, as the pool's own
        def _new_conn(self) -> socket.socket:
            return line.watch(super()._new_conn())

    pool.ConnectionCls = Watched
    return pool


_WAITS = Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS)


def _plain_pool(target: Target) -> HTTPConnectionPool:
    return HTTPConnectionPool(target.address, target.port, timeout=_WAITS, maxsize=1)


def _safe_pool(target: Target) -> HTTPSConnectionPool:
    return HTTPSConnectionPool(
        target.address,
        target.port,
        timeout=_WAITS,
        maxsize=1,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
        server_hostname=target.host,
        assert_hostname=target.host,
    )


_TOO_LONG = "Its answer took too long."


def _host_header(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    usual = {"https": 443, "http": 80}[target.scheme]
    return host if target.port == usual else f"{host}:{target.port}"


def _in_words(error: HTTPError) -> str:
    """Say what went wrong without quoting the answer or the address that was called."""
    if isinstance(error, SSLError):
        return "Its certificate is not valid."
    if isinstance(error, NewConnectionError):
        return "Nothing answers there."
    if isinstance(error, TimeoutError):
        return f"It gave no answer in {_READ_SECONDS} seconds."
    return "The connection was cut."
