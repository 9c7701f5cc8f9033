"""How many values a sync destroys unseen while people save the same Tasks: this one, and a loop that just writes.

    python benchmarks/lost_updates.py [--rounds 300] [--seed 1] [--json lost_updates.json]

The org in a box counts a race for each field that a client overwrote though somebody else had saved it since the
client's last read. Both clocks are virtual, so that every second may be hit; the seed repeats a run.

*at every write*: each of our calls that writes meets a person who saves one of its Tasks between our read and it.
*all day*: batches of 200 Tasks nobody saved for ten minutes, a third of a second to a second and a half a call, while
each Task is saved by somebody every four hours.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import requests
from sides import EMAIL, Sides, nothing, sides

FIELDS = {"name": "Subject", "details": "Description", "priority": "Priority", "due_date": "ActivityDate"}
SAVED_EVERY_SECONDS = 4 * 3600
BATCH = 200


@dataclass(frozen=True)
class Result:
    """One line of the table. `unseen` counts what a condition of whole seconds let through."""

    name: str
    writes: int
    met: int
    lost: int
    unseen: int

    @property
    def in_ten_thousand(self) -> float:
        return round(10_000 * (self.lost + self.unseen) / max(self.writes, 1), 2)


class People:
    """Save Tasks in Salesforce's pages; every value is a new one."""

    def __init__(self, world: Sides, seed: int) -> None:
        self.world, self.chance = world, Random(seed)
        self._person, self._numbers, self.saves = world.sim.door.as_user(EMAIL), iter(range(10**9)), 0

    def value(self, field: str) -> str:
        number = next(self._numbers)
        if field == "Priority":
            return self.chance.choice(["High", "Normal"])
        return f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}" if field == "ActivityDate" else f"value {number}"

    def save(self, task_id: str) -> None:
        field = self.chance.choice([*FIELDS.values()])
        self._person.update(task_id, **{field: self.value(field)})
        self.saves += 1

    def a_moment(self) -> None:
        self.world.wait(self.chance.uniform(0, 1.2))


def edit_here(world: Sides, people: People, task_ids: list[str]) -> None:
    for one in task_ids:
        field = people.chance.choice(["name", "details"])
        world.store.edit(world.reminder_of(one).id, **{field: people.value(FIELDS[field])})


def at_every_write(rounds: int, seed: int, size: int) -> Result:
    """Let somebody save one of the Tasks right before each call that writes them."""
    with sides() as world:
        people, ids = People(world, seed), world.add_tasks(max(40, size))
        world.sim.door.reset_counters()
        chosen: list[str] = []

        def meanwhile(name: str) -> None:
            people.a_moment()
            if name == "update":
                people.save(people.chance.choice(chosen))
                people.a_moment()

        world.before = meanwhile
        for _ in range(rounds):
            chosen[:] = people.chance.sample(ids, people.chance.randint(1, size))
            edit_here(world, people, chosen)
            world.wait(people.chance.uniform(3, 30))
            world.run()
        return counted(world, f"this sync, at every write, up to {size} Tasks", people.saves)


def all_day(rounds: int, seed: int) -> Result:
    """Send batches of old Tasks while people save at a steady pace."""
    with sides() as world:
        people, ids = People(world, seed), world.add_tasks(BATCH)
        world.sim.door.reset_counters()

        def while_it_takes(name: str) -> None:
            del name
            seconds = people.chance.uniform(0.3, 1.5)
            for one in ids:
                if people.chance.random() < seconds / SAVED_EVERY_SECONDS:
                    people.save(one)
            world.wait(seconds)

        for _ in range(rounds):
            world.before, world.after = while_it_takes, while_it_takes
            edit_here(world, people, ids)
            world.run()
            world.before = world.after = nothing
            world.wait(700)
            world.run()
        return counted(world, f"this sync, all day, {BATCH} Tasks a batch", people.saves)


def just_writing(rounds: int, seed: int) -> Result:
    """Do what a straightforward loop does: read, compare, and write what differs."""
    with sides() as world:
        people, ids = People(world, seed), world.add_tasks(40)
        world.sim.door.reset_counters()
        http, base = requests.Session(), f"{world.login['instance_url']}/services/data/v66.0/sobjects/Task"
        http.headers["Authorization"] = f"Bearer {world.login['access_token']}"
        for _ in range(rounds):
            one, field = people.chance.choice(ids), people.chance.choice(["Subject", "Description"])
            http.get(f"{base}/{one}").raise_for_status()
            people.a_moment()
            people.save(one)
            people.a_moment()
            http.patch(f"{base}/{one}", json={field: people.value(field)}).raise_for_status()
        http.close()
        return counted(world, "a loop that reads and writes, at every write", people.saves)


def counted(world: Sides, name: str, met: int) -> Result:
    found = world.sim.door.counters()
    races = found["races"]
    return Result(name, found["records"]["updated"], met, races["total"], races["past_condition"])


def results(rounds: int, seed: int) -> Iterator[Result]:
    works: list[Callable[[], Result]] = [
        lambda: at_every_write(rounds, seed, 1),
        lambda: at_every_write(rounds, seed, 25),
        lambda: all_day(rounds, seed),
        lambda: just_writing(rounds, seed),
    ]
    for work in works:
        yield work()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, default=Path("lost_updates.json"), help="where to write the results")
    options = parser.parse_args()
    print(f"{'what':<48}{'writes':>8}{'saves met':>11}{'lost':>6}{'unseen':>8}{'in 10,000':>11}")
    found = []
    for one in results(options.rounds, options.seed):
        found.append(one)
        print(f"{one.name:<48}{one.writes:>8}{one.met:>11}{one.lost:>6}{one.unseen:>8}{one.in_ten_thousand:>11}")
    rows = [{**asdict(one), "in_ten_thousand": one.in_ten_thousand} for one in found]
    told = {"rounds": options.rounds, "seed": options.seed, "results": rows}
    options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten to {options.json}")


if __name__ == "__main__":
    main()
