"""The check: first sync of everybody, edits on both sides, both sides compared, and a last run that writes nothing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from worker.cli.output import progress
from worker.demo.script import Person, play
from worker.demo.sides import CheckFailed, wait_until
from worker.demo.stage import IMPORT_SECONDS, Stage
from worker.demo.verify import differences, expect

_QUIET_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Found:
    """What the check saw: a row for each part, with the records and calls it took."""

    part: str
    result: str
    records_written: int | None
    calls: int | None
    seconds: float


def check(stage: Stage, tell: Callable[[str], None]) -> list[Found]:
    """Run the whole check; return what it saw. Raises `CheckFailed` with the first thing that is not so."""
    meter = _Meter(stage)
    found = [meter.row("first sync of everybody", import_all(stage))]
    shown = play(stage, tell)
    found += [Found(one.scene, one.result, None, None, one.seconds) for one in shown]
    found.append(meter.row("these edits, several at once", f"{len(shown)} scenes"))
    people = [Person.of(stage, actor) for actor in stage.actors]
    found.append(meter.row("until quiet", _until_quiet(people)))
    found.append(meter.row("both sides, field by field", _compare(people)))
    found.append(meter.row("one more run of everybody", _nothing_more(stage, people)))
    return found


class _Meter:
    """Tells what each part took."""

    def __init__(self, stage: Stage) -> None:
        self._door = stage.door
        self._before = self._read()

    def row(self, part: str, result: str) -> Found:
        """Return a row for what happened since the last one."""
        before, self._before = self._before, self._read()
        written, calls, at = (now - then for now, then in zip(self._before, before, strict=True))
        return Found(part, result, int(written), int(calls), at)

    def _read(self) -> tuple[float, float, float]:
        counters = self._door.counters()
        return sum(counters["records"].values()), counters["calls"], time.monotonic()


def import_all(stage: Stage) -> str:
    """Turn everybody's sync on, wait for the first syncs with a bar each, and count what came in."""
    for actor in stage.actors:
        stage.here.directory.turn_on(actor.user.id)
        stage.here.send(actor.user.id)
    with progress() as bar:
        lines = {a.user.email: bar.add_task(a.user.email, total=a.sample["imports"]) for a in stage.actors}

        def all_in() -> bool:
            stage.processes.check()
            states = {one.email: one for one in stage.here.directory.status()}
            for email, line in lines.items():
                one = states[email]
                if one.progress is not None:
                    bar.update(line, completed=one.progress.done, total=one.progress.total)
                elif one.last_run_at is not None:
                    bar.update(line, completed=bar.tasks[line].total)
            return all(one.progress is None and one.last_run_at is not None for one in states.values())

        wait_until(all_in, "the first syncs", IMPORT_SECONDS)
    total = 0
    for actor in stage.actors:
        count = sum(1 for _ in Person.of(stage, actor).app.reminders())
        wanted = actor.sample["imports"]
        expect(count == wanted, f"{actor.user.email} imported {count} Tasks; the sample says {wanted}.")
        total += count
    return f"{total} Tasks imported for {len(stage.actors)} people, as the sample says"


def _until_quiet(people: Sequence[Person]) -> str:
    for number in range(1, _QUIET_ROUNDS):
        changed = sum(_changed(person) for person in people)
        if changed == 0:
            return f"a round of runs that changed nothing, after {number - 1} that did"
    raise CheckFailed(f"Runs still change something after {_QUIET_ROUNDS} rounds.")


def _changed(person: Person) -> int:
    counts = person.app.resync()["counts"]
    return sum(value for name, value in counts.items() if name.endswith(("_here", "_there")))


def _compare(people: Sequence[Person]) -> str:
    pairs, found = 0, []
    for person in people:
        count, differing = differences(person.app, person.salesforce, person.actor.sample["salesforce_user_id"])
        pairs += count
        found += [f"{person.actor.user.email}: {one}" for one in differing]
    expect(not found, f"The two sides differ in {len(found)} places, the first: {''.join(found[:1])}.")
    return f"{pairs} pairs agree"


def _nothing_more(stage: Stage, people: Sequence[Person]) -> str:
    before = stage.door.counters()["records"]
    for person in people:
        counts = person.app.resync(full=True)["counts"]
        expect(not any(counts.values()), f"A run of {person.actor.user.email} still did something: {counts}")
    expect(stage.door.counters()["records"] == before, "A run with nothing to do wrote to Salesforce.")
    duplicates = stage.door.counters()["duplicates"]
    return f"nothing written; duplicates: {duplicates['by_key']}"
