"""`remindersync fleet`, how all work stands at this moment, and `usage`, what an org's calls are used for."""

import dataclasses
from typing import TYPE_CHECKING

import click

from remindersync.errors import UserMistake
from worker.cli.here import services
from worker.cli.output import json_option, say, show, tell

if TYPE_CHECKING:
    from remindersync.store.status import SyncState
    from worker.fleet import FleetNow


@click.command()
@json_option
def fleet(*, as_json: bool) -> None:
    """Show queues, workers, runs a minute, users by state and who is longest overdue."""
    now = services().fleet.now()
    if as_json:
        say("", as_json=True, **dataclasses.asdict(now))
        return
    show([dataclasses.asdict(queue) for queue in now.queues], as_json=False)
    for sentence in _sentences(now):
        click.echo(sentence)


def _sentences(now: "FleetNow") -> list[str]:
    if not now.redis:
        return [f"Users: {_counts(now.users)}.", _oldest(now), "Redis is out of reach: workers and runs are unknown."]
    tick = "no tick of beat's was taken for an hour" if now.tick_seconds is None else f"{now.tick_seconds:.0f} s ago"
    return [
        f"Users: {_counts(now.users)}.",
        _oldest(now),
        f"Runs a minute: {_counts(now.runs_a_minute) or 'none'}.",
        f"Workers: {', '.join(_worker(one.name, one.seen_seconds) for one in now.workers) or 'none'}.",
        f"Messages taken and not finished: {now.taken}. Last tick: {tick}.",
    ]


def _counts(counts: "dict[str, float] | dict[SyncState, int]") -> str:
    return ", ".join(f"{count:.3g} {name}" for name, count in counts.items() if count)


def _worker(name: str, seconds: float) -> str:
    return f"{name} ({seconds:.0f} s ago)"


def _oldest(now: "FleetNow") -> str:
    if now.oldest is None:
        return "Nobody is overdue."
    return f"Longest overdue: {now.oldest.email}, for {now.oldest.seconds:.0f} s."


@click.command()
@click.argument("team")
@click.option("--days", is_flag=True, help="The last 30 days instead of the last 24 hours.")
@json_option
def usage(team: str, *, days: bool, as_json: bool) -> None:
    """Show what the daily calls of TEAM's org are used for, by us and by others.

    Every number is of the 24 hours before its time, as Salesforce counts them; the last line is now.
    """
    from worker.usage import Step  # noqa: PLC0415 as large as the services

    here = services()
    team_id = here.directory.team(team).id
    today = here.usage.today(team_id)
    if today is None:
        raise UserMistake(f"The team {team} has no Salesforce org yet: connect somebody first.")
    points = [dataclasses.asdict(point) for point in here.usage.series(team_id, Step.DAY if days else Step.HOUR)]
    if as_json:
        say("", as_json=True, **dataclasses.asdict(today), series=points)
        return
    show(points, as_json=False)
    known = "unknown at the moment" if today.used is None else f"{today.used} of {today.allowed}"
    tell(f"Used in the last 24 hours: {known}. Background work may use {today.share_percent} %; left: {today.left}.")
