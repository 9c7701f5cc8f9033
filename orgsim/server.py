"""Serving the box with uvicorn: alone as a process, or inside a test's process in a thread."""

import asyncio
import signal
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from orgsim.app import CUT, App
from orgsim.door import Door
from orgsim.state import StateFile
from orgsim.world import World

_MAX_HEADER_BYTES = 262_144
_KEEP_ALIVE_SECONDS = 75
_START_POLL_SECONDS = 1.0


class CuttableProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol, with a way for the app to close the connection unanswered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lost = asyncio.Event()
        inner = self.app

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[CUT] = self._cut
            await inner(scope, receive, send)

        self.app = app

    async def _cut(self) -> None:
        self.transport.close()
        await self._lost.wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._lost.set()


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it is ready and wakes slow answers when it stops."""

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config)
        self._app = app
        self.ready = threading.Event()
        self.announce: str | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, and end well: uvicorn's own version raises the signal once more."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()
        if self.announce:
            print(self.announce, flush=True)  # noqa: T201 the one line that others wait for

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.close()
        await super().shutdown(sockets)


def build(app: App) -> "_Server":
    config = uvicorn.Config(
        app,
        http=CuttableProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        h11_max_incomplete_event_size=_MAX_HEADER_BYTES,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
    )
    return _Server(config, app)


def listen(port: int, host: str = "127.0.0.1") -> socket.socket:
    """Give a listening socket; OSError when the port is taken."""
    # asyncio turns Nagle's delay off only where the protocol is named: without it an answer waits 40 ms.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(2048)
    except OSError:
        found.close()
        raise
    return found


@dataclass(frozen=True, slots=True)
class Sim:
    """A running box: its base URL and its admin door."""

    url: str
    door: Door


@contextmanager
def serve(world: Mapping[str, Any] | None = None, port: int = 0, state: Path | None = None) -> Iterator[Sim]:
    """Run a box in a thread of this process until the block ends.

    Args:
        world: world records to load (see README), none for an empty box.
        port: 0 takes a free one.
        state: a SQLite file that keeps the state.

    """
    held = World()
    state_file = StateFile(state) if state else None
    if state_file is not None:
        state_file.restore(held)
    if world is not None:
        held.load(world)
    listener = listen(port)
    server = build(App(held, state_file))
    thread = threading.Thread(target=server.run, args=([listener],), name="orgsim", daemon=True)
    thread.start()
    while not server.ready.wait(_START_POLL_SECONDS):
        if not thread.is_alive():
            raise RuntimeError("The box did not start; its error is in the log.")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with Door(url) as door:
            yield Sim(url, door)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        if state_file is not None:
            state_file.save(held)
            state_file.close()
