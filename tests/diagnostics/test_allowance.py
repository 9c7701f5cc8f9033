"""The org's day of calls, shared by runs of a whole team: who stops first, what is reserved, and how it resumes."""

from dataclasses import replace

import pytest

from remindersync.model import Outcome, RunKind

DAY = 100_000


@pytest.fixture
def org(world):
    yield world
    world.door.set_org(api_used=0)
    choose(world, 50)


def choose(world, percent):
    directory, team = world.scene.parts.directory, world.scene.team.id
    directory.save_settings(team, replace(directory.settings(team), api_share_percent=percent))
    # A minute goes by.
    world.scene.parts.limiter._shares._known.clear()


def use(world, percent):
    """Let all apps together have used so much of the day; nobody here knows of it."""
    world.door.set_org(api_used=DAY * percent // 100)
    world.redis.flushdb()


def poll(world, person="ada"):
    (report,) = world.scene.run(person)
    return report.outcome


def test_an_emptied_limiter_starts_from_one_call_for_all(org):
    org.redis.flushdb()
    assert (poll(org, "ada"), poll(org, "bob")) == (Outcome.DONE, Outcome.DONE)
    assert org.paths() == ["limits", "queryAll", "queryAll"]


def test_background_work_stops_at_the_teams_own_share_and_edits_go_on(org):
    choose(org, 20)
    use(org, 21)
    assert (poll(org, "ada"), poll(org, "bob")) == (Outcome.WAITING, Outcome.WAITING)
    assert org.paths() == ["limits"]
    reminder_id = org.scene.add("Still goes out")
    assert poll(org, "ada") is Outcome.DONE
    assert org.scene.task_of(reminder_id)
    choose(org, 40)
    assert poll(org, "bob") is Outcome.DONE


def test_diag_3_an_edit_goes_out_beside_a_full_read_that_has_to_wait(org):
    poll(org)
    org.scene.ask("ada", RunKind.FULL)
    use(org, 51)
    reminder_id = org.scene.add("Still goes out")
    assert poll(org) is Outcome.WAITING
    assert org.scene.task_of(reminder_id)
    use(org, 0)
    assert Outcome.DONE in {one.outcome for one in org.live(1)}


def test_diag_3_an_edit_that_was_refused_for_now_goes_out_though_background_work_has_to_wait(org):
    poll(org)
    org.fail("error", status=503, path="queryAll", code="SERVER_UNAVAILABLE", message="busy", times=1)
    reminder_id = org.scene.add("Still goes out")
    assert poll(org) is Outcome.RETRY
    use(org, 51)
    org.live(1)
    assert org.scene.task_of(reminder_id)


def test_diag_3_without_an_edit_background_work_that_has_to_wait_makes_no_call(org):
    poll(org)
    org.forget()
    org.scene.ask("ada", RunKind.FULL)
    use(org, 51)
    assert poll(org) is Outcome.WAITING
    assert org.paths() == ["limits"]


def test_edits_stop_where_next_to_nothing_is_left_and_go_out_by_themselves_later(org):
    use(org, 99)
    reminder_id = org.scene.add("Waits for a call")
    assert poll(org) is Outcome.WAITING
    assert org.paths() == ["limits"]
    org.door.set_org(api_used=0)
    assert Outcome.DONE in {one.outcome for one in org.live(1)}
    assert org.scene.task_of(reminder_id)
    assert org.notices() == []


def test_a_spent_day_pauses_everybody_at_once_and_all_resume_by_themselves(org):
    poll(org)
    org.forget()
    org.door.set_org(api_used=DAY)
    assert (poll(org, "ada"), poll(org, "bob")) == (Outcome.WAITING, Outcome.WAITING)
    assert org.paths() == ["queryAll"]
    assert [one.code for one in org.notices()] == ["REQUEST_LIMIT_EXCEEDED"]
    org.forget()
    org.live(3)
    assert set(org.paths()) == {"limits"}
    assert len(org.paths()) <= 36
    org.door.set_org(api_used=0)
    assert Outcome.DONE in {one.outcome for one in org.live(1)}
    assert org.notices() == []


def test_too_many_requests_at_once_pause_background_work_for_seconds_and_no_edit(org):
    poll(org)
    org.fail("quota", message="ConcurrentPerOrgLongTxn Limit exceeded.", times=1)
    assert poll(org, "ada") is Outcome.RETRY
    assert poll(org, "bob") is Outcome.WAITING
    reminder_id = org.scene.add("Goes out all the same")
    assert poll(org, "ada") is Outcome.DONE
    assert org.scene.task_of(reminder_id)
    org.pass_by(30)
    assert poll(org, "bob") is Outcome.DONE


def test_what_is_left_of_the_share_is_told(org):
    choose(org, 20)
    use(org, 5)
    limiter, org_id = org.scene.parts.limiter, org.scene.parts.directory.sync_user(org.scene.user_id("ada")).org_id
    assert limiter.calls_left(org_id) is None
    poll(org)
    assert limiter.calls_left(org_id) == DAY * 15 / 100 - 2
