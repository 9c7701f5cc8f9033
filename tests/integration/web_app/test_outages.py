"""The web while something it stands on is away, and what it tells machines."""

import os
import signal
import socket
import subprocess
import sys

import httpx

from remindersync.store.app_reminders import AppReminders
from tests.fixtures.statements import counted_statements
from tests.fixtures.waiting import eventually
from tests.integration.web_app.conftest import Browser, built, serving


def test_alive_ready_and_counted(web, api, ada):
    assert httpx.get(f"{web}/healthz").status_code == 200
    ready = httpx.get(f"{web}/readyz")
    assert (ready.status_code, ready.json()) == (200, {"database": "ok", "redis": "ok"})
    api(ada).get("/reminders/00000000-0000-4000-8000-000000000000")
    httpx.get(f"{web}/nothing-of-the-kind")
    metrics = httpx.get(f"{web}/metrics").text
    assert 'web_requests_total{method="GET",route="/api/v1/reminders/{reminder_id}",status="404"} 1.0' in metrics
    assert "nothing-of-the-kind" not in metrics


def test_the_fleet_is_told_in_metrics_that_name_nobody(web, services, syncing_ada):
    services.tally.ran("done")
    services.tally.ticked()
    services.tally.lives("worker@somewhere")
    metrics = httpx.get(f"{web}/metrics").text
    told = {line.rsplit(" ", 1)[0] for line in metrics.splitlines() if line.startswith("remindersync_")}
    assert {
        "remindersync_database_up",
        "remindersync_redis_up",
        'remindersync_users{state="first_sync"}',
        'remindersync_due_users{queue="interactive"}',
        'remindersync_unstarted_claims{queue="sync"}',
        'remindersync_oldest_unstarted_seconds{queue="bulk"}',
        'remindersync_queue_messages{queue="interactive"}',
        "remindersync_taken_messages",
        'remindersync_runs_per_minute{outcome="done"}',
        "remindersync_workers",
        "remindersync_silent_workers",
        "remindersync_oldest_due_seconds",
        "remindersync_tick_seconds",
    } <= told
    assert "remindersync_workers 1.0" in metrics
    with counted_statements(services.database) as statements:
        assert "remindersync_workers 1.0" in httpx.get(f"{web}/metrics").text
    assert statements == [], "whoever asks often must not load the database"
    assert "ada@" not in metrics
    assert "somewhere" not in metrics


def test_edits_are_accepted_with_redis_down(settings, database_url, stoppable_redis, turn_on_in):
    with built(settings, database_url, stoppable_redis.url) as parts, serving(parts) as url:
        ada = turn_on_in(parts)
        token = parts.directory.issue_token(ada.id)
        with httpx.Client(base_url=url, timeout=30) as client:
            person = Browser(client, parts).sign_in(ada)
            stoppable_redis.stop()
            made = client.post(
                "/api/v1/reminders", json={"name": "By program"}, headers={"Authorization": f"Bearer {token}"}
            )
            added = person.post("/reminders", name="By hand")
            ready = client.get("/readyz")
        (status,) = parts.directory.status(ada.id)
    assert made.status_code == 201
    assert "Added By hand" in added.text
    assert (ready.status_code, ready.json()["redis"]) == (503, "out of reach")
    assert status.backlog == 2
    assert status.next_due_at is not None


def test_without_its_database_everything_says_so_and_nothing_breaks(settings, empty_database_url, redis, redis_url):
    away = empty_database_url.replace("/test_", "/no_such_")
    with built(settings, away, redis_url) as parts, serving(parts) as url:
        ready = httpx.get(f"{url}/readyz")
        alive, metrics = httpx.get(f"{url}/healthz"), httpx.get(f"{url}/metrics")
        refused = httpx.get(f"{url}/api/v1/reminders", headers={"Authorization": "Bearer rs_x"})
    assert (ready.status_code, ready.json()["database"]) == (503, "out of reach")
    assert alive.status_code == 200
    assert "remindersync_database_up 0.0" in metrics.text
    assert refused.status_code == 503
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "no_such" not in refused.text


def run_web(folder, **environment: str) -> subprocess.CompletedProcess[str]:
    keys = {"SECRET_KEY": "x" * 32, "TOKEN_KEYS": "y" * 32}
    whole = {"PATH": os.environ["PATH"], **keys, **environment}
    return subprocess.run(
        [sys.executable, "-m", "web"], env=whole, cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_fault_of_our_own_says_nothing_of_what_was_sent(web, api, browser, ada, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("Secret name")

    program, person = api(ada), browser(ada)
    monkeypatch.setattr(AppReminders, "list", broken)
    for answer in (program.get("/reminders"), person.get("/")):
        assert answer.status_code == 500
        assert "Secret name" not in answer.text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert program.get("/reminders").headers["Content-Type"] == "application/problem+json"


def test_a_wrong_setting_or_an_absent_server_stops_the_program_with_one_sentence(tmp_path, database_url, redis_url):
    servers = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    nowhere = "postgresql://somebody@127.0.0.1:1/nothing"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refusals = {
            "PORT is 'eighty': set it to a whole number": run_web(tmp_path, **servers, PORT="eighty"),
            f"The web cannot listen on port {port}": run_web(tmp_path, **servers, PORT=port),
            "does not answer: start PostgreSQL": run_web(tmp_path, **servers | {"DATABASE_URL": nowhere}, PORT=port),
        }
    for sentence, done in refusals.items():
        assert done.returncode == 1
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
        assert done.stdout == ""


def test_the_program_serves_until_it_is_told_to_stop(tmp_path, database_url, redis_url):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    keys = {"SECRET_KEY": "x" * 32, "TOKEN_KEYS": "y" * 32, "DATABASE_URL": database_url, "REDIS_URL": redis_url}
    environment = {"PATH": os.environ["PATH"], "PORT": str(port), **keys}
    with subprocess.Popen([sys.executable, "-m", "web"], env=environment, cwd=tmp_path, stderr=subprocess.PIPE) as web:
        eventually(lambda: answers(port) or web.poll() is not None)
        assert httpx.get(f"http://127.0.0.1:{port}/readyz").json() == {"database": "ok", "redis": "ok"}
        web.send_signal(signal.SIGINT)
        _, said = web.communicate()
    assert web.returncode == 0
    assert b"Traceback" not in said


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False
