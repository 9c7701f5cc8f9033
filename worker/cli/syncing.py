"""Queue runs by hand and see how sync stands."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from remindersync.errors import Unsafe, UserMistake
from worker import by_hand
from worker.cli.here import services
from worker.cli.output import ask, facts, json_option, progress, say, show, tell
from worker.pricing import full_price

if TYPE_CHECKING:
    from remindersync.store.people import AppUser
    from remindersync.store.requests import RunRecord
    from worker.services import Services

_ASK_SECONDS = 0.3
_HINT_SECONDS = 10.0
# As many addresses as a person reads; --json tells all.
_NAMED = 20
# "held" goes on by itself, but not soon: nobody waits for that.
_ENDED = frozenset({"done", "failed", "held"})
_STATUS = (
    "email",
    "state",
    "last_run_at",
    "last_outcome",
    "last_error",
    "next_due_at",
    "backlog",
    "errors",
    "held",
    "left_out",
)


@click.command()
@click.argument("emails", nargs=-1, metavar="[EMAIL]…")
@click.option("--team", metavar="TEAM", help="Everybody in this team whose sync is on.")
@click.option("--all", "everybody", is_flag=True, help="Everybody whose sync is on.")
@click.option("--reminder", metavar="ID", help="Only this reminder of the one user named: its Task is read by id.")
@click.option("--full", is_flag=True, help="Re-read every linked Task as well, not only what changed.")
@click.option("--dry-run", is_flag=True, help="Do nothing; wait for the plan and show what a run would do.")
@click.option("--wait", is_flag=True, help="Wait for the runs and show what they did.")
@click.option("--yes", is_flag=True, help="Do not ask, whatever a full resync costs.")
@json_option
def resync(  # noqa: PLR0913 one for each option
    emails: Sequence[str],
    team: str | None,
    *,
    everybody: bool,
    reminder: str | None,
    full: bool,
    dry_run: bool,
    wait: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Queue a run now for the users named, for a --team, or for --all.

    A --full one reads every linked Task by id, 200 a call. It says what that will cost, and asks where it is more than
    a tenth of the calls that are left today. With --dry-run it shows what a full one would do.
    """
    if sum((bool(emails), bool(team), everybody)) != 1:
        raise click.UsageError("Name users, or a --team, or --all, one of the three")
    if reminder and (full or len(emails) != 1):
        raise click.UsageError("--reminder is for one user, named by EMAIL, and without --full")
    here = services()
    chosen = _chosen(here, emails, team)
    if full:
        _agree(here, chosen, yes=yes)
    emails_by_id = {user.id: user.email for user in chosen}
    runs = by_hand.queue(here, list(emails_by_id), by_hand.Wanted(full, dry_run, reminder), agreed=True)
    queued = {emails_by_id[user_id]: run_id for user_id, run_id in runs.items()}
    if not (wait or dry_run):
        say(_queued(list(queued)), as_json=as_json, runs=queued)
        return
    _tell_end(wait_for(here, list(queued.values())), dry_run=dry_run, as_json=as_json)


def _tell_end(ended: "Sequence[RunRecord]", *, dry_run: bool, as_json: bool) -> None:
    """Show what runs did, or would do. Raises `UserMistake` where some failed."""
    if dry_run:
        items = [{"user": run.user, **item} for run in ended for item in run.plan or ()]
        show(items if as_json else [readable(item) for item in items], as_json=as_json, empty="A run would do nothing.")
    else:
        show([_shown(run) for run in ended], as_json=as_json, empty="Nobody's sync is on.")
    failed = [run for run in ended if run.state == "failed"]
    if failed:
        reasons = "; ".join(f"{run.user}: {run.error or 'no reason given'}" for run in failed)
        reasons = reasons.rstrip(".").replace(". ", "; ")
        raise UserMistake(f"{len(failed)} of {len(ended)} runs failed ({reasons}): resync once that is mended.")


def _agree(here: "Services", chosen: "Sequence[AppUser]", *, yes: bool) -> None:
    """Say what full runs cost, and ask whether that is meant where it is much."""
    price = full_price(here, [user.id for user in chosen])
    tell(f"{price}.")
    if price.is_large and not yes:
        ask("Go on?")


def _queued(emails: Sequence[str]) -> str:
    if not emails:
        return "Nobody's sync is on, so nothing is queued."
    more = f" and {len(emails) - _NAMED} more" if len(emails) > _NAMED else ""
    return f"A run is queued for {', '.join(emails[:_NAMED])}{more}."


def _chosen(here: "Services", emails: Sequence[str], team: str | None) -> "list[AppUser]":
    if emails:
        found = [here.directory.user(email) for email in emails]
        off = [user.email for user in found if not user.sync_on]
        if off:
            raise UserMistake(f"Sync is off for {', '.join(off)}: turn it on first.")
        return found
    return [user for user in here.directory.users(team) if user.sync_on]


def wait_for(here: "Services", run_ids: Sequence[str]) -> "list[RunRecord]":
    """Wait until the runs have ended, with a bar to look at; return them."""
    with progress() as bar:
        line = bar.add_task("runs", total=len(run_ids))
        hint_at = time.monotonic() + _HINT_SECONDS
        found: dict[str, RunRecord] = {}
        ended: set[str] = set()
        while True:
            found |= {run.id: run for run in here.requests.these([one for one in run_ids if one not in ended])}
            ended = {run.id for run in found.values() if run.state in _ENDED}
            bar.update(line, completed=len(ended))
            if len(ended) == len(found):
                return [found[run_id] for run_id in run_ids]
            if time.monotonic() > hint_at and all(run.state == "queued" for run in found.values()):
                tell("No worker has begun yet: see `remindersync fleet`. Ctrl-C ends the waiting only, not the runs.")
                hint_at = float("inf")
            time.sleep(_ASK_SECONDS)


def readable(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item of a plan for a person: each field with its value before and after."""
    fields = (f"{name}: {change['from']!r} → {change['to']!r}" for name, change in item["fields"].items())
    return {**item, "fields": "\n".join(fields)}


def _shown(run: "RunRecord") -> dict[str, object]:
    counts = {name: getattr(run.counts, name) for name in run.counts.__dataclass_fields__}
    return {"user": run.user, "state": run.state, **counts, "calls": run.calls, "error": run.error}


@click.command()
@click.argument("email", required=False)
@json_option
def status(email: str | None, *, as_json: bool) -> None:
    """Show how sync stands, for everybody or for EMAIL.

    Backlog counts the changes here that Salesforce has yet to get, lag is the age of the oldest in seconds, allowance
    how many of the org's API calls of a day are used, and least poll seconds the shortest interval that this yields.
    """
    here = services()
    user_id = here.directory.user(email).id if email else None
    allowances = _allowances(here)
    least = _least(here)
    rows = [
        facts(one, _STATUS)
        | {
            "lag_seconds": round(one.lag_seconds, 1),
            "progress": f"{one.progress.done}/{one.progress.total or '?'}" if one.progress else None,
            "allowance": allowances.get(one.team_id),
            "least_poll_seconds": least.get(one.team_id),
        }
        for one in here.directory.status(user_id)
    ]
    show(rows, as_json=as_json, empty="There is no user yet: remindersync users add EMAIL --team TEAM")


def _allowances(here: "Services") -> dict[str, str]:
    """Return what is known of each team's API calls; nothing while Redis is out of reach."""
    found = {}
    with suppress(Unsafe):
        for team in here.directory.teams():
            usage = here.limiter.usage(team.org_id) if team.org_id else None
            if usage is not None:
                found[team.id] = f"{usage.used} of {usage.allowed}"
    return found


def _least(here: "Services") -> dict[str, int]:
    """Return the shortest poll interval of each team with an org, in seconds, as its allowance yields it."""
    return {
        team.id: round(here.pace.least(here.pace.calls_each(team.org_id)))
        for team in here.directory.teams()
        if team.org_id
    }
