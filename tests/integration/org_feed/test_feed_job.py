"""The org feed put together as a worker has it: settings, Redis, PostgreSQL and an org in a box."""

import json

import pytest
from celery import Celery

from tasks import names
from worker import services as composition
from worker.configuration import configuration
from worker.embedded import Server, Servers
from worker.settings import Settings


@pytest.fixture
def app(world, redis, redis_url, database_url, tmp_path):
    """An app whose services are a worker's, and whose queues nobody reads."""
    keys = {"SECRET_KEY": "x" * 16, "TOKEN_KEYS": "a key for tests: long enough", "REMINDERSYNC_HOME": str(tmp_path)}
    host = world.sim.url.removeprefix("http://")
    settings = Settings.from_env(keys | {"SALESFORCE_LOGIN_URL": world.sim.url, "SALESFORCE_ALLOWED_HOSTS": host})
    built = composition.build(settings, Servers(Server(database_url, "a test"), Server(redis_url, "a test")))
    made = Celery("test", set_as_current=False, include=["tasks.read_org"])
    made.config_from_object(configuration(settings, redis_url))
    made.services = lambda: built
    made.loader.import_default_modules()
    made.finalize()
    yield made
    made.close()
    built.close()


def test_a_tick_s_job_reads_the_org_and_wakes_whom_it_concerns(world, app, redis):
    world.join("user0")
    world.connect_team()
    app.tasks[names.READ_ORG]()
    (message,) = [json.loads(raw) for raw in redis.lrange(f"remindersync:{names.INTERACTIVE}", 0, -1)]
    assert (message["headers"]["task"], message["headers"]["argsrepr"]) == (names.READ_ORG, "(team=Sales)")
    app.tasks[names.READ_ORG](world.team.id)
    world.sync()
    world.advance(20)
    world.sync()
    world.person("user0").create(Subject="Call Bea")
    world.do("UPDATE org_cursors SET next_due_at = now()")
    world.do("UPDATE run_state SET next_due_at = now() + interval '1 hour', again_at = NULL")
    app.tasks[names.READ_ORG](world.team.id)
    assert world.woken() == {"user0"}
    world.sim.door.reset_counters()
    assert world.sync().counts.created_here == 1
    assert world.calls() == 0


def test_a_job_that_comes_twice_reads_once(world, app):
    world.join("user0")
    world.connect_team()
    app.tasks[names.READ_ORG](world.team.id)
    calls = world.calls()
    app.tasks[names.READ_ORG](world.team.id)
    assert world.calls() == calls
