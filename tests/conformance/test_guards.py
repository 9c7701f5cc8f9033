"""DIAG-6: many deletions and completions that nobody here asked for wait, and the rest goes on."""

import pytest

from remindersync.model import GuardedChange, LinkState, Outcome, Status
from tests.conformance.scene import BOB

PAIRS = 6
DAY = 86_400


@pytest.fixture
def guarded(scene):
    """Six pairs, of which two may go in a day: more, and they wait."""
    scene.set(guard_count=2)
    scene.tasks = [scene.create(Subject=f"Task {number}") for number in range(PAIRS)]
    scene.run()
    return scene


def delete(scene, *numbers):
    for number in numbers:
        scene.delete(scene.tasks[number])


def of(scene, *numbers):
    """The reminders of some Tasks, by number."""
    return {scene.reminder_of(scene.tasks[number]) for number in numbers}


def binned(scene):
    return {one.id for one in scene.everything() if one.deleted_at is not None}


def test_diag_6_as_many_as_are_allowed_pass(guarded):
    delete(guarded, 0, 1)
    guarded.run()
    assert (binned(guarded), guarded.waiting("ada"), guarded.faults()) == (of(guarded, 0, 1), {}, [])


def test_diag_6_beyond_both_limits_all_wait_and_everything_else_goes_on(guarded):
    delete(guarded, 0, 1)
    guarded.edit(guarded.tasks[2], Status="Completed")
    guarded.edit(guarded.tasks[3], Subject="renamed")
    (other,) = of(guarded, 4)
    guarded.change(other, details="ours")
    new = guarded.create(Subject="new")
    guarded.run()
    waiting = dict.fromkeys(of(guarded, 0, 1), GuardedChange.DELETE) | dict.fromkeys(
        of(guarded, 2), GuardedChange.COMPLETE
    )
    assert (binned(guarded), guarded.waiting("ada")) == (set(), waiting)
    assert guarded.reminder(guarded.reminder_of(guarded.tasks[2])).status is Status.OPEN
    assert guarded.reminder(guarded.reminder_of(guarded.tasks[3])).name == "renamed"
    assert guarded.task(guarded.tasks[4])["Description"] == "ours"
    assert guarded.reminder_of(new)
    assert [code for code, _ in guarded.faults()] == ["GUARD"]
    guarded.quiet()


def test_diag_6_a_small_part_of_many_open_reminders_passes(guarded):
    for number in range(10):
        guarded.create(Subject=f"more {number}")
    guarded.run()
    delete(guarded, 0, 1, 2)
    guarded.run()
    assert binned(guarded) == of(guarded, 0, 1, 2)


def test_diag_6_what_comes_bit_by_bit_in_a_day_counts_together(guarded):
    delete(guarded, 0, 1)
    guarded.run()
    guarded.wait(3600)
    delete(guarded, 2)
    guarded.run()
    assert (binned(guarded), set(guarded.waiting("ada"))) == (of(guarded, 0, 1), of(guarded, 2))


def test_diag_6_approval_carries_out_exactly_what_was_listed_and_more_asks_again(guarded):
    delete(guarded, 0, 1, 2)
    guarded.run()
    listed = set(guarded.waiting("ada"))
    delete(guarded, 3)  # after the list was read
    guarded.run()
    guarded.approve("ada", listed)
    guarded.run()
    assert (binned(guarded), set(guarded.waiting("ada"))) == (listed, of(guarded, 3))
    guarded.approve("ada", guarded.waiting("ada"))
    guarded.run()
    assert (binned(guarded), guarded.waiting("ada")) == (of(guarded, 0, 1, 2, 3), {})
    guarded.settle(hours=1)
    guarded.quiet()


def test_diag_6_what_was_approved_counts_no_more(guarded):
    delete(guarded, 0, 1, 2)
    guarded.run()
    guarded.approve("ada", guarded.waiting("ada"))
    guarded.run()
    delete(guarded, 3)
    guarded.run()
    assert (binned(guarded), guarded.waiting("ada")) == (of(guarded, 0, 1, 2, 3), {})


def test_diag_6_what_is_undone_in_salesforce_waits_no_more(guarded):
    delete(guarded, 0, 1, 2)
    guarded.run()
    guarded.wait(5)
    for number in (0, 1, 2):
        guarded.undelete(guarded.tasks[number])
    guarded.run()
    assert (binned(guarded), guarded.waiting("ada")) == (set(), {})
    guarded.quiet()


def test_diag_6_a_person_s_own_deletions_are_never_held(guarded):
    for reminder in of(guarded, *range(PAIRS)):
        guarded.bin(reminder)
    guarded.run()
    assert guarded.live() == {}
    assert guarded.waiting("ada") == {}


def test_diag_6_a_person_s_own_deletion_needs_no_approval_while_it_waits(guarded):
    delete(guarded, 0, 1, 2)
    guarded.run()
    (mine,) = of(guarded, 0)
    guarded.bin(mine)
    guarded.run()
    assert (binned(guarded), set(guarded.waiting("ada"))) == ({mine}, of(guarded, 1, 2))


def test_diag_6_deletions_made_before_sync_was_turned_on_again_are_exempt(guarded):
    guarded.turn_off("ada")
    guarded.wait(60)
    delete(guarded, 0, 1, 2, 3)
    guarded.wait(3600)
    guarded.turn_on("ada")
    guarded.run()
    assert (binned(guarded), guarded.waiting("ada")) == (of(guarded, 0, 1, 2, 3), {})


@pytest.mark.parametrize("how", ["deleted", "deleted for good", "out of sight"])
def test_diag_6_a_side_that_is_suddenly_empty_empties_no_other(guarded, how):
    guarded.turn_off("bob")
    for task in guarded.tasks:
        match how:
            case "deleted":
                guarded.delete(task)
            case "deleted for good":
                guarded.remove(task)
            case _:
                guarded.edit(task, OwnerId=BOB)
    guarded.settle("ada", hours=2)
    assert len(guarded.reminders()) == PAIRS
    states = {guarded.link(task).state for task in guarded.tasks}
    assert states == {LinkState.UNREACHABLE if how == "out of sight" else LinkState.ACTIVE}
    with guarded.cost() as cost:
        assert [one.outcome for one in guarded.run()] == [Outcome.DONE]
    assert cost.nothing


def test_diag_6_who_approved_a_completion_has_not_approved_a_deletion(guarded):
    for number in (0, 1, 2):
        guarded.edit(guarded.tasks[number], Status="Completed")
    guarded.run()
    listed = guarded.waiting("ada")
    assert set(listed.values()) == {GuardedChange.COMPLETE}
    guarded.wait(5)
    delete(guarded, 0, 1, 2)
    guarded.approve("ada", listed)
    guarded.run()
    assert (binned(guarded), guarded.waiting("ada")) == (set(), dict.fromkeys(listed, GuardedChange.DELETE))


def test_diag_6_the_list_tells_what_became_of_what_waits(guarded):
    for number in (0, 1, 2):
        guarded.edit(guarded.tasks[number], Status="Completed")
    guarded.run()
    guarded.wait(5)
    delete(guarded, 0, 1, 2)
    guarded.run()
    assert guarded.waiting("ada") == dict.fromkeys(of(guarded, 0, 1, 2), GuardedChange.DELETE)


def test_diag_6_an_approval_covers_no_later_change_of_the_same_reminders(guarded):
    for number in (0, 1, 2):
        guarded.edit(guarded.tasks[number], Status="Completed")
    guarded.run()
    guarded.approve("ada", guarded.waiting("ada"))
    guarded.run()
    guarded.wait(2 * DAY)
    delete(guarded, 0, 1)
    guarded.run()
    assert binned(guarded) == of(guarded, 0, 1)
    delete(guarded, 2)
    guarded.run()
    assert (binned(guarded), set(guarded.waiting("ada"))) == (of(guarded, 0, 1), of(guarded, 2))
