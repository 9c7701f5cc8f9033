"""`remindersync fleet`: how all work stands at this moment."""

import dataclasses
from typing import TYPE_CHECKING

import click

from worker.cli.here import services
from worker.cli.output import json_option, say, show

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
