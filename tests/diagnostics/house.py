"""A team, its org, servers and processes as the Procfile starts them, all of whose output can be read."""

import base64
import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import requests
from celery import Celery
from sqlalchemy import text

from orgsim.server import serve
from orgsim.sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from remindersync.coordination.server import open_redis
from remindersync.ports import Grant
from remindersync.store import tables
from remindersync.store.app_reminders import AppReminders
from remindersync.store.database import Database
from remindersync.store.directory import Directory
from remindersync.store.due import SqlDue
from remindersync.store.logins import LoginGrant, SqlLogins
from remindersync.store.requests import RunRequests
from remindersync.store.vault import Vault
from tests.fixtures.collector import Collector
from tests.fixtures.database import _new_database
from tests.fixtures.salesforce import ORG, USERNAMES, WORLD
from tests.fixtures.waiting import eventually
from worker import redis_server
from worker.addresses import RedisAddresses
from worker.configuration import configuration
from worker.dispatch import Dispatcher
from worker.redis_server import free_port
from worker.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
KEYS = {"SECRET_KEY": "a session key nobody may see", "TOKEN_KEYS": "a token key nobody may see"}
SCREEN = {"draw": 1, "start": 0, "length": 1000, "order[0][column]": 0, "columns[0][data]": "name"}


class House:
    """Servers, an org, a team, and processes as the Procfile starts them."""

    def __init__(self, folder, database_url, redis_url, sim, collector):
        self.folder, self.sim, self.tokens, self.collector = folder, sim, set(), collector
        self.flower_port = free_port()
        self.environ = {
            **{name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ},
            **KEYS,
            "REMINDERSYNC_HOME": str(folder / "home"),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SALESFORCE_LOGIN_URL": sim.url,
            "SALESFORCE_ALLOWED_HOSTS": "127.0.0.1",
            "SALESFORCE_CLIENT_ID": DEFAULT_CLIENT_ID,
            "SALESFORCE_CLIENT_SECRET": DEFAULT_CLIENT_SECRET,
            "FLOWER_PORT": str(self.flower_port),
            "LOG_LEVEL": "DEBUG",
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "PYTHONUNBUFFERED": "1",
        }
        settings = Settings.from_env(self.environ)
        self.database = Database(database_url)
        self.database.upgrade()
        vault = Vault(settings.token_keys)
        self.directory, self.logins = Directory(self.database, vault), SqlLogins(self.database, vault)
        self.reminders = AppReminders(self.database)
        self.app = Celery("a watcher", set_as_current=False)
        self.app.config_from_object(configuration(settings, redis_url))
        broker = open_redis(RedisAddresses.on(redis_url).broker)
        self.dispatcher = Dispatcher(self.app, SqlDue(self.database), broker, 60)
        self.redis_url = redis_url
        self.directory.add_team("Sales")

    def join(self, person):
        email = USERNAMES[person]
        user = self.directory.add_user(email, "Sales", is_admin=True)
        login = self.sim.door.session(email)
        secrets = (login["instance_url"], login["access_token"], login["refresh_token"])
        self.directory.connect(user.id, LoginGrant(ORG, person, email, *secrets, Grant.REFRESH))
        self.directory.turn_on(user.id)
        return user

    def remember_tokens(self, *users):
        """Note the tokens that are stored now: later ones replace them."""
        for user in users:
            login = self.logins.of_user(user.id)
            self.tokens |= {login.access_token, login.refresh_token}

    @contextmanager
    def process(self, name, *arguments, **environ):
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "worker", *arguments],
                cwd=ROOT, env=self.environ | environ, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)

    def log(self, name):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def run(self, user, *, until):
        """Send a person's job until a run from now on ended as wanted."""
        (before,) = self.directory.status(user.id)

        def ended():
            self.dispatcher.send(user.id)
            (status,) = self.directory.status(user.id)
            return status.last_run_at != before.last_run_at and status.last_outcome == until

        eventually(ended, pause_seconds=0.3)

    def runs_of(self, user):
        """Return a person's runs, newest first."""
        return RunRequests(self.database).runs_of(user.id)

    def claim(self, user):
        """Claim a person for a run; return the claim's number."""
        self.make_due()
        return eventually(lambda: SqlDue(self.database).claim_user(user.id, 60)).claim

    def make_due(self):
        """Have everybody be due now."""
        with self.database.begin() as connection:
            connection.execute(text("UPDATE run_state SET next_due_at = now(), claim_until = NULL"))

    def meets_trouble(self, user):
        """Send a person's job; whether every fault that strikes once has struck by now."""
        self.dispatcher.send(user.id)
        return all(rule["struck"] for rule in self.sim.door.faults() if rule["times"] == 1)

    def command(self, *arguments):
        done = subprocess.run(
            [sys.executable, "-c", "from worker.cli import main; main()", *arguments],
            cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.stdout + done.stderr

    def redis_dump(self):
        """Return every value of every database of Redis, messages opened."""
        found = []
        for number in range(4):
            client = open_redis(f"{self.redis_url}/{number}")
            for key in client.scan_iter(count=1000):
                found += [key, *_opened(_value(client, key))]
            client.close()
        return "\n".join(found)

    def columns(self):
        """Return every stored value as text, by table and column."""
        stored = {}
        with self.database.begin() as connection:
            for table in tables.metadata.sorted_tables:
                for column in table.columns:
                    rows = connection.execute(text(f'SELECT "{column.name}"::text FROM {table.name}')).scalars()
                    stored[table.name, column.name] = "\n".join(str(row) for row in rows)
        return stored

    def flower(self):
        at = f"http://127.0.0.1:{self.flower_port}"
        pages = ["/tasks", "/workers", "/broker"]
        return "\n".join(
            [requests.get(f"{at}/tasks/datatable", params=SCREEN, timeout=30).text]
            + [requests.get(f"{at}{page}", timeout=30).text for page in pages]
        )

    def flower_answers(self):
        try:
            return requests.get(f"http://127.0.0.1:{self.flower_port}/healthcheck", timeout=5).ok
        except requests.ConnectionError:
            return False


def _value(client, key):
    kind = client.type(key)
    if kind == "list":
        return client.lrange(key, 0, -1)
    if kind == "hash":
        return [part for pair in client.hgetall(key).items() for part in pair]
    if kind == "zset":
        return client.zrange(key, 0, -1)
    return list(client.smembers(key)) if kind == "set" else [str(client.get(key))]


def _opened(values):
    """Return values with the bodies of Celery's messages decoded."""
    for value in values:
        yield value
        try:
            message = json.loads(value)
            message = message[0] if isinstance(message, list) else message
            yield base64.b64decode(message["body"]).decode()
        except (ValueError, KeyError, TypeError, IndexError):
            continue


@contextmanager
def open_house(postgres_url, folder):
    """A house with servers of its own, and a collector that takes its traces."""
    server = redis_server.start(folder / "redis", persistent=False)
    with _new_database(postgres_url) as database_url, serve(WORLD) as sim, Collector() as collector:
        made = House(folder, database_url, server.url, sim, collector)
        yield made
        made.database.close()
        made.app.close()
    server.stop()
