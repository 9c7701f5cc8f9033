"""The command line: what operators can do, each command readable or as `--json`."""

import sys

import click
from click.exceptions import Exit

from remindersync.errors import SyncError
from worker.cli.demo import demo
from worker.cli.people import connect, sync, teams, users
from worker.cli.servers import db, orgsim, up
from worker.cli.syncing import resync, status


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="remindersync")
def cli() -> None:
    """Keep reminders and Salesforce Tasks in step."""


for command in (demo, orgsim, up, db, teams, users, connect, sync, resync, status):
    cli.add_command(command)


def main() -> None:
    """Run the command line. Exit 0: done; 1: failed or found problems; 2: wrong use.

    Expected trouble is one sentence, never a traceback.
    """
    try:
        code = cli.main(standalone_mode=False)
    except Exit as end:
        code = end.exit_code
    except click.ClickException as mistake:
        mistake.show()
        code = mistake.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except SyncError as error:
        click.echo(f"remindersync: {error}", err=True)
        code = 1
    sys.exit(code or 0)
