"""The command line: what operators can do, each command readable or as `--json`."""

import signal
import sys
from importlib import import_module

import click
from click.exceptions import Exit, NoArgsIsHelpError, NoSuchCommand

from remindersync.errors import Category, SalesforceRefused, SyncError

# Imported when they are asked for: `users` stands where the last of its commands is added to it.
_COMMANDS = {
    "approve": "worker.cli.approving:approve",
    "audit": "worker.cli.audit:audit",
    "connect": "worker.cli.people:connect",
    "db": "worker.cli.servers:db",
    "demo": "worker.cli.demo:demo",
    "diagnostics": "worker.cli.diagnostics:diagnostics",
    "doctor": "worker.cli.doctor:doctor",
    "fleet": "worker.cli.fleet:fleet",
    "follow-maps": "worker.cli.asking:follow_maps",
    "history": "worker.cli.past:history",
    "keys": "worker.cli.keys:keys",
    "orgsim": "worker.cli.servers:orgsim",
    "push": "worker.cli.switching:push",
    "rerender": "worker.cli.asking:rerender",
    "restore": "worker.cli.past:restore",
    "resync": "worker.cli.syncing:resync",
    "settings": "worker.cli.settings:settings",
    "status": "worker.cli.syncing:status",
    "sync": "worker.cli.switching:sync",
    "teams": "worker.cli.tokens:teams",
    "up": "worker.cli.servers:up",
    "usage": "worker.cli.fleet:usage",
    "users": "worker.cli.tokens:users",
    "why": "worker.cli.past:why",
}

_DEAD_TOKEN = frozenset({"HTTP_401", "HTTP_403", "INVALID_SESSION_ID", "INVALID_AUTH_HEADER"})


class _Commands(click.Group):
    """The commands by name, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            # A wrong option is told by click itself.
            if cmd_name.startswith("-"):
                return None
            raise NoSuchCommand(cmd_name, possibilities=_COMMANDS, ctx=ctx)
        module, _, name = _COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        _list_whole(command)
        return command


def _list_whole(command: click.Command) -> None:
    """Let lists of commands hold the first sentence of each to its end: click cuts it off."""
    first, stop, _ = " ".join((command.help or "").partition("\n\n")[0].split()).partition(". ")
    command.short_help = first + stop.rstrip()
    for one in command.commands.values() if isinstance(command, click.Group) else ():
        _list_whole(one)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="remindersync")
def cli() -> None:
    """Keep reminders and Salesforce Tasks in step."""


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
    except SalesforceRefused as refusal:
        code = _complain(_refused(refusal))
    except SyncError as error:
        code = _complain(str(getattr(error, "to_operator", error)))
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
