"""What a reading could pass over and does not: late rows, many of one stamp, and gaps in the deletion log."""

from remindersync.model import Outcome
from remindersync.org_feed import OrgFeed
from tests.integration.org_feed.conftest import SALESFORCE_IDS


def test_a_row_that_becomes_visible_late_is_found_by_the_sweep(pair):
    pair.sim.door.add_fault("late", kind="ui", seconds=300)
    pair.person("user0").create(Subject="In a long transaction")
    assert pair.tick(seconds=30).staged == 0
    assert pair.tick(seconds=400).staged == 0
    assert [pair.tick(seconds=600).staged for _ in range(2)].count(1) == 1
    pair.sync("user0")
    assert pair.reminder("In a long transaction")[1] == "user0"


def test_2001_rows_of_one_stamp_are_all_read(pair):
    _one_stamp(pair, 2001)
    assert pair.tick().staged == 2001
    assert pair.calls() == 2
    pair.sync("user0")
    assert pair.rows("SELECT count(*) FROM reminders")[0][0] == 2001


def test_a_slice_that_ends_among_rows_of_one_stamp_gets_on(pair):
    _one_stamp(pair, 2001)
    feed = OrgFeed(pair.parts(), slice_seconds=0)
    outcomes = []
    while not outcomes or outcomes[-1] is Outcome.MORE:
        outcomes.append(feed.read(pair.team.id).outcome)
        assert len(outcomes) < 5
    assert outcomes[-1] is Outcome.DONE
    assert len(pair.staged()) == 2001


def _one_stamp(world, count):
    stamp = world.clock.now().isoformat()
    owner = SALESFORCE_IDS["user0"]
    world.sim.door.put_tasks(
        [
            {"Subject": f"Row {n}", "OwnerId": owner, "SystemModstamp": stamp, "LastModifiedDate": stamp}
            for n in range(count)
        ]
    )
    world.advance(5)


def test_a_gap_beyond_the_deletion_log_leads_to_a_full_re_read(pair):
    pair.imported("Call Bea")
    pair.advance(16 * 86_400)
    assert pair.tick().outcome is Outcome.DONE
    kinds = pair.rows("SELECT kind FROM runs WHERE state = 'queued'")
    assert [row.kind for row in kinds] == ["full", "full"]
    assert pair.woken() == {"user0", "user1"}
    assert all(report.calls > 0 for report in pair.sync("user0", "user1"))
    pair.sim.door.reset_counters()
    pair.tick()
    pair.sync()
    assert pair.calls() == 1


def test_a_purged_deletion_log_leads_to_a_full_re_read(pair):
    pair.sim.door.add_fault("error", code="INVALID_REPLICATION_DATE", status=400, path="/deleted")
    pair.advance(300)
    assert pair.tick(check=True).outcome is Outcome.DONE
    assert [row.kind for row in pair.rows("SELECT kind FROM runs WHERE state = 'queued'")] == ["full", "full"]
