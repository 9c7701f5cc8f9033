"""From claims to messages on a real broker and database, and what happens without the broker (SAFE-6)."""

import base64
import json
import logging

import pytest
from celery import Celery
from sqlalchemy import text

from remindersync.coordination.server import open_redis
from remindersync.store.directory import Directory
from remindersync.store.due import Lane, SqlDue
from remindersync.store.logins import LoginGrant
from remindersync.store.vault import Vault
from tests.fixtures.waiting import eventually
from worker.configuration import configuration
from worker.dispatch import BrokerAway, Dispatcher
from worker.settings import Settings

ORG = "00D000000000001EAA"
KEYS = {"SECRET_KEY": "x" * 16, "TOKEN_KEYS": "x" * 16}


@pytest.fixture
def due(database):
    return SqlDue(database)


@pytest.fixture
def users(database):
    """Three people whose sync is on, by id."""
    directory = Directory(database, Vault(["x" * 16]))
    directory.add_team("Sales")
    return [_joined(directory, number) for number in range(1, 4)]


def _joined(directory, number):
    user = directory.add_user(f"user{number}@example.com", "Sales")
    grant = LoginGrant(ORG, f"00500000000000{number}AAA", user.email, "https://acme.my.salesforce.com", "t", "r")
    directory.connect(user.id, grant)
    directory.turn_on(user.id)
    return user.id


@pytest.fixture
def dispatcher_to(tmp_path, due):
    """Make a dispatcher to the broker at an address."""
    opened = []

    def make(url):
        app = Celery("test", set_as_current=False)
        app.config_from_object(configuration(Settings.from_env({**KEYS, "REMINDERSYNC_HOME": str(tmp_path)}), url))
        opened.append((open_redis(f"{url}/0", timeout_seconds=1), app))
        return Dispatcher(app, due, opened[-1][0], 60)

    yield make
    for redis, app in opened:
        redis.close()
        app.close()


@pytest.fixture
def dispatcher(dispatcher_to, redis, redis_url):
    return dispatcher_to(redis_url)


def messages(redis, queue):
    """Return headers and arguments of what waits in a queue, oldest first."""
    found = []
    for raw in reversed(redis.lrange(f"remindersync:{queue}", 0, -1)):
        message = json.loads(raw)
        arguments, _, _ = json.loads(base64.b64decode(message["body"]))
        found.append((message["headers"], arguments))
    return found


def test_a_page_of_claims_becomes_one_message_each(dispatcher, due, users, redis):
    claims = due.claim(500, 60)
    dispatcher.publish(claims)
    waiting = [arguments for lane in Lane for _, arguments in messages(redis, lane)]
    assert sorted(waiting) == sorted([claim.user_id, claim.claim] for claim in claims)
    assert len(waiting) == len(users)


def test_each_message_goes_to_the_queue_of_its_claim(dispatcher, due, users, redis):
    due.mark(users[:1], lane=Lane.INTERACTIVE)
    dispatcher.publish(due.claim(500, 60))
    assert [arguments[0] for _, arguments in messages(redis, "interactive")] == users[:1]


def test_flower_is_shown_a_person_and_no_id(dispatcher, users, redis):
    dispatcher.send(users[0])
    headers, _ = next(found for lane in Lane for found in messages(redis, lane))
    assert (headers["argsrepr"], headers["kwargsrepr"]) == ("(user=user1@example.com)", "")


def test_a_person_is_sent_at_once_with_a_claim_of_their_own(dispatcher, due, users, redis):
    assert dispatcher.send(users[0]) is True
    assert [claim.user_id for claim in due.claim(500, 60)].count(users[0]) == 0


def test_whoever_has_nothing_to_run_is_not_sent(dispatcher, users, redis, database):
    Directory(database, Vault(["x" * 16])).turn_off(users[0])
    assert dispatcher.send(users[0]) is False
    assert redis.keys("remindersync:sync") == []


def test_without_a_broker_an_edit_stays_due_and_is_told_once(
    dispatcher_to, stoppable_redis, due, users, caplog, monkeypatch
):
    monkeypatch.setattr("worker.dispatch._ASK_AGAIN_SECONDS", 0)
    dispatcher = dispatcher_to(stoppable_redis.url)
    stoppable_redis.stop()
    with caplog.at_level(logging.WARNING, "worker.dispatch"):
        assert [dispatcher.send(user) for user in users] == [False] * 3
    assert len([record for record in caplog.records if record.name == "worker.dispatch"]) == 1
    assert {claim.user_id for claim in due.claim(500, 60)} == set(users)


def test_claims_that_could_not_be_published_are_free_for_the_next_tick(dispatcher_to, stoppable_redis, due, users):
    dispatcher = dispatcher_to(stoppable_redis.url)
    claims = due.claim(500, 600)
    stoppable_redis.stop()
    with pytest.raises(BrokerAway, match=r"The broker does not answer \(\w+\): the next tick sends again"):
        dispatcher.publish(claims)
    assert {claim.user_id for claim in due.claim(500, 60)} == set(users)


def test_with_a_hanging_broker_an_edit_stays_due_too(dispatcher_to, stoppable_redis, due, users):
    dispatcher = dispatcher_to(stoppable_redis.url)
    stoppable_redis.freeze()
    assert dispatcher.send(users[0]) is False
    assert users[0] in {claim.user_id for claim in due.claim(500, 60)}


def test_sending_resumes_when_the_broker_is_back(dispatcher_to, stoppable_redis, users, monkeypatch):
    monkeypatch.setattr("worker.dispatch._ASK_AGAIN_SECONDS", 0)
    dispatcher = dispatcher_to(stoppable_redis.url)
    assert dispatcher.send(users[0]) is True
    stoppable_redis.stop()
    assert dispatcher.send(users[1]) is False
    stoppable_redis.start()
    eventually(lambda: dispatcher.send(users[1]))


def test_a_broker_that_is_away_is_not_asked_at_every_edit(dispatcher_to, stoppable_redis, users):
    dispatcher = dispatcher_to(stoppable_redis.url)
    stoppable_redis.stop()
    dispatcher.send(users[0])
    stoppable_redis.start()
    assert dispatcher.send(users[0]) is False


def test_a_claim_whose_message_was_lost_is_given_out_again(dispatcher, due, users, redis, database):
    lost = due.claim(500, 60)
    redis.flushall()
    with database.begin() as connection:
        connection.execute(text("UPDATE run_state SET claim_until = now()"))
    found = due.claim(500, 60)
    assert {claim.user_id for claim in found} == set(users)
    assert min(claim.claim for claim in found) > max(claim.claim for claim in lost)
