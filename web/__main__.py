"""Serves the web: `python -m web` listens on PORT of this machine, or of the address in HOST."""

import logging
import os
import socket
import sys

import uvicorn

from remindersync.errors import ConfigurationError
from web.app import create_app
from web.traced import Traced
from worker import logs, tracing
from worker.present import present_settings
from worker.services import Services, close_services, services
from worker.startup import check_tables

_BACKLOG = 2048


def main() -> int:
    """Serve until told to stop; return the exit status."""
    try:
        tracing.begin("web", present_settings().traces)
        parts = services()
        logs.set_up(parts.settings)
        parts.make("dispatcher", "throttle", "sessions")
        # Redis may be away: edits are accepted without it (SAFE-6).
        check_tables(parts.database)
        listener = _listener(os.environ.get("HOST") or "127.0.0.1", parts.settings.port)
        _serve(parts, listener)
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 the one sentence of a program that cannot start
        return 1
    finally:
        close_services()
        tracing.end()
    return 0


def _serve(parts: Services, listener: socket.socket) -> None:
    app = create_app(parts)
    config = uvicorn.Config(
        Traced(app) if parts.settings.traces else app,
        lifespan="off",
        ws="none",
        log_config=None,
        # Addresses hold sign-in links and codes, which belong in no log (SAFE-2); the metrics count requests.
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    host, port = listener.getsockname()[:2]
    logging.getLogger("web").info("The web listens on http://%s:%s", host, port)
    try:
        uvicorn.Server(config).run([listener])
    except KeyboardInterrupt:
        # uvicorn has stopped in order and only repeats the signal.
        return


def _listener(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises `ConfigurationError` where that cannot be."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio answers without a delay only where the protocol is named.
        listener = socket.socket(family, kind, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except socket.gaierror:
        raise ConfigurationError(
            f"HOST is {host!r}, which nobody knows: set it to an address of this machine."
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"The web cannot listen on port {port} of {host} ({error.strerror}): set PORT to a free one."
        ) from None
    return listener


if __name__ == "__main__":
    sys.exit(main())
