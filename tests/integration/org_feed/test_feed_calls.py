"""What reading an org costs, and whom its changes wake: calls grow with readings, never with users."""

import pytest

from remindersync.model import Outcome
from remindersync.org_feed import OrgFeed
from remindersync.pace import FeedPace
from tests.integration.org_feed.conftest import NAMES, SALESFORCE_IDS


def test_idle_users_cost_no_calls(world):
    world.join(*NAMES)
    world.connect_team()
    world.settle()
    for _ in range(5):
        assert world.tick().outcome is Outcome.DONE
        assert {report.calls for report in world.sync()} == {0}
    assert world.calls() == 5


def test_calls_grow_with_ticks_and_not_with_changes_made_there(world):
    world.join(*NAMES)
    world.connect_team()
    world.settle()
    for name in NAMES:
        world.person(name).create(Subject=f"of {name}", OwnerId=SALESFORCE_IDS[name])
    world.tick()
    assert world.woken() == set(NAMES)
    world.sync()
    assert {world.reminder(f"of {name}")[1] for name in NAMES} == set(NAMES)
    assert world.calls() == 1


def test_without_a_feed_every_run_asks_for_itself(world):
    world.join(*NAMES)
    world.sync()
    world.sync()
    world.sim.door.reset_counters()
    world.advance(20)
    world.sync()
    assert world.calls() == len(NAMES)


def test_a_fed_user_rests_as_long_as_an_idle_one(pair):
    pair.tick()
    pair.sync("user0")
    (row,) = pair.rows(
        "SELECT poll_seconds, extract(epoch FROM next_due_at - now()) AS rest FROM run_state WHERE user_id = :id",
        id=pair.ids["user0"],
    )
    assert row.poll_seconds == 900
    assert 890 <= row.rest <= 990


def test_a_change_wakes_only_whom_it_concerns_and_costs_them_no_call(pair):
    pair.person("user0").create(Subject="Call Bea")
    assert pair.tick().staged == 1
    assert pair.woken() == {"user0"}
    report = pair.sync("user0")
    assert (report.counts.created_here, report.calls) == (1, 0)
    assert pair.staged() == []


def test_other_peoples_rows_are_not_stored(pair):
    pair.person("stranger").create(Subject="Private")
    assert pair.tick().staged == 0
    assert pair.rows("SELECT 1 FROM task_changes UNION ALL SELECT 1 FROM task_sightings") == []
    assert pair.woken() == set()


def test_a_row_already_seen_wakes_nobody_when_it_is_swept(pair):
    task = pair.person("user0").create(Subject="Call Bea")
    pair.tick()
    pair.sync("user0")
    pair.do("UPDATE run_state SET next_due_at = now() + interval '1 hour'")
    # The second reading sweeps the row: 15 minutes behind the front of the first.
    assert [pair.tick(seconds=1000).staged for _ in range(2)] == [0, 0]
    assert pair.woken() == set()
    pair.person("user0").update(task, Priority="High")
    assert pair.tick().staged == 1


def test_an_org_that_is_not_due_is_not_read(pair):
    feed = OrgFeed(pair.parts(pace=FeedPace(60, 900)))
    assert feed.read(pair.team.id).wait_seconds == 60
    assert (feed.due(), feed.read(pair.team.id).outcome) == ([], Outcome.OFF)


def test_a_team_in_which_nobody_syncs_is_not_read(pair):
    for user in pair.ids.values():
        pair.directory.turn_off(user)
    assert pair.feed.due() == []


def test_one_reader_at_a_time(pair):
    lease = pair.locks.acquire(f"org:{pair.team.id}")
    assert pair.tick().outcome is Outcome.BUSY
    lease.release()
    assert pair.tick().outcome is Outcome.DONE
    assert pair.calls() == 1


def test_allowance_stretches_the_interval(pair):
    feed = OrgFeed(pair.parts(pace=FeedPace(15, 900), calls_left=lambda _org: 1728))
    assert feed.read(pair.team.id).wait_seconds == pytest.approx(100)
