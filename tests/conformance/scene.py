"""The language in which the rules are tried: what people do on both sides, what a run does, and what it cost."""

from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from remindersync.model import Link, Outcome, Reminder, Report
from remindersync.salesforce.ids import record_id
from tests.conformance.world import World

ORG = record_id("00DSM0000000001")
# Ada and Bob sync. Carl works in Salesforce only and Ada sees his Tasks; an admin may do everything there.
ADA, BOB, CARL, ADMIN = (record_id(f"005SM000000000{number}") for number in range(1, 5))
SALESFORCE_IDS = {"ada": ADA, "bob": BOB, "carl": CARL, "admin": ADMIN}
# Owns Tasks that nobody has taken yet.
QUEUE = record_id("00GSM0000000001")
LEAD, OTHER_LEAD, CONTACT = record_id("00QSM0000000001"), record_id("00QSM0000000002"), record_id("003SM0000000001")
# A company, and two people of it.
COMPANY = record_id("001SM0000000001")
COLLEAGUES = tuple(record_id(f"003SM000000000{number}") for number in (2, 3))
EMAILS = {name: f"{name}@example.com" for name in SALESFORCE_IDS}

# A run of this many slices would never end.
_SLICES = 60


@dataclass
class Cost:
    """What a block cost: calls, records written in Salesforce, reminders written here (each write is a version).

    `transactions` are those of runs: no run reads or writes the store but in one.
    """

    calls: int = 0
    created_there: int = 0
    updated_there: int = 0
    deleted_there: int = 0
    writes_here: int = 0
    transactions: int = 0

    @property
    def writes_there(self) -> int:
        return self.created_there + self.updated_there + self.deleted_there

    @property
    def nothing(self) -> bool:
        """Whether nothing was written on either side."""
        return self.writes_here == self.writes_there == 0


class Scene(World):
    """What is told in the same words in every world, made of its steps."""

    # ── Time and runs ──

    def slice(self, person: str) -> Report:
        """Send a message and work on it."""
        return self.deliver(person, self.claim(person))

    def run(self, person: str = "ada") -> list[Report]:
        """Run slices five seconds later until nothing is left to do at once."""
        self.wait(5)
        reports = []
        while len(reports) < _SLICES:
            reports.append(self.slice(person))
            if reports[-1].outcome is not Outcome.MORE:
                return reports
        raise AssertionError("The run does not end.")

    def settle(self, *people: str, hours: int = 0) -> None:
        """Run everybody until all is quiet, after some hours."""
        self.wait(hours * 3600)
        for _ in range(4):
            for person in people or ("ada", "bob"):
                self.run(person)

    # ── The org feed ──

    def feed(self) -> None:
        """Give the team an org feed, and bring everybody to where only the feed is read for them."""
        self.connect_feed()
        for _ in range(2):
            self.wait(5)
            self.tick()
            self.run("ada")
            self.run("bob")

    # ── The switch and the settings ──

    def choose(self, person: str = "ada", **choice: Any) -> list[dict[str, Any]]:
        """Preview, turn on as shown, and run; return the preview."""
        items = self.preview_switch(person, **choice)
        self.accept(person)
        self.run(person)
        return items

    def begin(self) -> None:
        """Turn sync on for both and finish their first runs."""
        self.turn_on("ada", "bob")
        self.run("ada")
        self.run("bob")

    # ── In the app ──

    def reminder(self, reminder_id: str) -> Reminder:
        return next(one for one in self.everything() if one.id == reminder_id)

    def reminders(self, owner: str = "ada") -> list[Reminder]:
        """Return a person's reminders outside the bin."""
        mine = self.user_id(owner)
        return [one for one in self.everything() if one.owner_id == mine and one.deleted_at is None]

    def owner(self, reminder_id: str) -> str:
        """Return whose reminder it is."""
        owner = self.reminder(reminder_id).owner_id
        return next(name for name in ("ada", "bob") if self.user_id(name) == owner)

    def lost(self, reminder_id: str) -> list[tuple[str, str | None, str]]:
        """Return the values that lost: field, value and rule."""
        return [(one.field, one.old, one.rule) for one in self.history(reminder_id) if not one.kept]

    # ── In Salesforce ──

    def store_task(self, **values: Any) -> str:
        """Put a Task there past all rules: stamps, subtype, series; return its id."""
        return self.store_tasks([values])[0]

    def task(self, task_id: str) -> dict[str, Any]:
        return self.every_task()[task_id]

    def live(self) -> dict[str, dict[str, Any]]:
        """Return the Tasks that are not deleted."""
        return {one: task for one, task in self.every_task().items() if not task["IsDeleted"]}

    # ── Between the sides ──

    def link(self, task_id: str) -> Link:
        return next(one for one in self.links() if one.task_id == task_id)

    def reminder_of(self, task_id: str) -> str:
        """Return the reminder of a Task."""
        return self.link(task_id).reminder_id

    def task_of(self, reminder_id: str) -> str:
        """Return the Task a reminder has now."""
        found = [one.task_id for one in self.links() if one.reminder_id == reminder_id and one.state != "superseded"]
        assert len(found) == 1, found
        return found[0]

    def pair(self, **values: Any) -> tuple[str, str]:
        """Create a Task, import it, and return both ids."""
        task_id = self.create(**values)
        self.run()
        return self.reminder_of(task_id), task_id

    def pair_from_here(self, name: str, **fields: Any) -> tuple[str, str]:
        """Add a reminder, send it, and return both ids."""
        reminder_id = self.add(name, **fields)
        self.run()
        return reminder_id, self.task_of(reminder_id)

    # ── What it cost ──

    @contextmanager
    def cost(self):
        """Count what a block costs."""
        cost, calls, records, versions = Cost(), *self.spent(), self._versions()
        transactions = self.hooks.transactions
        yield cost
        cost.transactions = self.hooks.transactions - transactions
        calls_after, records_after = self.spent()
        cost.calls = calls_after - calls
        cost.created_there, cost.updated_there, cost.deleted_there = (
            records_after[name] - records[name] for name in ("created", "updated", "deleted")
        )
        cost.writes_here = self._versions() - versions

    def quiet(self, *people: str) -> None:
        """Assert that a further run of everybody changes nothing and costs one call each."""
        for person in people or ("ada", "bob"):
            before = self.stored(), self.every_task()
            with self.cost() as cost:
                reports = self.run(person)
            assert [one.outcome for one in reports] == [Outcome.DONE]
            assert (cost.calls, cost.nothing) == (1, True), cost
            assert (self.stored(), self.every_task()) == before

    def _versions(self) -> int:
        return sum(one.version for one in self.everything())
