"""The servers the programs use: the ones named by the settings, else embedded ones under REMINDERSYNC_HOME.

An embedded server belongs to no process in particular. Whoever uses it holds a shared file lock for as long as it
lives; a *keeper* (worker/keeper.py) waits for the exclusive one, which it gets when the last user is gone, however
that one ended, and stops the server then.
"""

import fcntl
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from remindersync.coordination.address import place
from remindersync.errors import ConfigurationError
from worker.settings import Settings

_START_SECONDS = 120

_held: dict[tuple[str, Path], int] = {}
_held_guard = threading.Lock()


@dataclass(frozen=True, slots=True)
class Server:
    """A server to use: where it is, and what it is in words without a password."""

    url: str = field(repr=False)
    words: str


@dataclass(frozen=True, slots=True)
class Servers:
    """The two servers everything else stands on."""

    database: Server
    redis: Server

    @property
    def database_url(self) -> str:
        return self.database.url

    @property
    def redis_url(self) -> str:
        return self.redis.url

    def describe(self) -> list[str]:
        """Return a sentence on each server."""
        return [f"PostgreSQL is {self.database.words}.", f"Redis is {self.redis.words}."]


def servers(settings: Settings) -> Servers:
    """Return the servers to use, starting the embedded ones unless another process has.

    They run until the last process that called this has ended. Raises `ConfigurationError`.
    """
    return Servers(
        database=_named_database(settings.database_url) or use("postgres", settings.home),
        redis=_named_redis(settings.redis_url) or use("redis", settings.home),
    )


def use(kind: str, home: Path) -> Server:
    """Return the embedded server `kind` ("postgres" or "redis") of `home`; it stays while this process lives."""
    folder = home / "run"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _hold(kind, folder)
        with _locked(folder / f"{kind}.starting"):
            return _running(kind, folder) or _start(kind, home)
    except OSError as error:
        raise ConfigurationError(
            f"REMINDERSYNC_HOME: {home} cannot hold the embedded servers ({error.strerror}): choose another folder."
        ) from None


def leave(home: Path) -> None:
    """Stop using the embedded servers of `home` before this process ends."""
    with _held_guard:
        for key in [key for key in _held if key[1] == home / "run"]:
            os.close(_held.pop(key))


def _named_database(url: str | None) -> Server | None:
    return Server(url, f"the one at {place(url)} (DATABASE_URL)") if url else None


def _named_redis(url: str | None) -> Server | None:
    return Server(url, f"the one at {place(url)} (REDIS_URL)") if url else None


def _hold(kind: str, folder: Path) -> None:
    """Take the shared lock; it waits while a keeper is stopping the server."""
    with _held_guard:
        if (kind, folder) in _held:
            return
        handle = os.open(folder / f"{kind}.users", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH)
        _held[kind, folder] = handle


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _running(kind: str, folder: Path) -> Server | None:
    """Return the server whose keeper lives: it holds this lock for its life."""
    with (folder / f"{kind}.keeper").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return Server(**json.loads((folder / f"{kind}.json").read_text()))
    return None


def _start(kind: str, home: Path) -> Server:
    """Start a keeper, which answers with one line of JSON: the server, or why there is none."""
    try:
        with (home / "run" / f"{kind}.log").open("w") as log:
            done = subprocess.run(  # noqa: S603 our own module
                [sys.executable, "-m", "worker.keeper", kind, str(home)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                timeout=_START_SECONDS,
                check=False,
                text=True,
            )
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise ConfigurationError(
            f"The embedded {kind} server did not start: look into {home / 'run' / f'{kind}.log'},"
            f" or set {'DATABASE_URL' if kind == 'postgres' else 'REDIS_URL'}."
        ) from None
    if "error" in answer:
        raise ConfigurationError(answer["error"])
    return Server(**answer)
