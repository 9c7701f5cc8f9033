"""A command line, the servers it meets, an org in a box and a worker that all tests of a module share."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from orgsim.server import Sim, serve
from orgsim.sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store.app_reminders import AppReminders, ListQuery
from remindersync.store.database import Database
from remindersync.store.directory import Directory
from remindersync.store.logins import LoginGrant, SqlLogins
from remindersync.store.people import AppUser
from remindersync.store.vault import Vault
from tests.fixtures.database import _new_database
from tests.fixtures.process_handle import ProcessHandle
from tests.fixtures.waiting import eventually
from tests.system.commands import KEYS, WAIT_SECONDS, CommandLine
from worker import redis_server
from worker.supervisor import program

_numbers = count(1)


@pytest.fixture(scope="session", autouse=True)
def _ctrl_c_works() -> None:
    """Let children take SIGINT, also where the tests run in a shell's background, which ignores it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def line(tmp_path: Path) -> CommandLine:
    """A command line without any setting but where its home is."""
    return CommandLine(tmp_path)


@pytest.fixture(scope="module")
def office_database(postgres_url: str) -> Iterator[str]:
    """The address of a migrated database for the module."""
    with migrated(postgres_url) as url:
        yield url


@contextmanager
def migrated(postgres_url: str) -> Iterator[str]:
    with _new_database(postgres_url) as url:
        database = Database(url)
        database.upgrade()
        database.close()
        yield url


@pytest.fixture(scope="module")
def office_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis for the module: other tests empty the one of the session."""
    server = redis_server.start(tmp_path_factory.mktemp("redis"), persistent=False)
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    """An org in a box, empty."""
    with serve() as sim:
        yield sim


@pytest.fixture(scope="module")
def office_settings(office_database: str, office_redis: str, sim: Sim) -> dict[str, str]:
    """Everything the programs need."""
    return {
        **KEYS,
        "DATABASE_URL": office_database,
        "REDIS_URL": office_redis,
        "SALESFORCE_LOGIN_URL": sim.url,
        "SALESFORCE_ALLOWED_HOSTS": "127.0.0.1",
        "SALESFORCE_CLIENT_ID": DEFAULT_CLIENT_ID,
        "SALESFORCE_CLIENT_SECRET": DEFAULT_CLIENT_SECRET,
    }


@pytest.fixture(scope="module")
def office_line(tmp_path_factory: pytest.TempPathFactory, office_settings: dict[str, str]) -> CommandLine:
    return CommandLine(tmp_path_factory.mktemp("office"), office_settings)


@dataclass(frozen=True)
class Office:
    """A team of Ada and Ben, their org, and a command line on servers that run."""

    line: CommandLine
    sim: Sim
    database: Database
    directory: Directory
    number: int
    org_id: str

    @property
    def team(self) -> str:
        return f"Team {self.number}"

    def email(self, name: str = "ada") -> str:
        return f"{name}{self.number}@acme.example"

    def user(self, name: str = "ada") -> AppUser:
        return self.directory.user(self.email(name))

    def tokens(self, name: str = "ada") -> dict[str, str]:
        """What a person has who logged in to Salesforce elsewhere."""
        return self.sim.door.session(self.email(name))

    def token_options(self, name: str = "ada") -> list[str]:
        tokens = self.tokens(name)
        named = ("access_token", "instance_url", "refresh_token")
        return [word for key in named for word in (f"--{key.replace('_', '-')}", tokens[key])]

    def connect(self, name: str = "ada") -> None:
        """Connect a person without the command line."""
        tokens, person = self.tokens(name), self.person_id(name)
        secrets = (tokens["instance_url"], tokens["access_token"], tokens["refresh_token"])
        grant = LoginGrant(self.org_id, person, self.email(name), *secrets, Grant.REFRESH)
        self.directory.connect(self.user(name).id, grant)

    def person_id(self, name: str = "ada") -> str:
        return next(user["Id"] for user in self.sim.door.users(self.org_id) if user["Username"] == self.email(name))

    def logins(self) -> SqlLogins:
        return SqlLogins(self.database, Vault([KEYS["TOKEN_KEYS"]]))

    def status(self) -> dict[str, Any]:
        """How Ada's sync stands, as the command line tells it."""
        (row,) = self.line.run("status", self.email(), "--json").json()
        return row

    def names(self) -> set[str]:
        """What Ada's reminders are called."""
        return {item.reminder.name for item in AppReminders(self.database).list(self.user(), ListQuery()).items}

    def until_idle(self) -> None:
        """Wait for the end of Ada's first sync, as the database tells it."""

        def idle() -> bool:
            (found,) = self.directory.status(self.user().id)
            return found.state == "idle" and found.last_run_at is not None

        eventually(idle, give_up_seconds=WAIT_SECONDS)

    def until_sent(self) -> None:
        """Wait until Salesforce has all that it is to have of Ada's reminders."""
        eventually(lambda: self.directory.status(self.user().id)[0].backlog == 0, give_up_seconds=WAIT_SECONDS)

    def there(self, name: str = "ada"):
        """The person at work in Salesforce."""
        return self.sim.door.as_user(self.email(name))


def world(number: int) -> dict[str, Any]:
    people = (("ada", {}), ("ben", {}), ("root", {"ViewAllData": True}))
    users = [
        {
            "Id": record_id(f"005SY{number:08}{place:02}"),
            "Username": f"{name}{number}@acme.example",
            "Name": name.title(),
            **more,
        }
        for place, (name, more) in enumerate(people)
    ]
    return {"orgs": [{"id": record_id(f"00DSY{number:010}"), "name": f"Acme {number}", "users": users}]}


@pytest.fixture(scope="module")
def office_book(office_database: str) -> Iterator[tuple[Database, Directory]]:
    database = Database(office_database)
    yield database, Directory(database, Vault([KEYS["TOKEN_KEYS"]]))
    database.close()


@pytest.fixture
def office(office_line: CommandLine, office_book: tuple[Database, Directory], sim: Sim) -> Office:
    """A new team with an org of its own, so that no test meets another's people."""
    database, directory = office_book
    number = next(_numbers)
    (org,) = world(number)["orgs"]
    sim.door.load({"orgs": [org]})
    made = Office(office_line, sim, database, directory, number, org["id"])
    directory.add_team(made.team)
    for name in ("ada", "ben"):
        directory.add_user(made.email(name), made.team, name=name.title())
    return made


@pytest.fixture(scope="module")
def worker(office_line: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessHandle]:
    """A worker on the module's servers; nothing but commands wakes it."""
    handle = ProcessHandle("worker", program("worker"), tmp_path_factory.mktemp("worker"), office_line.environ)
    try:
        assert eventually(lambda: " ready." in _log(handle) or handle.status == "exited", give_up_seconds=WAIT_SECONDS)
        assert handle.status == "running", _log(handle)
        yield handle
    finally:
        handle.stop()


@pytest.fixture
def at_work(worker: ProcessHandle, office: Office) -> Office:
    """A team whose Ada is connected, with a worker that syncs her."""
    office.connect()
    return office


@pytest.fixture
def in_sync(at_work: Office) -> Office:
    """Ada's sync is on and her first sync is done: two Tasks came in."""
    for subject in ("Call Cora", "Write to Lea"):
        at_work.there().create(Subject=subject)
    at_work.line.run("sync", "on", at_work.email()).told()
    at_work.until_idle()
    return at_work


def _log(handle: ProcessHandle) -> str:
    return handle.logs().decode(errors="replace")
