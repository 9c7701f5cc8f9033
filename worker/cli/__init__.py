"""The command line: what operators can do, each command readable or as `--json`."""

import os
import signal
import sys

import click
from click.exceptions import Exit, NoArgsIsHelpError

from remindersync.errors import Category, SalesforceRefused, SyncError
from worker.cli import standing  # noqa: F401 adds its commands to `users`
from worker.cli.approving import approve
from worker.cli.asking import follow_maps, rerender
from worker.cli.audit import audit
from worker.cli.demo import demo
from worker.cli.diagnostics import diagnostics
from worker.cli.doctor import doctor
from worker.cli.fleet import fleet, usage
from worker.cli.keys import keys
from worker.cli.past import history, restore, why
from worker.cli.people import connect, teams, users
from worker.cli.servers import db, orgsim, up
from worker.cli.settings import settings
from worker.cli.switching import push, sync
from worker.cli.syncing import resync, status

_DEAD_TOKEN = frozenset({"HTTP_401", "HTTP_403", "INVALID_SESSION_ID", "INVALID_AUTH_HEADER"})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="remindersync")
def cli() -> None:
    """Keep reminders and Salesforce Tasks in step."""


for command in (
    demo,
    orgsim,
    up,
    db,
    teams,
    users,
    connect,
    sync,
    push,
    resync,
    status,
    fleet,
    usage,
    history,
    why,
    restore,
    diagnostics,
    doctor,
    settings,
    audit,
    keys,
    approve,
    follow_maps,
    rerender,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line. Exit 0: done; 1: failed or found problems; 2: wrong use.

    Expected trouble is one sentence, never a traceback.
    """
    try:
        code = cli.main(standalone_mode=False)
    except Exit as end:
        code = end.exit_code
    except NoArgsIsHelpError as question:
        question.show()
        code = question.exit_code
    except click.ClickException as mistake:
        code = _complain(_wrong_use(mistake), mistake.exit_code)
    except (click.Abort, KeyboardInterrupt):
        code = 128 + signal.SIGINT
    except BrokenPipeError:
        # Whoever reads our output has enough of it, as `head` has; the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 128 + signal.SIGPIPE
    except SalesforceRefused as refusal:
        code = _complain(_refused(refusal))
    except SyncError as error:
        code = _complain(str(error))
    sys.exit(code or 0)


def _complain(sentence: str, code: int = 1) -> int:
    click.echo(f"remindersync: {sentence}", err=True)
    return code


def _wrong_use(mistake: click.ClickException) -> str:
    context = getattr(mistake, "ctx", None)
    command = context.command_path if context else "remindersync"
    cause = mistake.format_message().replace(". Did you mean", "; did you mean").rstrip(".?")
    return f"{cause}: see `{command} --help`."


def _refused(refusal: SalesforceRefused) -> str:
    """Return cause and remedy in one sentence; nothing that a command asked for is tried again by itself."""
    fault = refusal.fault
    remedy = f"{fault.remedy[:1].lower()}{fault.remedy[1:]}"
    if fault.category is Category.INTERMITTENT:
        remedy = "check the network and Salesforce's address, and try again."
    elif fault.code in _DEAD_TOKEN:
        remedy = "give a token that is still valid."
    return f"{fault.meaning.rstrip('.')} ({fault.code}): {remedy}"
