"""Serving the box with uvicorn: alone as a process, or inside a test's process in a thread."""

import asyncio
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from orgsim.app import CUT, App
from orgsim.door import Door
from orgsim.proxy import Proxy
from orgsim.state import StateFile
from orgsim.tls import Certificates, make_certificates
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
        self.proxy: Proxy | None = None

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
        if self.proxy is not None:
            await self.proxy.start()
        self.ready.set()
        if self.announce:
            print(self.announce, flush=True)  # noqa: T201 the one line that others wait for

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.close()
        if self.proxy is not None:
            await self.proxy.stop()
        await super().shutdown(sockets)


def build(app: App, certificates: Certificates | None = None) -> "_Server":
    """Give a server, over TLS where it has certificates."""
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
        ssl_certfile=certificates.chain if certificates else None,
        ssl_keyfile=certificates.key if certificates else None,
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
    """A running box: base URL and admin door; over TLS whom to trust, and a proxy that stands for salesforce.com."""

    url: str
    door: Door
    ca_file: Path | None = None
    proxy_url: str | None = None


@contextmanager
def serve(
    world: Mapping[str, Any] | None = None,
    port: int = 0,
    state: Path | None = None,
    *,
    tls: bool = False,
    proxy: bool = False,
) -> Iterator[Sim]:
    """Run a box in a thread of this process until the block ends.

    Args:
        world: world records to load (see README), none for an empty box.
        port: 0 takes a free one.
        state: a SQLite file that keeps the state.
        tls: speak TLS, with certificates made for this run.
        proxy: run a CONNECT proxy too, for clients that only know salesforce.com; it needs `tls`.

    """
    with ExitStack() as stack:
        held, state_file = _world(world, state)
        if state_file is not None:
            stack.callback(_keep, held, state_file)
        certificates = make_certificates(Path(stack.enter_context(tempfile.TemporaryDirectory()))) if tls else None
        listener = stack.enter_context(listen(port))
        server = build(App(held, state_file), certificates)
        own_port = listener.getsockname()[1]
        if proxy:
            server.proxy = Proxy(stack.enter_context(listen(0)), own_port)
        _run(server, listener, stack)
        url = f"{'https' if tls else 'http'}://127.0.0.1:{own_port}"
        proxy_url = f"http://127.0.0.1:{server.proxy.port}" if server.proxy else None
        ca_file = certificates.authority if certificates else None
        yield Sim(url, stack.enter_context(Door(url, ca_file)), ca_file, proxy_url)


def _world(records: Mapping[str, Any] | None, state: Path | None) -> tuple[World, StateFile | None]:
    held = World()
    state_file = StateFile(state) if state else None
    if state_file is not None:
        state_file.restore(held)
    if records is not None:
        held.load(records)
    return held, state_file


def _keep(held: World, state_file: StateFile) -> None:
    state_file.save(held)
    state_file.close()


def _run(server: _Server, listener: socket.socket, stack: ExitStack) -> None:
    """Serve in a thread until the stack unwinds; RuntimeError when the server ends before it is ready."""
    thread = threading.Thread(target=server.run, args=([listener],), name="orgsim", daemon=True)

    def stop() -> None:
        server.should_exit = True
        thread.join()

    stack.callback(stop)
    thread.start()
    while not server.ready.wait(_START_POLL_SECONDS):
        if not thread.is_alive():
            raise RuntimeError("The box did not start; its error is in the log.")
