"""A team on the whole pipeline, with an auditor beside its engine."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy import insert, update

from orgsim.server import serve
from remindersync.auditor import Auditor
from remindersync.model import RunKind
from remindersync.store import tables
from remindersync.store.auditing import SqlAuditBook
from tests.conformance.pipeline_world import pipeline
from tests.conformance.scene import Scene


@pytest.fixture(scope="session")
def _sim():
    with serve() as sim:
        yield sim


@dataclass
class Desk:
    """An operator's desk: what people and runs do is the scene's, what nobody is told of is done here."""

    scene: Scene
    pauses: list[float] = field(default_factory=list)
    # What happens while an audit pauses.
    meanwhile: object = None

    @property
    def auditor(self):
        return Auditor(
            SqlAuditBook(self.scene.parts.database), self.scene.parts.sessions, self.scene.clock, self._pause
        )

    def _pause(self, seconds):
        self.pauses.append(seconds)
        self.scene.wait(seconds)
        if self.meanwhile is not None:
            self.meanwhile()

    def look(self, person="ada"):
        return self.auditor.audit(self.scene.user_id(person))

    def drift(self, person="ada"):
        """What an audit calls drift: what, of which field."""
        return [(one.what.value, one.field) for one in self.look(person).drift]

    def pending(self, person="ada"):
        return [(one.what.value, one.field) for one in self.look(person).findings if one.weight == "pending"]

    def repair(self, person="ada"):
        """Do what `audit --repair` does; return what is still drift."""
        found = self.look(person)
        full = self.auditor.mend(self.scene.user_id(person), found.drift)
        self.scene.ask(person, RunKind.FULL if full else RunKind.POLL)
        self.scene.run(person)
        self.scene.run(person)
        return self.drift(person)

    def sql(self, table, where, **values):
        """Change rows behind everybody's back."""
        with self.scene.parts.database.begin() as connection:
            assert connection.execute(update(table).where(where).values(**values)).rowcount

    def corrupt_reminder(self, reminder_id, **values):
        self.sql(tables.reminders, tables.reminders.c.id == reminder_id, **values)

    def corrupt_link(self, task_id, **values):
        self.sql(tables.links, tables.links.c.task_id == task_id, **values)

    def insert(self, table, **values):
        with self.scene.parts.database.begin() as connection:
            connection.execute(insert(table).values(**values))

    def corrupt_task(self, task_id, **values):
        """Change a Task past all rules: its stamps stay, so that no run reads it again."""
        self.scene.sim.door.put_tasks([self._row(task_id) | values])

    def copy_task(self, task_id, **values):
        row = self._row(task_id)
        del row["Id"]
        return self.scene.sim.door.put_tasks([row | values])[0]

    def _row(self, task_id):
        row = self.scene.sim.door.task(task_id)
        return {name: value for name, value in row.items() if name != "OrgId"}


@pytest.fixture
def desk(_sim, redis, redis_url, database_url, tmp_path, monkeypatch):
    """A desk where Ada and Bob sync, and everything that was read so far was read for good."""
    with pipeline(_sim, database_url, redis_url, tmp_path, monkeypatch, "RemindersyncKey__c") as scene:
        scene.begin()
        yield Desk(scene)


@pytest.fixture
def unkeyed(_sim, redis, redis_url, database_url, tmp_path, monkeypatch):
    """The same in an org without the key field."""
    with pipeline(_sim, database_url, redis_url, tmp_path, monkeypatch, None) as scene:
        scene.begin()
        yield Desk(scene)
