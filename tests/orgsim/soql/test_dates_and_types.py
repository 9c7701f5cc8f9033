"""Date functions, TYPEOF, and clauses that only Apex has."""

import datetime as dt

import pytest

from orgsim.soql import SoqlError
from tests.orgsim.soql.conftest import CONTACT, LEAD

FUNCTIONS = [
    ("CALENDAR_YEAR", 2026),
    ("CALENDAR_QUARTER", 4),
    ("CALENDAR_MONTH", 11),
    ("FISCAL_YEAR", 2026),
    ("DAY_IN_MONTH", 22),
    ("DAY_IN_WEEK", 1),
    ("DAY_IN_YEAR", 326),
    ("WEEK_IN_MONTH", 4),
    ("WEEK_IN_YEAR", 47),
]


@pytest.fixture
def sunday(catalog):
    """Let one Task be due on a Sunday, created in the last hour of its day in UTC."""
    stamp = dt.datetime(2026, 11, 22, 23, 30, tzinfo=dt.UTC)
    row = {**catalog.rows("Task", {})[0], "ActivityDate": stamp.date(), "CreatedDate": stamp}
    catalog.by_id = {**catalog.by_id, row["Id"]: row}
    return row["Id"]


def found(ask, where, **options):
    return [record["Id"] for record in ask(f"SELECT Id FROM Task WHERE {where}", **options).records]


@pytest.mark.parametrize(("function", "value"), FUNCTIONS)
def test_date_functions_read_dates_and_date_times(ask, sunday, function, value):
    for field in ("ActivityDate", "CreatedDate"):
        assert sunday in found(ask, f"{function}({field}) = {value}")
        assert sunday not in found(ask, f"{function}({field}) != {value}")


def test_times_are_utc_unless_they_are_converted(ask, sunday):
    assert sunday in found(ask, "HOUR_IN_DAY(CreatedDate) = 23")
    berlin = {"time_zone": "Europe/Berlin"}
    assert sunday in found(ask, "HOUR_IN_DAY(CreatedDate) = 23", **berlin)
    assert sunday in found(ask, "HOUR_IN_DAY(convertTimezone(CreatedDate)) = 0", **berlin)
    assert sunday in found(ask, "DAY_ONLY(CreatedDate) = 2026-11-22", **berlin)
    assert sunday in found(ask, "DAY_ONLY(convertTimezone(CreatedDate)) = 2026-11-23", **berlin)


def test_groups_by_month_are_counted(ask, sunday):
    answer = ask(
        "SELECT CALENDAR_MONTH(CreatedDate), COUNT(Id) n FROM Task WHERE CreatedDate != null "
        "GROUP BY CALENDAR_MONTH(CreatedDate) HAVING CALENDAR_MONTH(CreatedDate) = 11"
    )
    (record,) = answer.records
    assert (record["expr0"], record["n"] >= 1) == (11, True)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT CALENDAR_YEAR(CreatedDate) FROM Task",
        "SELECT Id FROM Task WHERE CALENDAR_YEAR(Subject) = 2026",
        "SELECT Id FROM Task WHERE HOUR_IN_DAY(ActivityDate) = 1",
        "SELECT Id FROM Task WHERE DAY_ONLY(convertTimezone(ActivityDate)) = TODAY",
        "SELECT Id FROM Task WHERE convertTimezone(CreatedDate) = TODAY",
        "SELECT Id FROM Task WHERE MAX(convertTimezone(CreatedDate)) = 1",
        "SELECT Id FROM Task WITH SECURITY_ENFORCED",
        "SELECT Id FROM Task WHERE Id != null WITH USER_MODE",
        "SELECT TYPEOF Account WHEN Account THEN Name END FROM Task",
        "SELECT Who.Name, TYPEOF Who WHEN Contact THEN LastName END FROM Task",
        "SELECT TYPEOF Who ELSE Name END FROM Task",
        "SELECT TYPEOF Who WHEN Contact THEN Name FROM Task",
        "SELECT COUNT(Id), TYPEOF Who WHEN Contact THEN Name END FROM Task",
        "SELECT Id FROM Task WHERE OwnerId IN (SELECT Id, TYPEOF Owner WHEN User THEN Id END FROM Task)",
    ],
)
def test_what_the_platform_does_not_take_is_malformed(ask, text):
    with pytest.raises(SoqlError) as refused:
        ask(text)
    assert refused.value.code == "MALFORMED_QUERY"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TYPEOF Who WHEN Nope THEN Name END", "INVALID_TYPE"),
        ("TYPEOF Who WHEN Account THEN Name END", "INVALID_TYPE"),
        ("TYPEOF Who WHEN Contact THEN Nope END", "INVALID_FIELD"),
        ("TYPEOF Who WHEN Contact THEN Name ELSE Nope END", "INVALID_FIELD"),
        ("TYPEOF Nope WHEN Contact THEN Name END", "INVALID_FIELD"),
    ],
)
def test_typeof_names_what_there_is(ask, text, code):
    with pytest.raises(SoqlError) as refused:
        ask(f"SELECT {text} FROM Task")
    assert refused.value.code == code


def test_typeof_gives_each_parent_the_fields_of_its_object(ask, catalog):
    whos = {row.get("WhoId") for row in catalog.rows("Task", {})}
    assert {CONTACT, LEAD, None} <= whos
    clause = "TYPEOF Who WHEN Contact THEN LastName WHEN Lead THEN Company, IsConverted END"
    records = ask(f"SELECT Id, WhoId, {clause} FROM Task").records
    shown = {record["WhoId"]: record["Who"] for record in records}
    assert shown[None] is None
    assert shown[CONTACT]["attributes"]["type"] == "Contact"
    assert list(shown[CONTACT]) == ["attributes", "LastName"]
    assert list(shown[LEAD]) == ["attributes", "Company", "IsConverted"]


def test_typeof_falls_back_to_else_or_nothing(ask):
    records = ask("SELECT OwnerId, TYPEOF Who WHEN Lead THEN Company ELSE Name END FROM Task").records
    assert {tuple(record["Who"]) for record in records if record["Who"]} >= {("attributes", "Name")}
    only = ask("SELECT TYPEOF Owner WHEN Group THEN DeveloperName END FROM Task").records
    assert all(record["Owner"] is None or "DeveloperName" in record["Owner"] for record in only)
    assert any(record["Owner"] is None for record in only)
    assert all(set(record) == {"attributes", "Owner"} for record in only)
