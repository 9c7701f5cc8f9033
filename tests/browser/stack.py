"""All of the product for a browser to look at: servers, an org in a box, web, worker and beat as processes."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from celery import Celery

from orgsim.door import SimUser
from orgsim.server import Sim, serve
from orgsim.sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store.logins import LoginGrant
from remindersync.store.people import AppUser
from tests.chaos.processes import of_procfile
from tests.fixtures.database import _new_database
from tests.fixtures.waiting import eventually
from worker import redis_server
from worker import services as composition
from worker.configuration import configuration
from worker.dispatch import Dispatcher
from worker.embedded import Server, Servers
from worker.services import Services
from worker.settings import Settings

# A second is as long as a person waits without noticing.
_SETTINGS = {
    "SECRET_KEY": "a secret key for tests only",
    "TOKEN_KEYS": "a token key for tests only",
    "POLL_MIN_SECONDS": "1",
    "POLL_MAX_SECONDS": "2",
    "SALESFORCE_CLIENT_ID": DEFAULT_CLIENT_ID,
    "SALESFORCE_CLIENT_SECRET": DEFAULT_CLIENT_SECRET,
    "PYTHONUNBUFFERED": "1",
}
_DAILY_CALLS = 10_000_000
_LONGEST_RUN_SECONDS = 30
_numbers = count(1)


@dataclass
class Stack:
    """The running product and the ways into it that tests have."""

    url: str
    sim: Sim
    parts: Services
    teams: list["Team"] = field(default_factory=list)

    def team(self, *names: str, world: Callable[[str], dict[str, Any]] = lambda _: {}) -> "Team":
        """Make a team with an org of its own; the first person is its admin. `world` adds to the org, given its id."""
        number = next(_numbers)
        made = Team(self, number, record_id(f"00DBR{number:010}"))
        users = [made.in_salesforce(place, name) for place, name in enumerate(names)]
        org = {"id": made.org_id, "name": f"Acme {number}", "users": users, "settings": {"daily_limit": _DAILY_CALLS}}
        self.sim.door.load({"orgs": [org | world(made.org_id)]})
        directory = self.parts.directory
        directory.add_team(made.name)
        for place, name in enumerate(names):
            directory.add_user(made.email(name), made.name, name=name, time_zone="Europe/Berlin", is_admin=place == 0)
        self.teams.append(made)
        return made

    @contextmanager
    def nothing_syncs_for(self, user: AppUser) -> Iterator[None]:
        """Hold the user's own lock within the block: every job for them ends at once and comes again."""
        lease = self.parts.locks.acquire(f"user:{user.id}", wait_seconds=_LONGEST_RUN_SECONDS)
        assert lease
        try:
            yield
        finally:
            lease.release()


@dataclass(frozen=True)
class Team:
    """A team of one test and their org."""

    stack: Stack
    number: int
    org_id: str

    @property
    def name(self) -> str:
        return f"Team {self.number}"

    def email(self, name: str) -> str:
        return f"{name.lower().replace(' ', '.')}{self.number}@acme.example"

    def in_salesforce(self, place: int, name: str) -> dict[str, Any]:
        return {"Id": self.person_id(place), "Username": self.email(name), "Name": name, "Email": self.email(name)}

    def person_id(self, place: int = 0) -> str:
        return record_id(f"005BR{self.number:08}{place:02}")

    def user(self, name: str) -> AppUser:
        return self.stack.parts.directory.user(self.email(name))

    def there(self, name: str) -> SimUser:
        """The person at work in Salesforce."""
        return self.stack.sim.door.as_user(self.email(name))

    def tasks(self) -> list[dict[str, Any]]:
        """The org's Tasks, in order of creation."""
        return sorted(self.stack.sim.door.tasks(self.org_id), key=lambda task: task["Id"])

    def subjects(self) -> list[str]:
        return [task["Subject"] for task in self.tasks()]

    def connect(self, name: str, place: int = 0) -> None:
        """Connect a person without a browser."""
        tokens = self.stack.sim.door.session(self.email(name))
        secrets = (tokens["instance_url"], tokens["access_token"], tokens["refresh_token"])
        grant = LoginGrant(self.org_id, self.person_id(place), self.email(name), *secrets, Grant.REFRESH)
        self.stack.parts.directory.connect(self.user(name).id, grant)

    def sync(self, name: str, place: int = 0) -> AppUser:
        """Connect a person, turn their sync on and wait until the first one is done."""
        self.connect(name, place)
        user, directory = self.user(name), self.stack.parts.directory
        directory.turn_on(user.id)
        self.stack.parts.send(user.id)
        eventually(lambda: directory.status(user.id)[0].last_run_at and not directory.status(user.id)[0].progress)
        return directory.user(user.email)

    def rest(self) -> None:
        """Turn everybody's sync off: what a test left must cost the next one nothing."""
        directory = self.stack.parts.directory
        for status in directory.status():
            if status.email.endswith(f"{self.number}@acme.example") and status.mode == "on":
                directory.turn_off(status.user_id)


@contextmanager
def running(folder: Path, postgres_url: str) -> Iterator[Stack]:
    """Run the product; its servers and processes end with the block."""
    with ExitStack() as things:
        redis = redis_server.start(folder / "redis", persistent=False)
        things.callback(redis.stop)
        sim = things.enter_context(serve())
        database_url = things.enter_context(_new_database(postgres_url))
        environ = _environ(folder, database_url, redis.url, sim.url)
        parts = things.enter_context(_parts(environ))
        parts.database.upgrade()
        programs = {name: of_procfile(name, name, folder, environ, *more) for name, more in _PROCESSES.items()}
        for program in programs.values():
            things.callback(program.kill)
            program.start()
        eventually(lambda: _answers(f"{environ['PUBLIC_URL']}/readyz"))
        eventually(lambda: any(" ready." in line for line in programs["worker"].said()))
        yield Stack(environ["PUBLIC_URL"], sim, parts)


_PROCESSES: dict[str, tuple[str, ...]] = {"web": (), "worker": ("--concurrency=4",), "beat": ()}


def _environ(folder: Path, database_url: str, redis_url: str, org_url: str) -> dict[str, str]:
    port = redis_server.free_port()
    own = {
        "REMINDERSYNC_HOME": str(folder),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SALESFORCE_LOGIN_URL": org_url,
        "SALESFORCE_ALLOWED_HOSTS": org_url.removeprefix("http://"),
    }
    return {**os.environ, **_SETTINGS, **own}


@contextmanager
def _parts(environ: dict[str, str]) -> Iterator[Services]:
    """The services of the tests' own process, with a Celery app that knows where this stack's queues are."""
    settings = Settings.from_env(environ)
    servers = Servers(Server(environ["DATABASE_URL"], "for tests"), Server(environ["REDIS_URL"], "for tests"))
    parts = composition.build(settings, servers)
    celery = Celery("tests", set_as_current=False, config_source=configuration(settings, servers.redis_url))
    try:
        yield parts.but(dispatcher=Dispatcher(celery, parts.due, parts.redis, settings.lease_seconds))
    finally:
        celery.close()
        parts.close()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
