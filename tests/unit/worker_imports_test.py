"""What a process loads: a command, the web and a worker only what they work with."""

import json
import os
import subprocess
import sys

import pytest

from worker.cli import cli

_TELL = "import json, sys; print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
SERVERS = {"alembic", "celery", "fastapi", "kombu", "psycopg", "pydantic", "redis", "rich", "sqlalchemy", "starlette"}


def loaded(code: str) -> set[str]:
    """The modules of a new process that ran this."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr.splitlines()[-1]))


def command(*arguments: str) -> str:
    line = ["remindersync", *arguments]
    return f"import sys, atexit; sys.argv = {line!r}\n@atexit.register\ndef tell():\n    {_TELL}\nfrom worker.cli import main; main()"


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("resync", "--help"), ("users", "list", "--help")])
def test_help_and_version_load_nothing_that_talks_to_servers(arguments):
    assert {name.partition(".")[0] for name in loaded(command(*arguments))} & SERVERS == set()


def test_the_version_loads_no_command():
    assert {name for name in loaded(command("--version")) if name.startswith("worker.cli.")} == set()


def test_every_command_is_found_by_the_name_it_is_listed_under():
    names = cli.list_commands(None)
    assert names == sorted(names)
    assert [cli.get_command(None, name).name for name in names] == names


def test_the_web_loads_nothing_that_runs_sync():
    found = loaded(f"import web.__main__; {_TELL}")
    assert found & {"remindersync.engine", "remindersync.org_feed", "remindersync.auditor", "worker.bootsteps"} == set()


def test_a_worker_loads_what_jobs_need_before_it_forks_and_other_processes_do_not(monkeypatch, tmp_path):
    for name, value in (("SECRET_KEY", "x" * 16), ("TOKEN_KEYS", "x" * 16), ("REMINDERSYNC_HOME", str(tmp_path))):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/app")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1")
    jobs = {"remindersync.engine", "remindersync.org_feed", "simple_salesforce", "pydantic"}
    assert loaded(f"import worker.celery; {_TELL}") & jobs == set()
    assert loaded(f"import worker.celery, worker.startup as it; it.load(); {_TELL}") >= jobs


def test_a_worker_loads_nothing_of_the_web():
    found = loaded(f"import worker.app, worker.signals, worker.services; worker.services.Services; {_TELL}")
    assert {name.partition(".")[0] for name in found} & {"web", "fastapi", "starlette", "jinja2", "uvicorn"} == set()
