"""Keeps one embedded server for the processes that use it, and stops it when the last of them is gone.

`python -m worker.keeper KIND HOME` answers with one line of JSON and goes on in the background. It is started by a
process that holds the users' lock (worker/embedded.py) and ends when it gets that lock for itself: the kernel gives a
lock back however its holder ended, so that not even `kill -9` of every user leaves a server behind.
"""

import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from remindersync.errors import ConfigurationError
from worker import postgres_server, redis_server


@dataclass(frozen=True, slots=True)
class Kept:
    """A running server: its address, what it is in words, and how to stop it."""

    url: str
    words: str
    stop: Callable[[], None]


def main() -> None:
    kind, home = sys.argv[1], Path(sys.argv[2])
    if os.fork():
        # Whoever started the keeper waits for this process only; the keeper has no parent to become a zombie of.
        os._exit(0)
    _keep(kind, home / "run", _STARTERS[kind], home)


def _keep(kind: str, folder: Path, start: "Callable[[Path, Path], Kept]", home: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # A terminal's Ctrl-C ends the users first, and with them the keeper.
        signal.signal(number, signal.SIG_IGN)
    notes = folder / f"{kind}.json"
    # They close in reverse: the next user must find the keeper gone.
    with (folder / f"{kind}.users").open("r+") as users, (folder / f"{kind}.keeper").open("w") as alive:
        fcntl.flock(alive, fcntl.LOCK_EX)
        try:
            kept = start(home, notes)
        except ConfigurationError as error:
            _answer({"error": str(error)})
            return
        _write(notes, {"url": kept.url, "words": kept.words})
        _answer({"url": kept.url, "words": kept.words})
        fcntl.flock(users, fcntl.LOCK_EX)
        kept.stop()
        notes.unlink(missing_ok=True)


def _answer(line: dict[str, str]) -> None:
    """Say how it went, and close the pipe: its other end waits for that."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _write(path: Path, content: dict[str, str]) -> None:
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        json.dump(content, file)


def _postgres(home: Path, notes: Path) -> Kept:
    del notes
    server = postgres_server.start(home / "postgres")
    return Kept(server.url, f"version {server.version}, embedded under {home / 'postgres'}", server.stop)


def _redis(home: Path, notes: Path) -> Kept:
    if notes.exists():
        # Only a keeper that was killed leaves its notes; its server may still write into the same folder.
        redis_server.stop_leftover(json.loads(notes.read_text())["url"])
    server = redis_server.start(home / "redis")
    return Kept(server.url, f"{server.binary.words}, embedded under {home / 'redis'}", server.stop)


_STARTERS: dict[str, Callable[[Path, Path], Kept]] = {"postgres": _postgres, "redis": _redis}

if __name__ == "__main__":
    main()
