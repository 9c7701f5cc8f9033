"""`python -m orgsim`: run the box alone."""

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from orgsim.app import App
from orgsim.server import build, listen
from orgsim.state import StateFile
from orgsim.tls import Certificates, make_certificates
from orgsim.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C; give the exit status: 1 with one sentence when it can't start."""
    options = _parser().parse_args(arguments)
    try:
        return run(options.port, options.host, sample=options.sample, state=options.state, tls=options.tls)
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
    return parser


def run(
    port: int, host: str = "127.0.0.1", *, sample: bool = False, state: Path | None = None, tls: Path | None = None
) -> int:
    """Serve one world; with a state file that already holds one, the sample is not loaded over it."""
    world = World()
    state_file = StateFile(state) if state else None
    restored = state_file.restore(world) if state_file else False
    if sample and not restored:
        _load_sample(world)
    listener = listen(port, host)
    app = App(world, state_file)
    certificates = make_certificates(tls) if tls else None
    server = build(app, certificates)
    server.announce = _announcement(f"{host}:{listener.getsockname()[1]}", certificates)
    try:
        server.run([listener])
    finally:
        listener.close()
        if state_file is not None:
            state_file.save(world)
            state_file.close()
    return 0


def _announcement(place: str, certificates: Certificates | None) -> str:
    if certificates is None:
        return f"orgsim ready at http://{place}"
    return f"orgsim's CA file is {certificates.authority}\norgsim ready at https://{place}"


def _load_sample(world: World) -> None:
    # Imported here: only who asks for the sample needs it.
    from orgsim import sample  # noqa: PLC0415

    try:
        world.load(sample.load(world.clock.now()))
    except sample.SampleError as error:
        raise ValueError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
