"""The processes: the database's tables, everything in one terminal, and the org in a box."""

import socket
from contextlib import suppress

import click

from remindersync.errors import ConfigurationError
from worker.cli.here import services
from worker.cli.output import json_option, say
from worker.present import present_servers, present_settings
from worker.reading import Reader, environment
from worker.supervisor import Supervisor, program


@click.group()
def db() -> None:
    """Create or update the database's tables, or see how they stand."""


@db.command("upgrade")
@json_option
def upgrade(*, as_json: bool) -> None:
    """Bring the tables to this version. Safe to run twice and by two at once."""
    database = services().database
    database.upgrade()
    now = database.status()
    say(f"The database has version {now.current}.", as_json=as_json, version=now.current)


@db.command("status")
@json_option
def db_status(*, as_json: bool) -> None:
    """Show the tables' version and the servers in use."""
    here = services()
    from worker import startup  # noqa: PLC0415 as large as the services

    now = here.database.status()
    lines = here.servers.describe()
    for line in () if as_json else lines:
        click.echo(line)
    say(
        f"The tables are of version {now.current or 'none'}; {now.needed} is needed.",
        as_json=as_json,
        version=now.current,
        needed=now.needed,
        servers=lines,
    )
    startup.check_tables(here.database)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0 takes a free one.")
@click.option("--sample", is_flag=True, help="Filled with the sample: two orgs, a dozen people, 3,630 Tasks.")
@click.option("--state", type=click.Path(dir_okay=False), help="Keep its state in this file, over restarts.")
@click.option("--tls", type=click.Path(file_okay=False), help="Speak TLS, with an authority kept in this folder.")
@click.option("--proxy", type=click.IntRange(0, 65535), help="With --tls, stand for *.salesforce.com on this port.")
@json_option
def orgsim(port: int, state: str | None, tls: str | None, proxy: int | None, *, sample: bool, as_json: bool) -> None:
    """Run a Salesforce org in a box, alone. Ctrl-C ends it."""
    from orgsim.__main__ import main as run_orgsim  # noqa: PLC0415 no other command needs it

    _refuse_taken("--port", port)
    options = [flag for flag, is_set in (("--sample", sample), ("--json", as_json)) if is_set]
    options += [*(["--state", state] if state else [])]
    options += [*(["--tls", tls] if tls else []), *(["--proxy", str(proxy)] if proxy is not None else [])]
    raise click.exceptions.Exit(run_orgsim(["--port", str(port), *options]))


@click.command()
@json_option
def up(*, as_json: bool) -> None:
    """Run web, worker, ticker, beat and Flower in this terminal. Ctrl-C ends them.

    They use the configured PostgreSQL and Redis, or embedded ones. With --json every line they print is an object, and
    the first one tells of the servers.
    """
    settings = present_settings()
    _refuse_taken("PORT", settings.port)
    given = environment()
    _refuse_taken("FLOWER_PORT", Reader(given).number("FLOWER_PORT", 5555, 1, 65535))
    servers = present_servers()
    from worker import startup  # noqa: PLC0415 as large as the services

    startup.check(servers)
    lines = servers.describe()
    say("\n".join(lines), as_json=as_json, servers=lines)
    with suppress(KeyboardInterrupt), Supervisor(given, as_json=as_json) as processes:
        for name in ("web", "worker", "ticker", "beat", "flower"):
            processes.start(name, program(name, given))
        processes.wait()


def _refuse_taken(name: str, port: int) -> None:
    """Raise `ConfigurationError` if something listens on a port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            reason = (error.strerror or "no reason given").lower()
            raise ConfigurationError(f"{name}: port {port} cannot be used ({reason}): choose another.") from None
