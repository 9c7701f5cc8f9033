"""Set the stage: embedded servers, an org in a box, web, worker, beat and Flower, two teams of a sample."""

import os
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from orgsim.door import Door
from orgsim.sample import ExpectedTeam, ExpectedUser, SampleError, expected
from remindersync.errors import ConfigurationError
from remindersync.store.people import AppUser
from worker import embedded
from worker.cli.logins import by_token
from worker.demo.home import demo_home
from worker.present import present_settings
from worker.services import Services, close_services, services
from worker.supervisor import Supervisor, program

READY_SECONDS = 60
IMPORT_SECONDS = 240
_DAILY_CALLS = 10_000_000


@dataclass(frozen=True, slots=True)
class Actor:
    """One person of the sample: in the app, with a token of theirs, and in Salesforce."""

    user: AppUser
    sample: ExpectedUser
    token: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A running demo."""

    here: Services
    door: Door
    org_url: str
    web_url: str
    flower_url: str
    processes: Supervisor
    actors: tuple[Actor, ...]
    home: Path
    log: Path


@contextmanager
def stage(*, quiet: bool, tell: Callable[[str], None], poll_seconds: tuple[int, int] = (2, 10)) -> Iterator[Stage]:
    """Start everything, people connected and sync off; end everything with the block.

    `tell` hears what happens; `poll_seconds` are the bounds of how often Salesforce is asked. Raises
    `ConfigurationError` naming what could not be started.
    """
    teams = _sample()
    with demo_home(Path(os.environ.get("REMINDERSYNC_HOME") or ".remindersync").expanduser().absolute()) as home:
        org_port, web_port, flower_port = _free_port(), _free_port(8000), _free_port(5555)
        org_url, web_url = f"http://127.0.0.1:{org_port}", f"http://127.0.0.1:{web_port}"
        polls = dict(zip(("POLL_MIN_SECONDS", "POLL_MAX_SECONDS"), map(str, poll_seconds), strict=True))
        ports = {"PORT": str(web_port), "FLOWER_PORT": str(flower_port)}
        os.environ.update(given := _environment(home, org_url, web_url) | polls | ports)
        # Commands that are run in this folder find the demo by it.
        (home / ".env").write_text("".join(f"{name}={_quoted(value)}\n" for name, value in given.items()), "utf-8")
        present_settings()
        with _processes(home / "processes.log", quiet=quiet) as processes:
            processes.start("orgsim", [sys.executable, "-m", "orgsim", "--port", str(org_port), "--sample"])
            here = _servers(tell)
            await_ready(lambda: _answers(org_url), "the org in a box", processes)
            tell(f"The Salesforce org in a box is at {org_url}.")
            with Door(org_url) as door:
                # A person is watching: look more often than a real org's allowance would let one.
                door.set_org(settings={"daily_limit": _DAILY_CALLS})
                for name in ("web", "worker", "beat", "flower"):
                    processes.start(name, program(name))
                actors = tuple(_cast(here, door, teams))
                await_ready(lambda: _answers(f"{web_url}/readyz"), "the web", processes)
                flower_url = f"http://127.0.0.1:{flower_port}"
                yield Stage(here, door, org_url, web_url, flower_url, processes, actors, home, home / "processes.log")


@contextmanager
def _processes(log_path: Path, *, quiet: bool) -> Iterator[Supervisor]:
    """Yield a supervisor; after its children this process's own part of the demo ends."""
    with (
        # Line by line: a person looks into it while it is written.
        log_path.open("w", encoding="utf-8", buffering=1) as log,
        Supervisor(dict(os.environ), quiet=quiet, log=log) as processes,
    ):
        try:
            yield processes
        finally:
            processes.stop()
            close_services()
            embedded.leave(present_settings().home)


def _servers(tell: Callable[[str], None]) -> Services:
    here = services()
    for line in here.servers.describe():
        tell(line)
    here.database.upgrade()
    return here


def await_ready(ready: Callable[[], bool], what: str, processes: Supervisor, seconds: float = READY_SECONDS) -> None:
    """Wait until `ready()`. Raises `ConfigurationError` if a process ended or after `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        processes.check()
        if time.monotonic() > deadline:
            raise ConfigurationError(f"After {seconds:.0f} s {what} is not ready: read {processes.output}.")
        time.sleep(0.1)


def _environment(home: Path, org_url: str, web_url: str) -> dict[str, str]:
    return {
        "REMINDERSYNC_HOME": str(home),
        "REMINDERSYNC_DEMO": "1",
        # Made-up people must not come into a real database, nor real jobs to a worker without it.
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "PUBLIC_URL": web_url,
        "SALESFORCE_LOGIN_URL": org_url,
        "SALESFORCE_ALLOWED_HOSTS": "127.0.0.1",
        "SALESFORCE_CLIENT_ID": "orgsim-client",
        "SALESFORCE_CLIENT_SECRET": "orgsim-secret",
    }


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _free_port(wanted: int = 0) -> int:
    """Return `wanted` if nobody listens there, else any free port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _sample() -> list[ExpectedTeam]:
    try:
        return expected().teams
    except SampleError as error:
        raise ConfigurationError(str(error)) from None


def _cast(here: Services, door: Door, teams: Sequence[ExpectedTeam]) -> Iterator[Actor]:
    """Put the sample's people into the app and connect each to their own Salesforce user."""
    for team in teams:
        here.directory.add_team(team["name"])
        for number, person in enumerate(team["users"]):
            user = here.directory.add_user(
                person["email"],
                team["name"],
                name=person["name"],
                time_zone=person["time_zone"],
                is_admin=number == 0,
            )
            session = door.session(person["username"])
            grant = by_token(here, session["access_token"], session["instance_url"], session["refresh_token"])
            here.directory.connect(user.id, grant)
            yield Actor(user, person, here.directory.issue_token(user.id))
