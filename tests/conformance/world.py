"""The steps of which every rule is told, and what a world shows of what they did."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from remindersync.model import AskedKind, Line, Link, Reminder, Report, RunKind, Since
from remindersync.org_feed import FeedReport
from remindersync.ports import Lease, Runs, SalesforceTasks
from tests.conformance.hooks import Hooks


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a reminder's history."""

    field: str
    old: str | None
    new: str | None
    rule: str
    kept: bool
    login: str | None


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


class World(ABC):
    """One team with its org, as far as each world does it in its own way.

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
    def deactivate_there(self, person: str) -> None:
        """Deactivate a person in Salesforce."""

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

    @abstractmethod
    def turn_on_again(self, person: str, since: Since) -> None:
        """Turn a person's sync on, with a choice of what comes in."""

    @abstractmethod
    def set_zone(self, person: str, zone: str) -> None:
        """Change a person's time zone."""

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

    @abstractmethod
    def user_id(self, person: str) -> str: ...

    @abstractmethod
    def history(self, reminder_id: str) -> list[Event]:
        """Return what runs wrote into a reminder's history."""

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

    # ── Between the sides ──

    @abstractmethod
    def links(self) -> list[Link]: ...

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
