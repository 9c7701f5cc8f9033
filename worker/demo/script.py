"""Edits on both sides as people make them, each with what must come of it."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orgsim.door import SimUser
from worker.demo.sides import AppSide, CheckFailed, Record, SalesforceSide, wait_until
from worker.demo.stage import Actor, Stage
from worker.demo.verify import expect


@dataclass(frozen=True, slots=True)
class Person:
    """One person with a hand on each side."""

    actor: Actor
    app: AppSide
    there: SimUser
    salesforce: SalesforceSide

    @classmethod
    def of(cls, stage: Stage, actor: Actor) -> "Person":
        """Return a person of the sample, signed in on both sides."""
        session = stage.door.session(actor.sample["username"])
        return cls(
            actor,
            AppSide(stage.web_url, actor.token),
            stage.door.as_user(actor.sample["username"]),
            SalesforceSide(session["instance_url"], session["access_token"]),
        )

    def task(self, task_id: str) -> Record:
        """Return a Task as Salesforce shows it, deleted or not. Raises `CheckFailed` for one they may not see."""
        task = self.seen(task_id)
        if task is None:
            raise CheckFailed(f"{self.actor.user.email} cannot see the Task {task_id}.")
        return task

    def seen(self, task_id: str) -> Record | None:
        """Return a Task, None if this person may not see it."""
        return next(self.salesforce.tasks(f"Id = '{task_id}'"), None)

    def create_here(self, name: str, **more: Any) -> Record:
        """Create a reminder and wait until it has its Task; return it."""
        made = self.app.ask("POST", "/reminders", {"name": name, **more})
        return self.until(made["id"], lambda one: one["sync"]["state"] == "synced", f"the Task of {name!r}")

    def change_here(self, reminder: Record, **changes: Any) -> Record:
        """Change a reminder; return it as it is then."""
        return self.app.ask("PATCH", f"/reminders/{reminder['id']}", changes)

    def until(self, reminder_id: str, holds: Any, what: str) -> Record:
        """Wait until something holds of a reminder; return it."""

        def look() -> Record | None:
            found = self.app.ask("GET", f"/reminders/{reminder_id}")
            return found if holds(found) else None

        found: Record = wait_until(look, what)
        return found

    def until_named(self, name: str) -> Record:
        """Wait until a reminder of this name is in the list; return it."""

        def look() -> Record | None:
            return next((one for one in self.app.reminders() if one["name"] == name), None)

        found: Record = wait_until(look, f"the reminder {name!r}")
        return found

    def until_task(self, task_id: str, what: str, **values: Any) -> Record:
        """Wait until a Task has these values; return it."""

        def look() -> Record | None:
            task = self.seen(task_id)
            return task if task and all(task[name] == value for name, value in values.items()) else None

        found: Record = wait_until(look, what)
        return found


@dataclass(frozen=True, slots=True)
class Shown:
    """What one scene showed."""

    scene: str
    result: str
    seconds: float


def play(stage: Stage, tell: Callable[[str], None]) -> list[Shown]:
    """Play every scene, several at once with different people; return what they showed. Raises `CheckFailed`."""
    people = [Person.of(stage, actor) for actor in stage.actors]
    scripts = [Script(stage, one, other) for one, other in zip(people[::2], people[1::2], strict=False)]
    scenes = [getattr(scripts[number % len(scripts)], name) for number, name in enumerate(AT_ONCE)]
    with ThreadPoolExecutor(len(scripts)) as pool:
        shown = list(pool.map(lambda scene: _played(scene, tell), scenes))
    # It stops the org's clock for everybody.
    return [*shown, _played(scripts[0].tie, tell)]


def _played(scene: Callable[[], str], tell: Callable[[str], None]) -> Shown:
    started = time.monotonic()
    name = scene.__name__.replace("_", " ")
    result = scene()
    tell(f"  {name}: {result}")
    return Shown(name, result, time.monotonic() - started)


# The longest first.
AT_ONCE = (
    "salesforce_later",
    "completed_and_reopened",
    "deleted_both_ways",
    "app_later",
    "reassigned_there",
    "reassigned_here",
    "created_here",
    "created_there",
    "edited_there",
    "edited_here",
    "different_fields",
)


@dataclass(frozen=True, slots=True)
class Script:
    """The scenes of the check, for two colleagues."""

    stage: Stage
    one: Person
    other: Person

    def created_here(self) -> str:
        values = {"due_date": "2030-02-28", "priority": "high", "details": "Line one\nline two ✓"}
        made = self.one.create_here("Send the offer to Zoë 👩‍💻", **values)
        task = self.one.task(made["sync"]["salesforce_id"])
        expect(
            (task["Subject"], task["ActivityDate"], task["Priority"])
            == ("Send the offer to Zoë 👩‍💻", "2030-02-28", "High"),
            f"The Task made for a new reminder differs from it: {task}",
        )
        return "one Task, every field"

    def created_there(self) -> str:
        self.one.there.create(Subject="Ring the bakery", ActivityDate="2030-03-01", Description="ask for Ben")
        found = self.one.until_named("Ring the bakery")
        expect((found["due_date"], found["details"]) == ("2030-03-01", "ask for Ben"), f"Imported otherwise: {found}")
        return "one reminder, every field"

    def edited_there(self) -> str:
        made = self.one.create_here("Edited there")
        changes = {"Subject": "Edited there, twice", "Priority": "High", "ActivityDate": "2031-01-01"}
        self.one.there.update(made["sync"]["salesforce_id"], Description="new\r\nlines", **changes)
        wanted = ("Edited there, twice", "high", "2031-01-01", "new\nlines")
        self.one.until(
            made["id"],
            lambda now: (now["name"], now["priority"], now["due_date"], now["details"]) == wanted,
            "an edit of each field in Salesforce",
        )
        return "name, priority, due date, details"

    def edited_here(self) -> str:
        made = self.one.create_here("Edited here")
        self.one.change_here(made, name="Edited here, twice", priority="high", due_date="2031-01-02", details="x")
        self.one.until_task(
            made["sync"]["salesforce_id"],
            "an edit of each field here",
            Subject="Edited here, twice",
            Priority="High",
            ActivityDate="2031-01-02",
            Description="x",
        )
        return "name, priority, due date, details"

    def completed_and_reopened(self) -> str:
        made = self.one.create_here("Done and undone")
        task_id = made["sync"]["salesforce_id"]
        self.one.change_here(made, status="completed")
        self.one.until_task(task_id, "a completion here", Status="Completed")
        self.one.there.update(task_id, Status="Not Started")
        self.one.until(made["id"], lambda now: now["status"] == "open", "a reopening in Salesforce")
        self.one.there.update(task_id, Status="Completed")
        self.one.until(made["id"], lambda now: now["status"] == "completed", "a completion in Salesforce")
        self.one.change_here(made, status="open")
        self.one.until_task(task_id, "a reopening here", Status="Not Started")
        return "completed and reopened, from each side"

    def deleted_both_ways(self) -> str:
        here, there = self.one.create_here("Deleted here"), self.one.create_here("Deleted there")
        self.one.app.ask("DELETE", f"/reminders/{here['id']}")
        self.one.until_task(here["sync"]["salesforce_id"], "a deletion here", IsDeleted=True)
        self.one.there.delete(there["sync"]["salesforce_id"])
        self.one.until(there["id"], lambda now: now["deleted_at"], "a deletion in Salesforce")
        return "the Task is in the recycle bin, the reminder in ours"

    def reassigned_there(self) -> str:
        made = self.one.create_here("Given away there")
        self.one.there.update(made["sync"]["salesforce_id"], OwnerId=self.other.actor.sample["salesforce_user_id"])
        moved = self.other.until_named("Given away there")
        expect(moved["id"] == made["id"], "A Task given to a colleague became a second reminder.")
        return f"the same reminder, now {self.other.actor.user.name}'s"

    def reassigned_here(self) -> str:
        made = self.one.create_here("Given away here")
        self.one.change_here(made, assignee=self.other.actor.user.email)
        moved = self.other.until_named("Given away here")
        owner = self.other.actor.sample["salesforce_user_id"]
        self.other.until_task(made["sync"]["salesforce_id"], "a reassignment here", OwnerId=owner)
        expect(moved["id"] == made["id"], "A reminder given to a colleague became a second one.")
        return f"the same Task, now {self.other.actor.user.name}'s"

    def different_fields(self) -> str:
        made = self.one.create_here("Both touched it")
        with self._paused():
            self.one.there.update(made["sync"]["salesforce_id"], Priority="High")
            self.one.change_here(made, details="from the app")
        self.one.until(made["id"], lambda now: now["priority"] == "high", "Salesforce's field")
        self.one.until_task(made["sync"]["salesforce_id"], "the app's field", Description="from the app")
        return "both edits stand"

    def app_later(self) -> str:
        made = self.one.create_here("Who is later")
        with self._paused():
            self.one.there.update(made["sync"]["salesforce_id"], Subject="Salesforce was first")
            self._pass_seconds(2)
            self.one.change_here(made, name="The app was later")
        return self._settled(made, "The app was later", "Salesforce was first")

    def salesforce_later(self) -> str:
        made = self.one.create_here("Who is later now")
        rule = self.stage.door.add_fault(
            "html", when="before", status=503, path="composite", times=None, user=self.one.actor.sample["username"]
        )
        self.one.change_here(made, name="The app was first")
        wait_until(lambda: self._struck(rule), "a write that fails")
        # Another run, surely begun after the second of the edit, still reads the Subject as it was.
        self._pass_seconds(2)
        failed = self._struck(rule)
        self.one.change_here(made, details="again")
        wait_until(lambda: self._struck(rule) > failed, "another write that fails")
        self._pass_seconds(2)
        self.one.there.update(made["sync"]["salesforce_id"], Subject="Salesforce was later")
        self.stage.door.clear_faults(rule)
        self.one.change_here(made, details="and again")
        return self._settled(made, "Salesforce was later", "The app was first")

    def tie(self) -> str:
        made = self.one.create_here("A tie")
        with self._paused():
            edited = self.one.change_here(made, name="The app at the same second")
            self.stage.door.freeze(datetime.fromisoformat(edited["updated_at"]))
            self.one.there.update(made["sync"]["salesforce_id"], Subject="Salesforce at the same second")
            self._pass_seconds(0)
        return self._settled(made, "The app at the same second", "Salesforce at the same second")

    def _settled(self, made: Record, winner: str, loser: str) -> str:
        """Wait until both sides show the winner, and find the loser in history."""
        self.one.until(made["id"], lambda now: now["name"] == winner, f"{winner!r} here")
        self.one.until_task(made["sync"]["salesforce_id"], f"{winner!r} in Salesforce", Subject=winner)
        events = self.one.app.ask("GET", f"/reminders/{made['id']}/history")["items"]
        lost = [event for event in events if not event["kept"]]
        expect([event["old"] for event in lost] == [loser], f"History should keep {loser!r} as lost: {lost}")
        return f"{lost[0]['rule']}; the loser is in history"

    def _struck(self, rule: int) -> int:
        return sum(int(one["struck"]) for one in self.stage.door.faults() if one["number"] == rule)

    def _pass_seconds(self, seconds: float) -> None:
        """Let Salesforce's clock, set to the real one, pass at least `seconds`."""
        door = self.stage.door
        door.unfreeze()
        door.set_clock(datetime.now().astimezone())
        until = door.now() + timedelta(seconds=seconds)
        wait_until(lambda: door.now() >= until, "time to pass")

    def _paused(self) -> "_Paused":
        return _Paused(self.one.app)


@dataclass(frozen=True, slots=True)
class _Paused:
    """A span in which a person's sync is off, so that edits on both sides meet in one run."""

    app: AppSide

    def __enter__(self) -> None:
        self.app.resync()
        self.app.ask("PATCH", "/me/sync", {"mode": "off"})

    def __exit__(self, *_: object) -> None:
        self.app.ask("PATCH", "/me/sync", {"mode": "on"})
