"""What a run costs in calls and time, beside a straightforward loop on simple-salesforce.

    python benchmarks/calls.py [--json calls.json]

Both bring the same changes to the same org in a box over HTTP, on loopback: the calls are what counts against an
org's day, the time has no network in it. The loop does what is done by hand: it asks for what changed and, for each
reminder edited here, gets the Task, compares, and writes.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sides import Sides, sides
from simple_salesforce.api import Salesforce

SIZES = (0, 1, 25, 200, 1000)
# What was saved ten minutes ago goes in calls of 200.
OLD_SECONDS = 700
NAMES = ("Subject", "Status", "Priority", "ActivityDate", "Description", "WhoId")


@dataclass(frozen=True)
class Result:
    """One line of the table: so many edits here, brought to Salesforce."""

    edits: int
    calls: int
    seconds: float
    loop_calls: int
    loop_seconds: float


class Loop:
    """The rival: simple-salesforce with a given session."""

    def __init__(self, world: Sides) -> None:
        self._salesforce = Salesforce(session_id=world.login["access_token"], instance_url=world.login["instance_url"])
        # It knows https only; the box speaks http here.
        self._salesforce.base_url = f"{world.login['instance_url']}/services/data/v66.0/"
        self._task = self._salesforce.Task
        self._task.base_url = f"{self._salesforce.base_url}sobjects/Task/"

    def sync(self, edits: dict[str, str], since: str) -> None:
        """Bring edits of Subjects to Salesforce."""
        self._salesforce.query_all(f"SELECT Id, {', '.join(NAMES)} FROM Task WHERE SystemModstamp >= {since}")
        for task_id, subject in edits.items():
            if self._task.get(task_id)["Subject"] != subject:
                self._task.update(task_id, {"Subject": subject})


def calls(world: Sides) -> int:
    return int(world.sim.door.counters()["calls"])


def measured(size: int) -> Result:
    """Let the same Tasks be edited twice: once for the engine, once for the loop."""
    with sides() as world:
        ids = world.add_tasks(max(size, 1))
        world.wait(OLD_SECONDS)
        world.run()
        for one in ids[:size]:
            world.store.edit(world.reminder_of(one).id, name=f"ours {one}")
        world.wait(5)
        before, start = calls(world), time.perf_counter()
        world.run()
        seconds, made = time.perf_counter() - start, calls(world) - before
        loop, since = Loop(world), world.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        before, start = calls(world), time.perf_counter()
        loop.sync({one: f"theirs {one}" for one in ids[:size]}, since)
        return Result(size, made, round(seconds, 3), calls(world) - before, round(time.perf_counter() - start, 3))


def results() -> Iterator[Result]:
    for size in SIZES:
        yield measured(size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--json", type=Path, default=Path("calls.json"), help="where to write the results")
    options = parser.parse_args()
    print(f"{'edits here':>10}{'calls':>8}{'seconds':>10}{'loop: calls':>14}{'loop: seconds':>16}")
    found = []
    for one in results():
        found.append(one)
        print(f"{one.edits:>10}{one.calls:>8}{one.seconds:>10}{one.loop_calls:>14}{one.loop_seconds:>16}")
    options.json.write_text(json.dumps({"results": [asdict(one) for one in found]}, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten to {options.json}")


if __name__ == "__main__":
    main()
