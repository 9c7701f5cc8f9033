"""Each process of the Procfile, started as it is written there: it does its work, and ends when told to."""

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
import requests
import yaml
from celery import Celery
from celery.utils.nodenames import gethostname

from tasks import names
from tests.fixtures.waiting import eventually
from worker import embedded
from worker.configuration import configuration
from worker.redis_server import free_port
from worker.settings import Settings
from worker.supervisor import program

pytestmark = pytest.mark.processes

ROOT = Path(__file__).resolve().parents[2]
HEALTHCHECK = ROOT / "deploy" / "healthcheck"
SERVICES = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())["services"]
# Workers of the Procfile, and what they call themselves.
_NODES = {"worker": "celery", "ticker": "ticker"}
LOGIN = ("ada", "a password for tests only")
SCREEN = {"draw": 1, "start": 0, "length": 100, "order[0][column]": 0, "columns[0][data]": "name"}


class House:
    """The embedded servers of a home of its own, the processes that use them, and what they say."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = {name: free_port() for name in ("web", "flower", "guarded flower")}
        self.environ = {
            **os.environ,
            "REMINDERSYNC_HOME": str(home),
            "REMINDERSYNC_DEMO": "1",
            # An empty one counts as not set, and hides what a developer's .env says.
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "PORT": str(self.ports["web"]),
            "FLOWER_PORT": str(self.ports["flower"]),
            "PYTHONUNBUFFERED": "1",
        }
        self.settings = Settings.from_env(self.environ)
        self.servers = embedded.servers(self.settings)
        self.released = self.run(program("release"))
        self.app = Celery("a watcher", set_as_current=False)
        self.app.config_from_object(configuration(self.settings, self.servers.redis_url))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, command, **environ):
        """Run a command to its end."""
        options = {"cwd": ROOT, "env": self.environ | environ, "capture_output": True, "text": True}
        return subprocess.run(command, check=False, **options)

    def start(self, name: str, **environ: str) -> None:
        """Start a process of the Procfile, the last word of `name`, in a group of its own."""
        with (self.home / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                program(name.rpartition(" ")[2]),
                cwd=ROOT,
                env=self.environ | environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def running(self, name: str) -> subprocess.Popen[bytes]:
        """Return a process that does its work; start it again if a test has ended it."""
        if self.processes[name].poll() is not None:
            self.start(name)
        self.await_ready(name)
        return self.processes[name]

    def await_ready(self, name: str) -> None:
        process = self.processes[name]
        eventually(lambda: self.is_ready(name) or process.poll() is not None)
        assert process.poll() is None, self.log(name)

    def is_ready(self, name: str) -> bool:
        if name in self.ports:
            return self.answers(name, "/readyz" if name == "web" else "/healthcheck")
        if name in _NODES:
            return bool(self.ask_worker(name).ping())
        return bool(list((self.home / "run").glob("beat-schedule*")))

    def answers(self, name: str, path: str) -> bool:
        try:
            return self.get(name, path).status_code == 200
        except requests.ConnectionError:
            return False

    def get(self, name: str, path: str, **options) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.ports[name]}{path}", timeout=30, **options)

    def ask_worker(self, name: str = "worker"):
        return self.app.control.inspect(destination=[f"{_NODES[name]}@{gethostname()}"], limit=1)

    def log(self, name: str) -> str:
        return (self.home / f"{name}.log").read_text(errors="replace")

    def is_healthy(self, name: str) -> bool:
        return self.run([sys.executable, HEALTHCHECK, name]).returncode == 0

    def close(self) -> None:
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.app.close()
        embedded.leave(self.home)
        for kind in ("postgres", "redis"):
            eventually(lambda kind=kind: self._is_stopped(kind))

    def _is_stopped(self, kind: str) -> bool:
        """A keeper holds this lock until its server has ended."""
        with (self.home / "run" / f"{kind}.keeper").open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True


@pytest.fixture(scope="session")
def house(tmp_path_factory):
    """All processes at once, as `remindersync up` runs them but the ticker, and a second Flower with a login."""
    house = House(tmp_path_factory.mktemp("procfile"))
    try:
        for name in ("web", "worker", "beat", "flower"):
            house.start(name)
        house.start("guarded flower", FLOWER_PORT=str(house.ports["guarded flower"]), FLOWER_BASIC_AUTH=":".join(LOGIN))
        yield house
    finally:
        house.close()


def test_the_procfile_names_the_processes_tested_here():
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert [line.partition(":")[0] for line in lines] == ["release", "web", "worker", "ticker", "beat", "flower"]


def test_release_lays_the_tables_out_and_says_so(house):
    assert (house.released.returncode, house.released.stderr) == (0, "")
    assert house.released.stdout.startswith("The database has version ")
    with psycopg.connect(house.servers.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM run_state").fetchone() == (0,)


def test_release_run_again_changes_nothing(house):
    again = house.run(program("release"))
    assert (again.returncode, again.stdout) == (0, house.released.stdout)


def test_web_is_ready_and_shows_its_page(house):
    house.running("web")
    assert house.get("web", "/readyz").json() == {"database": "ok", "redis": "ok"}
    assert "sign in" in house.get("web", "/").text.lower()


def test_worker_answers_and_takes_every_queue(house):
    house.running("worker")
    queues = next(iter(house.ask_worker().active_queues().values()))
    assert {queue["name"] for queue in queues} == set(names.QUEUES)


def test_ticker_takes_ticks_alone_and_ends_on_sigterm(house):
    """It ends here: the others share its home, and with it their signs of life."""
    house.start("ticker")
    process = house.running("ticker")
    queues = next(iter(house.ask_worker("ticker").active_queues().values()))
    assert [queue["name"] for queue in queues] == [names.TICKS]
    house.running("worker").send_signal(signal.SIGSTOP)
    try:
        house.running("beat")
        eventually(lambda: next(iter(house.ask_worker("ticker").stats().values()))["total"].get(names.FAN_OUT))
    finally:
        house.processes["worker"].send_signal(signal.SIGCONT)
    process.send_signal(signal.SIGTERM)
    assert process.wait(int(SERVICES["ticker"]["stop_grace_period"].removesuffix("s"))) == 0
    assert "Traceback" not in house.log("ticker")


def test_beat_ticks_and_a_worker_hears_it(house):
    house.running("worker")
    house.running("beat")
    eventually(lambda: next(iter(house.ask_worker().stats().values()))["total"].get(names.FAN_OUT))


def test_flower_lists_what_the_worker_does_in_words(house):
    for name in ("worker", "beat", "flower"):
        house.running(name)
    jobs = eventually(lambda: house.get("flower", "/tasks/datatable", params=SCREEN).json()["data"])
    assert not [job["name"] for job in jobs if job["name"].startswith("remindersync.")]
    assert "Send everybody who is due" in {job["name"] for job in jobs}
    assert {job["worker"] for job in jobs} <= {f"{node}@{gethostname()}" for node in _NODES.values()}


def test_flower_without_a_login_is_for_this_machine_only_and_steers_nothing(house):
    flower = house.running("flower")
    listening = [one for one in psutil.Process(flower.pid).net_connections() if one.status == psutil.CONN_LISTEN]
    assert {one.laddr.ip for one in listening} == {"127.0.0.1"}
    worker = next(iter(house.ask_worker().ping()))
    address = f"http://127.0.0.1:{house.ports['flower']}/api/worker/shutdown/{worker}"
    assert requests.post(address, timeout=30).status_code in {401, 403}
    assert house.ask_worker().ping()


@pytest.mark.parametrize("path", ["/", "/tasks", "/tasks/datatable", "/workers", "/api/workers", "/api/tasks"])
def test_flower_with_a_login_asks_for_it(house, path):
    house.await_ready("guarded flower")
    assert house.get("guarded flower", path, params=SCREEN).status_code == 401
    assert house.get("guarded flower", path, params=SCREEN, auth=(LOGIN[0], "wrong")).status_code == 401
    assert house.get("guarded flower", path, params=SCREEN, auth=LOGIN).status_code == 200


@pytest.mark.parametrize("name", ["web", "worker", "beat", "flower"])
def test_a_process_is_healthy_while_it_runs_and_ends_on_sigterm_leaving_nothing(house, name):
    process = house.running(name)
    eventually(lambda: house.is_healthy(name))
    process.send_signal(signal.SIGTERM)
    grace = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    # uvicorn ends as the signal would have ended it, once its requests are answered.
    assert process.wait(grace) in {0, -signal.SIGTERM}
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert "Traceback" not in house.log(name)
    # Beat's file stays: it says when each entry ran last.
    assert house.is_healthy(name) == (name == "beat")
