"""Open errors: listed by kind or one by one, retried, ignored, exported."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from remindersync.errors import UserMistake
from worker.cli.here import services
from worker.cli.output import facts, json_option, say, show
from worker.spreadsheets import csv_lines

if TYPE_CHECKING:
    from remindersync.store.diagnostics import Diagnostic, Wanted
    from worker.services import Services

Command = TypeVar("Command", bound=Callable[..., Any])

_PAGE = 200
_KIND = ("code", "category", "records", "users", "count", "last_seen", "meaning", "remedy")
_ONE = ("id", "user", "code", "count", "last_seen", "reminder_id", "task_id", "retry", "meaning", "remedy")
_WHOLE = (
    "id",
    "user",
    "code",
    "category",
    "message",
    "meaning",
    "remedy",
    "retry",
    "state",
    "reminder_id",
    "task_id",
    "count",
    "first_seen",
    "last_seen",
)


@click.group()
def diagnostics() -> None:
    """List, retry, ignore and export open errors."""


def _chosen(command: Command) -> Command:
    """Add the options that say which errors are meant."""
    for option in (
        click.option("--team", metavar="TEAM", help="Only this team's."),
        click.option("--user", "email", metavar="EMAIL", help="Only this user's."),
        click.option("--kind", metavar="CODE", help="Only errors with this code."),
    ):
        command = option(command)
    return command


@diagnostics.command("list")
@_chosen
@click.option("--each", is_flag=True, help="Every error with its number, not only how many there are of a kind.")
@json_option
def list_them(kind: str | None, email: str | None, team: str | None, *, each: bool, as_json: bool) -> None:
    """List open errors by kind: on how many records, of how many users, what they mean and what to do."""
    here = services()
    wanted = _wanted(here, (), kind, email, team)
    if each or kind:
        rows = [facts(one, _WHOLE if as_json else _ONE) for one in _all(here, wanted)]
    else:
        rows = [facts(one, _KIND) for one in here.diagnostics.kinds(None, wanted)]
    show(rows, as_json=as_json, empty="There is no open error.")


@diagnostics.command("retry")
@click.argument("numbers", nargs=-1, metavar="[NUMBER]…")
@_chosen
@click.option("--all", "every", is_flag=True, help="Every open error.")
@json_option
def retry(
    numbers: Sequence[str], kind: str | None, email: str | None, team: str | None, *, every: bool, as_json: bool
) -> None:
    """Take the records of open errors up again: those with a NUMBER of `list --each`, or those that options name."""
    here = services()
    done = here.diagnostics.retry(None, _named(here, numbers, (kind, email, team), every=every))
    for user_id in sorted(done.due_user_ids):
        here.send(user_id)
    say(
        f"{done.count} errors are tried again, for {len(done.due_user_ids)} users who sync.",
        as_json=as_json,
        count=done.count,
        users=len(done.due_user_ids),
    )


@diagnostics.command("ignore")
@click.argument("numbers", nargs=-1, metavar="[NUMBER]…")
@_chosen
@click.option("--all", "every", is_flag=True, help="Every open error.")
@json_option
def ignore(
    numbers: Sequence[str], kind: str | None, email: str | None, team: str | None, *, every: bool, as_json: bool
) -> None:
    """Take open errors off the list. Their records stay as they are; the same error again is listed anew."""
    here = services()
    done = here.diagnostics.ignore(None, _named(here, numbers, (kind, email, team), every=every))
    say(f"{done.count} errors are ignored.", as_json=as_json, count=done.count)


@diagnostics.command("export")
@click.argument("numbers", nargs=-1, metavar="[NUMBER]…")
@_chosen
@json_option
def export(numbers: Sequence[str], kind: str | None, email: str | None, team: str | None, *, as_json: bool) -> None:
    """Print open errors with Salesforce's own words, as CSV or JSON. These words may quote what people wrote."""
    here = services()
    rows = [facts(one, _WHOLE) for one in _all(here, _wanted(here, numbers, kind, email, team))]
    if as_json:
        show(rows, as_json=True)
        return
    sys.stdout.writelines(csv_lines(_WHOLE, rows))


def _named(
    here: "Services", numbers: Sequence[str], options: tuple[str | None, str | None, str | None], *, every: bool
) -> "Wanted":
    if not (numbers or every or any(options)):
        raise click.UsageError("Name errors by their numbers, or by --kind, --user or --team, or say --all")
    return _wanted(here, numbers, *options)


def _wanted(
    here: "Services", numbers: Sequence[str], kind: str | None, email: str | None, team: str | None
) -> "Wanted":
    from remindersync.store.diagnostics import Wanted  # noqa: PLC0415 it comes with the services

    user = here.directory.user(email).email if email else None
    team_id = here.directory.team(team).id if team else None
    wanted = Wanted(numbers or None, kind, user, team_id)
    if numbers:
        _refuse_unknown(here, numbers, wanted)
    return wanted


def _refuse_unknown(here: "Services", numbers: Sequence[str], wanted: "Wanted") -> None:
    """Raise `UserMistake` naming the numbers that no open error has; what a script mistyped is not taken for done."""
    found = {str(one.id) for one in _all(here, wanted)}
    unknown = [number for number in numbers if number.lstrip("0") not in found]
    if unknown:
        which = f"numbered {', '.join(unknown)}"
        raise UserMistake(f"No open error that you chose is {which}: see `remindersync diagnostics list --each`.")


def _all(here: "Services", wanted: "Wanted") -> "Iterator[Diagnostic]":
    found = here.diagnostics.page(None, wanted, limit=_PAGE)
    yield from found.items
    while found.next_cursor is not None:
        found = here.diagnostics.page(None, wanted, cursor=found.next_cursor, limit=_PAGE)
        yield from found.items
