"""The web while something it stands on is away, and what it tells machines."""

import os
import subprocess
import sys
from dataclasses import replace

import httpx

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
    with built(replace(settings), away, redis_url) as parts, serving(parts) as url:
        ready = httpx.get(f"{url}/readyz")
        alive = httpx.get(f"{url}/healthz")
        refused = httpx.get(f"{url}/api/v1/reminders", headers={"Authorization": "Bearer rs_x"})
    assert (ready.status_code, ready.json()["database"]) == (503, "out of reach")
    assert alive.status_code == 200
    assert refused.status_code == 503
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "no_such" not in refused.text


def test_a_wrong_setting_stops_the_program_with_one_sentence(tmp_path):
    environment = {"PATH": os.environ["PATH"], "PORT": "eighty", "SECRET_KEY": "x" * 32, "TOKEN_KEYS": "y" * 32}
    done = subprocess.run(
        [sys.executable, "-m", "web"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "PORT is 'eighty': set it to a whole number from 1 to 65535."
    assert done.stdout == ""
