"""What of field mapping only an org can tell: its IsClosed (MAP-2), a team's condition and successors (MAP-7)."""

from dataclasses import replace

import pytest

from remindersync.errors import UserMistake
from remindersync.model import PRIORITY_MAP, STATUS_MAP, Outcome, Status, ValueMap
from tests.conformance.scene import EMAILS
from worker.saving import save_settings

pytestmark = pytest.mark.parametrize("make_scene", ["pipeline"], indirect=True)

DEFERRED_IS_DONE = ValueMap({**STATUS_MAP.reads, "completed": frozenset({"Completed", "Deferred"})}, STATUS_MAP.writes)
PROGRESS_IS_OPEN = ValueMap(
    {**STATUS_MAP.reads, "open": frozenset({"Not Started", "In Progress"})},
    {**STATUS_MAP.writes, "open": "In Progress"},
)
URGENT = ValueMap({**PRIORITY_MAP.reads, "high": frozenset({"Urgent"})}, {**PRIORITY_MAP.writes, "high": "Urgent"})


def settings(scene):
    return scene.parts.directory.settings(scene.team.id)


def save(scene, *, by="ada", **changes):
    """Save settings as an admin does, held against the org by their login."""
    admin = scene.users[by] if by else None
    return save_settings(scene.parts, scene.team.id, replace(settings(scene), **changes), admin)


def names(scene):
    return sorted(one.name for one in scene.reminders())


# ── MAP-2 ──


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"status_map": DEFERRED_IS_DONE}, r"status_map\.completed: 'Deferred' is open in your org"),
        ({"priority_map": URGENT}, r"priority_map\.high: your org has no value 'Urgent'"),
    ],
    ids=["IsClosed", "no such value"],
)
def test_map_2_a_map_the_org_contradicts_is_not_saved(scene, changes, sentence):
    before = settings(scene)
    with pytest.raises(UserMistake, match=sentence):
        save(scene, **changes)
    assert settings(scene) == before


def test_map_2_a_map_the_org_agrees_with_is_saved_and_used(scene):
    save(scene, status_map=PROGRESS_IS_OPEN)
    _, task = scene.pair_from_here("Call")
    assert scene.task(task)["Status"] == "In Progress"
    scene.quiet()


@pytest.mark.parametrize("trouble", [{"action": "html", "status": 503}, {"action": "cut"}, {"action": "quota"}])
def test_map_2_without_an_answer_from_the_org_nothing_is_saved_and_the_admin_is_told_to_try_again(scene, trouble):
    before = settings(scene)
    scene.sim.door.add_fault(**trouble, times=None)
    with pytest.raises(UserMistake, match=r"could not be asked about these settings.*try again"):
        save(scene, status_map=PROGRESS_IS_OPEN)
    assert settings(scene) == before
    scene.sim.door.clear_faults()
    scene.parts.redis.flushall()  # what was learnt about calls that are left
    save(scene, status_map=PROGRESS_IS_OPEN)
    assert settings(scene).status_map == PROGRESS_IS_OPEN


def test_map_2_what_the_org_has_no_say_in_is_saved_without_asking_it(scene):
    scene.sim.door.add_fault("html", status=503, times=None)
    with scene.cost() as cost:
        save(scene, subject_template="Call {{activity_subject}}")
    assert cost.calls == 0


def test_map_2_where_nobody_has_a_login_a_map_is_saved_unseen(scene):
    save(scene, by=None, status_map=DEFERRED_IS_DONE)
    assert settings(scene).status_map == DEFERRED_IS_DONE


# ── MAP-7 ──


def test_map_7_only_tasks_that_fit_the_teams_condition_are_imported_first_and_later(off):
    off.set(import_condition="Priority = 'High' OR Subject LIKE 'Deal%'")
    for name, priority in (("first in", "High"), ("Deal first", "Normal"), ("first out", "Normal")):
        off.create(Subject=name, Priority=priority)
    off.begin()
    for name, priority in (("later in", "High"), ("Deal later", "Low"), ("later out", "Normal")):
        off.create(Subject=name, Priority=priority)
    # An OR in it reaches past nothing: these are somebody else's, and a logged e-mail.
    off.create(by="carl", Subject="Deal of Carl", Priority="High")
    off.store_task(Subject="Deal by mail", Priority="High", TaskSubtype="Email")
    off.settle("ada")
    assert names(off) == ["Deal first", "Deal later", "first in", "later in"]
    off.quiet("bob")


def test_map_7_a_task_comes_in_once_it_is_edited_to_fit(scene):
    scene.set(import_condition="Priority = 'High'")
    task = scene.create(Subject="Call", Priority="Normal")
    scene.run()
    assert names(scene) == []
    scene.edit(task, Priority="High")
    scene.run()
    assert names(scene) == ["Call"]


def test_map_7_linked_tasks_that_fit_no_more_go_on_syncing_both_ways(scene):
    scene.set(import_condition="Priority = 'High'")
    reminder, task = scene.pair(Subject="Call", Priority="High")
    scene.edit(task, Priority="Normal", Subject="Visit")
    scene.run()
    scene.change(reminder, details="note")
    scene.run()
    assert (names(scene), scene.task(task)["Description"]) == (["Visit"], "note")
    scene.edit(task, Status="Completed")
    scene.run()
    assert scene.reminder(reminder).status is Status.COMPLETED
    scene.quiet()


def test_map_7_a_condition_narrows_nothing_that_is_made_here(scene):
    scene.set(import_condition="Priority = 'High'")
    _, task = scene.pair_from_here("Call")
    assert scene.task(task)["Subject"] == "Call"
    scene.quiet()


@pytest.mark.parametrize(
    ("condition", "sentence"),
    [
        ("Priority = 'High' ORDER BY Id", "character 19"),
        ("Priority = 'High') OR (Id != null", "character 18"),
        ("Colour = 'red'", "no field 'Colour'"),
        ("Description = 'x'", "does not filter by Description"),
        ("Who.Colour = 'x'", "Salesforce refuses it"),
    ],
)
def test_map_7_a_condition_is_parsed_checked_against_describe_and_tried_when_saved(scene, condition, sentence):
    with pytest.raises(UserMistake, match=sentence):
        save(scene, import_condition=condition)
    assert settings(scene).import_condition == ""


def test_map_7_a_condition_salesforce_takes_no_more_keeps_new_tasks_out_and_stops_nothing_else(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.set(import_condition="Colour = 'red'")
    scene.create(Subject="New")
    scene.change(reminder, details="note")
    assert scene.run()[-1].outcome is Outcome.DONE
    assert (names(scene), scene.task(task)["Description"]) == (["Call"], "note")
    assert [code for code, _ in scene.faults()] == ["IMPORT_CONDITION"]


@pytest.mark.parametrize("here", [True, False])
@pytest.mark.parametrize(
    ("kind", "due"),
    [("RecurrenceRegenerateAfterDueDate", "2026-03-08"), ("RecurrenceRegenerateAfterToday", None)],
    ids=["after its due date", "after today"],
)
def test_map_7_the_successor_of_a_task_that_repeats_on_completion_is_a_new_reminder(scene, here, kind, due):
    reminder, task = scene.pair(
        Subject="Call", ActivityDate="2026-03-01", RecurrenceRegeneratedType=kind, RecurrenceInterval=7
    )
    if here:
        scene.change(reminder, status=Status.COMPLETED)
    else:
        scene.edit(task, Status="Completed")
    scene.settle("ada")
    (successor,) = (one for one in scene.reminders() if one.id != reminder)
    assert scene.reminder(reminder).status is Status.COMPLETED
    assert (successor.name, successor.status) == ("Call", Status.OPEN)
    assert due is None or successor.due_date.isoformat() == due
    assert len(scene.live()) == 2
    scene.quiet()
    scene.change(successor.id, status=Status.COMPLETED)
    scene.settle("ada")
    assert (len(scene.live()), len(scene.reminders())) == (3, 3)
    assert sum(one.status is Status.OPEN for one in scene.reminders()) == 1
    scene.quiet()


def test_map_7_whoever_saves_is_the_admin_and_needs_no_integration_login(scene):
    assert scene.parts.logins.of_team(scene.team.id) is None
    assert scene.users["ada"].email == EMAILS["ada"]
    save(scene, import_condition="Priority = 'High'")
    assert settings(scene).import_condition == "Priority = 'High'"
