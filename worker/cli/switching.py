"""Turning a user's sync on, as a preview by name showed it, and off; letting local reminders out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from remindersync.errors import UserMistake
from remindersync.model import Choice, Since
from worker.cli.here import services
from worker.cli.output import ask, json_option, say, show
from worker.cli.syncing import readable, wait_for

if TYPE_CHECKING:
    from remindersync.store.people import AppUser
    from remindersync.store.turning_on import Preview
    from worker.services import Services

_SHOWN = ("action", "side", "name", "fields", "reason")


@click.group()
def sync() -> None:
    """Turn a user's sync on or off."""


@sync.command("on")
@click.argument("email")
@click.option("--import-open", is_flag=True, help="Import all open Tasks too, however old.")
@click.option(
    "--match-existing", is_flag=True, help="Match reminders that are here to Tasks with the same name and due date."
)
@click.option(
    "--since",
    type=click.Choice([since.value for since in Since]),
    default=Since.OFF.value,
    show_default=True,
    help="Turning on again, what comes in: what changed since it was off, or in the last day.",
)
@click.option("--yes", is_flag=True, help="Do what the preview shows without asking.")
@json_option
def sync_on(email: str, *, import_open: bool, match_existing: bool, since: str, yes: bool, as_json: bool) -> None:
    """Turn a user's sync on.

    What changed in Salesforce in the last 24 hours comes in; from then on both sides stay in step. With --import-open
    or --match-existing you see by name what will happen, and are asked; with --json it is printed and done.
    """
    here = services()
    user = here.directory.user(email)
    choice = Choice(import_open, match_existing, Since(since))
    if choice.asks:
        _as_shown(here, user, choice, yes=yes, as_json=as_json)
        return
    user = here.turning_on.turn_on(user.id, choice)
    here.send(user.id)
    say(f"Sync is on for {email}; its first run is queued.", as_json=as_json, email=user.email, sync_on=True)


def _as_shown(here: "Services", user: "AppUser", choice: Choice, *, yes: bool, as_json: bool) -> None:
    preview = _preview(here, user, choice)
    if not as_json:
        show([_row(item) for item in preview.items], as_json=False, empty="Nothing would come in or go out.")
        click.echo(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in preview.counts.items() if count))
    if not (yes or as_json):
        ask(f"Turn sync on for {user.email} and do exactly this?")
    here.turning_on.turn_on(user.id, choice, preview.digest)
    here.send(user.id)
    told = {"digest": preview.digest, "counts": preview.counts, "items": preview.items}
    say(
        f"Sync is on for {user.email}; its first run is queued.",
        as_json=as_json,
        email=user.email,
        sync_on=True,
        **told,
    )


def _preview(here: "Services", user: "AppUser", choice: Choice) -> "Preview":
    run_id = here.turning_on.ask(user.id, choice)
    here.send(user.id)
    (run,) = wait_for(here, [run_id])
    if run.state != "done":
        reason = (run.error or "no reason given").rstrip(".")
        raise UserMistake(f"The preview failed ({reason}): sync on once that is mended.")
    return here.turning_on.of_run(run_id)


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    shown = readable(item)
    return {name: shown[name] for name in _SHOWN}


@sync.command("off")
@click.argument("email")
@json_option
def sync_off(email: str, *, as_json: bool) -> None:
    """Turn a user's sync off.

    It stops at the next step; both sides keep their records, and which belong together stays known.
    """
    here = services()
    user = here.directory.turn_off(here.directory.user(email).id)
    say(f"Sync is off for {email}.", as_json=as_json, email=user.email, sync_on=False)


@click.command()
@click.argument("reminders", nargs=-1, required=True, metavar="REMINDER…")
@json_option
def push(reminders: Sequence[str], *, as_json: bool) -> None:
    """Let local reminders out to Salesforce: those made before their owner's sync was on, or while it was off."""
    here = services()
    done = []
    for reminder in dict.fromkeys(reminders):
        operator, reminder_id = here.reminders.operator_of(reminder)
        changed = here.reminders.push(operator, reminder_id)
        if changed.due_user_id is not None:
            here.send(changed.due_user_id)
        done.append(reminder_id)
    count = "1 reminder goes" if len(done) == 1 else f"{len(done)} reminders go"
    say(f"{count} out to Salesforce.", as_json=as_json, reminders=done)
