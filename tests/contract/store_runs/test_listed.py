"""Turning sync on with a choice: Tasks chosen by name, and the local reminders they are matched with (FIRST-6)."""

from contextlib import suppress
from dataclasses import replace

from remindersync.model import LinkState, Status
from tests.fixtures.store_world import new_link, task_id


def test_what_was_chosen_comes_in_the_order_in_which_it_was_listed(world, ada, bob, run, tx):
    reminder = world.reminder(run, shared=False)
    world.list_tasks(ada, {task_id(3): None, task_id(1): reminder.id, task_id(2): None})
    world.list_tasks(bob, {task_id(4): None})
    assert tx.listed.next(2) == [task_id(3), task_id(1)]
    assert tx.listed.of_tasks([task_id(1), task_id(2), task_id(4)]) == {task_id(1): reminder.id, task_id(2): None}
    assert tx.listed.of_tasks([]) == {}


def test_what_was_dealt_with_comes_no_more_and_nobody_elses_goes(world, ada, bob, tx):
    world.list_tasks(ada, {task_id(1): None, task_id(2): None})
    world.list_tasks(bob, {task_id(1): None})
    tx.listed.done([task_id(1)])
    tx.listed.done([])
    assert tx.listed.next(5) == [task_id(2)]
    with world.transaction(bob) as other:
        assert other.listed.next(5) == [task_id(1)]


def test_a_step_that_failed_forgets_nothing(world, ada, run):
    world.list_tasks(ada, {task_id(1): None})
    with suppress(ZeroDivisionError), world.runs.transaction(run) as tx:
        tx.listed.done([task_id(1)])
        raise ZeroDivisionError
    with world.runs.transaction(run) as tx:
        assert tx.listed.next(5) == [task_id(1)]


def test_a_local_reminder_is_shared_once_at_the_version_that_was_read(world, run, tx):
    reminder = world.reminder(run, shared=False, version=3)
    assert not tx.reminders.share(reminder.id, 2)
    assert tx.reminders.share(reminder.id, 3)
    assert not tx.reminders.share(reminder.id, 3)
    assert world.stored(run, reminder.id) == replace(reminder, shared=True)
    assert [one.id for one in tx.reminders.unsynced(5)] == [reminder.id]


def test_nobody_shares_anothers_reminder(world, bob, run, tx):
    reminder = world.reminder(world.start(bob), shared=False)
    assert not tx.reminders.share(reminder.id, reminder.version)


def test_local_are_the_users_own_outside_the_bin_and_without_a_task(world, bob, run, tx):
    free = [world.reminder(run, name, shared=False) for name in ("one", "two")]
    world.reminder(run, "shared")
    world.reminder(run, "binned", shared=False, deleted_at=world.clock.now())
    world.reminder(world.start(bob), "Bob's", shared=False)
    linked, superseded = (world.reminder(run, name, shared=False) for name in ("linked", "superseded"))
    tx_links = tx.links
    tx_links.put([new_link(linked, 1)])
    tx_links.put([new_link(superseded, 2, state=LinkState.SUPERSEDED)])
    assert [one.id for one in tx.reminders.local()] == sorted(one.id for one in (*free, superseded))


def test_open_links_are_counted_of_the_user_alone(world, bob, run, tx):
    def linked(number, run, state=LinkState.ACTIVE, **fields):
        tx.links.put([new_link(world.reminder(run, f"Call {number}", **fields), number, state=state)])

    linked(1, run)
    linked(2, run)
    linked(3, run, status=Status.COMPLETED)
    linked(4, run, deleted_at=world.clock.now())
    linked(5, run, state=LinkState.UNREACHABLE)
    others = world.start(bob)
    tx.links.put([new_link(world.reminder(others), 6)])
    assert tx.links.count_open() == 2
