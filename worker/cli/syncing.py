"""Queue runs by hand and see how sync stands."""

import time
from collections.abc import Sequence

import click

from remindersync.errors import UserMistake
from remindersync.model import RunKind
from remindersync.store.people import AppUser
from remindersync.store.requests import RunRecord
from worker.cli.output import facts, json_option, progress, say, show
from worker.services import Services, services

_ASK_SECONDS = 0.3
_ENDED = frozenset({"done", "failed"})


@click.command()
@click.argument("emails", nargs=-1)
@click.option("--team", help="Everybody in this team.")
@click.option("--all", "everybody", is_flag=True, help="Everybody.")
@click.option("--full", is_flag=True, help="Re-read every linked Task as well.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done; waits for it.")
@click.option("--wait", is_flag=True, help="Wait for the runs and show what they did.")
@json_option
def resync(  # noqa: PLR0913 one for each option
    emails: Sequence[str],
    team: str | None,
    *,
    everybody: bool,
    full: bool,
    dry_run: bool,
    wait: bool,
    as_json: bool,
) -> None:
    """Queue a run now for EMAILS, for a --team, or for --all."""
    here = services()
    kind = RunKind.DRY if dry_run else RunKind.FULL if full else RunKind.EDIT
    queued = {user.email: queue(here, user, kind) for user in _chosen(here, emails, team, everybody=everybody)}
    if not (wait or dry_run):
        say(f"Queued for {len(queued)}.", as_json=as_json, runs=queued)
        return
    ended = wait_for(here, list(queued.values()))
    if dry_run:
        show([{"user": run.user, **item} for run in ended for item in run.plan or ()], as_json=as_json)
    else:
        show([_shown(run) for run in ended], as_json=as_json)
    if any(run.state == "failed" for run in ended):
        raise click.exceptions.Exit(1)


def _chosen(here: Services, emails: Sequence[str], team: str | None, *, everybody: bool) -> list[AppUser]:
    if sum((bool(emails), bool(team), everybody)) != 1:
        raise click.UsageError("Name users, or a --team, or --all: one of the three.")
    if emails:
        found = [here.directory.user(email) for email in emails]
        off = [user.email for user in found if not user.sync_on]
        if off:
            raise UserMistake(f"Sync is off for {', '.join(off)}: turn it on first.")
        return found
    return [user for user in here.directory.users(team) if user.sync_on]


def queue(here: Services, user: AppUser, kind: RunKind) -> str:
    """Queue a run and send its job; return the run's id."""
    run_id = here.requests.queue(user.id, kind)
    here.send(user.id)
    return run_id


def wait_for(here: Services, run_ids: Sequence[str]) -> list[RunRecord]:
    """Wait until the runs have ended, with a bar to look at; return them."""
    with progress() as bar:
        line = bar.add_task("runs", total=len(run_ids))
        while True:
            found = [here.requests.run(run_id) for run_id in run_ids]
            done = [run for run in found if run.state in _ENDED]
            bar.update(line, completed=len(done))
            if len(done) == len(found):
                return found
            time.sleep(_ASK_SECONDS)


def _shown(run: RunRecord) -> dict[str, object]:
    counts = {name: getattr(run.counts, name) for name in run.counts.__dataclass_fields__}
    return {"user": run.user, "state": run.state, **counts, "calls": run.calls, "error": run.error}


@click.command()
@click.argument("email", required=False)
@json_option
def status(email: str | None, *, as_json: bool) -> None:
    """Show how sync stands, for everybody or for EMAIL."""
    here = services()
    user_id = here.directory.user(email).id if email else None
    names = ("email", "state", "last_run_at", "last_outcome", "next_due_at", "backlog", "errors", "lag_seconds")
    rows = [
        facts(one, names) | {"progress": f"{one.progress.done}/{one.progress.total or '?'}" if one.progress else None}
        for one in here.directory.status(user_id)
    ]
    show(rows, as_json=as_json, empty="There is no user yet: remindersync users add EMAIL --team TEAM")
