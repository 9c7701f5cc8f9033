"""A team's import condition keeps new Tasks out, and touches nothing that is linked."""

import pytest

from remindersync.errors import Category, Destiny, Fault, SalesforceRefused
from remindersync.model import RunKind, TeamSettings
from tests.fixtures.world import ADA, World

CONDITION = "Priority = 'High'"


@pytest.fixture
def world():
    world = World(TeamSettings(import_condition=CONDITION))
    world.org.fits = lambda task, condition: condition == CONDITION and task.values["Priority"] == "High"
    return world


def names(world):
    return {one.name for one in world.store.state.reminders.values()}


def test_only_tasks_that_fit_are_imported_first_and_later(world):
    for name, priority in (("in", "High"), ("out", "Normal")):
        world.org.create(ADA, Subject=f"first {name}", Priority=priority)
    world.sync("ada")
    for name, priority in (("in", "High"), ("out", "Normal")):
        world.org.create(ADA, Subject=f"later {name}", Priority=priority)
    world.sync("ada")
    assert names(world) == {"first in", "later in"}


def test_a_linked_task_that_fits_no_more_goes_on_syncing(world):
    task = world.org.create(ADA, Subject="Call", Priority="High")
    world.sync("ada")
    world.org.edit(task, Priority="Normal", Subject="Call again")
    world.sync("ada")
    assert names(world) == {"Call again"}


def test_a_task_kept_out_comes_in_once_it_fits(world):
    task = world.org.create(ADA, Subject="Call")
    world.sync("ada")
    world.org.edit(task, Priority="High")
    world.sync("ada")
    assert names(world) == {"Call"}


def test_without_new_tasks_nothing_is_asked(world):
    world.sync("ada")
    assert world.sync("ada").calls == 1


@pytest.mark.parametrize("kind", [RunKind.POLL, RunKind.DRY])
def test_a_condition_salesforce_takes_no_more_stops_nothing_else(world, kind):
    task = world.org.create(ADA, Subject="Call", Priority="High")
    world.sync("ada")
    fault = Fault("INVALID_FIELD", "No such column", Category.ACCESS, "meaning", "remedy", Destiny.PARK)
    world.org.fits = lambda *_: _raise(SalesforceRefused(fault))
    world.org.create(ADA, Subject="New", Priority="High")
    world.org.edit(task, Subject="Call again")
    if kind is RunKind.DRY:
        world.store.ask("ada", RunKind.DRY)
    report = world.sync("ada")
    changes = 1 if kind is RunKind.POLL else 0
    assert (report.outcome, report.counts.updated_here) == ("done", changes)
    assert "New" not in names(world)
    assert [fault.code for fault, *_ in world.store.open_faults()] == ["IMPORT_CONDITION"] * changes


def test_a_passing_trouble_is_no_reason_to_keep_anything_out(world):
    world.sync("ada")
    fault = Fault("UNREACHABLE", "", Category.INTERMITTENT, "meaning", "remedy", Destiny.RETRY)
    world.org.fits = lambda *_: _raise(SalesforceRefused(fault))
    world.org.create(ADA, Subject="New", Priority="High")
    assert world.sync("ada").outcome == "retry"
    world.org.fits = lambda *_: True
    world.sync("ada")
    assert names(world) == {"New"}


def _raise(error):
    raise error
