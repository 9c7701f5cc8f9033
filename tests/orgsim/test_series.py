"""Recurring Tasks: the series record, its occurrences, and Tasks that repeat on completion."""

from datetime import UTC, date, datetime

import pytest

from orgsim import recurrence
from tests.orgsim.acme import ANN, BOB, LEAD, long, refusal

NEXT = "SELECT Id, ActivityDate, Status FROM Task WHERE RecurrenceActivityId = '{}' ORDER BY ActivityDate"


def make(caller, **fields):
    pattern = {
        "IsRecurrence": True,
        "RecurrenceType": "RecursDaily",
        "RecurrenceInterval": 1,
        "RecurrenceStartDateOnly": "2026-05-01",
        "RecurrenceEndDateOnly": "2026-05-04",
    }
    return caller.create(**{**pattern, "Subject": "Water the plants", **fields})


def occurrences(caller, master):
    return {row["ActivityDate"]: row["Id"] for row in caller.rows(NEXT.format(master))}


@pytest.fixture
def series(ann):
    """Give the id of a series of four days whose first day is done, and its occurrences by day."""
    master = make(ann, WhoId=LEAD)
    made = occurrences(ann, master)
    ann.update(made["2026-05-01"], Status="Completed")
    return master, made


def test_creating_a_series_makes_its_occurrences(ann, series):
    master, made = series
    assert list(made) == ["2026-05-01", "2026-05-02", "2026-05-03", "2026-05-04"]
    row = ann.read(made["2026-05-02"])
    assert (row["Subject"], row["WhoId"], row["IsRecurrence"]) == ("Water the plants", long(LEAD), False)
    assert ann.read(master)["IsRecurrence"]
    assert ann.read(master)["ActivityDate"] is None


def test_occurrences_are_no_records_the_client_wrote(ann, sim):
    sim.door.reset_counters()
    make(ann)
    assert sim.door.counters()["records"]["created"] == 1


def test_a_series_takes_no_due_date_and_no_status(ann, series):
    for fields in ({"ActivityDate": "2026-05-03"}, {"Status": "Completed"}):
        answer = ann.update(series[0], **fields)
        assert refusal(answer)[1:] == (
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"You cannot insert or update {next(iter(fields))} for a recurring task",
        )
    created = ann("POST", "/sobjects/Task", {"IsRecurrence": True, "ActivityDate": "2026-05-03"})
    assert refusal(created)[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_a_series_needs_a_whole_pattern_in_order_and_within_bounds(ann, sim):
    answer = ann("POST", "/sobjects/Task", {"IsRecurrence": True, "RecurrenceType": "RecursDaily"})
    assert refusal(answer)[1:] == (
        "REQUIRED_FIELD_MISSING",
        "Required fields are missing: [RecurrenceStartDateOnly, RecurrenceEndDateOnly]",
    )
    pattern = {"IsRecurrence": True, "RecurrenceType": "RecursDaily", "RecurrenceStartDateOnly": "2026-05-01"}
    for end in ("2026-04-30", "2026-12-31"):
        answer = ann("POST", "/sobjects/Task", {**pattern, "RecurrenceEndDateOnly": end})
        assert refusal(answer)[1] == "FIELD_INTEGRITY_EXCEPTION"
    sim.door.set_org(beliefs={"series_too_long": "cut"})
    assert len(occurrences(ann, make(ann, RecurrenceEndDateOnly="2026-12-31"))) == 100


def test_an_occurrence_is_an_ordinary_task(ann, series):
    assert ann.update(series[1]["2026-05-02"], ActivityDate="2026-05-09", Status="Completed").status_code == 204


def test_a_new_pattern_replaces_the_open_occurrences_by_new_ones(ann, series):
    master, made = series
    assert ann.update(master, RecurrenceInterval=2).status_code == 204
    now = occurrences(ann, master)
    assert list(now) == ["2026-05-01", "2026-05-03"]
    assert now["2026-05-01"] == made["2026-05-01"]
    assert now["2026-05-03"] not in made.values()
    gone = ann.rows("SELECT Id FROM Task WHERE IsDeleted = true", "queryAll")
    assert {row["Id"] for row in gone} == {made[day] for day in ("2026-05-02", "2026-05-03", "2026-05-04")}


def test_a_new_start_makes_new_ids_and_a_shorter_end_deletes_later_ones(ann, series):
    master, made = series
    assert ann.update(master, RecurrenceEndDateOnly="2026-05-02").status_code == 204
    assert occurrences(ann, master) == {day: made[day] for day in ("2026-05-01", "2026-05-02")}
    assert ann.update(master, RecurrenceEndDateOnly="2026-05-03").status_code == 204
    longer = occurrences(ann, master)
    assert longer["2026-05-03"] != made["2026-05-03"]
    assert ann.update(master, RecurrenceStartDateOnly="2026-05-02").status_code == 204
    assert longer["2026-05-02"] not in occurrences(ann, master).values()


def test_an_edit_of_the_series_spreads_to_open_occurrences_or_not(ann, sim, series):
    master, made = series
    ann.update(master, Subject="Feed the cat")
    assert ann.read(made["2026-05-01"])["Subject"] == "Water the plants"
    assert ann.read(made["2026-05-02"])["Subject"] == "Feed the cat"
    sim.door.set_org(beliefs={"series_edit_spreads": False})
    ann.update(master, Subject="Rest")
    assert ann.read(made["2026-05-02"])["Subject"] == "Feed the cat"


def test_deleting_the_series_by_api_deletes_every_occurrence_and_undeleting_restores_them(ann, sim, series):
    master, made = series
    ann.delete(made["2026-05-04"])
    ann.delete(master)
    gone = ann.rows("SELECT Id FROM Task WHERE IsDeleted = true", "queryAll")
    assert {row["Id"] for row in gone} == {master, *made.values()}
    sim.door.as_user("ann@acme.example").undelete(master)
    assert list(occurrences(ann, master)) == ["2026-05-01", "2026-05-02", "2026-05-03"]


def test_deleting_the_series_in_the_pages_or_by_another_belief_leaves_the_closed_ones(ann, sim, series):
    sim.door.as_user("ann@acme.example").delete(series[0])
    assert [row["Id"] for row in ann.rows("SELECT Id FROM Task")] == [series[1]["2026-05-01"]]
    sim.door.set_org(beliefs={"series_delete_by_api": "open"})
    other = make(ann)
    done = occurrences(ann, other)["2026-05-01"]
    ann.update(done, Status="Completed")
    ann.delete(other)
    assert list(occurrences(ann, other).values()) == [done]


@pytest.mark.parametrize(
    ("trigger", "due"),
    [("RecurrenceRegenerateAfterDueDate", "2026-05-08"), ("RecurrenceRegenerateAfterToday", "2026-06-09")],
)
def test_completing_a_repeating_task_makes_its_successor(ann, sim, trigger, due):
    record_id = ann.create(
        Subject="Call", ActivityDate="2026-05-01", WhoId=LEAD, RecurrenceRegeneratedType=trigger, RecurrenceInterval=7
    )
    # In Ann's time zone the day has already turned.
    sim.door.freeze(datetime(2026, 6, 1, 23, 0, tzinfo=UTC))
    person = sim.door.as_user("ann@acme.example")
    person.update(record_id, Status="Completed")
    (made,) = [row for row in sim.door.tasks() if row["Id"] != record_id]
    assert (made["Subject"], made["ActivityDate"], made["IsClosed"]) == ("Call", due, False)
    assert (made["RecurrenceRegeneratedType"], made["WhoId"]) == (trigger, long(LEAD))
    assert sim.door.task(record_id)["RecurrenceRegeneratedType"] == "RecurrenceRegenerated"
    person.update(record_id, Subject="Again")
    assert len(sim.door.tasks()) == 2


def test_clones_copy_custom_fields_and_never_the_key_unless_believed(ann, sim):
    sim.door.set_org(settings={"custom_fields": [{"name": "Region__c"}]})
    master = make(ann, Region__c="North", RemindersyncKey__c="k1")
    copies = [row for row in sim.door.tasks() if row.get("RecurrenceActivityId") == master]
    assert {(row.get("Region__c"), row.get("RemindersyncKey__c")) for row in copies} == {("North", None)}
    sim.door.set_org(beliefs={"clones_copy_custom_fields": False, "clones_copy_key": "DUPLICATE_VALUE"})
    other = make(ann, Region__c="South")
    assert all("Region__c" not in row for row in sim.door.tasks() if row.get("RecurrenceActivityId") == other)
    fields = {"RemindersyncKey__c": "k2", "IsRecurrence": True, "RecurrenceType": "RecursDaily"}
    bounds = {"RecurrenceStartDateOnly": "2026-05-01", "RecurrenceEndDateOnly": "2026-05-02"}
    assert refusal(ann("POST", "/sobjects/Task", {**fields, **bounds}))[1] == "DUPLICATE_VALUE"


def test_a_repeating_task_whose_key_would_be_copied_is_not_completed(ann, sim):
    repeats = {"RecurrenceRegeneratedType": "RecurrenceRegenerateAfterDueDate", "RecurrenceInterval": 1}
    record_id = ann.create(RemindersyncKey__c="k", ActivityDate="2026-05-01", **repeats)
    sim.door.set_org(beliefs={"clones_copy_key": "DUPLICATE_VALUE"})
    assert refusal(ann.update(record_id, Status="Completed"))[1] == "DUPLICATE_VALUE"
    assert not ann.read(record_id)["IsClosed"]
    assert len(sim.door.tasks()) == 1


def test_occurrences_belong_to_the_series_owner(ann, callers):
    master = make(ann, OwnerId=BOB)
    bob = callers("bob")
    assert len(occurrences(bob, master)) == 4
    assert occurrences(ann, master) == {}
    assert bob.read(master)["CreatedById"] == long(ANN)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"RecurrenceType": "RecursEveryWeekday"}, ["05-01", "05-04", "05-05"]),
        ({"RecurrenceType": "RecursWeekly", "RecurrenceDayOfWeekMask": 1 + 8}, ["05-03", "05-06", "05-10"]),
        ({"RecurrenceType": "RecursWeekly", "RecurrenceInterval": 2}, ["05-01", "05-15", "05-29"]),
        ({"RecurrenceType": "RecursMonthly", "RecurrenceDayOfMonth": 31}, ["05-31", "06-30", "07-31"]),
        (
            {"RecurrenceType": "RecursMonthlyNth", "RecurrenceInstance": "Last", "RecurrenceDayOfWeekMask": 32},
            ["05-29", "06-26", "07-31"],
        ),
    ],
)
def test_patterns_give_their_days(pattern, expected):
    ends = {"RecurrenceStartDateOnly": date(2026, 5, 1), "RecurrenceEndDateOnly": date(2026, 12, 31)}
    found = [f"{day:%m-%d}" for day, _ in zip(recurrence.days({**ends, **pattern}), range(3), strict=False)]
    assert found == expected


def test_yearly_patterns_give_one_day_a_year():
    ends = {"RecurrenceStartDateOnly": date(2026, 5, 1), "RecurrenceEndDateOnly": date(2028, 12, 31)}
    leap = {"RecurrenceType": "RecursYearly", "RecurrenceMonthOfYear": "February", "RecurrenceDayOfMonth": 29}
    assert list(recurrence.days({**ends, **leap})) == [date(2027, 2, 28), date(2028, 2, 29)]
    second = {"RecurrenceType": "RecursYearlyNth", "RecurrenceMonthOfYear": "May", "RecurrenceInstance": "Second"}
    monday = {**ends, **second, "RecurrenceDayOfWeekMask": 2}
    assert list(recurrence.days(monday)) == [date(2026, 5, 11), date(2027, 5, 10), date(2028, 5, 8)]
