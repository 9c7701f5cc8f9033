"""Matching reminders that are here already to Tasks: one to one, whatever the order, and nothing that is unclear."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remindersync import newcomers
from remindersync.merge import Times
from remindersync.model import (
    OrgFacts,
    Person,
    Reminder,
    ReminderType,
    SalesforceTask,
    Snapshot,
    SyncUser,
    TeamSettings,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = date(2026, 11, 23)
SETTINGS = TeamSettings(subject_template="{{activity_type}}: {{activity_subject}}")
USER = SyncUser("ada", "team", "ada@example.com", "UTC", "00D000000000001EAA", "005000000000001AAA", NOW)


def reminder(number, name, due=None, **fields):
    return Reminder(f"r{number}", "team", "ada", name, NOW, NOW, due_date=due, shared=False, **fields)


def task(number, subject, due=None, **values):
    shown = {"Subject": subject, "Status": "Not Started", "Priority": "Normal", "ActivityDate": due and due.isoformat()}
    return SalesforceTask(
        f"t{number}",
        owner_id=USER.salesforce_id,
        values={**shown, "Description": None, "WhoId": None, **values},
        is_closed=False,
        created_at=NOW,
        modified_at=NOW,
        stamp=NOW,
        read_at=NOW,
    )


names = st.sampled_from(["Call", "call", "Call ", "Custom: Call", "Visit", "Cafe\u0301", "Café"])
dues = st.sampled_from([None, DAY, date(2026, 11, 24)])
sides = st.tuples(st.lists(st.tuples(names, dues), max_size=8), st.lists(st.tuples(names, dues), max_size=8))


def found(ours, theirs):
    return newcomers.matches(
        [reminder(number, *one) for number, one in ours], [task(number, *one) for number, one in theirs], SETTINGS
    )


@given(sides)
def test_a_task_has_one_reminder_and_a_reminder_one_task(both):
    result = found(enumerate(both[0]), enumerate(both[1]))
    assert len(set(result.pairs.values())) == len(result.pairs)
    assert not {one for one, _ in result.unclear} & set(result.pairs.values())


@given(sides, st.randoms(use_true_random=False))
def test_the_order_of_neither_side_matters(both, random):
    ours, theirs = list(enumerate(both[0])), list(enumerate(both[1]))
    before = found(ours, theirs)
    random.shuffle(ours)
    random.shuffle(theirs)
    assert found(ours, theirs) == before


@given(sides)
def test_who_is_matched_has_no_rival_on_either_side(both):
    result = found(enumerate(both[0]), enumerate(both[1]))
    for task_id, reminder_id in result.pairs.items():
        alone = [one for one in enumerate(both[0]) if f"r{one[0]}" == reminder_id]
        same = [one for one in enumerate(both[1]) if found(alone, [one]).pairs]
        assert [f"t{number}" for number, _ in same] == [task_id]
        rivals = [one for one in enumerate(both[0]) if found([one], same).pairs]
        assert rivals == alone


@given(sides)
def test_who_is_left_alone_had_nothing_to_be_matched_with_or_is_told(both):
    ours, theirs = list(enumerate(both[0])), list(enumerate(both[1]))
    result = found(ours, theirs)
    told = {*result.pairs.values(), *(one for one, _ in result.unclear)}
    for number, one in ours:
        if f"r{number}" not in told:
            assert all(not found([(number, one)], [other]).pairs for other in theirs)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("Call", "Call"),
        ("Call", " Call\u00a0"),
        ("Cafe\u0301", "Café"),
        ("Call", "Custom: Call"),
        ("x" * 400, "x" * 255),
    ],
)
def test_names_are_the_same_in_normal_form_rendered_or_bare(name, subject):
    assert newcomers.matches([reminder(1, name)], [task(1, subject)], SETTINGS).pairs == {"t1": "r1"}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (reminder(1, "Call"), task(1, "call")),
        (reminder(1, "Call"), task(1, "Email: Call")),
        (reminder(1, "Call", DAY), task(1, "Call")),
        (reminder(1, "(no subject)"), task(1, None)),
    ],
)
def test_what_says_something_else_is_not_matched(ours, theirs):
    assert newcomers.matches([ours], [theirs], SETTINGS) == newcomers.Matches()


# ── The base of a match ─────────────────────────────────────────────────────────────────────────────────────


def link(ours, theirs, settings=SETTINGS):
    user = replace(USER, settings=settings)
    return newcomers.match(ours, theirs, Snapshot(user, OrgFacts(), NOW, ())).link


def base(ours, theirs, settings=SETTINGS):
    return link(ours, theirs, settings).base


def test_what_both_say_is_agreed_and_nothing_else():
    found = base(reminder(1, "Call", DAY, details="ours"), task(1, "Call", DAY, Description="theirs"))
    assert found.agreed == {
        "name": "Call",
        "status": "open",
        "priority": "normal",
        "due_date": "2026-11-23",
        "details": None,
        "person": None,
    }
    assert found.raw["Description"] is None


def test_texts_around_a_rendered_name_are_kept():
    found = base(reminder(1, "Ada", type=ReminderType.CALL), task(1, "Call: Ada"))
    assert (found.before, found.after, found.agreed["name"]) == ("Call: ", "", "Ada")


def test_texts_on_both_sides_of_a_rendered_name_are_kept_and_none_where_it_was_renamed_since():
    settings = TeamSettings(subject_template="{{activity_type}}: {{activity_subject}}!")
    found = base(reminder(1, "Ada"), task(1, "Custom: Ada!"), settings)
    assert (found.before, found.after, found.agreed["name"]) == ("Custom: ", "!", "Ada")
    renamed = base(reminder(1, "Bob"), task(1, "Custom: Ada!"), settings)
    assert (renamed.before, renamed.after, renamed.agreed["name"]) == ("", "", None)


@pytest.mark.parametrize(
    ("template", "shown", "templated"),
    [
        ("{{activity_type}}: {{activity_subject}}", "Custom: Ada", True),
        ("{{activity_subject}}!", "Ada!", True),
        ("{{activity_type}}: {{activity_subject}}", "Ada", False),
    ],
)
def test_a_task_that_shows_the_templates_texts_counts_as_made_by_it(template, shown, templated):
    settings = TeamSettings(subject_template=template)
    assert link(reminder(1, "Ada"), task(1, shown), settings).created_here is templated


def test_a_value_without_a_meaning_here_agrees_with_the_reminders_own():
    found = base(reminder(1, "Call"), task(1, "Call", Status="In Progress", Priority="Low"))
    assert (found.agreed["status"], found.agreed["priority"]) == ("open", "normal")
    assert (found.raw["Status"], found.raw["Priority"]) == ("In Progress", "Low")


def test_a_person_known_here_by_name_only_stays():
    ours = reminder(1, "Call", person=Person("Ada", "ada@example.com"))
    found = base(ours, task(1, "Call", WhoId="003000000000001AAA"))
    assert (found.agreed["person"], found.raw["WhoId"]) == (None, "003000000000001AAA")


def test_a_name_changed_since_the_choice_was_never_agreed_on():
    found = base(reminder(1, "Call Ada"), task(1, "Call"))
    assert (found.agreed["name"], found.raw["Subject"]) == (None, None)


def test_details_cut_in_salesforce_are_the_same_details():
    found = base(reminder(1, "Call", details="y" * 40_000), task(1, "Call", Description="y" * 32_000))
    assert found.agreed["details"] == "y" * 40_000


def test_only_a_person_known_by_name_is_kept_and_only_as_the_person():
    unknown = base(reminder(1, "Call"), task(1, "Call", WhoId="003000000000001AAA"))
    assert (unknown.agreed["person"], unknown.raw["WhoId"]) == (None, None)
    named = reminder(1, "Call", person=Person("Ada"), details="ours")
    found = base(named, task(1, "Call", Description="theirs"))
    assert (found.agreed["details"], found.raw["Description"]) == (None, None)
    same = reminder(1, "Call", person=Person("Ada", salesforce_id="003000000000001AAA"))
    found = base(same, task(1, "Call", WhoId="003000000000001AAA"))
    assert (found.agreed["person"], found.raw["WhoId"]) == ("003000000000001AAA", "003000000000001AAA")
    assert base(same, task(1, "Call", WhoId="003000000000002AAA")).raw["WhoId"] is None


def test_a_match_says_whom_and_what_it_pairs_and_why():
    ours, theirs = reminder(1, "Call", version=4), task(1, "Call")
    match = newcomers.match(ours, theirs, Snapshot(USER, OrgFacts(), NOW, ()))
    assert (match.reminder_id, match.version, match.name) == ("r1", 4, "Call")
    assert match.reason == "It has the name and the due date of a Task"
    link = match.link
    assert (link.reminder_id, link.org_id, link.task_id, link.stamp) == ("r1", USER.org_id, "t1", NOW)
    assert (link.created_here, link.seen_at) == (False, None)


def test_a_closed_task_has_no_status_to_be_reopened_with():
    assert base(reminder(1, "Call"), task(1, "Call", Status="In Progress")).open_status == "In Progress"
    closed = replace(task(1, "Call", Status="Completed"), is_closed=True)
    assert base(reminder(1, "Call"), closed).open_status is None


def test_what_a_matched_task_holds_came_after_it_was_created_on_salesforces_clock():
    seen = Snapshot(USER, OrgFacts(), NOW, (), clock_offset_seconds=90.0)
    made = replace(task(1, "Call"), created_at=NOW - timedelta(days=1))
    assert newcomers.matched_times(made, seen) == Times(NOW - timedelta(days=1), 90.0)


def test_what_nobody_edited_here_came_when_the_reminder_was_made():
    edited = replace(reminder(1, "Call"), edited_at={"details": NOW + timedelta(hours=1)})
    found = newcomers.dated(edited).edited_at
    assert set(found) == {"name", "status", "priority", "due_date", "details", "person"}
    assert found["details"] == NOW + timedelta(hours=1)
    assert {found[name] for name in set(found) - {"details"}} == {NOW}


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        (1, 2, "Not matched: 1 reminder and 2 Tasks have this name and due date"),
        (3, 1, "Not matched: 3 reminders and 1 Task have this name and due date"),
        (2, 2, "Not matched: 2 reminders and 2 Tasks have this name and due date"),
    ],
)
def test_who_is_left_alone_is_told_how_many_could_be_meant(ours, theirs, why):
    result = found(
        [(number, ("Call", DAY)) for number in range(ours)], [(number, ("Call", DAY)) for number in range(theirs)]
    )
    assert result.pairs == {}
    assert result.unclear == tuple((f"r{number}", why) for number in range(ours))
