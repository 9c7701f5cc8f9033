"""What every store promises of what admins asked for: shown to the owner's run until it is decided."""

import pytest

from remindersync.model import AskedItem, AskedKind, Decided, Line
from remindersync.model.asked import digest

LINE = Line({"Subject": "Call"}, {"Subject": "[Call] Call"})


@pytest.fixture
def asked(world, run):
    """Two reminders of Ada's that something was asked of, by id."""
    made = sorted((world.reminder(run, name) for name in ("A", "B")), key=lambda one: one.id)
    return world.ask(AskedKind.RERENDER, {one.id: LINE for one in made})


def test_what_was_asked_waits_for_the_owners_run(world, tx, bob, asked):
    assert tx.asked.waiting(None, 10) == [
        AskedItem(
            item.action_id, item.reminder_id, AskedKind.RERENDER, digest(LINE.before), digest(LINE.after), item.by
        )
        for item in asked
    ]
    with world.transaction(bob) as bobs:
        assert bobs.asked.waiting(None, 10) == []


def test_a_run_is_told_at_its_start_that_something_waits(world, ada, bob, asked):
    assert (world.start(ada).asked, world.start(bob).asked) == (True, False)


def test_what_waits_comes_in_pages(tx, asked):
    first, second = asked
    assert tx.asked.waiting(None, 1) == [first]
    assert tx.asked.waiting((first.reminder_id, first.action_id), 1) == [second]
    assert tx.asked.waiting((second.reminder_id, second.action_id), 1) == []


def test_what_is_decided_waits_no_more(world, ada, tx, asked):
    tx.asked.decide([Decided(asked[0]), Decided(asked[1], "It changed")])
    assert tx.asked.waiting(None, 10) == []
    assert not world.start(ada).asked


def test_a_decision_of_a_run_that_fails_is_taken_back(world, ada, asked):
    with pytest.raises(ZeroDivisionError):
        _decide_and_fail(world, ada, asked)
    with world.transaction(ada) as tx:
        assert tx.asked.waiting(None, 10) == asked


def _decide_and_fail(world, ada, asked):
    with world.transaction(ada) as tx:
        tx.asked.decide([Decided(one) for one in asked])
        raise ZeroDivisionError


def test_deciding_nothing_is_allowed(tx, asked):
    tx.asked.decide([])
    assert tx.asked.waiting(None, 10) == asked
