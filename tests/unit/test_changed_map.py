"""Changing a value map is no edit: nothing moves until somebody edits something (MAP-2)."""

from dataclasses import replace

import pytest

from remindersync.mapping import following
from remindersync.memory.asked import ask
from remindersync.model import STATUS_MAP, AskedKind, GuardedChange, Line, Status, TeamSettings, ValueMap
from remindersync.model.asked import GONE
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


@pytest.mark.parametrize("kind", AskedKind)
def test_what_is_asked_of_a_reminder_that_is_gone_is_left(world, kind):
    action = ask(world.store.state, kind, [(world.reminder("Deferred").id, Line({}, {}))], "an admin")
    (key,) = world.store.state.asked
    user, item, _ = world.store.state.asked.pop(key)
    world.store.state.asked[action, "gone"] = user, replace(item, reminder_id="gone"), None
    world.sync("ada")
    assert world.store.state.asked[action, "gone"][2].left == GONE
    assert world.sync("ada").counts.changed == 0


def test_a_reminder_edited_here_since_both_sides_agreed_does_not_follow(world):
    use(world, DEFERRED_IS_DONE)
    reminder = replace(world.reminder("Deferred"), status=Status.COMPLETED)
    (link,) = (one for one in world.store.state.links.values() if one.reminder_id == reminder.id)
    assert following.line(reminder, link, TeamSettings(status_map=DEFERRED_IS_DONE)) is None


def test_a_change_that_waits_for_approval_is_waited_for(world):
    use(world, DEFERRED_IS_DONE)
    reminder = replace(world.reminder("Deferred"), held_change=GuardedChange.DELETE)
    (link,) = (one for one in world.store.state.links.values() if one.reminder_id == reminder.id)
    assert "approval" in following.line(reminder, link, TeamSettings(status_map=DEFERRED_IS_DONE))
