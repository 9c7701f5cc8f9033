"""A whole house: PostgreSQL, Redis, an org in a box, two workers, beat and the web, each in processes of their own."""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
from redis import Redis
from redis.exceptions import RedisError

from orgsim.door import Door
from orgsim.sessions import DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET
from remindersync.errors import SyncError
from remindersync.model import RunKind
from tests.chaos.processes import Program, of_procfile
from tests.fixtures.servers import StoppableRedis
from tests.fixtures.stoppable_postgres import StoppablePostgres, stoppable_postgres
from tests.fixtures.waiting import eventually
from worker import services as composition
from worker.addresses import KEY_PREFIX, RedisAddresses
from worker.embedded import Server, Servers
from worker.redis_server import free_port
from worker.services import Services
from worker.settings import Settings

KEYS = {"SECRET_KEY": "a secret key for tests only", "TOKEN_KEYS": "a token key for tests only"}
# So short that a minute holds several of each; their order is the one the settings page asks for.
SHORT = {
    "POLL_MIN_SECONDS": "2",
    "POLL_MAX_SECONDS": "4",
    "SALESFORCE_READ_SECONDS": "2",
    "LOCK_SECONDS": "4",
    "LEASE_SECONDS": "4",
    "RUN_LEASE_SECONDS": "8",
    "VISIBILITY_SECONDS": "10",
    "API_SHARE_PERCENT": "90",
}
# Longer than anybody here rests while calls are left.
_LONG_SECONDS = 60


@dataclass
class House:
    """Servers and processes, and the ways to them that tests have."""

    folder: Path
    postgres: StoppablePostgres
    redis: StoppableRedis
    door: Door
    web_url: str
    environ: dict[str, str]
    parts: Services
    # Closed before everything else when the block ends.
    things: ExitStack
    programs: dict[str, Program] = field(default_factory=dict)
    # Processes that ended though nobody ended them, and what they said last.
    ended: list[str] = field(default_factory=list)

    @property
    def workers(self) -> list[Program]:
        return [program for name, program in self.programs.items() if name.startswith("worker")]

    def broker(self) -> Redis:
        """Return a client of the queues; the caller closes it."""
        return Redis.from_url(RedisAddresses.on(self.redis.url).broker, decode_responses=True)

    def ask_for_calls_again(self) -> bool:
        """Let workers ask at once whether the org has calls left.

        By themselves they would in a quarter of an hour, and whoever was done while none were left, in an hour. Say whether that could be done: both servers have to be there.
        """
        try:
            self._forget_allowance()
        except (RedisError, SyncError):
            return False
        return True

    def _forget_allowance(self) -> None:
        for key in self.parts.redis.scan_iter(f"{KEY_PREFIX}allowance:*"):
            self.parts.redis.delete(key)
        for status in self.parts.directory.status():
            waits = (status.next_due_at - datetime.now(UTC)).total_seconds() if status.next_due_at else 0
            if status.state == "waiting_allowance" or waits > _LONG_SECONDS:
                self.parts.requests.queue(status.user_id, RunKind.POLL)

    def look_after(self) -> None:
        """Start again what ended by itself, as whoever runs the processes does."""
        for program in self.programs.values():
            if program.wanted and not program.runs:
                self.ended.append(f"{program.name}: {(program.said() or ['nothing'])[-1]}")
                program.start()

    def await_ready(self) -> None:
        """Wait until the web answers, and workers and beat do what they are for."""
        eventually(lambda: _answers(f"{self.web_url}/readyz"))
        for worker in self.workers:
            eventually(lambda worker=worker: any(" ready." in line for line in worker.said()) or not worker.runs)
            assert worker.runs, worker.said()[-5:]


@contextmanager
def house(folder: Path, **settings: str) -> Iterator[House]:
    """Build a house without users; whatever happens, its servers and processes end with the block."""
    with ExitStack() as stack:
        postgres = stack.enter_context(stoppable_postgres())
        redis = StoppableRedis(folder / "redis")
        stack.callback(redis.stop)
        stack.callback(redis.thaw)
        org = Program("org", [sys.executable, "-m", "orgsim", "--port", "0"], folder / "org.log", dict(os.environ))
        stack.callback(org.kill)
        org.start()
        door = stack.enter_context(Door(_address(org)))
        environ = _environ(folder, postgres, redis, door, settings)
        parts = _parts(environ)
        stack.callback(parts.close)
        things = ExitStack()
        made = House(folder, postgres, redis, door, environ["PUBLIC_URL"], environ, parts, things)
        for name, process, *more in _PROCESSES:
            made.programs[name] = of_procfile(name, process, folder, environ, *more)
            stack.callback(made.programs[name].kill)
            made.programs[name].start()
        stack.enter_context(things)
        made.await_ready()
        yield made


_PROCESSES = (
    ("web", "web"),
    ("worker-a", "worker", "--hostname=a@%h", "--concurrency=8"),
    ("worker-b", "worker", "--hostname=b@%h", "--concurrency=8"),
    ("beat", "beat"),
)


def _environ(
    folder: Path, postgres: StoppablePostgres, redis: StoppableRedis, door: Door, settings: dict[str, str]
) -> dict[str, str]:
    port = free_port()
    own = {
        "REMINDERSYNC_HOME": str(folder),
        "DATABASE_URL": postgres.url,
        "REDIS_URL": redis.url,
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SALESFORCE_LOGIN_URL": door.url,
        "SALESFORCE_ALLOWED_HOSTS": door.url.removeprefix("http://"),
        "SALESFORCE_CLIENT_ID": DEFAULT_CLIENT_ID,
        "SALESFORCE_CLIENT_SECRET": DEFAULT_CLIENT_SECRET,
        "PYTHONUNBUFFERED": "1",
    }
    return {**os.environ, **KEYS, **SHORT, **own, **settings}


def _parts(environ: dict[str, str]) -> Services:
    """Return the services of the tests' own process: what operators' commands work with."""
    settings = Settings.from_env(environ)
    assert settings.database_url is not None
    assert settings.redis_url is not None
    servers = Servers(Server(settings.database_url, "for tests"), Server(settings.redis_url, "for tests"))
    return composition.build(settings, servers)


def _address(org: Program) -> str:
    def said() -> str | None:
        found = re.search(r"ready at (\S+)", "\n".join(org.said()))
        return found[1] if found else None

    return eventually(said)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
