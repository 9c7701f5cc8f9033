"""What every store promises of reminders whose owner's runs do not come, and of runs about few reminders."""

import pytest

from remindersync.errors import Superseded
from remindersync.model import ActsAs, RunKind
from tests.fixtures.store_world import new_link, new_task, salesforce_id, task_id


@pytest.fixture
def bobs(world, bob):
    """A reminder of Bob's that Salesforce has."""
    return world.reminder(world.start(bob), "Bob's", version=4, synced_version=4, assign_to=bob)


def test_whose_runs_come_is_awake_and_who_is_deactivated_is_asleep(world, bob, tx):
    assert tx.asleep(bob) is False
    world.deactivate(bob)
    assert tx.asleep(bob) is True


def test_who_is_in_no_team_of_the_run_s_is_not_asleep(world, tx):
    stranger = world.user("eve", team="rivals")
    world.deactivate(stranger)
    assert tx.asleep(stranger) is False


def test_a_reminder_of_somebody_asleep_is_taken_at_the_version_that_was_read(world, ada, bob, bobs, run, tx):
    world.deactivate(bob)
    assert not tx.reminders.take(bobs.id, bobs.version - 1, bob)
    assert tx.reminders.take(bobs.id, bobs.version, bob)
    taken = world.stored(run, bobs.id)
    assert (taken.owner_id, taken.assign_to, taken.version, taken.synced_version) == (ada, None, 5, 5)
    assert world.is_wanted_again(run)


def test_an_edit_that_waits_is_still_to_be_sent_after_a_reminder_was_taken(world, bob, run, tx):
    pending = world.reminder(world.start(bob), version=4, synced_version=3)
    world.deactivate(bob)
    assert tx.reminders.take(pending.id, 4, bob)
    assert [one.id for one in tx.reminders.unsynced(10)] == [pending.id]


def test_nothing_is_taken_from_somebody_awake(world, bob, bobs, run, tx):
    assert not tx.reminders.take(bobs.id, bobs.version, bob)
    assert world.stored(run, bobs.id) == bobs


def test_nothing_is_taken_from_another_owner_than_was_read(world, ada, bob, bobs, tx):
    world.deactivate(bob)
    carl = world.user("carl")
    world.deactivate(carl)
    assert not tx.reminders.take(bobs.id, bobs.version, carl)


def test_a_run_of_somebody_whose_reminder_is_taken_writes_nothing_more(world, bob, bobs, tx):
    theirs = world.start(bob)
    world.deactivate(bob)
    tx.reminders.take(bobs.id, bobs.version, bob)
    world.activate(bob)
    with pytest.raises(Superseded), world.runs.transaction(theirs):
        pass


def test_what_others_saw_of_a_task_given_here_comes_to_its_new_owner_once_the_former_is_asleep(
    world, ada, bob, bobs, run, tx
):
    task = new_task(1, world.clock.now(), owner_id=salesforce_id("ada"))
    tx.links.put([new_link(bobs)])
    tx.handovers.give(bobs.id, task)
    assert tx.handovers.waiting() == []
    world.deactivate(bob)
    assert tx.handovers.waiting() == [task]
    assert tx.reminders.take(bobs.id, bobs.version, bob)
    tx.handovers.done([task_id(1)])
    # It was not merged yet: the next run has to see it as its own.
    assert tx.handovers.waiting() == [task]
    tx.handovers.done([task_id(1)])
    assert tx.handovers.waiting() == []


def test_what_others_saw_of_a_task_given_elsewhere_stays_for_its_owner(world, bob, bobs, tx):
    tx.links.put([new_link(bobs)])
    tx.handovers.give(bobs.id, new_task(1, world.clock.now(), owner_id=salesforce_id("carl")))
    world.deactivate(bob)
    assert tx.handovers.waiting() == []


# ── Runs about few reminders ──


def test_a_run_of_one_reminder_sees_no_other_edit(world, ada):
    run = world.start(ada)
    one, _ = world.reminder(run), world.reminder(run, "other")
    world.queue(ada, RunKind.ONE, only=one.id)
    about = world.start(ada)
    assert (about.kind, about.only, about.full) == (RunKind.ONE, one.id, False)
    with world.runs.transaction(about) as tx:
        assert [found.id for found in tx.reminders.unsynced(10)] == [one.id]


def test_a_full_dry_run_lists_completed_reminders_too_and_a_plain_one_does_not(world, ada):
    run = world.start(ada)
    done = world.reminder(run, status="completed")
    with world.runs.transaction(run) as tx:
        tx.links.put([new_link(done)])
    for full in (False, True):
        world.queue(ada, RunKind.DRY, full=full)
        dry = world.start(ada)
        with world.runs.transaction(dry) as tx:
            assert [link.reminder_id for link in tx.links.unseen("", 10)] == [done.id] * full
        world.runs.finish(dry, world.ending(place=dry.place))


def test_a_hand_over_starts_though_its_user_left_and_sees_only_what_was_assigned(world, ada, bob):
    run = world.start(ada)
    given = world.reminder(run, "given", assign_to=bob)
    world.reminder(run, "kept")
    world.deactivate(ada)
    world.queue(ada, RunKind.HAND_OVER)
    leaving = world.start(ada)
    assert (leaving.kind, leaving.user.acts_as) == (RunKind.HAND_OVER, ActsAs.EITHER)
    with world.runs.transaction(leaving) as tx:
        assert [one.id for one in tx.reminders.unsynced(10)] == [given.id]
    world.runs.finish(leaving, world.ending(place=leaving.place))
    assert world.runs.start(ada, None) == "off"


def test_what_a_person_waits_for_comes_before_long_work_that_has_begun(world, ada):
    reminder = world.reminder(world.start(ada))
    world.queue(ada, RunKind.FULL)
    begun = world.start(ada)
    world.runs.finish(begun, world.ending("more", wait_seconds=0, place=begun.place))
    world.clock.advance(1)
    world.queue(ada, RunKind.ONE, only=reminder.id)
    assert world.start(ada).kind is RunKind.ONE
