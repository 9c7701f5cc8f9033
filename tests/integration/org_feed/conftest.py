"""A team whose org is read once for all: PostgreSQL, an org in a box, the engine and the org feed."""

import pytest
from sqlalchemy import event, insert, select, text, update

from orgsim.server import serve
from remindersync.engine import Engine
from remindersync.memory import MemoryClock, MemoryLocks
from remindersync.model import Outcome
from remindersync.org_feed import OrgFeed, Parts
from remindersync.pace import FeedPace, Pace
from remindersync.ports import Grant
from remindersync.salesforce.auth import App, OAuth
from remindersync.salesforce.client import Door
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from remindersync.salesforce.ids import record_id
from remindersync.salesforce.sessions import Refresher, Sessions
from remindersync.store import rows, tables
from remindersync.store.app_reminders import AppReminders
from remindersync.store.directory import Directory
from remindersync.store.logins import LoginGrant, SqlLogins
from remindersync.store.org_book import SqlOrgBook
from remindersync.store.runs import SqlRuns
from remindersync.store.vault import Vault
from tests.fixtures.salesforce import FakeLimiter

ORG = record_id("00DSM0000000001")
NAMES = [f"user{number}" for number in range(12)]
SALESFORCE_IDS = {name: record_id(f"005SM00000000{number:02d}") for number, name in enumerate(NAMES, 10)}
STRANGER, ROOT = record_id("005SM0000000080"), record_id("005SM0000000090")


def _email(name):
    return f"{name}@acme.example"


_PEOPLE = [{"Id": one, "Username": _email(name), "Name": name} for name, one in SALESFORCE_IDS.items()]
_PEOPLE += [
    {"Id": STRANGER, "Username": _email("stranger"), "Name": "Stranger"},
    {"Id": ROOT, "Username": _email("root"), "Name": "Root", "ViewAllData": True},
]
WORLD = {"orgs": [{"id": ORG, "name": "Acme", "users": _PEOPLE}]}


class FeedWorld:
    """The first users of NAMES as a team; `tick` reads the org, `sync` runs users, both as the workers do."""

    def __init__(self, sim, http, database):
        self.sim, self.database = sim, database
        self.clock = MemoryClock(sim.door.now())
        self.locks = MemoryLocks()
        self.vault = Vault(["a key for tests: long enough"])
        self.directory = Directory(database, self.vault)
        self.reminders = AppReminders(database)
        hosts = Hosts([sim.url.removeprefix("http://")])
        oauth = OAuth(sim.url, App("orgsim-client", "orgsim-secret", "https://app.example/back"), http, hosts)
        refresher = Refresher(SqlLogins(database, self.vault), self.locks, oauth)
        self.sessions = Sessions(refresher, Door(http, FakeLimiter(), hosts))
        self.book = SqlOrgBook(database)
        self.engine = Engine(SqlRuns(database, self.clock), self.sessions, self.locks, self.clock, Pace())
        self.feed = OrgFeed(self.parts())
        self.ids = {}
        self.team = self.directory.add_team("Sales")

    def parts(self, **changes):
        parts = {"book": self.book, "connect": self.sessions.org, "locks": self.locks, "clock": self.clock}
        return Parts(**{**parts, "pace": FeedPace(0, 0), **changes})

    # ── People ──

    def join(self, *names):
        """Add users, connect them and turn their sync on."""
        for name in names:
            user = self.directory.add_user(_email(name), "Sales")
            self.ids[name] = user.id
            self.directory.connect(user.id, self.login(name, SALESFORCE_IDS[name]))
            self.directory.turn_on(user.id, now=self.clock.now())

    def login(self, name, salesforce_id):
        made = self.sim.door.session(_email(name))
        tokens = (made["instance_url"], made["access_token"], made["refresh_token"])
        return LoginGrant(ORG, salesforce_id, _email(name), *tokens, Grant.REFRESH)

    def connect_team(self, name="root", salesforce_id=ROOT):
        self.directory.connect_team(self.team.id, self.login(name, salesforce_id))

    def person(self, name):
        """Return a person at work in Salesforce's own pages."""
        return self.sim.door.as_user(_email(name))

    # ── Time and work ──

    def advance(self, seconds):
        self.sim.door.advance(seconds)
        self.clock.advance(seconds)

    def tick(self, *, seconds=20.0, check=False):
        """Let time pass and read the org; with `check` its rights and its deletion log too."""
        self.advance(seconds)
        if check:
            self.do("UPDATE org_cursors SET checked_at = NULL")
        return self.feed.read(self.team.id)

    def sync(self, *names):
        reports = [self.engine.sync_user(self.ids[name]) for name in names or self.ids]
        assert {report.error for report in reports} == {None}
        return reports[0] if len(reports) == 1 else reports

    def settle(self):
        """Bring everybody to where only the feed is read for them."""
        assert self.tick().outcome is Outcome.DONE
        for _ in range(2):
            self.advance(20)
            self.sync()
        self.do("UPDATE run_state SET next_due_at = now() + interval '1 hour', again_at = NULL")
        self.sim.door.reset_counters()

    def imported(self, subject, owner="user0"):
        """Let an owner's new Task become a reminder by the feed; nobody is due then. Return the Task's id."""
        task = self.person(owner).create(Subject=subject)
        self.tick()
        self.sync(owner)
        assert self.reminder(subject)[1] == owner
        self.do("UPDATE run_state SET next_due_at = now() + interval '1 hour', again_at = NULL")
        self.advance(20)
        return task

    def calls(self):
        return self.sim.door.counters()["calls"]

    def woken(self):
        """Return who is due, by name."""
        due = {str(row.user_id) for row in self.rows("SELECT user_id FROM run_state WHERE next_due_at <= now()")}
        return {name for name, user_id in self.ids.items() if user_id in due}

    # ── The database ──

    def do(self, sql, **values):
        with self.database.begin() as connection:
            connection.execute(text(sql), values)

    def rows(self, sql, **values):
        with self.database.begin() as connection:
            return connection.execute(text(sql), values).all()

    def reminder(self, subject):
        """Return the reminder with a name, and the name of its owner."""
        with self.database.begin() as connection:
            found = select(tables.reminders).where(tables.reminders.c.name == subject)
            reminder = rows.reminder(connection.execute(found).one())
        owner = next(name for name, user_id in self.ids.items() if user_id == reminder.owner_id)
        return reminder, owner

    def edit(self, subject, **columns):
        """Change a reminder as a person in the app does, due at once."""
        reminder, _ = self.reminder(subject)
        edited = reminder.edited_at | dict.fromkeys(columns, self.clock.now())
        times = {name: at.isoformat() for name, at in edited.items()}
        table = tables.reminders
        changed = {**columns, "version": table.c.version + 1, "edited_at": times, "updated_at": self.clock.now()}
        with self.database.begin() as connection:
            connection.execute(update(table).where(table.c.id == reminder.id).values(changed))
        self.do("UPDATE run_state SET next_due_at = now() WHERE user_id = :user", user=reminder.owner_id)

    def add(self, name, owner):
        """Add a reminder that Salesforce does not have yet."""
        table, now = tables.reminders, self.clock.now()
        row = {"team_id": self.team.id, "owner_id": self.ids[owner], "name": name, "shared": True}
        with self.database.begin() as connection:
            connection.execute(insert(table).values(**row, created_at=now, updated_at=now))

    def link_state(self, subject):
        found = "SELECT l.state FROM links l JOIN reminders r ON r.id = l.reminder_id WHERE r.name = :name"
        return self.rows(found, name=subject)[0].state

    def staged(self):
        """Return the staged rows as Task and user name."""
        names = {user_id: name for name, user_id in self.ids.items()}
        found = self.rows("SELECT task_id, user_id FROM task_changes ORDER BY 1, 2")
        return [(row.task_id, names[str(row.user_id)]) for row in found]


@pytest.fixture(scope="session")
def _feed_sim():
    with serve() as sim:
        yield sim


@pytest.fixture
def world(_feed_sim, database):
    _feed_sim.door.reset(WORLD)
    _feed_sim.door.freeze()
    http = Http()
    yield FeedWorld(_feed_sim, http, database)
    http.close()


@pytest.fixture
def pair(world):
    """Two users of a team whose org is read for them."""
    world.join("user0", "user1")
    world.connect_team()
    world.settle()
    return world


@pytest.fixture
def statements(database):
    """Collect the statements sent to the server, without BEGIN and COMMIT."""
    sent = []

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement.strip())

    event.listen(database._engine, "before_cursor_execute", note)
    yield sent
    event.remove(database._engine, "before_cursor_execute", note)
