"""What an admin asks for after a preview: reminders that follow a changed map (MAP-2), Subjects rendered anew (SUBJ-5)."""

from dataclasses import replace

import pytest

from remindersync.mapping.following import RULE
from remindersync.model import (
    STATUS_MAP,
    AskedKind,
    Line,
    LinkState,
    Outcome,
    Priority,
    ReminderType,
    RunKind,
    Status,
    ValueMap,
)
from remindersync.model.asked import CHANGED_SINCE, SOMEBODY_ELSES
from remindersync.subject.renewing import NOT_OURS
from tests.conformance.hooks import Killed
from tests.conformance.scene import CARL
from tests.conformance.world import Progress

FOLLOW, RERENDER = AskedKind.FOLLOW, AskedKind.RERENDER
DEFERRED_IS_DONE = ValueMap({**STATUS_MAP.reads, "completed": frozenset({"Completed", "Deferred"})}, STATUS_MAP.writes)
TEMPLATES = ("[{{activity_type}}] {{activity_subject}}", "{{activity_subject}} ({{sales_campaign_name}})")
CALL = {"type": ReminderType.CALL, "campaign_name": "Spring"}
FOLLOWED = Line({"status": "open", "Status": "Deferred"}, {"status": "completed"})


def subject(scene, task):
    return scene.task(task)["Subject"]


def asked(scene, kind, *people):
    """Ask for all a preview shows, run, and tell how far it is."""
    action = scene.ask_for(scene.preview(kind))
    for person in people or ("ada", "bob"):
        assert scene.run(person)[-1].outcome is Outcome.DONE
    return scene.progress(action)


def dies(scene, step):
    """Run, and die at a point counted from 0; say whether it was reached, and let a later run end the work."""
    scene.hooks.kill_at(step)
    killed = False
    try:
        scene.run()
    except Killed:
        killed = True
    scene.hooks.reset()
    # What a run that died had sent may land for ten minutes.
    scene.wait(660)
    scene.settle("ada")
    return killed


@pytest.fixture
def deferred(scene):
    """A pair that is deferred, which a new map of the team reads as completed."""
    reminder, task = scene.pair(Subject="Call", Status="Deferred", Priority="Low")
    scene.set(status_map=DEFERRED_IS_DONE)
    return reminder, task


# ── Reminders that follow a changed map ──


def test_map_2_a_preview_names_the_reminders_that_would_follow_and_changes_nothing(scene, deferred):
    reminder, _ = deferred
    scene.pair_from_here("Visit")
    assert scene.preview(FOLLOW).lines == {reminder: FOLLOWED}
    scene.quiet()
    assert scene.reminder(reminder).status is Status.OPEN


def test_map_2_reminders_follow_once_asked_and_nothing_goes_back_to_salesforce(scene, deferred):
    reminder, task = deferred
    action = scene.ask_for(scene.preview(FOLLOW))
    with scene.cost() as cost:
        scene.run()
    found = scene.reminder(reminder)
    assert (found.status, found.completed_at is not None) == (Status.COMPLETED, True)
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    assert [(one.field, one.old, one.new) for one in scene.history(reminder) if one.rule == RULE] == [
        ("status", "open", "completed")
    ]
    assert scene.progress(action) == Progress(waiting=0, done=1, left={})
    scene.quiet()
    scene.change(reminder, details="note")
    scene.run()
    assert (scene.task(task)["Status"], scene.task(task)["Description"]) == ("Deferred", "note")
    assert scene.preview(FOLLOW).lines == {}


def test_map_2_a_priority_follows_as_well(scene, deferred):
    reminder, task = deferred
    scene.set(
        priority_map=ValueMap(
            {"normal": frozenset({"Normal"}), "high": frozenset({"High", "Low"})}, {"normal": "Normal", "high": "High"}
        )
    )
    assert asked(scene, FOLLOW).done == 1
    assert (scene.reminder(reminder).status, scene.reminder(reminder).priority) == (Status.COMPLETED, Priority.HIGH)
    assert (scene.task(task)["Status"], scene.task(task)["Priority"]) == ("Deferred", "Low")
    scene.quiet()


def test_map_2_edits_of_a_reminder_that_followed_sync_as_ever(scene, deferred):
    reminder, task = deferred
    asked(scene, FOLLOW)
    scene.edit(task, Status="Not Started")
    scene.run()
    assert scene.reminder(reminder).status is Status.OPEN
    scene.change(reminder, status=Status.COMPLETED)
    scene.run()
    assert scene.task(task)["Status"] == "Completed"
    scene.quiet()


@pytest.mark.parametrize("where", ["here", "there", "map"])
def test_map_2_what_changed_after_the_preview_is_left_and_named(scene, deferred, where):
    reminder, task = deferred
    other, _ = scene.pair(Subject="Visit", Status="Deferred", OwnerId=scene.task(task)["OwnerId"])
    scene.set(status_map=STATUS_MAP)
    scene.change(other, status=Status.OPEN)
    scene.set(status_map=DEFERRED_IS_DONE)
    preview = scene.preview(FOLLOW)
    if where == "here":
        scene.change(reminder, status=Status.COMPLETED)
    elif where == "there":
        scene.edit(task, Status="Not Started")
    else:
        scene.set(status_map=STATUS_MAP)
    action = scene.ask_for(preview)
    scene.settle("ada")
    left = scene.progress(action).left
    assert left[reminder] == CHANGED_SINCE
    assert scene.progress(action).waiting == 0
    assert scene.reminder(reminder).status is (Status.COMPLETED if where == "here" else Status.OPEN)
    assert not any(one.rule == RULE for one in scene.history(reminder))
    scene.settle()
    scene.quiet()


def test_map_2_what_is_in_the_bin_or_out_of_reach_is_left_out(scene, deferred):
    reminder, _ = deferred
    scene.set(status_map=STATUS_MAP)
    _, far_task = scene.pair(Subject="Meet", Status="Deferred")
    scene.set(status_map=DEFERRED_IS_DONE)
    scene.bin(reminder)
    scene.edit(far_task, OwnerId=CARL)
    scene.settle("ada", hours=1)
    assert scene.link(far_task).state is LinkState.ASLEEP
    preview = scene.preview(FOLLOW)
    assert preview.lines == {}
    assert preview.left_out == {"It is in the bin": 1, "Its Task is out of reach": 1}


def test_map_2_a_run_that_dies_anywhere_lets_each_reminder_follow_once(scene):
    step, killed = 0, True
    while killed:
        scene.set(status_map=STATUS_MAP)
        reminder, task = scene.pair(Subject="Call", Status="Deferred")
        scene.set(status_map=DEFERRED_IS_DONE)
        action = scene.ask_for(scene.preview(FOLLOW))
        killed = dies(scene, step)
        assert scene.reminder(reminder).status is Status.COMPLETED
        assert sum(one.rule == RULE for one in scene.history(reminder)) == 1
        assert (scene.progress(action), scene.task(task)["Status"]) == (Progress(0, 1, {}), "Deferred")
        step += 1
    assert step > 5
    scene.quiet()


# ── Subjects rendered anew ──


@pytest.fixture
def offers(scene):
    """Two pairs from here and an imported one, under a template nobody's Subject was made with."""
    pairs = [scene.pair_from_here(name, **CALL) for name in ("Offer", "Order")]
    scene.pair(Subject="Theirs")
    scene.set(subject_template=TEMPLATES[0])
    return pairs


def test_subj_5_a_preview_shows_each_subject_before_and_after_and_writes_nothing(scene, offers):
    (offer, _), (order, _) = offers
    assert scene.preview(RERENDER).lines == {
        offer: Line({"Subject": "Offer"}, {"Subject": "[Call] Offer"}),
        order: Line({"Subject": "Order"}, {"Subject": "[Call] Order"}),
    }
    scene.quiet()


def test_subj_5_asked_for_all_subjects_are_rendered_anew_in_one_call(scene, offers):
    action = scene.ask_for(scene.preview(RERENDER))
    with scene.cost() as cost:
        scene.run()
    assert [subject(scene, task) for _, task in offers] == ["[Call] Offer", "[Call] Order"]
    assert (cost.calls, cost.updated_there, cost.writes_here) == (3, 2, 0)
    assert scene.progress(action) == Progress(waiting=0, done=2, left={})
    for reminder, _ in offers:
        (event,) = (one for one in scene.history(reminder) if "anew" in one.rule)
        assert (event.field, event.login is None) == ("Subject", False)
    scene.quiet()
    assert scene.preview(RERENDER).lines == {}


def test_subj_5_a_subject_rendered_anew_is_read_back_through_the_new_template(scene, offers):
    (reminder, task), _ = offers
    asked(scene, RERENDER)
    scene.edit(task, Subject="[Call] Contract")
    scene.run()
    assert scene.reminder(reminder).name == "Contract"
    scene.quiet()


def test_subj_5_each_persons_subjects_are_written_with_their_own_login(scene):
    pairs = {}
    for person in ("ada", "bob"):
        reminder = scene.add("Offer", by=person, **CALL)
        scene.run(person)
        pairs[person] = reminder, scene.task_of(reminder)
    scene.set(subject_template=TEMPLATES[0])
    assert asked(scene, RERENDER).done == 2
    logins = set()
    for reminder, task in pairs.values():
        assert subject(scene, task) == "[Call] Offer"
        logins |= {one.login for one in scene.history(reminder) if "anew" in one.rule}
    assert len(logins) == 2


def test_subj_5_a_subject_a_person_changed_in_salesforce_is_left_out(scene, offers):
    (reminder, task), (other, _) = offers
    scene.edit(task, Subject="My own words")
    scene.run()
    preview = scene.preview(RERENDER)
    assert (set(preview.lines), preview.left_out) == ({other}, {NOT_OURS: 1})
    scene.ask_for(preview)
    scene.run()
    assert subject(scene, task) == "My own words"
    assert scene.reminder(reminder).name == "My own words"
    scene.quiet()


@pytest.mark.parametrize("where", ["there", "here", "template"])
def test_subj_5_what_changed_after_the_preview_is_left_and_named(scene, offers, where):
    (reminder, task), (_, its_task) = offers
    preview = scene.preview(RERENDER)
    if where == "there":
        scene.edit(task, Subject="My own words")
    elif where == "here":
        scene.change(reminder, name="Contract")
    else:
        scene.set(subject_template=TEMPLATES[1])
    action = scene.ask_for(preview)
    scene.settle("ada")
    expected = {"there": "My own words", "here": "[Call] Contract", "template": "Offer"}[where]
    assert subject(scene, task) == expected
    progress = scene.progress(action)
    assert reminder in progress.left
    assert (progress.waiting, progress.done) == (0, 0 if where == "template" else 1)
    assert subject(scene, its_task) == ("Order" if where == "template" else "[Call] Order")
    scene.quiet()


def test_subj_5_a_subject_changed_in_salesforce_while_the_run_is_under_way_stands(scene, offers):
    (reminder, task), _ = offers
    action = scene.ask_for(scene.preview(RERENDER))
    scene.hooks.once(lambda: scene.edit(task, Subject="My own words"), at=("by_ids",))
    scene.run()
    scene.settle()
    assert (subject(scene, task), scene.reminder(reminder).name) == ("My own words", "My own words")
    assert (scene.progress(action).waiting, set(scene.progress(action).left)) == (0, {reminder})
    scene.quiet()


def test_subj_5_a_subject_salesforce_refuses_is_left_and_the_others_are_written(scene, offers):
    (refused, task), (_, other) = offers
    action = scene.ask_for(scene.preview(RERENDER))
    scene.refuse("FIELD_CUSTOM_VALIDATION_EXCEPTION", task_id=task)
    scene.run()
    scene.refuse_nothing()
    assert (subject(scene, task), subject(scene, other)) == ("Offer", "[Call] Order")
    assert set(scene.progress(action).left) == {refused}
    assert scene.faults() == [("FIELD_CUSTOM_VALIDATION_EXCEPTION", refused)]


@pytest.mark.parametrize("saved", [True, False])
def test_subj_5_a_cut_answer_renders_nothing_twice(scene, offers, saved):
    action = scene.ask_for(scene.preview(RERENDER))
    with scene.cost() as cost:
        scene.lose(saved=saved)
        scene.run()
        scene.wait(60)
        scene.settle("ada")
    assert [subject(scene, task) for _, task in offers] == ["[Call] Offer", "[Call] Order"]
    assert (cost.updated_there, cost.writes_here) == (2, 0)
    assert scene.progress(action) == Progress(waiting=0, done=2, left={})
    for reminder, task in offers:
        scene.edit(task, Subject="[Call] Contract")
        scene.settle("ada")
        assert scene.reminder(reminder).name == "Contract"


def test_subj_5_a_run_that_dies_anywhere_renders_each_subject_once(scene):
    step, killed = 0, True
    while killed:
        scene.set(subject_template="{{activity_subject}}")
        _, task = scene.pair_from_here("Offer", **CALL)
        scene.set(subject_template=TEMPLATES[0])
        action = scene.ask_for(scene.preview(RERENDER))
        with scene.cost() as cost:
            killed = dies(scene, step)
        assert (subject(scene, task), cost.updated_there) == ("[Call] Offer", 1)
        assert scene.progress(action) == Progress(waiting=0, done=1, left={})
        step += 1
    assert step > 8
    scene.settle("ada", hours=1)
    scene.quiet()


def test_subj_5_more_subjects_than_one_call_takes_are_rendered_in_several(scene):
    made = [scene.add(f"Offer {number}") for number in range(205)]
    scene.run()
    scene.run()
    scene.set(subject_template=TEMPLATES[0])
    action = scene.ask_for(scene.preview(RERENDER))
    with scene.cost() as cost:
        scene.run()
    assert {task["Subject"] for task in scene.live().values()} == {f"[Custom] Offer {one}" for one in range(205)}
    assert (cost.calls <= 12, cost.updated_there) == (True, 205)
    assert scene.progress(action) == Progress(waiting=0, done=len(made), left={})


@pytest.mark.parametrize("rounds", [10, pytest.param(100, marks=pytest.mark.full)])
def test_subj_5_rendering_anew_with_alternating_templates_neither_lengthens_nor_eats_a_subject(scene, rounds):
    long = "n" * 240
    (reminder, task), (cut, its_task) = scene.pair_from_here("Offer", **CALL), scene.pair_from_here(long, **CALL)
    for number in range(rounds):
        scene.set(subject_template=TEMPLATES[number % 2])
        assert asked(scene, RERENDER, "ada").done == 2
        assert subject(scene, task) == ("[Call] Offer", "Offer (Spring)")[number % 2]
        assert subject(scene, its_task) == (f"[Call] {long}", f"{long} (Spring)")[number % 2]
    assert (scene.reminder(reminder).name, scene.reminder(cut).name) == ("Offer", long)
    scene.set(subject_template="{{activity_subject}}")
    asked(scene, RERENDER, "ada")
    assert (subject(scene, task), subject(scene, its_task)) == ("Offer", long)
    scene.quiet()


def test_subj_5_a_template_without_the_name_and_back_again_loses_no_name(scene):
    reminder, task = scene.pair_from_here("Offer", **CALL)
    for template, made in (("{{activity_type}}", "Call"), (TEMPLATES[0], "[Call] Offer")):
        scene.set(subject_template=template)
        assert asked(scene, RERENDER, "ada").done == 1
        assert (subject(scene, task), scene.reminder(reminder).name) == (made, "Offer")
    scene.quiet()


def test_subj_5_imported_tasks_are_rendered_anew_where_the_team_wants_it_and_this_app_named_them(scene):
    reminder, task = scene.pair(Subject="Offer")
    _, other = scene.pair(Subject="Order")
    scene.change(reminder, name="Contract")
    scene.run()
    scene.set(subject_template=TEMPLATES[0], template_on_imported=True)
    preview = scene.preview(RERENDER)
    assert (set(preview.lines), preview.left_out) == ({reminder}, {NOT_OURS: 1})
    scene.ask_for(preview)
    scene.run()
    assert (subject(scene, task), subject(scene, other)) == ("[Custom] Contract", "Order")
    scene.quiet()


@pytest.mark.parametrize("kind", [FOLLOW, RERENDER])
def test_what_went_to_somebody_else_after_the_preview_is_left_and_named(scene, kind):
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.edit(task, Status="Deferred")
    scene.run()
    scene.set(subject_template=TEMPLATES[0], status_map=DEFERRED_IS_DONE)
    action = scene.ask_for(scene.preview(kind))
    scene.assign(reminder, "bob")
    scene.settle()
    assert scene.owner(reminder) == "bob"
    assert scene.progress(action) == Progress(waiting=0, done=0, left={reminder: SOMEBODY_ELSES})
    assert (scene.reminder(reminder).status, subject(scene, task)) == (Status.OPEN, "Offer")
    scene.quiet()


def test_what_is_asked_comes_right_after_a_persons_own_edit_in_a_run_of_its_own(scene, offers):
    (reminder, task), (_, other) = offers
    action = scene.ask_for(scene.preview(RERENDER))
    scene.change(reminder, details="note")
    scene.run()
    assert (scene.task(task)["Description"], subject(scene, other)) == ("note", "Order")
    assert (scene.progress(action).waiting, scene.rest("ada") <= 2) == (2, True)
    scene.run()
    assert (scene.progress(action).done, subject(scene, other)) == (2, "[Call] Order")


def test_what_is_asked_of_a_person_who_turned_sync_off_waits_until_it_is_on(scene, offers):
    preview = scene.preview(RERENDER)
    action = scene.ask_for(preview)
    scene.turn_off("ada")
    scene.settle("bob")
    assert scene.progress(action).waiting == 2
    assert scene.preview(RERENDER).lines == {}
    scene.turn_on("ada")
    scene.settle("ada")
    assert scene.progress(action) == Progress(waiting=0, done=2, left={})


def test_a_dry_run_does_nothing_of_what_was_asked(scene, offers):
    scene.ask_for(scene.preview(RERENDER))
    scene.ask("ada", RunKind.DRY)
    with scene.cost() as cost:
        scene.slice("ada")
    assert cost.nothing


def test_maps_may_be_reset_and_followed_back(scene, deferred):
    reminder, task = deferred
    asked(scene, FOLLOW)
    scene.set(
        status_map=replace(STATUS_MAP, reads={**STATUS_MAP.reads, "open": frozenset({"Not Started", "Deferred"})})
    )
    assert asked(scene, FOLLOW).done == 1
    assert (scene.reminder(reminder).status, scene.task(task)["Status"]) == (Status.OPEN, "Deferred")
    scene.quiet()
