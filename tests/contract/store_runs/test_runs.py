"""What every book of runs promises: who may start, who may still write, and when a user is due again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remindersync.errors import Superseded
from remindersync.model import Counts, FirstSync, ImportTask, Outcome, Place, Plan, RunKind
from remindersync.ports import Change, Finish
from tests.fixtures.store_world import ORG, new_link, salesforce_id

HOUR = 3600.0
NOWHERE = Place()
FRONT = datetime(2026, 1, 5, 11, 59, 30, tzinfo=UTC)
IN_FIRST_SYNC = Place(first=FirstSync(FRONT, part=2, after=(None, "00T1"), done=7, total=9))


def ended(outcome=Outcome.DONE, *, place=NOWHERE, wait_seconds=HOUR, poll_seconds=15.0, **more):
    return Finish(
        outcome, place, more.pop("counts", Counts()), more.pop("calls", 1), wait_seconds, poll_seconds, **more
    )


def seconds_until(world, due):
    return (due - world.due_clock()).total_seconds()


# ── Who may start ──


def test_a_run_knows_its_user_and_where_their_reading_stands(world):
    place = Place(front=FRONT, swept=FRONT - timedelta(minutes=15), reread_at=FRONT, reread_after="00T7")
    run = world.start(world.user("ada", place=place))
    assert (run.user.email, run.user.salesforce_id, run.user.org_id) == ("ada@example.com", salesforce_id("ada"), ORG)
    assert run.user.turned_on_at == world.clock.now()
    assert (run.kind, run.place, run.started_at) == (RunKind.POLL, place, world.clock.now())


def test_nobody_unknown_starts(world):
    assert world.runs.start("5c7ad2f4-62a1-4b0c-9b3f-1d9b0c4f7f11", None) is Outcome.OFF


def test_a_user_whose_sync_is_off_does_not_start(world, ada):
    claim = world.claim(ada)
    world.turn_off(ada)
    assert world.runs.start(ada, claim) is Outcome.OFF


def test_a_deactivated_user_does_not_start(world, ada):
    world.deactivate(ada)
    assert world.runs.start(ada, None) is Outcome.OFF


def test_a_user_without_a_salesforce_user_does_not_start(world):
    assert world.runs.start(world.user("ada", connected=False), None) is Outcome.OFF


def test_the_present_claim_starts_a_run_once(world, ada):
    claim = world.claim(ada)
    assert world.runs.start(ada, claim).fence == 1
    assert world.runs.start(ada, claim) is Outcome.STALE_CLAIM


def test_a_claim_that_was_replaced_starts_nothing(world, ada):
    old, new = world.claim(ada), world.claim(ada)
    assert world.runs.start(ada, old) is Outcome.STALE_CLAIM
    assert world.runs.start(ada, new).user.id == ada


def test_a_stale_claim_changes_nothing(world, ada):
    run = world.start(ada)
    assert world.runs.start(ada, 12345) is Outcome.STALE_CLAIM
    with world.runs.transaction(run):
        pass


def test_every_start_raises_the_fence(world, ada, bob):
    assert [world.start(ada).fence for _ in range(3)] == [1, 2, 3]
    assert world.start(bob).fence == 1


# ── Who may write ──


def test_a_later_start_shuts_out_the_earlier_run(world, ada, run):
    later = world.start(ada)
    with pytest.raises(Superseded), world.runs.transaction(run):
        pass
    with pytest.raises(Superseded):
        world.runs.finish(run, ended())
    with world.runs.transaction(later):
        pass


def test_sync_turned_off_shuts_out_the_run(world, ada, run):
    world.turn_off(ada)
    with pytest.raises(Superseded), world.runs.transaction(run):
        pass
    with pytest.raises(Superseded):
        world.runs.finish(run, ended())


def test_a_run_of_one_user_does_not_disturb_another_s(world, bob, run):
    world.start(bob)
    with world.runs.transaction(run):
        pass


def test_a_block_that_ends_well_is_kept(world, run):
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.change([Change(reminder.id, 1, {"name": "Call Bob"})])
    assert world.stored(run, reminder.id).name == "Call Bob"


def test_a_block_that_fails_is_undone(world, run):
    reminder = world.reminder(run)

    def change_and_fail():
        with world.runs.transaction(run) as tx:
            tx.reminders.change([Change(reminder.id, 1, {"name": "Call Bob"})])
            tx.save(IN_FIRST_SYNC)
            raise LookupError

    with pytest.raises(LookupError):
        change_and_fail()
    assert world.stored(run, reminder.id) == reminder
    assert world.start(run.user.id).place == Place()


def test_the_place_saved_in_a_step_survives_a_run_that_dies(world, ada, run):
    with world.runs.transaction(run) as tx:
        tx.save(IN_FIRST_SYNC)
    assert world.start(ada).place == IN_FIRST_SYNC


# ── How a run ends ──


def test_the_end_keeps_place_and_interval(world, ada, run):
    world.runs.finish(run, ended(place=IN_FIRST_SYNC, poll_seconds=60.0))
    after = world.start(ada)
    assert (after.place, after.poll_seconds) == (IN_FIRST_SYNC, 60.0)


def test_a_dry_run_leaves_the_place_as_it_was(world, ada, run):
    world.runs.finish(run, ended(place=Place(front=FRONT), plan=Plan()))
    assert world.start(ada).place == run.place


def test_the_user_is_due_again_after_the_wait(world, run):
    assert HOUR - 60 < seconds_until(world, world.runs.finish(run, ended())) <= HOUR


def test_a_user_who_is_wanted_again_is_due_at_once(world, ada, run):
    world.runs.again(ada, None)
    assert seconds_until(world, world.runs.finish(run, ended())) <= 0


def test_an_edit_during_a_run_makes_the_user_due_at_once(world, ada, run):
    world.edited_now(ada)
    assert seconds_until(world, world.runs.finish(run, ended())) <= 0


def test_again_counts_for_one_run_only(world, ada, run):
    world.runs.again(ada, None)
    world.runs.finish(run, ended())
    assert seconds_until(world, world.runs.finish(world.start(ada), ended())) > 0


def test_an_edit_before_a_run_is_dealt_with_by_it(world, ada):
    world.edited_now(ada)
    assert seconds_until(world, world.runs.finish(world.start(ada), ended())) > 0


def test_a_stale_claim_cannot_ask_for_another_run(world, ada, run):
    world.runs.again(ada, 12345)
    assert seconds_until(world, world.runs.finish(run, ended())) > 0


def test_a_claim_that_found_the_lock_taken_is_used_up(world, ada):
    claim = world.claim(ada)
    world.runs.again(ada, claim)
    assert world.runs.start(ada, claim) is Outcome.STALE_CLAIM


# ── What kind of run it is ──


def test_an_edit_makes_an_edit_run_and_the_next_one_polls(world, ada):
    world.edited_now(ada)
    run = world.start(ada)
    world.runs.finish(run, ended())
    assert [run.kind, world.start(ada).kind] == [RunKind.EDIT, RunKind.POLL]


def test_a_first_sync_under_way_makes_a_first_run(world):
    ada = world.user("ada", place=IN_FIRST_SYNC)
    assert world.start(ada).kind is RunKind.FIRST


@pytest.mark.parametrize("kind", [RunKind.FIRST, RunKind.FULL, RunKind.DRY])
def test_a_run_that_was_asked_for_is_taken_up_under_its_own_id(world, ada, kind):
    asked = world.queue(ada, kind)
    run = world.start(ada)
    assert (run.id, run.kind) == (asked, kind)


def test_runs_asked_for_come_one_after_another_and_at_once(world, ada):
    asked = [world.queue(ada, RunKind.FULL), world.queue(ada, RunKind.DRY)]
    first = world.start(ada)
    assert seconds_until(world, world.runs.finish(first, ended())) <= 0
    second = world.start(ada)
    assert [first.id, second.id] == asked
    assert seconds_until(world, world.runs.finish(second, ended())) > 0
    assert world.start(ada).kind is RunKind.POLL


def test_a_run_that_has_more_to_do_goes_on_under_its_id(world, ada):
    asked = world.queue(ada, RunKind.FULL)
    world.runs.finish(world.start(ada), ended(Outcome.MORE, wait_seconds=0))
    world.queue(ada, RunKind.DRY)
    run = world.start(ada)
    assert (run.id, run.kind) == (asked, RunKind.FULL)


def test_a_run_that_dies_is_taken_up_again(world, ada):
    asked = world.queue(ada, RunKind.FULL)
    world.start(ada)
    assert world.start(ada).id == asked


@pytest.mark.parametrize("outcome", [Outcome.RETRY, Outcome.WAITING])
def test_a_run_that_has_to_wait_is_taken_up_after_the_wait(world, ada, outcome):
    asked = world.queue(ada, RunKind.FULL)
    world.queue(ada, RunKind.DRY)
    due = world.runs.finish(world.start(ada), ended(outcome, error="Salesforce is busy."))
    assert seconds_until(world, due) > 0
    assert world.start(ada).id == asked


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.RECONNECT])
def test_a_run_that_failed_is_not_taken_up_again(world, ada, outcome):
    world.queue(ada, RunKind.FULL)
    world.runs.finish(world.start(ada), ended(outcome, error="The login is lost."))
    assert world.start(ada).kind is RunKind.POLL


def test_a_run_may_end_with_a_plan(world, run):
    reminder = replace(world.reminder(run), due_date=None)
    plan = Plan(inbound=(ImportTask(reminder, new_link(reminder), "new in Salesforce"),))
    assert world.runs.finish(run, ended(plan=plan)) > world.due_clock()
