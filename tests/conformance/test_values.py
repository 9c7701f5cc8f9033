"""Values: what must survive, and what must never come back."""

from random import Random

import pytest

from remindersync.model import ReminderType, Status

FAMILY = "👨‍👩‍👧‍👦"  # eleven UTF-16 units, one sign
TEMPLATES = (
    "{{activity_subject}}",
    "[{{activity_type}}] {{activity_subject}}",
    "{{sales_campaign_name}}: {{activity_subject}}",
    "{{activity_subject}} ({{sales_campaign_name}}, day {{sales_campaign_day}})",
)


def test_waiting_on_someone_else_survives_an_edit_of_another_field_here(scene):
    reminder, task = scene.pair(Subject="Call", Status="Waiting on someone else")
    scene.change(reminder, details="note", name="Call back")
    scene.run()
    assert scene.task(task)["Status"] == "Waiting on someone else"
    assert scene.task(task)["Subject"] == "Call back"
    scene.quiet()


def test_complete_then_reopen_is_as_it_was(scene):
    reminder, task = scene.pair(Subject="Call", Status="Deferred")
    scene.change(reminder, status=Status.COMPLETED)
    scene.run()
    assert scene.task(task)["Status"] == "Completed"
    scene.change(reminder, status=Status.OPEN)
    scene.run()
    assert (scene.task(task)["Status"], scene.reminder(reminder).completed_at) == ("Deferred", None)
    scene.edit(task, Status="Completed")
    scene.run()
    assert scene.reminder(reminder).completed_at is not None
    scene.edit(task, Status="In Progress")
    scene.run()
    assert scene.reminder(reminder).status is Status.COMPLETED  # it keeps its own value (MAP-1)
    assert scene.task(task)["Status"] == "In Progress"
    scene.quiet()


@pytest.mark.parametrize("renamed_here", [True, False])
def test_a_rename_on_one_side_and_a_completion_on_the_other_both_survive(scene, renamed_here):
    reminder, task = scene.pair(Subject="Call")
    if renamed_here:
        scene.change(reminder, name="Visit")
        scene.edit(task, Status="Completed")
    else:
        scene.change(reminder, status=Status.COMPLETED)
        scene.edit(task, Subject="Visit")
    with scene.cost() as cost:
        scene.run()
    found, shown = scene.reminder(reminder), scene.task(task)
    assert (found.name, found.status, found.completed_at is not None) == ("Visit", Status.COMPLETED, True)
    assert (shown["Subject"], shown["Status"]) == ("Visit", "Completed")
    assert (cost.calls, cost.writes_here, cost.updated_there) == (2, 1, 1)
    assert scene.lost(reminder) == []
    scene.quiet()


def test_cut_subjects_and_comments_never_come_back_as_edits(scene):
    name, details = "n" * 300, "d" * 40_000
    reminder, task = scene.pair_from_here(name, details=details)
    scene.edit(task, Priority="High", ActivityDate="2026-03-01")
    scene.run()
    scene.change(reminder, status=Status.COMPLETED)
    scene.run()
    scene.settle(hours=1)
    assert (scene.reminder(reminder).name, scene.reminder(reminder).details) == (name, details)
    assert (scene.task(task)["Subject"], scene.task(task)["Description"]) == (name[:255], details[:32_000])
    scene.quiet()


@pytest.mark.parametrize("rounds", [25, pytest.param(100, marks=pytest.mark.full)])
@pytest.mark.parametrize("seed", range(2))
def test_rounds_of_edits_of_a_templated_subject_neither_lengthen_nor_eat_it(scene, seed, rounds):
    random = Random(seed)
    scene.set(subject_template=TEMPLATES[1])
    reminder, task = scene.pair_from_here("Offer 0", type=ReminderType.CALL, campaign_name="Spring", campaign_day=1)
    for number in range(1, rounds + 1):
        shown = scene.task(task)["Subject"]
        name = f"Offer {number}"
        if random.random() < 0.5:
            scene.change(reminder, name=name)
        else:
            assert f"Offer {number - 1}" in shown
            scene.edit(task, Subject=shown.replace(f"Offer {number - 1}", name))
        scene.run()
        assert (scene.reminder(reminder).name, scene.task(task)["Subject"].count(name)) == (name, 1)
        changed = random.choice(["type", "campaign", "template", "nothing"])
        if changed == "type":
            scene.change(reminder, type=random.choice(list(ReminderType)))
        elif changed == "campaign":
            scene.change(reminder, campaign_name=random.choice(["Spring", "Autumn", ""]), campaign_day=number)
        elif changed == "template":
            scene.set(subject_template=random.choice(TEMPLATES))
        scene.run()
        assert scene.reminder(reminder).name == name
        assert len(scene.task(task)["Subject"]) < len("[InMail]  (Autumn, day 100): ") + len(name)
    scene.settle(hours=1)
    scene.quiet()


@pytest.mark.parametrize("room", [0, 1, 10, 11])
def test_an_emoji_at_the_cut_of_255_is_there_whole_or_not_at_all(scene, room):
    name = "n" * (255 - room) + FAMILY + "end"
    reminder, task = scene.pair_from_here(name)
    shown = scene.task(task)["Subject"]
    assert shown == "n" * (255 - room) + (FAMILY if room == 11 else "")
    scene.edit(task, Subject="m" + shown[1:])
    scene.run()
    assert scene.reminder(reminder).name == "m" + name[1:]
    scene.quiet()


def test_a_typo_mended_in_a_cut_comment_keeps_the_tail(scene):
    body, tail = "teh " + "d" * 31_996, "what Salesforce cannot hold"
    reminder, task = scene.pair_from_here("Call", details=body + tail)
    scene.edit(task, Description="the " + body[4:])
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(reminder).details == "the " + body[4:] + tail
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()
