"""`python -m orgsim`: run the box alone."""

import argparse
import json
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from orgsim.app import App
from orgsim.proxy import Proxy
from orgsim.server import build, listen
from orgsim.state import StateFile
from orgsim.tls import Certificates, make_certificates
from orgsim.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; give the exit status: 1 with one sentence when it can't start."""
    options = _parser().parse_args(arguments)
    try:
        return run(**vars(options))
    except (OSError, ValueError, sqlite3.DatabaseError) as error:
        print(f"orgsim can't start: {error}", file=sys.stderr)  # noqa: T201 a program's own words
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m orgsim", description="A Salesforce org in a box.")
    parser.add_argument("--port", type=int, default=8085, help="the port to listen on (0: a free one)")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--sample", action="store_true", help="load the checked-in sample world")
    parser.add_argument("--state", type=Path, help="a SQLite file that keeps the state over a restart")
    parser.add_argument(
        "--tls", type=Path, metavar="FOLDER", help="speak TLS; certificates are made in FOLDER, and its CA file named"
    )
    parser.add_argument(
        "--proxy", type=int, metavar="PORT", help="with --tls: a CONNECT proxy that leads *.salesforce.com to this box"
    )
    parser.add_argument("--json", dest="as_json", action="store_true", help="say where it is as one JSON object")
    return parser


def run(  # noqa: PLR0913 one for each option
    port: int,
    host: str = "127.0.0.1",
    *,
    sample: bool = False,
    state: Path | None = None,
    tls: Path | None = None,
    proxy: int | None = None,
    as_json: bool = False,
) -> int:
    """Serve one world; with a state file that already holds one, the sample is not loaded over it.

    Raises:
        OSError: a port is taken, or a file can't be written.
        ValueError: the state file or the sample is none, or `proxy` comes without `tls`.

    """
    if proxy is not None and tls is None:
        raise ValueError("--proxy needs --tls: clients that go through it insist on https.")
    world, state_file = _world(state, sample=sample)
    with ExitStack() as stack:
        if state_file is not None:
            stack.callback(_keep, world, state_file)
        listener = stack.enter_context(listen(port, host))
        certificates = make_certificates(tls) if tls else None
        server = build(App(world, state_file), certificates)
        if proxy is not None:
            server.proxy = Proxy(stack.enter_context(listen(proxy)), listener.getsockname()[1])
        ready = _Ready(f"{host}:{listener.getsockname()[1]}", certificates, server.proxy)
        server.announce = ready.as_json() if as_json else ready.in_words()
        server.run([listener])
    return 0


def _world(state: Path | None, *, sample: bool) -> tuple[World, StateFile | None]:
    world = World()
    state_file = StateFile(state) if state else None
    restored = state_file.restore(world) if state_file else False
    if sample and not restored:
        _load_sample(world)
    return world, state_file


def _keep(world: World, state_file: StateFile) -> None:
    state_file.save(world)
    state_file.close()


@dataclass(frozen=True, slots=True)
class _Ready:
    """Where the box is once it listens."""

    place: str
    certificates: Certificates | None
    proxy: Proxy | None

    def in_words(self) -> str:
        lines = []
        if self.certificates is not None:
            lines.append(f"orgsim's CA file is {self.certificates.authority}")
        if self.proxy is not None:
            lines.append(f"orgsim's proxy for salesforce.com is {self._proxy_url()}")
        return "\n".join([*lines, f"orgsim ready at {self._url()}"])

    def as_json(self) -> str:
        authority = str(self.certificates.authority) if self.certificates else None
        return json.dumps({"url": self._url(), "ca_file": authority, "proxy": self._proxy_url()})

    def _url(self) -> str:
        return f"{'https' if self.certificates else 'http'}://{self.place}"

    def _proxy_url(self) -> str | None:
        return f"http://127.0.0.1:{self.proxy.port}" if self.proxy is not None else None


def _load_sample(world: World) -> None:
    # Imported here: only who asks for the sample needs it.
    from orgsim import sample  # noqa: PLC0415 it reads a large file only where it is asked for

    try:
        world.load(sample.load(world.clock.now()))
    except sample.SampleError as error:
        raise ValueError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
