"""The processes: the database's tables, everything in one terminal, and the org in a box."""

import os
import subprocess
import sys

import click

from worker.cli.output import json_option, say, show
from worker.present import present_servers, present_settings
from worker.services import services
from worker.startup import check
from worker.supervisor import Supervisor, program


@click.group()
def db() -> None:
    """Create or update the database's tables, or see how they stand."""


@db.command("upgrade")
@json_option
def upgrade(*, as_json: bool) -> None:
    """Bring the tables to this version; safe to run twice and by two at once."""
    database = services().database
    database.upgrade()
    now = database.status()
    say(f"The database has version {now.current}.", as_json=as_json, version=now.current)


@db.command("status")
@json_option
def db_status(*, as_json: bool) -> None:
    """Show the tables' version and the servers in use."""
    here = services()
    now = here.database.status()
    lines = here.servers.describe()
    if as_json:
        show([{"version": now.current, "needed": now.needed, "servers": lines}], as_json=True)
    else:
        for line in lines:
            click.echo(line)
        click.echo(f"The tables are of version {now.current or 'none'}; {now.needed} is needed.")
    if not now.up_to_date:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), required=True, help="0 takes a free one.")
@click.option("--sample", is_flag=True, help="Filled with the sample: two orgs, a dozen people, 3,000 Tasks.")
@click.option("--state", type=click.Path(dir_okay=False), help="Keep its state in this file.")
def orgsim(port: int, state: str | None, *, sample: bool) -> None:
    """Run a Salesforce org in a box, alone."""
    options = [*(["--sample"] if sample else []), *(["--state", state] if state else [])]
    command = [sys.executable, "-m", "orgsim", "--port", str(port), *options]
    raise click.exceptions.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603 our own module


@click.command()
def up() -> None:
    """Run web, worker, beat and Flower in this terminal, against the configured servers; Ctrl-C ends them."""
    servers = present_servers()
    present_settings()
    check(servers)
    for line in servers.describe():
        click.echo(line)
    with Supervisor(environment={**os.environ}) as processes:
        for name in ("web", "worker", "beat", "flower"):
            processes.start(name, program(name))
        processes.wait()
