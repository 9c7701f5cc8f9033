"""The demo's folder: one demo at a time in it, each beginning with nothing."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from remindersync.errors import ConfigurationError

_ENDING_SECONDS = 60
_ASK_SECONDS = 0.05


@contextmanager
def demo_home(folder: Path) -> Iterator[Path]:
    """Yield the emptied folder `demo` in `folder`, which is this process's until the block ends.

    Raises `ConfigurationError` where another demo has it, or where it cannot be written.
    """
    home = folder / "demo"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "demo.lock", os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise _unwritable(home, error) from None
    try:
        if not _is_ours(lock):
            raise ConfigurationError(
                f"A demo is running in {home} already: end it, or choose another REMINDERSYNC_HOME."
            )
        _empty(home)
        try:
            yield home
        finally:
            await_servers_end(home)
    finally:
        os.close(lock)


def await_servers_end(home: Path) -> None:
    """Wait until the embedded servers of `home` have ended; nobody may use them any more.

    Raises `ConfigurationError` after a minute.
    """
    deadline = time.monotonic() + _ENDING_SECONDS
    for path in (home / "run").glob("*.keeper"):
        # The server's keeper holds this lock for as long as it lives (worker/embedded.py).
        with path.open("a") as file:
            while not _is_ours(file.fileno()):
                if time.monotonic() > deadline:
                    raise ConfigurationError(
                        f"Processes of an earlier demo still use {home}: end them, or choose another REMINDERSYNC_HOME."
                    )
                time.sleep(_ASK_SECONDS)


def _is_ours(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _empty(home: Path) -> None:
    # One that was killed leaves its data, and for a moment processes that still end.
    await_servers_end(home)
    try:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(exist_ok=True)
    except OSError as error:
        raise _unwritable(home, error) from None


def _unwritable(home: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"REMINDERSYNC_HOME: {home} cannot be written ({error.strerror}): choose another folder.")
