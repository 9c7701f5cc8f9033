"""Whom the feed serves: nobody whom it may keep something from, and they ask for themselves."""

from remindersync.model import Outcome
from tests.integration.org_feed.conftest import STRANGER


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
