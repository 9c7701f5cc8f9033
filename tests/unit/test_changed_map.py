"""Changing a value map is no edit: nothing moves until somebody edits something (MAP-2)."""

from dataclasses import replace

import pytest

from remindersync.model import STATUS_MAP, Status, TeamSettings, ValueMap
from tests.fixtures.world import ADA, World

DEFERRED_IS_DONE = ValueMap({**STATUS_MAP.reads, "completed": frozenset({"Completed", "Deferred"})}, STATUS_MAP.writes)
COMPLETED_MEANS_NOTHING = ValueMap(
    {**STATUS_MAP.reads, "completed": frozenset({"Done"})}, {**STATUS_MAP.writes, "completed": "Done"}
)


def use(world, status_map):
    for user in world.store.state.users.values():
        user.user = replace(user.user, settings=TeamSettings(status_map=status_map))


@pytest.fixture
def world():
    """A Task that is deferred, which means nothing here, and one that is completed."""
    world = World(TeamSettings(import_closed_on_creation=True))
    world.tasks = {status: world.org.create(ADA, Subject=status, Status=status) for status in ("Deferred", "Completed")}
    world.sync("ada")
    return world


@pytest.mark.parametrize("status_map", [DEFERRED_IS_DONE, COMPLETED_MEANS_NOTHING])
def test_a_changed_map_moves_nothing_on_either_side(world, status_map):
    use(world, status_map)
    writes = world.org.writes
    before = dict(world.store.state.reminders)
    for _ in range(2):
        assert world.sync("ada").counts.changed == 0
    assert (world.org.writes, world.store.state.reminders) == (writes, before)


@pytest.mark.parametrize("status_map", [DEFERRED_IS_DONE, COMPLETED_MEANS_NOTHING])
def test_an_edit_of_another_field_carries_no_status_along(world, status_map):
    use(world, status_map)
    for status, task in world.tasks.items():
        world.store.edit(world.reminder(status).id, details="edited here")
        world.org.edit(task, ActivityDate="2026-05-05")
    world.sync("ada")
    for status, task in world.tasks.items():
        assert world.org.tasks[task].values["Status"] == status
        assert world.org.tasks[task].values["Description"] == "edited here"
        expected = Status.COMPLETED if status == "Completed" else Status.OPEN
        assert world.reminder(status).status is expected


def test_an_edit_of_the_status_there_is_read_by_the_new_map(world):
    use(world, DEFERRED_IS_DONE)
    world.org.edit(world.tasks["Deferred"], Status="Completed")
    world.org.edit(world.tasks["Completed"], Status="Not Started")
    world.sync("ada")
    assert world.reminder("Deferred").status is Status.COMPLETED
    assert world.reminder("Completed").status is Status.OPEN


def test_completing_here_what_the_new_map_reads_as_completed_keeps_the_raw_value(world):
    use(world, DEFERRED_IS_DONE)
    world.store.edit(world.reminder("Deferred").id, status=Status.COMPLETED)
    world.sync("ada")
    assert world.org.tasks[world.tasks["Deferred"]].values["Status"] == "Deferred"
