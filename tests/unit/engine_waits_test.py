"""When a run that failed comes again (DIAG-1)."""

import pytest

from remindersync.endings import HOPELESS_SECONDS
from remindersync.engine import Engine
from remindersync.errors import AllowanceSpent, Category, Destiny, Fault, SalesforceRefused, SalesforceUnclear
from remindersync.model import Outcome
from tests.fixtures.world import World


@pytest.fixture
def world():
    made = World()
    made.sync("ada", "bob")
    return made


def fault(destiny, code="SOME_CODE"):
    return Fault(code, "", Category.OTHER, "It failed.", "Mend it.", destiny)


def waits(world, destiny, runs):
    """Return the seconds after each of so many refused runs until the next."""

    def refuse(user, *, background):
        raise SalesforceRefused(fault(destiny))

    world.engine = Engine(world.store, refuse, world.locks, world.clock)
    return [(world.sync("ada").next_due_at - world.clock.now()).total_seconds() for _ in range(runs)]


def test_a_run_that_fails_backs_off_up_to_a_bound_and_never_in_step_with_others(world):
    found = waits(world, Destiny.RETRY, 12)
    # It rested a while before, and half as long again after each poll that found nothing.
    for wait, longer in zip(found, (45, 90, 180, 360, 720, *[900] * 7), strict=True):
        assert longer - 1 <= wait <= 2 * longer
    assert len({round(wait, 3) for wait in found[5:]}) == 7


def test_a_run_that_fails_for_what_somebody_has_to_mend_looks_once_an_hour(world):
    assert all(HOPELESS_SECONDS <= wait <= 1.1 * HOPELESS_SECONDS for wait in waits(world, Destiny.PARK, 4))


def test_those_whom_one_hold_stopped_do_not_all_come_when_it_ends(world):
    def hold(user, *, background):
        raise AllowanceSpent(fault(Destiny.ALLOWANCE), 900)

    world.engine = Engine(world.store, hold, world.locks, world.clock)
    found = [(world.sync(one).next_due_at - world.clock.now()).total_seconds() for one in ("ada", "bob")]
    assert all(900 <= wait <= 990 for wait in found)
    assert found[0] != found[1]


def test_an_unclear_answer_is_told_to_people_where_it_has_a_name(world):
    def cut():
        raise SalesforceUnclear("No answer.", fault(Destiny.RETRY, "FAILED_WRITE"))

    world.add("Send offer")
    world.org.before = cut
    assert world.sync("ada").outcome is Outcome.RETRY
    assert [found.code for found, *_ in world.store.open_faults()] == ["FAILED_WRITE"]
