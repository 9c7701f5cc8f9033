"""The processes and the tables: `db`, `orgsim` and `up` do what their help says."""

import json
import signal

import psutil
import pytest
import requests
from celery.utils.nodenames import gethostname

from tests.fixtures.waiting import eventually
from tests.system.commands import KEYS, WAIT_SECONDS
from worker import redis_server


def test_db_upgrade_makes_the_tables_once_and_db_status_tells_their_version(line, empty_database_url, redis_url):
    line = line.knowing(**KEYS, DATABASE_URL=empty_database_url, REDIS_URL=redis_url)
    before = line.run("db", "status", "--json")
    assert (before.code, '"version": null' in before.out) == (1, True)
    made = line.run("db", "upgrade", "--json").json()
    assert set(made) == {"version"}
    assert line.run("db", "upgrade", "--json").json() == made
    told = line.run("db", "status", "--json").json()
    assert (told["version"], told["needed"]) == (made["version"], made["version"])
    assert [sentence.split()[0] for sentence in told["servers"]] == ["PostgreSQL", "Redis"]
    assert f"version {made['version']}" in line.run("db", "status").told()


def test_no_command_shows_a_password(office, office_settings):
    password = office_settings["REDIS_URL"].split(":")[2].split("@")[0]
    assert password not in office.line.run("db", "status").told()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_orgsim_serves_until_it_is_told_to_end(line, number):
    running = line.start("orgsim", "--port", "0", "--sample", "--json")
    try:
        eventually(lambda: running.says("}"), give_up_seconds=WAIT_SECONDS)
        address = json.loads(running.output())["url"]
        assert requests.get(address, timeout=WAIT_SECONDS).ok
        running.process.send_signal(number)
        assert running.process.wait(WAIT_SECONDS) == 0
    finally:
        running.process.kill()
        running.process.wait()


def test_up_runs_every_process_on_the_configured_servers_until_ctrl_c(line, office_settings):
    port, flower = redis_server.free_port(), redis_server.free_port()
    # Flower and the Procfile know nothing of the file: `up` hands it on.
    (line.folder / ".env").write_text(f"FLOWER_PORT={flower}\n")
    running = line.knowing(**office_settings, PORT=str(port)).start("up", "--json")
    try:
        eventually(lambda: running.says("PostgreSQL is the one at"), give_up_seconds=WAIT_SECONDS)
        for address in (f"http://127.0.0.1:{port}/readyz", f"http://127.0.0.1:{flower}/"):
            eventually(lambda address=address: running.says("") and _answers(address), give_up_seconds=WAIT_SECONDS)
        for node in ("celery", "ticker"):
            eventually(lambda node=node: running.says(f"{node}@{gethostname()} ready."), give_up_seconds=WAIT_SECONDS)
        children = psutil.Process(running.process.pid).children(recursive=True)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(WAIT_SECONDS) == 0
    finally:
        running.process.kill()
        running.process.wait()
    assert len(children) >= 5
    told = [json.loads(one) for one in running.output().splitlines()]
    assert list(told[0]) == ["servers"]
    assert {one["process"] for one in told[1:]} == {"web", "worker", "ticker", "beat", "flower"}
    eventually(lambda: not any(child.is_running() for child in children))
    assert not (line.home / "postgres").exists()


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False
