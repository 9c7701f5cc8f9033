"""Section 3, the subject template: there and back, without ever growing or eating anything."""

import pytest

from remindersync.errors import UserMistake
from remindersync.model import ReminderType

FAMILY = "👨‍👩‍👧‍👦"  # eleven UTF-16 units, one sign
CALL = {"type": ReminderType.CALL, "campaign_name": "Spring", "campaign_day": 3, "campaign_step": 2}


def subject(scene, task):
    return scene.task(task)["Subject"]


def cost_of_changing(scene, reminder, **fields):
    scene.change(reminder, **fields)
    with scene.cost() as cost:
        scene.run()
    return cost


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("{{activity_subject}}", "Offer"),
        ("[{{ACTIVITY_TYPE}}] {{Activity_Subject}}", "[Call] Offer"),
        (
            "{{sales_campaign_name}}/{{sales_campaign_day}}/{{sales_campaign_step}}: {{activity_subject}}",
            "Spring/3/2: Offer",
        ),
        ("{{call_outcome}}{{call_reason}}{{activity_subject}}", "Offer"),
        ("one\n{{activity_subject}}\ntwo", "one Offer two"),
        ("{{activity_subject}}" + "x" * 300, "Offer" + "x" * 250),
    ],
    ids=["default", "names ignore case", "campaign", "an empty field is nothing", "no line breaks", "cut at 255"],
)
def test_subj_1_the_subject_is_what_the_template_makes_of_it(scene, template, made):
    scene.set(subject_template=template)
    reminder, task = scene.pair_from_here("Offer", **CALL)
    assert subject(scene, task) == made
    scene.quiet()
    assert scene.reminder(reminder).name == "Offer"


def test_subj_1_an_unknown_field_is_refused_by_name_and_position(scene):
    with pytest.raises(UserMistake, match=r"\{\{colour\}\} at character 6"):
        scene.set(subject_template="Call {{colour}}")


@pytest.mark.parametrize("room", [0, 10, 11])
def test_subj_1_the_cut_counts_utf_16_units_and_splits_no_sign(scene, room):
    scene.set(subject_template="[{{activity_type}}] {{activity_subject}} of {{sales_campaign_name}}")
    name = "n" * (255 - len("[Call] ") - room) + FAMILY
    reminder, task = scene.pair_from_here(name, **CALL)
    assert subject(scene, task) == "[Call] " + name.removesuffix(FAMILY) + (FAMILY if room == 11 else "")
    scene.edit(task, Subject=subject(scene, task).replace("n", "m", 1))
    scene.run()
    assert scene.reminder(reminder).name == name.replace("n", "m", 1)
    scene.quiet()


def test_subj_2_a_changed_name_changes_the_subject_if_the_template_has_it(scene):
    scene.set(subject_template="[{{activity_type}}] {{activity_subject}}")
    reminder, task = scene.pair_from_here("Offer", **CALL)
    cost = cost_of_changing(scene, reminder, name="Contract")
    assert subject(scene, task) == "[Call] Contract"
    assert (cost.calls, cost.updated_there) == (2, 1)
    scene.quiet()


def test_subj_2_a_changed_name_changes_nothing_if_the_template_has_it_not(scene):
    scene.set(subject_template="{{activity_type}} of {{sales_campaign_name}}")
    reminder, task = scene.pair_from_here("Offer", **CALL)
    cost = cost_of_changing(scene, reminder, name="Contract")
    assert subject(scene, task) == "Call of Spring"
    assert (cost.calls, cost.nothing) == (1, True)
    assert scene.reminder(reminder).name == "Contract"
    scene.quiet()


@pytest.mark.parametrize(("included", "made"), [(False, "Contract"), (True, "[Custom] Contract")])
def test_subj_2_renaming_an_imported_task_writes_the_bare_name(scene, included, made):
    scene.set(subject_template="[{{activity_type}}] {{activity_subject}}", template_on_imported=included)
    reminder, task = scene.pair(Subject="Offer")
    scene.change(reminder, name="Contract")
    scene.run()
    assert subject(scene, task) == made
    scene.quiet()


def test_subj_2_another_field_of_the_template_renders_the_subject_anew(scene):
    scene.set(subject_template="{{sales_campaign_name}}: {{activity_subject}}")
    reminder, task = scene.pair_from_here("Offer", **CALL)
    cost = cost_of_changing(scene, reminder, campaign_name="Autumn")
    assert subject(scene, task) == "Autumn: Offer"
    assert (cost.calls, cost.updated_there) == (2, 1)
    scene.quiet()


def test_subj_2_a_field_only_the_teams_template_uses_changes_no_subject_of_an_imported_task(scene):
    scene.set(subject_template="[{{activity_type}}] {{activity_subject}}", template_on_imported=True)
    reminder, task = scene.pair(Subject="Offer")
    scene.change(reminder, name="Contract")
    scene.run()
    scene.set(template_on_imported=False)
    scene.change(reminder, type=ReminderType.CALL)
    scene.run()
    assert subject(scene, task) == "[Custom] Contract"
    scene.quiet()


def test_subj_2_a_subject_changed_there_is_not_rendered_anew(scene):
    scene.set(subject_template="{{sales_campaign_name}}: {{activity_subject}}")
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.edit(task, Subject="My own words")
    scene.run()
    cost = cost_of_changing(scene, reminder, campaign_name="Autumn")
    assert subject(scene, task) == "My own words"
    assert cost.nothing
    scene.quiet()


def test_subj_3_a_subject_changed_in_salesforce_changes_the_name(scene):
    reminder, task = scene.pair(Subject="Offer")
    scene.edit(task, Subject="Contract")
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(reminder).name == "Contract"
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()


@pytest.mark.parametrize("made_by", ["{{activity_subject}}", "[{{activity_type}}] {{activity_subject}}"])
def test_subj_3_a_subject_that_can_be_read_changes_the_name_though_todays_template_is_one_way(scene, made_by):
    scene.set(subject_template=made_by)
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.set(subject_template="{{activity_type}}")
    scene.edit(task, Subject=subject(scene, task).replace("Offer", "Contract"))
    scene.run()
    assert scene.reminder(reminder).name == "Contract"
    scene.quiet()


def test_subj_3_a_team_may_turn_this_off(scene):
    scene.set(subject_inbound=False)
    reminder, task = scene.pair(Subject="Offer")
    scene.edit(task, Subject="Contract")
    with scene.cost() as cost:
        scene.run()
    assert (scene.reminder(reminder).name, subject(scene, task)) == ("Offer", "Contract")
    assert cost.nothing
    scene.change(reminder, details="something else")
    scene.run()
    assert subject(scene, task) == "Contract"
    scene.change(reminder, name="Order")
    scene.run()
    assert subject(scene, task) == "Order"
    scene.quiet()


@pytest.mark.parametrize(
    ("edited", "name"),
    [("Spring: Contract", "Contract"), ("Contract", "Contract"), ("Autumn: Contract", "Autumn: Contract")],
    ids=["prefix kept", "prefix gone", "other prefix"],
)
def test_subj_4_a_subject_is_inverted_with_what_was_written_around_the_name(scene, edited, name):
    scene.set(subject_template="{{sales_campaign_name}}: {{activity_subject}}")
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.edit(task, Subject=edited)
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(reminder).name == name
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()
    assert subject(scene, task) == edited


def test_subj_4_today_s_rendering_is_tried_where_the_former_does_not_fit(scene):
    scene.set(subject_template="{{sales_campaign_name}}: {{activity_subject}}")
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.set(subject_template="[{{activity_type}}] {{activity_subject}}")
    scene.edit(task, Subject="[Call] Contract")
    scene.run()
    assert scene.reminder(reminder).name == "Contract"
    scene.quiet()


@pytest.mark.parametrize(
    "template",
    [
        "  Call:  {{activity_subject}}  ",
        "{{call_outcome}} {{activity_subject}}",
        "{{activity_subject}}  -  {{call_reason}}",
    ],
)
def test_subj_4_what_salesforce_trims_of_the_texts_around_the_name_is_no_edit(scene, template):
    scene.set(subject_template=template)
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.quiet()
    scene.edit(task, Subject=subject(scene, task).replace("Offer", "Contract"))
    with scene.cost() as cost:
        scene.run()
    assert (scene.reminder(reminder).name, cost.writes_there) == ("Contract", 0)
    scene.quiet()


@pytest.mark.parametrize("again", [False, True], ids=["renamed once", "renamed again before the answer is known"])
def test_subj_4_a_lost_answer_under_a_new_template_makes_no_prefix_part_of_the_name(scene, again):
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.set(subject_template="[{{activity_type}}] {{activity_subject}}")
    scene.change(reminder, name="Contract")
    scene.lose(saved=True)
    scene.run()
    assert subject(scene, task) == "[Call] Contract"
    if again:
        scene.change(reminder, name="Order")
    scene.wait(660)
    scene.settle("ada")
    assert subject(scene, task) == ("[Call] Order" if again else "[Call] Contract")
    scene.edit(task, Subject="[Call] Visit")
    scene.run()
    assert scene.reminder(reminder).name == "Visit"
    scene.change(reminder, name="Meet")
    scene.run()
    assert subject(scene, task) == "[Call] Meet"
    scene.quiet()


def test_subj_4_an_edit_there_of_a_subject_whose_answer_was_lost_makes_no_prefix_part_of_the_name(scene):
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.set(subject_template="[{{activity_type}}] {{activity_subject}}")
    scene.change(reminder, name="Contract")
    scene.lose(saved=True)
    scene.run()
    scene.wait(1)
    scene.edit(task, Subject="[Call] Visit")
    scene.wait(660)
    scene.settle("ada")
    assert (scene.reminder(reminder).name, subject(scene, task)) == ("Visit", "[Call] Visit")
    scene.quiet()


def test_subj_4_a_cut_suffix_counts_as_matched_by_what_is_left_of_it(scene):
    scene.set(subject_template="{{activity_subject}} (of campaign {{sales_campaign_name}})")
    reminder, task = scene.pair_from_here("n" * 240, **CALL)
    shown = subject(scene, task)
    assert len(shown) == 255
    scene.edit(task, Subject="m" + shown[1:])
    scene.run()
    assert scene.reminder(reminder).name == "m" + "n" * 239
    scene.quiet()


def test_subj_4_an_empty_subject_reads_as_no_subject_and_is_not_written_back(scene):
    reminder, task = scene.pair(Subject=None)
    assert scene.reminder(reminder).name == "(no subject)"
    scene.change(reminder, details="note")
    scene.run()
    assert subject(scene, task) is None
    scene.quiet()


def test_subj_5_a_changed_template_rewrites_no_subject_until_its_reminder_changes(scene):
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.set(subject_template="[{{activity_type}}] {{activity_subject}}")
    scene.quiet()
    assert subject(scene, task) == "Offer"
    scene.change(reminder, name="Contract")
    scene.run()
    assert subject(scene, task) == "[Call] Contract"
    scene.quiet()


@pytest.mark.parametrize("template", ["{{activity_type}}", "{{activity_subject}} / {{activity_subject}}"])
def test_subj_5_a_subject_made_by_a_one_way_template_is_not_taken_in(scene, template):
    scene.set(subject_template=template)
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.edit(task, Subject="My own words")
    with scene.cost() as cost:
        scene.run()
    assert (scene.reminder(reminder).name, cost.nothing) == ("Offer", True)
    scene.quiet()


def test_subj_5_a_subject_made_by_a_former_one_way_template_is_not_taken_in_either(scene):
    scene.set(subject_template="{{activity_subject}} / {{activity_subject}}")
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.set(subject_template="{{activity_subject}}")
    scene.edit(task, Subject="Offer / Offer!")
    scene.run()
    assert scene.reminder(reminder).name == "Offer"
    scene.change(reminder, name="Contract")
    scene.run()
    assert subject(scene, task) == "Contract"
    scene.quiet()


@pytest.mark.parametrize("changed", [{"name": "Contract"}, {"campaign_name": "Autumn"}], ids=["name", "other field"])
def test_subj_5_what_changed_before_a_template_shows_it_rewrites_no_subject(scene, changed):
    scene.set(subject_template="{{activity_type}}")
    reminder, task = scene.pair_from_here("Offer", **CALL)
    scene.change(reminder, **changed)
    scene.run()
    scene.set(subject_template="{{sales_campaign_name}}: {{activity_subject}}")
    scene.edit(task, Priority="High")
    with scene.cost() as cost:
        scene.run()
    assert (subject(scene, task), cost.writes_there) == ("Call", 0)
    scene.change(reminder, name="Order")
    scene.run()
    assert subject(scene, task) == f"{scene.reminder(reminder).campaign_name}: Order"
    scene.quiet()
