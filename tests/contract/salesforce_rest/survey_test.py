"""Settings held against an org in a box, and a condition asked of it."""

from dataclasses import replace

import pytest

from remindersync.errors import UserMistake
from remindersync.model import TeamSettings, ValueMap
from remindersync.salesforce.survey import OrgSurvey
from tests.fixtures.salesforce import Box

BEFORE = TeamSettings()


def statuses(*, open_: set[str], completed: set[str]) -> TeamSettings:
    reads = {"open": frozenset(open_), "completed": frozenset(completed)}
    return replace(BEFORE, status_map=ValueMap(reads, {"open": min(open_), "completed": min(completed)}))


def priorities(*high: str) -> TeamSettings:
    reads = {"normal": frozenset({"Normal"}), "high": frozenset(high)}
    return replace(BEFORE, priority_map=ValueMap(reads, {"normal": "Normal", "high": high[0]}))


def condition(text: str) -> TeamSettings:
    return replace(BEFORE, import_condition=text)


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        statuses(open_={"Not Started", "In Progress"}, completed={"Completed"}),
        priorities("High", "Low"),
        condition("Priority = 'High' AND (WhoId != null OR Who.Name LIKE 'A%')"),
        condition("CreatedDate > LAST_N_DAYS:30"),
        replace(BEFORE, import_closed_on_creation=True),
    ],
)
def test_what_the_org_agrees_with_is_let_through(box: Box, after: TeamSettings) -> None:
    OrgSurvey(box.client()).check(BEFORE, after)


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (statuses(open_={"Offen"}, completed={"Completed"}), r"status_map\.open: your org has no value 'Offen'"),
        (statuses(open_={"Not Started"}, completed={"Deferred"}), r"status_map\.completed: 'Deferred' is open in"),
        (statuses(open_={"Completed"}, completed={"Done"}), "has no value 'Done'"),
        (priorities("Urgent"), r"priority_map\.high: your org has no value 'Urgent'"),
        (condition("Colour = 'red'"), "no field 'Colour'"),
        (condition("Whom.Name = 'x'"), r"no field 'Whom\.Name'"),
        (condition("Description = 'x'"), "does not filter by Description"),
        (condition("Who.Colour = 'x'"), "Salesforce refuses it"),
        (condition("CreatedDate = 'x'"), "Salesforce refuses it"),
        (condition("Priority ="), "character 11"),
    ],
)
def test_what_the_org_contradicts_is_refused_by_name(box: Box, after: TeamSettings, sentence: str) -> None:
    with pytest.raises(UserMistake, match=sentence):
        OrgSurvey(box.client()).check(BEFORE, after)


def test_a_status_that_is_closed_there_cannot_read_as_open(box: Box) -> None:
    with pytest.raises(UserMistake, match=r"status_map\.open: 'Completed' is closed in your org"):
        OrgSurvey(box.client()).check(BEFORE, statuses(open_={"Completed"}, completed={"Completed"}))


def test_only_what_is_changed_is_asked_about(box: Box) -> None:
    OrgSurvey(box.client()).check(BEFORE, replace(BEFORE, template_on_imported=True))
    assert box.calls() == 0


def test_tasks_that_fit_a_condition_are_told_from_those_that_do_not(box: Box) -> None:
    made = [
        box.person().create(Subject=f"Task {number}", Priority=("High", "Low")[number % 2]) for number in range(450)
    ]
    tasks = box.tasks()
    box.calls()
    assert tasks.fitting(made, "Priority = 'High' OR Subject = 'x'") == frozenset(made[::2])
    assert box.calls() == 3
    assert tasks.fitting([], "Priority = 'High'") == frozenset()
