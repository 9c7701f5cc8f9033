"""A team of one org, people in it, and a way to connect them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, update

from remindersync.ports import Grant
from remindersync.store.app_reminders import AppReminders, Draft
from remindersync.store.directory import Directory
from remindersync.store.logins import LoginGrant, SqlLogins
from remindersync.store.tables import diagnostics, links, reminders, run_state, users
from remindersync.store.vault import Vault

ORG = "00D000000000001EAA"


@pytest.fixture
def vault():
    return Vault(["a key for tests, long enough"])


@pytest.fixture
def directory(database, vault):
    return Directory(database, vault)


@pytest.fixture
def team(directory):
    return directory.add_team("Sales")


@pytest.fixture
def ada(directory, team):
    return directory.add_user("ada@example.com", "Sales", name="Ada")


@pytest.fixture
def bob(directory, team):
    return directory.add_user("bob@example.com", "Sales", name="Bob")


@pytest.fixture
def chief(directory, team):
    return directory.add_user("chief@example.com", "Sales", is_admin=True)


@pytest.fixture
def stranger(directory):
    directory.add_team("Others")
    return directory.add_user("stranger@example.com", "Others", is_admin=True)


@pytest.fixture
def syncing_ada(directory, ada):
    directory.connect(ada.id, grant())
    return directory.turn_on(ada.id)


@pytest.fixture
def syncing_bob(directory, bob):
    directory.connect(bob.id, grant(salesforce_id="005000000000002AAA", username="bob@org"))
    return directory.turn_on(bob.id)


@pytest.fixture
def rows(database):
    """Read all rows of a table, oldest first, as mappings."""

    def read(table, *conditions, order=None):
        with database.begin() as connection:
            found = connection.execute(select(table).where(*conditions).order_by(*([] if order is None else [order])))
            return [row._mapping for row in found]

    return read


@pytest.fixture
def state(rows):
    """Read a user's row of `run_state`."""
    return lambda user: rows(run_state, run_state.c.user_id == user.id)[0]


def grant(**changes):
    whole = LoginGrant(
        org_id=ORG,
        salesforce_id="005000000000001AAA",
        username="ada@org",
        instance_url="https://acme.my.salesforce.com",
        access_token="access token",
        refresh_token="refresh token",
        grant=Grant.REFRESH,
    )
    return replace(whole, **changes)


@pytest.fixture(name="grant")
def _grant():
    return grant


@pytest.fixture
def deactivate(database):
    """Deactivate a user."""

    def change(user):
        with database.begin() as connection:
            connection.execute(update(users).where(users.c.id == user.id).values(active=False))

    return change


@pytest.fixture
def make_idle(database):
    """Make a user due in a far future, as if they had just run."""

    def change(user):
        far = datetime(2100, 1, 1, tzinfo=UTC)
        idle = {"next_due_at": far, "again_at": None, "lane": "sync"}
        with database.begin() as connection:
            connection.execute(update(run_state).where(run_state.c.user_id == user.id).values(idle))

    return change


@pytest.fixture
def is_due(state):
    """Tell whether a user is due now, among those who wait for an answer."""

    def marks(user):
        row = state(user)
        early = [row[column] is not None and row[column] <= datetime.now(UTC) for column in ("next_due_at", "again_at")]
        return all(early) and row["lane"] == "interactive"

    return marks


@pytest.fixture
def add_diagnostic(database):
    """Open a diagnostic of a user."""

    def add(user, **columns):
        texts = {
            "code": "X",
            "category": "Other",
            "message": "said",
            "meaning": "meant",
            "remedy": "do",
            "retry": "parked",
        }
        with database.begin() as connection:
            row = {"team_id": user.team_id, "user_id": user.id} | texts | columns
            connection.execute(insert(diagnostics).values(row))

    return add


@pytest.fixture
def app(database):
    return AppReminders(database)


@pytest.fixture
def shared(app, syncing_ada, make_idle):
    """A reminder that Salesforce is to have; its owner is not due."""
    reminder = app.create(syncing_ada, Draft("Call Bob")).reminder
    make_idle(syncing_ada)
    return reminder


@pytest.fixture
def link(database):
    """Do what a run does once a reminder's Task is there."""

    def pair(reminder, state="active", task_id="00T000000000001AAA", **base):
        row = {"org_id": ORG, "task_id": task_id, "reminder_id": reminder.id, "state": state}
        known = {"agreed": {}, "raw": {"Status": "In Progress", "Priority": "Low"}} | base
        with database.begin() as connection:
            connection.execute(insert(links).values(**row, base=known))
            mine = update(reminders).where(reminders.c.id == reminder.id)
            connection.execute(mine.values(synced_version=reminders.c.version))

    return pair


@pytest.fixture
def set_reminder(database):
    """Set columns of a reminder behind the app's back, as a run does."""

    def change(reminder, **columns):
        with database.begin() as connection:
            connection.execute(update(reminders).where(reminders.c.id == reminder.id).values(columns))

    return change


@pytest.fixture
def set_link(database):
    """Set columns of a reminder's links."""

    def change(reminder, **columns):
        with database.begin() as connection:
            connection.execute(update(links).where(links.c.reminder_id == reminder.id).values(columns))

    return change


@pytest.fixture
def lose(database, vault):
    """Lose a user's Salesforce login."""
    logins = SqlLogins(database, vault)
    return lambda user: logins.lose(logins.of_user(user.id), "The login was revoked.")
