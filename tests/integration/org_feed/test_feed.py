"""The org feed: calls grow with changes, nothing is missed, and nobody is served by a feed that may miss something."""

import pytest

from remindersync.errors import Superseded
from remindersync.model import Outcome
from remindersync.org_feed import OrgFeed
from remindersync.pace import FeedPace
from tests.integration.org_feed.conftest import NAMES, SALESFORCE_IDS, STRANGER


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


# ── Deletions ──


def test_a_deletion_arrives_with_the_feed(pair):
    task = _imported(pair, "Call Bea")
    pair.person("user0").delete(task)
    pair.tick()
    report = pair.sync("user0")
    assert (report.counts.deleted_here, report.calls) == (1, 0)


def test_a_hard_deletion_is_found_in_the_deletion_log(pair):
    task = _imported(pair, "Call Bea")
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
    task = _imported(pair, "Call Bea")
    pair.person("user0").delete(task)
    pair.person("user0").undelete(task)
    pair.advance(120)
    pair.tick(check=True)
    pair.sync("user0")
    assert pair.reminder("Call Bea")[0].deleted_at is None


def _imported(world, subject, owner="user0"):
    task = world.person(owner).create(Subject=subject)
    world.tick()
    world.sync(owner)
    assert world.reminder(subject)[1] == owner
    world.do("UPDATE run_state SET next_due_at = now() + interval '1 hour', again_at = NULL")
    world.advance(20)
    return task


# ── Owners ──


@pytest.mark.parametrize("order", [("user0", "user1"), ("user1", "user0")])
def test_a_task_given_to_another_user_takes_its_reminder_with_it(pair, order):
    task = _imported(pair, "Call Bea")
    pair.person("user0").update(task, OwnerId=SALESFORCE_IDS["user1"])
    pair.tick()
    assert pair.staged() == [(task, "user0"), (task, "user1")] or len(pair.staged()) == 2
    before = pair.calls()
    pair.sync(*order)
    pair.sync(*order)
    assert pair.reminder("Call Bea")[1] == "user1"
    assert pair.calls() == before


def test_a_task_given_away_and_back_sleeps_and_wakes_at_once(pair):
    task = _imported(pair, "Call Bea")
    pair.person("user0").update(task, OwnerId=STRANGER)
    pair.tick()
    pair.sync("user0")
    assert pair.link_state("Call Bea") == "asleep"
    pair.person("root").update(task, OwnerId=SALESFORCE_IDS["user0"])
    pair.tick()
    assert pair.woken() == {"user0"}
    pair.sync("user0")
    assert pair.link_state("Call Bea") == "active"


# ── Own writes and edits ──


def test_what_changed_there_since_the_last_tick_is_not_overwritten_unseen(pair):
    task = _imported(pair, "Call Bea")
    pair.tick()
    pair.person("user0").update(task, Description="written there just now")
    pair.advance(5)
    pair.edit("Call Bea", priority="high")
    pair.sync("user0")
    assert pair.reminder("Call Bea")[0].details == "written there just now"
    stored = pair.sim.door.task(task)
    assert (stored["Priority"], stored["Description"]) == ("High", "written there just now")


def test_a_staged_row_read_before_our_own_write_is_not_used(pair):
    task = _imported(pair, "Call Bea")
    pair.person("user0").update(task, Subject="Named there")
    pair.tick()
    pair.sync("user0")
    pair.advance(20)
    pair.person("user0").update(task, Priority="High")
    pair.tick()
    _write_as_if_by_a_run(pair, task, Priority="Normal")
    report = pair.sync("user0")
    assert report.calls == 1
    assert pair.reminder("Named there")[0].priority == "normal"
    assert pair.staged() == []


def _write_as_if_by_a_run(world, task, **values):
    """Write a value that the link knows as our own, after the feed's last reading."""
    world.advance(5)
    world.person("user0").update(task, **values)
    world.do("UPDATE links SET own_write_at = :at WHERE task_id = :task", at=world.clock.now(), task=task)
    world.advance(5)


def test_a_new_reminder_is_created_and_its_echo_changes_nothing(pair):
    pair.add("Send offer", "user0")
    assert pair.sync("user0").counts.created_there == 1
    pair.tick()
    assert pair.woken() == {"user0"}
    report = pair.sync("user0")
    assert (report.counts.changed, report.calls) == (0, 0)
    assert pair.staged() == []


def test_a_record_that_is_held_is_tried_again_when_its_time_has_come(pair):
    pair.add("Send offer", "user0")
    pair.sim.door.add_fault("record_error", code="SERVER_UNAVAILABLE", where={"Subject": "Send offer"})
    pair.sync("user0")
    pair.tick(seconds=5)
    assert pair.sync("user0").calls == 0
    (row,) = pair.rows(
        "SELECT s.next_due_at = r.hold_until AS then FROM reminders r JOIN run_state s ON s.user_id = r.owner_id"
    )
    assert row.then
    pair.advance(60)
    assert pair.sync("user0").counts.created_there == 1


# ── Statements and crashes ──


def test_a_fed_run_that_finds_nothing_writes_its_start_and_its_end(pair, statements):
    pair.tick()
    del statements[:]
    pair.sync("user0")
    writes = [one for one in statements if not one.startswith("SELECT")]
    # The third takes what others handed over: here none, so it changes no row.
    assert len([one for one in writes if "handovers" not in one]) == 2
    assert pair.calls() == 1


def test_rows_marks_and_the_cursor_come_together_or_not_at_all(pair, monkeypatch):
    pair.person("user0").create(Subject="Call Bea")
    before = pair.rows("SELECT front, swept FROM org_cursors")

    def crash(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("remindersync.store.org_book.mark_due", crash)
        with pytest.raises(KeyboardInterrupt):
            pair.tick()
    assert (pair.staged(), pair.rows("SELECT front, swept FROM org_cursors")) == ([], before)
    assert pair.rows("SELECT 1 FROM task_sightings") == []
    pair.do("UPDATE org_cursors SET next_due_at = now()")
    assert pair.tick().staged == 1
    assert pair.woken() == {"user0"}


def test_a_run_drops_only_the_rows_it_was_shown(pair):
    task = pair.person("user0").create(Subject="Call Bea")
    pair.tick()
    run = pair.engine._runs.start(pair.ids["user0"], None)
    with pair.engine._runs.transaction(run) as tx:
        shown = tx.feed.state(10).rows
    pair.person("user0").update(task, Subject="Call Bea back")
    pair.tick()
    with pair.engine._runs.transaction(run) as tx:
        tx.feed.used(shown)
        assert [row.task.values["Subject"] for row in tx.feed.state(10).rows] == ["Call Bea back"]


def test_a_reading_that_a_later_one_overtook_writes_nothing(pair):
    old = pair.book.start(pair.team.id)
    pair.do("UPDATE org_cursors SET next_due_at = now()")
    new = pair.book.start(pair.team.id)
    with pytest.raises(Superseded):
        pair.book.stage(old, [], old)
    pair.book.finish(new, 0, done=True)


def test_one_reader_at_a_time(pair):
    lease = pair.locks.acquire(f"org:{pair.team.id}")
    assert pair.tick().outcome is Outcome.BUSY
    lease.release()
    assert pair.tick().outcome is Outcome.DONE
    assert pair.calls() == 1


def test_an_org_that_is_not_due_is_not_read(pair):
    feed = OrgFeed(pair.parts(pace=FeedPace(60, 900)))
    assert feed.read(pair.team.id).wait_seconds == 60
    assert (feed.due(), feed.read(pair.team.id).outcome) == ([], Outcome.OFF)


# ── Whom the feed serves ──


def test_a_login_that_may_not_see_all_is_refused_and_admins_are_told(world):
    world.join("user0")
    world.do("UPDATE users SET is_admin = true")
    world.connect_team("stranger", STRANGER)
    report = world.tick()
    assert report.outcome is Outcome.FAILED
    assert "View All Data" in report.error
    world.person("user0").create(Subject="Call Bea")
    world.advance(20)
    assert world.sync().counts.created_here == 1
    assert world.sync().calls == 1
    told = "SELECT state FROM diagnostics WHERE code = 'NO_VIEW_ALL_DATA'"
    assert [row.state for row in world.rows(told)] == ["open"]
    world.sim.door.set_user("stranger@acme.example", ViewAllData=True)
    world.do("UPDATE org_cursors SET next_due_at = now()")
    assert world.tick().outcome is Outcome.DONE
    assert [row.state for row in world.rows(told)] == ["resolved"]


def test_a_lost_integration_login_is_told_to_admins_once_and_no_more_when_it_is_connected_again(pair):
    pair.do("UPDATE users SET is_admin = true WHERE email LIKE 'user0%'")
    pair.sim.door.end_sessions("root@acme.example", refresh_tokens=True)
    for _ in range(3):
        assert pair.tick(check=True).outcome is Outcome.RECONNECT
        pair.do("UPDATE org_cursors SET next_due_at = now()")
    told = "SELECT code, state, count FROM diagnostics"
    assert [tuple(row) for row in pair.rows(told)] == [("INTEGRATION_LOGIN_LOST", "open", 1)]
    pair.sync("user0")
    assert [row.state for row in pair.rows(told)] == ["open"]
    pair.connect_team()
    assert [row.state for row in pair.rows(told)] == ["resolved"]
    assert pair.tick(check=True).outcome is Outcome.DONE


def test_users_ask_for_themselves_when_the_right_is_taken_away(pair):
    pair.sim.door.set_user("root@acme.example", ViewAllData=False)
    assert pair.tick(check=True).outcome is Outcome.FAILED
    pair.person("user0").create(Subject="Call Bea")
    pair.advance(20)
    report = pair.sync("user0")
    assert (report.counts.created_here, report.calls) == (1, 1)


def test_what_a_login_did_not_show_before_its_lost_right_was_noticed_is_read_again(pair):
    pair.sim.door.set_user("root@acme.example", ViewAllData=False)
    pair.person("user0").create(Subject="Call Bea")
    assert pair.tick(seconds=60).staged == 0
    assert pair.sync("user0").calls == 0
    assert pair.tick(seconds=500, check=True).outcome is Outcome.FAILED
    for _ in range(3):
        pair.sync("user0")
        pair.advance(1000)
    assert pair.reminder("Call Bea")[1] == "user0"


def test_a_feed_that_is_late_is_not_trusted(pair):
    pair.do("UPDATE org_cursors SET trusted_until = now()")
    pair.person("user0").create(Subject="Call Bea")
    pair.advance(20)
    report = pair.sync("user0")
    assert (report.counts.created_here, report.calls) == (1, 1)


def test_a_lost_integration_login_is_not_asked_again(pair):
    pair.sim.door.end_sessions("root@acme.example", refresh_tokens=True)
    assert pair.tick().outcome is Outcome.RECONNECT
    pair.do("UPDATE org_cursors SET next_due_at = now()")
    assert pair.feed.due() == []
    assert pair.sync("user0").calls == 1


def test_a_user_whose_sync_was_off_meanwhile_reads_for_themselves_first(pair):
    pair.directory.turn_off(pair.ids["user0"])
    pair.person("user0").create(Subject="While off")
    assert pair.tick().staged == 0
    pair.directory.turn_on(pair.ids["user0"], now=pair.clock.now())
    pair.advance(20)
    assert pair.sync("user0").calls > 0
    assert pair.reminder("While off")[1] == "user0"


def test_a_team_in_which_nobody_syncs_is_not_read(pair):
    for user in pair.ids.values():
        pair.directory.turn_off(user)
    assert pair.feed.due() == []


def test_a_gap_beyond_the_deletion_log_leads_to_a_full_re_read(pair):
    _imported(pair, "Call Bea")
    pair.advance(16 * 86_400)
    assert pair.tick().outcome is Outcome.DONE
    kinds = pair.rows("SELECT kind FROM runs WHERE state = 'queued'")
    assert [row.kind for row in kinds] == ["full", "full"]
    assert pair.woken() == {"user0", "user1"}
    assert {report.calls > 1 for report in pair.sync("user0", "user1")} <= {True, False}
    pair.sim.door.reset_counters()
    pair.tick()
    pair.sync()
    assert pair.calls() == 1


def test_a_purged_deletion_log_leads_to_a_full_re_read(pair):
    pair.sim.door.add_fault("error", code="INVALID_REPLICATION_DATE", status=400, path="/deleted")
    pair.advance(300)
    assert pair.tick(check=True).outcome is Outcome.DONE
    assert [row.kind for row in pair.rows("SELECT kind FROM runs WHERE state = 'queued'")] == ["full", "full"]


def test_allowance_stretches_the_interval(pair):
    feed = OrgFeed(pair.parts(pace=FeedPace(15, 900), calls_left=lambda _org: 1728))
    assert feed.read(pair.team.id).wait_seconds == pytest.approx(100)
