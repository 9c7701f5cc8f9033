"""A worker or beat that could not work says so in one sentence and ends with 1 (SAFE-4)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEYS = {"SECRET_KEY": "x" * 16, "TOKEN_KEYS": "x" * 16}
WORKER, BEAT = ["worker", "--pool=solo"], ["beat"]

pytestmark = pytest.mark.processes


@pytest.fixture
def outcome_of(tmp_path):
    """Run a Celery command to its end; return its exit code and what it said, line by line."""

    def run(arguments, **environ):
        done = subprocess.run(
            [sys.executable, "-m", "celery", "-A", "worker", *arguments],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "REMINDERSYNC_HOME": str(tmp_path), **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr.splitlines()

    return run


@pytest.mark.parametrize("command", [WORKER, BEAT])
def test_without_its_keys(outcome_of, command):
    code, said = outcome_of(command)
    assert code == 1
    assert len(said) == 1
    assert said[0].startswith("SECRET_KEY is not set:")


@pytest.mark.parametrize("command", [WORKER, BEAT])
def test_with_a_database_that_has_no_tables_yet(outcome_of, command, empty_database_url, redis_url):
    code, said = outcome_of(command, **KEYS, DATABASE_URL=empty_database_url, REDIS_URL=redis_url)
    assert code == 1
    assert said[-1].endswith("run `remindersync db upgrade`.")
    assert "Traceback" not in "".join(said)


def test_without_a_database(outcome_of, redis_url):
    code, said = outcome_of(WORKER, **KEYS, DATABASE_URL="postgresql://127.0.0.1:1/app", REDIS_URL=redis_url)
    assert code == 1
    assert len(said) == 1
    assert "127.0.0.1" in said[0]


def test_without_redis(outcome_of, database_url):
    code, said = outcome_of(WORKER, **KEYS, DATABASE_URL=database_url, REDIS_URL="redis://127.0.0.1:1")
    assert code == 1
    assert said == [
        "Redis at 127.0.0.1:1 does not answer (ConnectionError): start it or correct REDIS_URL.",
    ]


def test_with_the_wrong_password_for_redis(outcome_of, database_url, redis_url):
    wrong = f"redis://:wrong@{redis_url.rpartition('@')[2]}"
    code, said = outcome_of(WORKER, **KEYS, DATABASE_URL=database_url, REDIS_URL=wrong)
    assert code == 1
    assert said[0].endswith("refused the password in REDIS_URL: correct it.")


def test_with_a_redis_that_may_drop_keys(outcome_of, database_url, redis, redis_url):
    redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        code, said = outcome_of(WORKER, **KEYS, DATABASE_URL=database_url, REDIS_URL=redis_url)
    finally:
        redis.config_set("maxmemory-policy", "noeviction")
    assert code == 1
    assert said[0].endswith("set it to noeviction.")


def test_with_a_login_server_that_is_not_salesforces(outcome_of, database_url, redis_url):
    code, said = outcome_of(
        WORKER,
        **KEYS,
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        SALESFORCE_LOGIN_URL="https://login.example.com",
    )
    assert code == 1
    assert len(said) == 1
    assert "login.example.com" in said[0]
