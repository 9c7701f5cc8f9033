"""The pipeline on real nodes: a broker and a worker in processes or containers of their own, killed and restarted."""

import pytest
from sqlalchemy import text

from remindersync.store.intake import Draft
from tests.fixtures.salesforce import ADA, BEN, USERNAMES
from tests.fixtures.waiting import eventually

pytestmark = pytest.mark.processes


def test_the_nodes_are_ready(celery_setup):
    assert celery_setup.ready(ping=False, control=True, docker=True)


@pytest.mark.parametrize("worker_pool", ["threads", "prefork"])
def test_one_tick_brings_everybodys_tasks_in(worker_pool, team, ada, ben):
    team.sim.door.as_user(USERNAMES[ADA]).create(Subject="Call Lea", Status="Not Started", Priority="Normal")
    team.sim.door.as_user(USERNAMES[BEN]).create(Subject="Write to Max", Status="Not Started", Priority="Normal")
    team.tick()
    eventually(lambda: (team.in_app(ada), team.in_app(ben)) == ({"Call Lea"}, {"Write to Max"}))


def test_an_edit_here_is_in_salesforce_without_a_tick(team, ada):
    team.ticking(lambda: "done" in team.outcomes(ada))
    actor = team.directory.user_by_id(ada)
    changed = team.reminders.create(actor, Draft(name="Visit the Byrons"))
    assert team.dispatcher.send(changed.due_user_id)
    eventually(lambda: [task["Subject"] for task in team.sim.door.tasks()] == ["Visit the Byrons"])


def test_a_message_that_comes_again_does_nothing(team, ada):
    claim = team.claim(ada)
    team.dispatcher.publish([claim])
    eventually(lambda: team.lines("synced", ada, "outcome=done"))
    team.dispatcher.publish([claim])
    eventually(lambda: team.lines("synced", ada, "outcome=stale_claim"))
    assert team.outcomes(ada) == ["done"]


def test_a_message_that_comes_twice_at_once_runs_once(team, ada):
    claim = team.claim(ada)
    team.dispatcher.publish([claim, claim])
    eventually(lambda: len(team.lines("synced", ada)) == 2)
    # One of the two may have found the other at the lock, and left its work to the next tick.
    team.ticking(lambda: "done" in team.outcomes(ada))
    assert team.outcomes(ada) == ["done"]


def test_a_message_with_an_outlived_claim_does_nothing(team, ada):
    old = team.claim(ada)
    team.claim(ada)
    team.dispatcher.publish([old])
    eventually(lambda: team.lines("synced", ada, "outcome=stale_claim"))
    assert "done" not in team.outcomes(ada)


def test_a_user_whose_lock_is_taken_is_run_again_afterwards(team, ada):
    lease = team.locks.acquire(f"user:{ada}")
    team.dispatcher.send(ada)
    eventually(lambda: team.lines("synced", ada, "outcome=busy"))
    lease.release()
    team.ticking(lambda: "done" in team.outcomes(ada))


def test_a_run_killed_in_the_middle_is_taken_up_again(team, ada):
    """No message is needed for that: the claim's lease ends in the database, and the next tick sends the user."""
    team.sim.door.as_user(USERNAMES[ADA]).create(Subject="Call Lea", Status="Not Started", Priority="Normal")
    team.sim.door.add_fault("slow", seconds=20)
    team.tick()
    eventually(lambda: team.requests.runs_of(ada)[0].state == "running")
    team.setup.worker.die()
    team.sim.door.clear_faults()
    _let_two_minutes_pass(team)
    team.setup.worker.begin_again()
    team.ticking(lambda: team.in_app(ada) == {"Call Lea"})


def test_a_message_lost_on_the_way_is_sent_anew(team, ada):
    team.due.claim(500, 1)
    team.ticking(lambda: "done" in team.outcomes(ada))


def test_a_restart_of_redis_loses_no_work(team, ada):
    team.ticking(lambda: "done" in team.outcomes(ada))
    team.setup.broker.restart()
    team.sim.door.as_user(USERNAMES[ADA]).create(Subject="Call Lea", Status="Not Started", Priority="Normal")
    eventually(lambda: team.dispatcher.send(ada))
    eventually(lambda: team.in_app(ada) == {"Call Lea"})


def test_an_emptied_redis_loses_no_work(team, ada):
    team.setup.broker.container.client.flushall()
    team.ticking(lambda: "done" in team.outcomes(ada))


def test_messages_and_logs_tell_who_but_nothing_private(team, ada):
    team.sim.door.as_user(USERNAMES[ADA]).create(Subject="Very private", Description="More so", Status="Not Started")
    team.ticking(lambda: "Very private" in team.in_app(ada))
    eventually(lambda: team.lines("synced", ada, "changed="))
    assert "private" not in team.log()
    assert "More so" not in team.log()


def _let_two_minutes_pass(team):
    """End the lease of the run that was begun, and the locks that the dead process held."""
    with team.database.begin() as connection:
        connection.execute(text("UPDATE run_state SET claim_until = now()"))
    redis = team.setup.broker.container.client
    for database in (0, 2):
        redis.select(database)
        for key in redis.scan_iter("remindersync:lock:*"):
            redis.pexpire(key, 1)
