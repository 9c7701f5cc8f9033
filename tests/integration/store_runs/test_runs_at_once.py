"""Runs against each other: the fence holds whatever the order in which two of them meet the database."""

from threading import Barrier

import pytest
from sqlalchemy import text

from remindersync.errors import Superseded, SyncError
from remindersync.model import Outcome, Place
from remindersync.ports import Change
from remindersync.store.due import Lane, SqlDue, mark_due
from tests.fixtures.store_world import new_link, new_task, task_id


def test_of_two_copies_of_a_message_one_starts_a_run(world, ada, aside):
    claim = world.claim(ada)
    copies = [aside(world.runs.start, ada, claim) for _ in range(8)]
    results = [copy.result() for copy in copies]
    assert results.count(Outcome.STALE_CLAIM) == 7


def test_a_copy_that_waited_for_the_other_s_start_finds_its_claim_used_up(
    world, ada, database, aside, waits_for_a_lock
):
    claim = world.claim(ada)
    with database.begin() as connection:
        connection.execute(text("UPDATE run_state SET fence = fence + 1, claim = NULL"))
        copy = aside(world.runs.start, ada, claim)
        assert waits_for_a_lock(copy)
    assert copy.result() is Outcome.STALE_CLAIM


def test_a_later_run_starts_only_when_an_open_step_is_over(world, ada, aside, waits_for_a_lock):
    run = world.start(ada)
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        later = aside(world.start, ada)
        assert waits_for_a_lock(later)
        assert tx.reminders.change([Change(reminder.id, 1, {"name": "Call Bob"})])
        tx.save(Place())
    assert later.result().fence == run.fence + 1
    assert world.stored(later.result(), reminder.id).name == "Call Bob"


def test_a_step_that_begins_while_a_later_run_starts_is_refused(world, ada, database, aside, waits_for_a_lock):
    run = world.start(ada)

    def step():
        with world.runs.transaction(run):
            pass

    with database.begin() as connection:
        connection.execute(text("UPDATE run_state SET fence = fence + 1"))
        stale = aside(step)
        assert waits_for_a_lock(stale)
    with pytest.raises(Superseded):
        stale.result()


def test_a_stale_run_cannot_end_what_a_later_one_began(world, ada, rows_of):
    run = world.start(ada)
    world.start(ada)
    before = rows_of("SELECT * FROM run_state")
    with pytest.raises(Superseded):
        world.runs.finish(run, world.ending(place=Place(reread_after="x")))
    assert rows_of("SELECT * FROM run_state") == before
    assert rows_of("SELECT * FROM runs") == []


def test_an_edit_waits_for_a_step_and_the_step_may_still_save_its_place(world, ada, aside, waits_for_a_lock):
    run = world.start(ada)
    with world.runs.transaction(run) as tx:
        edit = aside(SqlDue(world.database).mark, [ada], lane=Lane.INTERACTIVE)
        assert waits_for_a_lock(edit)
        tx.save(Place(reread_after="00T1"))
    edit.result()
    assert world.is_wanted_again(run)


def test_a_start_that_waited_for_an_edit_deals_with_it(world, ada, database, aside, waits_for_a_lock):
    with database.begin() as connection:
        mark_due(connection, [ada], Lane.INTERACTIVE)
        start = aside(world.start, ada)
        assert waits_for_a_lock(start)
    assert not world.is_wanted_again(start.result())


def test_two_runs_that_hand_over_to_each_other_at_once_both_come_through(world, ada, bob, aside):
    runs = {user: world.start(user) for user in (ada, bob)}
    reminders = {user: world.reminder(run) for user, run in runs.items()}
    both_inside = Barrier(2, timeout=60)

    def give(number, run, other):
        with world.runs.transaction(run) as tx:
            both_inside.wait()
            tx.handovers.give(reminders[other].id, new_task(number, world.clock.now()))

    for given in [aside(give, 1, runs[ada], bob), aside(give, 2, runs[bob], ada)]:
        given.result()
    assert all(world.is_wanted_again(run) for run in runs.values())


def test_one_reminder_linked_twice_at_once_keeps_the_first_link(world, ada, bob, aside, waits_for_a_lock):
    reminder = world.reminder(world.start(ada))
    first, second = world.start(ada), world.start(bob)

    def link(run, number):
        with world.runs.transaction(run) as tx:
            tx.links.put([new_link(reminder, number)])

    with world.runs.transaction(first) as tx:
        tx.links.put([new_link(reminder, 1)])
        late = aside(link, second, 2)
        assert waits_for_a_lock(late)
    with pytest.raises(SyncError, match="another partner"):
        late.result()
    with world.runs.transaction(second) as tx:
        assert list(tx.links.of_tasks([task_id(1), task_id(2)])) == [task_id(1)]
