"""The Celery app: how it is set up, and that importing it does nothing yet."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from celery.app.base import Celery

from tasks import names
from worker.configuration import FAN_OUT_SECONDS, configuration
from worker.settings import Settings

ROOT = Path(__file__).parents[2]


def app(tmp_path, redis_url="redis://:pass@127.0.0.1:1"):
    made = Celery("test", set_as_current=False)
    keys = {"SECRET_KEY": "x" * 16, "TOKEN_KEYS": "x" * 16, "REMINDERSYNC_HOME": str(tmp_path)}
    made.config_from_object(configuration(Settings.from_env(keys), redis_url))
    return made


def test_importing_the_app_reads_no_setting_and_starts_nothing(tmp_path):
    code = "import worker.app, worker.services; assert not worker.app.app.configured"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=True)
    assert list(tmp_path.iterdir()) == []


def test_only_json_is_taken_and_sent(tmp_path):
    conf = app(tmp_path).conf
    assert (conf.accept_content, conf.task_serializer, conf.result_serializer) == (["json"], "json", "json")


def test_jobs_really_run_on_workers(tmp_path):
    assert app(tmp_path).conf.task_always_eager is False


def test_a_job_ends_long_before_its_message_would_come_again(tmp_path):
    conf = app(tmp_path).conf
    again = conf.broker_transport_options["visibility_timeout"]
    assert conf.task_soft_time_limit < conf.task_time_limit < again / 2


def test_each_queue_gets_its_own_messages_only(tmp_path):
    made = app(tmp_path)
    assert {queue.name: queue.routing_key for queue in made.amqp.queues.values()} == {
        name: name for name in names.QUEUES
    }


def test_ticks_wait_behind_nothing_but_ticks(tmp_path):
    made = app(tmp_path)
    assert made.amqp.router.route({}, names.FAN_OUT)["queue"].name == names.TICKS
    assert made.amqp.router.route({}, names.SYNC_USER)["queue"].name == names.SYNC
    queues = {name: entry["options"].get("queue") for name, entry in made.conf.beat_schedule.items()}
    assert {name for name, queue in queues.items() if queue == names.TICKS} == {"fan out", "read orgs", "send webhooks"}


def test_what_a_tick_hands_on_does_not_wait_among_ticks(tmp_path):
    router = app(tmp_path).amqp.router
    assert router.route({}, names.READ_ORG)["queue"].name == names.INTERACTIVE
    assert router.route({}, names.SEND_WEBHOOKS)["queue"].name == names.SYNC


def test_a_tick_is_over_before_the_next_one_comes(tmp_path):
    tick = app(tmp_path).conf.beat_schedule["fan out"]
    assert tick["schedule"] == FAN_OUT_SECONDS
    assert tick["options"]["expires"] < FAN_OUT_SECONDS


def test_broker_results_and_locks_do_not_share_a_database(tmp_path):
    conf = app(tmp_path).conf
    assert (conf.broker_url[-2:], conf.result_backend[-2:]) == ("/0", "/1")


def test_the_procfile_names_every_process_once():
    lines = (ROOT / "Procfile").read_text().splitlines()
    assert [re.match(r"(\w+): \S", line)[1] for line in lines] == [
        "release",
        "web",
        "worker",
        "ticker",
        "beat",
        "flower",
    ]


@pytest.mark.parametrize(("given", "read"), [("", "5555"), ("5556", "5556")])
def test_flower_is_given_a_port_also_where_an_empty_one_is_set(tmp_path, given, read):
    code = "import os, sys; sys.argv.append('flower'); import worker.celery; print(os.environ['FLOWER_PORT'])"
    keys = {"SECRET_KEY": "x" * 16, "TOKEN_KEYS": "x" * 16, "REMINDERSYNC_HOME": str(tmp_path)}
    servers = {"DATABASE_URL": "postgresql://127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1"}
    environ = {"PYTHONPATH": str(ROOT), "FLOWER_PORT": given, **keys, **servers}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.stderr) == ([read], "")
