"""What becomes of a reminder whose Task was deleted, restored or given away, told by the feed alone."""

import pytest

from tests.integration.org_feed.conftest import SALESFORCE_IDS, STRANGER


def test_a_deletion_arrives_with_the_feed(pair):
    task = pair.imported("Call Bea")
    pair.person("user0").delete(task)
    pair.tick()
    report = pair.sync("user0")
    assert (report.counts.deleted_here, report.calls) == (1, 0)


def test_a_hard_deletion_is_found_in_the_deletion_log(pair):
    task = pair.imported("Call Bea")
    pair.sim.door.hard_delete(task)
    assert pair.tick().staged == 0
    pair.advance(120)
    assert pair.tick(check=True).staged == 1
    assert pair.sync("user0").counts.deleted_here == 1
    assert pair.link_state("Call Bea") == "deleted"


def test_what_was_hard_deleted_before_the_feed_began_is_found(world):
    world.join("user0")
    world.sync()
    task = world.person("user0").create(Subject="Call Bea")
    world.advance(20)
    world.sync()
    world.sim.door.hard_delete(task)
    world.advance(3600)
    world.connect_team()
    assert world.tick().staged == 1
    assert world.sync().counts.deleted_here == 1


def test_an_undeleted_task_in_the_log_stays(pair):
    task = pair.imported("Call Bea")
    pair.person("user0").delete(task)
    pair.person("user0").undelete(task)
    pair.advance(120)
    pair.tick(check=True)
    pair.sync("user0")
    assert pair.reminder("Call Bea")[0].deleted_at is None


@pytest.mark.parametrize("order", [("user0", "user1"), ("user1", "user0")])
def test_a_task_given_to_another_user_takes_its_reminder_with_it(pair, order):
    task = pair.imported("Call Bea")
    pair.person("user0").update(task, OwnerId=SALESFORCE_IDS["user1"])
    pair.tick()
    assert sorted(pair.staged()) == [(task, "user0"), (task, "user1")]
    before = pair.calls()
    pair.sync(*order)
    pair.sync(*order)
    assert pair.reminder("Call Bea")[1] == "user1"
    assert pair.calls() == before


def test_a_task_given_away_and_back_sleeps_and_wakes_at_once(pair):
    task = pair.imported("Call Bea")
    pair.person("user0").update(task, OwnerId=STRANGER)
    pair.tick()
    pair.sync("user0")
    assert pair.link_state("Call Bea") == "asleep"
    pair.person("root").update(task, OwnerId=SALESFORCE_IDS["user0"])
    pair.tick()
    assert pair.woken() == {"user0"}
    pair.sync("user0")
    assert pair.link_state("Call Bea") == "active"
