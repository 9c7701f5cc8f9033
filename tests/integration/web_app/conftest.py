"""The web on a real socket, on a real database and a real Redis, with people who use it."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from celery import Celery
from redis import Redis
from sqlalchemy import update

from orgsim.server import Sim, serve
from orgsim.sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from remindersync.ports import Grant
from remindersync.store.logins import LoginGrant
from remindersync.store.people import AppUser
from remindersync.store.tables import reminders, run_state, users
from tasks import names
from tests.fixtures.waiting import eventually
from web.app import create_app
from worker import services as composition
from worker.addresses import KEY_PREFIX
from worker.configuration import configuration
from worker.dispatch import Dispatcher
from worker.embedded import Server, Servers
from worker.services import Services
from worker.settings import Settings
from worker.sign_in import sign_in_link

ORG = "00D000000000001EAA"


@pytest.fixture(scope="module")
def sim(request) -> Iterator[Sim]:
    """The orgs that a module's WORLD describes, on a server."""
    with serve(request.module.WORLD) as box:
        yield box


@pytest.fixture
def settings(tmp_path, request) -> Settings:
    """Settings of one process; in a module with a WORLD, Salesforce is there."""
    plain = Settings(
        home=tmp_path / "home",
        secret_key="a secret key for tests only",
        token_keys=("a token key for tests only",),
        salesforce_client_id="app",
    )
    return with_salesforce(plain, request.getfixturevalue("sim")) if hasattr(request.module, "WORLD") else plain


def with_salesforce(settings: Settings, sim: Sim) -> Settings:
    return replace(
        settings,
        salesforce_login_url=sim.url,
        salesforce_client_id=DEFAULT_CLIENT_ID,
        salesforce_client_secret=DEFAULT_CLIENT_SECRET,
        salesforce_allowed_hosts=(sim.url.removeprefix("http://"),),
    )


@contextmanager
def built(settings: Settings, database_url: str, redis_url: str) -> Iterator[Services]:
    """The services of one process, with a Celery app of their own."""
    servers = Servers(Server(database_url, "for tests"), Server(redis_url, "for tests"))
    parts = composition.build(settings, servers)
    celery = Celery("tests", set_as_current=False, config_source=configuration(settings, redis_url))
    parts = parts.but(dispatcher=Dispatcher(celery, parts.due, parts.redis, settings.lease_seconds))
    try:
        yield parts
    finally:
        celery.close()
        parts.close()


@contextmanager
def serving(parts: Services) -> Iterator[str]:
    """The address of the web, served by a thread."""
    # asyncio answers at once only where the protocol is named.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(parts), lifespan="off", ws="none", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    eventually(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.fixture
def services(settings, database_url, redis, redis_url) -> Iterator[Services]:
    with built(settings, database_url, redis_url) as parts:
        yield parts


@pytest.fixture
def web(services) -> Iterator[str]:
    with serving(services) as url:
        yield url


# ── People ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def ada(services) -> AppUser:
    services.directory.add_team("Sales")
    return services.directory.add_user("ada@example.com", "Sales", name="Ada", time_zone="Europe/Berlin")


@pytest.fixture
def bob(services, ada) -> AppUser:
    return services.directory.add_user("bob@example.com", "Sales", name="Bob")


@pytest.fixture
def chief(services, ada) -> AppUser:
    return services.directory.add_user("chief@example.com", "Sales", is_admin=True)


@pytest.fixture
def syncing_ada(ada, turn_on) -> AppUser:
    return turn_on(ada)


@pytest.fixture
def turn_on_in():
    """Add a person who syncs to services of the test's own."""

    def turn(parts: Services) -> AppUser:
        parts.directory.add_team("Sales")
        user = parts.directory.add_user("ada@example.com", "Sales")
        parts.directory.connect(user.id, _GRANT)
        return parts.directory.turn_on(user.id)

    return turn


@pytest.fixture
def turn_on(services):
    """Connect a user and turn their sync on."""

    def turn(user: AppUser) -> AppUser:
        services.directory.connect(user.id, _GRANT)
        return services.directory.turn_on(user.id)

    return turn


_GRANT = LoginGrant(
    org_id=ORG,
    salesforce_id="005000000000001AAA",
    username="ada@org",
    instance_url="https://acme.my.salesforce.com",
    access_token="access token",
    refresh_token="refresh token",
    grant=Grant.REFRESH,
)


# ── Programs and browsers ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def api(web, services):
    """Make a client that speaks for a user, or without one for nobody."""
    clients = []

    def client(user: AppUser | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {services.directory.issue_token(user.id)}"} if user else {}
        clients.append(httpx.Client(base_url=f"{web}/api/v1", headers=headers))
        return clients[-1]

    yield client
    for each in clients:
        each.close()


@dataclass
class Browser:
    """A person's browser: keeps cookies, fills in the CSRF token of the page it is on."""

    http: httpx.Client
    services: Services
    page: httpx.Response | None = None

    def get(self, path: str, **parts) -> httpx.Response:
        self.page = self.http.get(path, follow_redirects=True, **parts)
        return self.page

    def post(self, path: str, *, follow: bool = True, **fields: str) -> httpx.Response:
        self.page = self.http.post(path, data={"csrf": self.csrf(), **fields}, follow_redirects=follow)
        return self.page

    def csrf(self) -> str:
        assert self.page is not None
        return self.page.text.partition('name="csrf" value="')[2].partition('"')[0]

    def sign_in(self, user: AppUser) -> "Browser":
        present = self.services.directory.user_by_id(user.id)
        path = httpx.URL(sign_in_link(self.services.settings, present)).path
        self.get(path)
        self.post(path)
        return self


@pytest.fixture
def browser(web, services):
    """Make a browser, signed in where a user is named."""
    clients = []

    def make(user: AppUser | None = None) -> Browser:
        clients.append(httpx.Client(base_url=web))
        made = Browser(clients[-1], services)
        return made.sign_in(user) if user else made

    yield make
    for each in clients:
        each.close()


# ── Looking behind the window ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def queued(services):
    """Read whose jobs wait in the queues, oldest first."""

    def read() -> list[str]:
        with Redis.from_url(f"{services.servers.redis_url}/0") as broker:
            messages = [
                json.loads(message)
                for queue in names.QUEUES
                for message in reversed(broker.lrange(f"{KEY_PREFIX}{queue}", 0, -1))
            ]
        return [json.loads(base64.b64decode(message["body"]))[0][0] for message in messages]

    return read


@pytest.fixture
def at_rest(database):
    """Make a user as if their last run had just ended, with nothing due for a long time."""

    def change(user: AppUser) -> None:
        idle = {"next_due_at": datetime(2100, 1, 1, tzinfo=UTC), "again_at": None, "claim": None, "claim_until": None}
        with database.begin() as connection:
            connection.execute(update(run_state).where(run_state.c.user_id == user.id).values(idle))
            connection.execute(update(reminders).values(synced_version=reminders.c.version))

    return change


@pytest.fixture
def deactivate(database):
    def change(user: AppUser) -> None:
        with database.begin() as connection:
            connection.execute(update(users).where(users.c.id == user.id).values(active=False))

    return change
