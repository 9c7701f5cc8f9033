"""What a preview of turning sync on shows is what happens, in worlds nobody thought of and wherever a run is cut."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conformance.hooks import Killed
from tests.conformance.memory_world import MemoryScene

NAMES = st.sampled_from(["Call", "Visit", "Write"])
DAYS = st.sampled_from([None, -1, 0, 1])
THERE = st.tuples(
    NAMES,
    DAYS,
    st.integers(0, 3),
    st.sampled_from(["Not Started", "In Progress", "Completed"]),
    st.sampled_from([None, "there"]),
)
HERE = st.tuples(NAMES, DAYS, st.sampled_from(["", "here", "there"]))
CHOICES = st.fixed_dictionaries({"import_open": st.booleans(), "match_existing": st.booleans()})


def built(there, here):
    """A world in which nobody syncs: Tasks edited some days ago, and reminders."""
    scene = MemoryScene()
    today = scene.clock.now().date()
    for name, day, age, status, details in there:
        then = scene.clock.now() - timedelta(days=age)
        due = None if day is None else (today + timedelta(days=day)).isoformat()
        stamps = {"CreatedDate": then - timedelta(days=1), "LastModifiedDate": then, "SystemModstamp": then}
        scene.store_task(Subject=name, ActivityDate=due, Status=status, Description=details, **stamps)
    for name, day, details in here:
        scene.add(name, due_date=None if day is None else today + timedelta(days=day), details=details)
    scene.wait(5)
    return scene


def effects(scene, items):
    """What items say of each Task: which reminder it gets, and what is written to it."""
    pairs = {one["salesforce_id"]: one["reminder"] for one in items if one["action"] in ("create", "match")}
    writes = {
        (one["salesforce_id"], name): change["to"]
        for one in items
        if (one["action"], one["side"]) == ("update", "salesforce")
        for name, change in one["fields"].items()
    }
    inbound = {
        (one["reminder"], name): change["to"]
        for one in items
        if (one["action"], one["side"]) == ("update", "app")
        for name, change in one["fields"].items()
    }
    return pairs, writes, inbound


def shown(reminder):
    return {"details": reminder.details or None, "status": reminder.status.value, "priority": reminder.priority.value}


@settings(deadline=None, max_examples=60)
@given(st.lists(THERE, max_size=7), st.lists(HERE, max_size=5), CHOICES, st.integers(0, 45))
def test_what_was_shown_happens_and_nothing_else_wherever_it_is_cut(there, here, choice, step):
    scene = built(there, here)
    tasks, reminders = scene.every_task(), {one.id: one for one in scene.everything()}
    items = scene.preview_switch(**choice)
    assert (scene.every_task(), {one.id: one for one in scene.everything()}) == (tasks, reminders)
    scene.accept()
    scene.hooks.kill_at(step)
    try:
        scene.run()
    except Killed:
        scene.wait(3600)
    scene.hooks.reset()
    scene.settle("ada")
    pairs, writes, inbound = effects(scene, items)
    assert {link.task_id: link.reminder_id for link in scene.links()} == pairs
    written = {
        (one, name): task[name]
        for one, task in scene.every_task().items()
        for name in task
        if task[name] != tasks[one][name]
    }
    assert written == writes
    changed = {
        (one.id, name): value
        for one in scene.everything()
        if one.id in reminders
        for name, value in shown(one).items()
        if value != shown(reminders[one.id])[name]
    }
    assert changed == inbound
    matched = {one["reminder"] for one in items if one["action"] == "match"}
    assert {one.id for one in scene.everything() if one.id in reminders and one.shared} == matched
    scene.quiet("ada")
