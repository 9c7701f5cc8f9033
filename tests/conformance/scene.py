"""The language in which the rules are tried: what people do on both sides, what a run does, and what it cost."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from remindersync.model import AskedKind, Line, Link, Outcome, Reminder, Report, RunKind, Since
from remindersync.org_feed import FeedReport
from remindersync.ports import Lease, Runs, SalesforceTasks
from remindersync.salesforce.ids import record_id
from tests.conformance.hooks import Hooks

ORG = record_id("00DSM0000000001")
# Ada and Bob sync. Carl works in Salesforce only and Ada sees his Tasks; an admin may do everything there.
ADA, BOB, CARL, ADMIN = (record_id(f"005SM000000000{number}") for number in range(1, 5))
SALESFORCE_IDS = {"ada": ADA, "bob": BOB, "carl": CARL, "admin": ADMIN}
# Owns Tasks that nobody has taken yet.
QUEUE = record_id("00GSM0000000001")
LEAD, OTHER_LEAD, CONTACT = record_id("00QSM0000000001"), record_id("00QSM0000000002"), record_id("003SM0000000001")
EMAILS = {name: f"{name}@example.com" for name in SALESFORCE_IDS}

# A run of this many slices would never end.
_SLICES = 60


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a reminder's history."""

    field: str
    old: str | None
    new: str | None
    rule: str
    kept: bool
    login: str | None


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


@dataclass(frozen=True, slots=True)
class Preview:
    """What asking for something would change of which reminders, and how many are left out for which reason.

    `handle` is what its world asks by.
    """

    handle: Any
    lines: dict[str, Line]
    left_out: dict[str, int]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is with what was asked for: `left` are reminders with the reason."""

    waiting: int
    done: int
    left: dict[str, str]


class Scene(ABC):
    """One team with its org. A world says how each step is done there.

    `hooks` has a hand in every call to Salesforce. Values of reminders are those of `Reminder`, values of Tasks those of Salesforce.
    """

    hooks: Hooks

    # ── Time and runs ──

    @abstractmethod
    def wait(self, seconds: float) -> None:
        """Let time pass on both sides."""

    @abstractmethod
    def claim(self, person: str) -> int | None:
        """Return the number of the message that may start the person's next run."""

    @abstractmethod
    def deliver(self, person: str, claim: int | None) -> Report:
        """Do what a worker does with a message: one slice."""

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

    @abstractmethod
    def rest(self, person: str) -> float:
        """Return the seconds until a person is due, nothing or less if they are."""

    @abstractmethod
    def skew(self, seconds: float) -> None:
        """Let Salesforce's clock be ahead of the app's from now on."""

    @abstractmethod
    def session(self, person: str) -> SalesforceTasks:
        """Return the org as a person's login sees it."""

    @abstractmethod
    def open_intents(self) -> int:
        """Return how many writes were announced and not answered yet."""

    @abstractmethod
    def take_lock(self, person: str) -> Lease:
        """Take a person's lock as another run would."""

    @property
    @abstractmethod
    def runs(self) -> Runs:
        """The port to the store."""

    @abstractmethod
    def ask(self, person: str, kind: RunKind, *, full: bool = False, only: str | None = None) -> None:
        """Ask for a run by hand, `full` or about one reminder `only`."""

    @abstractmethod
    def allow(self, calls: int) -> None:
        """Let polls use this many calls a day, all in all."""

    # ── Who acts, who leaves ──

    @abstractmethod
    def use_integration(self, person: str) -> None:
        """Let the team's integration login act for a person; the scene's is the admin's."""

    @abstractmethod
    def deactivate(self, person: str) -> None: ...

    @abstractmethod
    def activate(self, person: str) -> None: ...

    @abstractmethod
    def leave_salesforce(self, person: str) -> None:
        """Deactivate a person in Salesforce, and let their next run find out."""

    @abstractmethod
    def return_to_salesforce(self, person: str) -> None:
        """Activate a person in Salesforce again, and let them connect."""

    @abstractmethod
    def hand_over(self, person: str, to: str) -> None:
        """Hand every open reminder over to somebody, as an admin."""

    @abstractmethod
    def erase(self, person: str) -> None: ...

    @abstractmethod
    def convert_lead(self, by: str, to: str) -> None:
        """Convert the Lead as a person, who gives the new contact to a Salesforce user."""

    @property
    @abstractmethod
    def integration_username(self) -> str:
        """How history names the integration login."""

    # ── The org feed ──

    @abstractmethod
    def connect_feed(self, *, sees_all: bool = True) -> None:
        """Give the team an integration login, with *View All Data* or without."""

    @abstractmethod
    def tick(self) -> FeedReport:
        """Read the org once for all."""

    def feed(self) -> None:
        """Give the team an org feed, and bring everybody to where only the feed is read for them."""
        self.connect_feed()
        for _ in range(2):
            self.wait(5)
            self.tick()
            self.run("ada")
            self.run("bob")

    # ── What waits for approval ──

    @abstractmethod
    def waiting(self, person: str) -> dict[str, str]:
        """Return a person's reminders whose change waits for approval, and which change it is."""

    @abstractmethod
    def approve(self, person: str, reminder_ids: Collection[str]) -> None:
        """Approve exactly these changes."""

    # ── The switch and the settings ──

    @abstractmethod
    def turn_on(self, *people: str) -> None: ...

    @abstractmethod
    def preview_switch(self, person: str = "ada", **choice: Any) -> list[dict[str, Any]]:
        """Return what turning a person's sync on with a `Choice` would do, item by item."""

    @abstractmethod
    def accept(self, person: str = "ada") -> None:
        """Turn a person's sync on as the last preview showed it."""

    def choose(self, person: str = "ada", **choice: Any) -> list[dict[str, Any]]:
        """Preview, turn on as shown, and run; return the preview."""
        items = self.preview_switch(person, **choice)
        self.accept(person)
        self.run(person)
        return items

    @abstractmethod
    def turn_on_again(self, person: str, since: Since) -> None:
        """Turn a person's sync on, with a choice of what comes in."""

    @abstractmethod
    def left_out(self, person: str = "ada") -> int | None:
        """Return how many open Tasks stayed out when sync was turned on."""

    @abstractmethod
    def push(self, reminder_id: str) -> None:
        """Let a local reminder out to Salesforce."""

    @abstractmethod
    def turn_off(self, person: str) -> None: ...

    @abstractmethod
    def set(self, **settings: Any) -> None:
        """Change settings of the team, by their names in `TeamSettings`."""

    def begin(self) -> None:
        """Turn sync on for both and finish their first runs."""
        self.turn_on("ada", "bob")
        self.run("ada")
        self.run("bob")

    @abstractmethod
    def preview(self, kind: AskedKind) -> Preview:
        """Look at what asking for something would change."""

    @abstractmethod
    def ask_for(self, preview: Preview) -> str:
        """Ask for exactly what a preview showed; return what `progress` is asked by."""

    @abstractmethod
    def progress(self, action: str) -> Progress: ...

    # ── In the app ──

    @abstractmethod
    def add(self, name: str, by: str = "ada", **fields: Any) -> str:
        """Add a reminder; return its id."""

    @abstractmethod
    def change(self, reminder_id: str, **fields: Any) -> None: ...

    @abstractmethod
    def bin(self, reminder_id: str) -> None: ...

    @abstractmethod
    def restore(self, reminder_id: str) -> None: ...

    @abstractmethod
    def assign(self, reminder_id: str, to: str) -> None: ...

    @abstractmethod
    def everything(self) -> list[Reminder]:
        """Return all reminders, those in the bin too."""

    def reminder(self, reminder_id: str) -> Reminder:
        return next(one for one in self.everything() if one.id == reminder_id)

    def reminders(self, owner: str = "ada") -> list[Reminder]:
        """Return a person's reminders outside the bin."""
        mine = self.user_id(owner)
        return [one for one in self.everything() if one.owner_id == mine and one.deleted_at is None]

    @abstractmethod
    def user_id(self, person: str) -> str: ...

    def owner(self, reminder_id: str) -> str:
        """Return whose reminder it is."""
        owner = self.reminder(reminder_id).owner_id
        return next(name for name in ("ada", "bob") if self.user_id(name) == owner)

    @abstractmethod
    def history(self, reminder_id: str) -> list[Event]:
        """Return what runs wrote into a reminder's history."""

    def lost(self, reminder_id: str) -> list[tuple[str, str | None, str]]:
        """Return the values that lost: field, value and rule."""
        return [(one.field, one.old, one.rule) for one in self.history(reminder_id) if not one.kept]

    @abstractmethod
    def faults(self) -> list[tuple[str, str | None]]:
        """Return code and reminder of the open diagnostics."""

    # ── In Salesforce ──

    @abstractmethod
    def create(self, by: str = "ada", **values: Any) -> str:
        """Create a Task as a person there; return its id."""

    @abstractmethod
    def create_late(self, seconds: float, **values: Any) -> str:
        """Create a Task that is stamped now and shown so much later; return its id."""

    @abstractmethod
    def touch(self, task_id: str) -> None:
        """Move SystemModstamp alone, as a renamed picklist value does."""

    @abstractmethod
    def unknown_person(self) -> str:
        """Return the id of a Lead that Salesforce refuses."""

    @abstractmethod
    def edit(self, task_id: str, **values: Any) -> None: ...

    @abstractmethod
    def delete(self, task_id: str) -> None: ...

    @abstractmethod
    def undelete(self, task_id: str) -> None: ...

    def store_task(self, **values: Any) -> str:
        """Put a Task there past all rules: stamps, subtype, series; return its id."""
        return self.store_tasks([values])[0]

    @abstractmethod
    def store_tasks(self, rows: list[dict[str, Any]]) -> list[str]:
        """Put Tasks there past all rules; return their ids."""

    @abstractmethod
    def make_series(self, task_id: str) -> None:
        """Turn a Task into a recurring series' master."""

    @abstractmethod
    def remove(self, task_id: str) -> None:
        """Delete a Task and empty the recycle bin."""

    @abstractmethod
    def every_task(self) -> dict[str, dict[str, Any]]:
        """Return all Tasks by id, deleted ones too; a field without a value is None."""

    def task(self, task_id: str) -> dict[str, Any]:
        return self.every_task()[task_id]

    def live(self) -> dict[str, dict[str, Any]]:
        """Return the Tasks that are not deleted."""
        return {one: task for one, task in self.every_task().items() if not task["IsDeleted"]}

    # ── Between the sides ──

    @abstractmethod
    def links(self) -> list[Link]: ...

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

    # ── What goes wrong ──

    @abstractmethod
    def lose(self, *, saved: bool) -> None:
        """Cut the connection of the next write, before or after Salesforce saved it."""

    @abstractmethod
    def refuse(self, code: str, *, task_id: str | None = None, subject: str | None = None) -> None:
        """Let Salesforce refuse every write of one record, by its Task id or its Subject."""

    @abstractmethod
    def refuse_nothing(self) -> None: ...

    # ── What it cost ──

    @abstractmethod
    def spent(self) -> tuple[int, Mapping[str, int]]:
        """Return the calls made and the records created, updated and deleted so far."""

    @abstractmethod
    def stored(self) -> Any:
        """Return everything a run without work must leave as it was."""

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
