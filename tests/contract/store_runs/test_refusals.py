"""What every store remembers of refusals: how often a record met one, and how many records a call may carry."""

from datetime import timedelta


def test_refusals_are_counted_until_a_version_goes_through(world, run):
    reminder = world.reminder(run)
    until = world.clock.now() + timedelta(seconds=30)
    for _ in range(3):
        with world.runs.transaction(run) as tx:
            tx.reminders.back_off(reminder.id, until)
    refused = world.stored(run, reminder.id)
    assert (refused.refusals, refused.hold_until) == (3, until)
    with world.runs.transaction(run) as tx:
        assert tx.reminders.unsynced(10) == []
        tx.reminders.synced({reminder.id: reminder.version})
    assert world.stored(run, reminder.id).refusals == 0


def test_a_reminder_of_somebody_else_is_not_put_off(world, run, bob):
    theirs = world.reminder(world.start(bob))
    with world.runs.transaction(run) as tx:
        tx.reminders.back_off(theirs.id, world.clock.now())
    assert world.stored(run, theirs.id) == theirs


def test_the_size_that_worked_is_the_orgs_and_doubles_with_every_hour(world, run, bob):
    with world.runs.transaction(run) as tx:
        assert tx.batches.size() is None
        tx.batches.found(25)
    colleague = world.start(bob)
    for minutes, size in ((0, 25), (59, 25), (1, 50), (60, 100)):
        world.clock.advance(60 * minutes)
        with world.runs.transaction(colleague) as tx:
            assert tx.batches.size() == size
    with world.runs.transaction(colleague) as tx:
        tx.batches.found(12)
        assert tx.batches.size() == 12


def test_the_size_of_another_org_is_its_own(world, run):
    with world.runs.transaction(run) as tx:
        tx.batches.found(25)
    with world.transaction(world.user("eve", team="rivals")) as tx:
        assert tx.batches.size() is None
