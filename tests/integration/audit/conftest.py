"""A team on PostgreSQL, Redis and an org in a box, with an auditor beside its engine."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from orgsim.server import Sim, serve
from orgsim.sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from remindersync.auditor import Auditor
from remindersync.memory import MemoryClock
from remindersync.model import Outcome, RunKind
from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store import rows, tables
from remindersync.store.app_reminders import AppReminders, Draft
from remindersync.store.auditing import SqlAuditBook
from remindersync.store.logins import LoginGrant
from worker import services as composition
from worker.embedded import Server, Servers
from worker.settings import Settings

ORG = record_id("00DAU0000000001")
# Ada and Bob sync and do not see each other's Tasks. Carl works in Salesforce only, and Ada sees his.
ADA, BOB, CARL, ADMIN = (record_id(f"005AU000000000{number}") for number in range(1, 5))
LEAD, CONTACT = record_id("00QAU0000000001"), record_id("003AU0000000001")
PEOPLE = {"ada": ADA, "bob": BOB}
_SLICES = 60


def world(key_field):
    leader, member = record_id("00EAU0000000001"), record_id("00EAU0000000002")
    return {
        "orgs": [
            {
                "id": ORG,
                "name": "Acme",
                "settings": {"key_field": key_field},
                "roles": [{"Id": leader, "Name": "Lead"}, {"Id": member, "Name": "Sales", "ParentRoleId": leader}],
                "users": [
                    {"Id": ADA, "Username": email("ada"), "Name": "Ada", "RoleId": leader},
                    {"Id": BOB, "Username": email("bob"), "Name": "Bob"},
                    {"Id": CARL, "Username": email("carl"), "Name": "Carl", "RoleId": member},
                    {"Id": ADMIN, "Username": email("admin"), "Name": "Admin", "ViewAllData": True},
                ],
                "leads": [{"Id": LEAD, "Name": "Lea Lead", "OwnerId": ADA}],
                "contacts": [{"Id": CONTACT, "Name": "Connie Contact"}],
            }
        ]
    }


def email(name):
    return f"{name}@audit.example"


@dataclass
class Desk:
    """An operator's desk. `parts` are a worker's services, on a clock that moves only when told to."""

    sim: Sim
    parts: composition.Services
    clock: MemoryClock
    pauses: list[float] = field(default_factory=list)
    # What happens while an audit pauses.
    meanwhile: Callable[[], Any] = lambda: None

    def __post_init__(self):
        self.app = AppReminders(self.parts.database, self.clock)
        self.team = self.parts.directory.add_team("Sales")
        self.users = {name: self._join(name, salesforce_id) for name, salesforce_id in PEOPLE.items()}
        self.admin = self.sim.door.as_user(email("admin"))
        self._run_all(PEOPLE)

    def _join(self, name, salesforce_id):
        user = self.parts.directory.add_user(email(name), "Sales", is_admin=name == "ada")
        login = self.sim.door.session(email(name))
        tokens = (login["instance_url"], login["access_token"], login["refresh_token"])
        grant = LoginGrant(ORG, salesforce_id, email(name), *tokens, Grant.REFRESH)
        self.parts.directory.connect(user.id, grant)
        return self.parts.directory.turn_on(user.id, now=self.clock.now())

    # ── Time and runs ──

    def wait(self, seconds):
        self.clock.advance(seconds)
        self.sim.door.freeze(self.clock.now())

    def run(self, person="ada"):
        """Run slices until nothing is left to do at once."""
        self.wait(5)
        for _ in range(_SLICES):
            report = self.parts.engine.sync_user(self.users[person].id)
            if report.outcome is not Outcome.MORE:
                return report
        raise AssertionError("The run does not end.")

    def settle(self, *people):
        """Bring everything in step, and let all reading be so long ago that no run to come repeats it by itself."""
        for _ in range(2):
            self._run_all(people)
        self.wait(2 * 3600)
        # The first run's front is two hours on, the second one's sweep too.
        for _ in range(2):
            self._run_all(people)

    def _run_all(self, people):
        for person in people or PEOPLE:
            self.run(person)

    # ── People on both sides ──

    def add(self, name, **fields):
        return self.app.create(self.users["ada"], Draft(name, **fields)).reminder.id

    def change(self, reminder_id, **fields):
        self.app.edit(self.users["ada"], reminder_id, fields)

    def create(self, **values):
        return self.sim.door.as_user(email("ada")).create(**values)

    def pair(self, **values):
        """Create a Task there, bring it in, and return the ids of its reminder and of it."""
        task_id = self.create(**values)
        self.run()
        return self.link(task_id).reminder_id, task_id

    def pair_from_here(self, name, **fields):
        reminder_id = self.add(name, **fields)
        self.run()
        return reminder_id, self.task_of(reminder_id)

    def reminder(self, reminder_id):
        (row,) = self.rows(tables.reminders, tables.reminders.c.id == reminder_id)
        return rows.reminder(row)

    def links(self):
        return [rows.link(row) for row in self.rows(tables.links)]

    def link(self, task_id):
        return next(one for one in self.links() if one.task_id == task_id)

    def task_of(self, reminder_id):
        return next(one.task_id for one in self.links() if one.reminder_id == reminder_id and one.state != "superseded")

    def task(self, task_id):
        return self.sim.door.task(task_id)

    def rows(self, table, *conditions):
        with self.parts.database.begin() as connection:
            return connection.execute(select(table).where(*conditions).order_by(*table.primary_key.columns)).all()

    def stored(self):
        """Return all an audit must leave as it is, on both sides."""
        here = (tables.reminders, tables.links, tables.intents, tables.history, tables.handovers, tables.run_state)
        return [str(self.rows(table)) for table in here], self.sim.door.tasks(include_deleted=True)

    # ── The audit ──

    @property
    def auditor(self):
        return Auditor(SqlAuditBook(self.parts.database), self.parts.sessions, self.clock, self._pause)

    def _pause(self, seconds):
        self.pauses.append(seconds)
        self.wait(seconds)
        self.meanwhile()

    def look(self, person="ada"):
        return self.auditor.audit(self.users[person].id)

    def drift(self, person="ada"):
        """What an audit calls drift: what, of which field."""
        return [(one.what.value, one.field) for one in self.look(person).drift]

    def pending(self, person="ada"):
        return [(one.what.value, one.field) for one in self.look(person).findings if one.weight == "pending"]

    def repair(self, person="ada"):
        """Do what `audit --repair` does; return what is still drift."""
        full = self.auditor.mend(self.users[person].id, self.look(person).drift)
        self.parts.requests.queue(self.users[person].id, RunKind.FULL if full else RunKind.POLL)
        self.run(person)
        self.run(person)
        return self.drift(person)

    # ── Behind everybody's back ──

    def corrupt_reminder(self, reminder_id, **values):
        self.update(tables.reminders, tables.reminders.c.id == reminder_id, **values)

    def corrupt_link(self, task_id, **values):
        self.update(tables.links, tables.links.c.task_id == task_id, **values)

    def corrupt_base(self, task_id, **raw):
        """Change what is remembered of a Task's values."""
        base = self.rows(tables.links, tables.links.c.task_id == task_id)[0].base
        self.corrupt_link(task_id, base=base | {"raw": base["raw"] | raw})

    def update(self, table, where, **values):
        with self.parts.database.begin() as connection:
            assert connection.execute(update(table).where(where).values(**values)).rowcount

    def insert(self, table, **values):
        with self.parts.database.begin() as connection:
            connection.execute(insert(table).values(**values))

    def corrupt_task(self, task_id, **values):
        """Change a Task past all rules: its stamps stay, so that no run reads it again."""
        self.corrupt_tasks([task_id], **values)

    def corrupt_tasks(self, task_ids, **values):
        self.sim.door.put_tasks([self._row(one) | values for one in task_ids])

    def copy_task(self, task_id, **values):
        row = self._row(task_id)
        del row["Id"]
        return self.sim.door.put_tasks([row | values])[0]

    def _row(self, task_id):
        return {name: value for name, value in self.task(task_id).items() if name != "OrgId"}


@pytest.fixture(scope="session")
def _sim():
    with serve() as sim:
        yield sim


@pytest.fixture
def make_desk(_sim, redis, redis_url, database_url, tmp_path, monkeypatch):
    """Open a desk where Ada and Bob sync; its org has the key field unless told otherwise."""
    clock, built = MemoryClock(), []
    monkeypatch.setattr(composition, "SystemClock", lambda: clock)
    settings = Settings(
        home=tmp_path,
        secret_key="a secret key for tests only",
        token_keys=("a token key for tests only",),
        salesforce_login_url=_sim.url,
        salesforce_allowed_hosts=(_sim.url.removeprefix("http://"),),
        salesforce_client_id=DEFAULT_CLIENT_ID,
        salesforce_client_secret=DEFAULT_CLIENT_SECRET,
    )

    def make(key_field="RemindersyncKey__c"):
        _sim.door.reset(world(key_field))
        _sim.door.freeze(clock.now())
        servers = Servers(Server(database_url, "for tests"), Server(redis_url, "for tests"))
        built.append(composition.build(settings, servers))
        return Desk(_sim, built[-1], clock)

    yield make
    for parts in built:
        parts.close()


@pytest.fixture
def desk(make_desk):
    return make_desk()
