"""Recurring Tasks: the series record and its occurrences."""

import pytest

from tests.orgsim.acme import refusal


@pytest.fixture
def series(ann, sim):
    """Give the id of a series with one open and one closed occurrence, and theirs."""
    master = ann.create(
        IsRecurrence=True,
        RecurrenceType="RecursDaily",
        RecurrenceInterval=1,
        RecurrenceStartDateOnly="2026-05-01",
        RecurrenceEndDateOnly="2026-05-02",
    )
    owner = ann.read(master)["OwnerId"]
    made = sim.door.put_tasks(
        [
            {"RecurrenceActivityId": master, "OwnerId": owner, "ActivityDate": "2026-05-01", "Status": "Completed"},
            {"RecurrenceActivityId": master, "OwnerId": owner, "ActivityDate": "2026-05-02"},
        ]
    )
    return master, *made


def test_a_series_takes_no_due_date_and_no_status(ann, series):
    for fields in ({"ActivityDate": "2026-05-03"}, {"Status": "Completed"}):
        answer = ann.update(series[0], **fields)
        assert refusal(answer)[1:] == (
            "INVALID_FIELD_FOR_INSERT_UPDATE",
            f"You cannot insert or update {next(iter(fields))} for a recurring task",
        )
    assert ann.update(series[0], Subject="renamed").status_code == 204
    created = ann("POST", "/sobjects/Task", {"IsRecurrence": True, "ActivityDate": "2026-05-03"})
    assert refusal(created)[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_an_occurrence_is_an_ordinary_task(ann, series):
    assert ann.update(series[2], ActivityDate="2026-05-03", Status="Completed").status_code == 204


def test_deleting_the_series_by_api_deletes_every_occurrence(ann, series):
    ann.delete(series[0])
    gone = ann.rows("SELECT Id FROM Task WHERE IsDeleted = true", "queryAll")
    assert {row["Id"] for row in gone} == set(series)


def test_deleting_the_series_in_the_pages_leaves_the_closed_ones(ann, sim, series):
    sim.door.as_user("ann@acme.example").delete(series[0])
    assert [row["Id"] for row in ann.rows("SELECT Id FROM Task")] == [series[1]]
