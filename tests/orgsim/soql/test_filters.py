import datetime as dt

import pytest

from orgsim.ids import numbered_id
from orgsim.schema import FieldType, object_type
from orgsim.soql import SoqlError

ADA, BEN = numbered_id("005", 1), numbered_id("005", 2)
CONTACT = numbered_id("003", 1)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Subject = 'CALL ADA'", [1, 2]),
        ("Subject != 'call ada'", [3, 4, 5]),
        ("Subject <> 'call ada'", [3, 4, 5]),
        ("Subject = null", [4]),
        ("Subject = ''", [4]),
        ("Subject != NULL", [1, 2, 3, 5]),
        ("Subject != ''", [1, 2, 3, 5]),
        ("Subject LIKE 'call%'", [1, 2]),
        ("Subject LIKE '_all ada'", [1, 2]),
        (r"Subject LIKE '50\%%'", [3]),
        (r"Subject LIKE '%off\_all'", [3]),
        ("Subject LIKE '%off_all'", [3]),
        (r"Subject = 'O\'Brien \\ Söhne'", [5]),
        (r"Subject = 'O\u0027BRIEN \\ SÖHNE'", [5]),
        (r"Subject LIKE '%\\%'", [5]),
        ("NOT Subject LIKE 'call%'", [3, 4, 5]),
        ("Subject > 'call ada'", [5]),
        ("Subject < null", []),
        ("IsClosed = true", [3]),
        ("IsClosed != TRUE", [1, 2, 4, 5]),
        ("CallDurationInSeconds > 30", [5]),
        ("CallDurationInSeconds >= 30.0", [4, 5]),
        ("CallDurationInSeconds = 30", [4]),
        ("CallDurationInSeconds != 30", [1, 2, 3, 5]),
        ("CallDurationInSeconds > -1", [4, 5]),
        ("Priority IN ('high', 'low')", [4]),
        ("Priority NOT IN ('high', 'low')", [1, 2, 3, 5]),
        ("Subject IN ('call ada', null)", [1, 2, 4]),
        ("Subject NOT IN ('call ada')", [3, 4, 5]),
        ("IsClosed IN (true)", [3]),
        (f"OwnerId = '{BEN}'", [2, 5]),
        (f"OwnerId = '{BEN[:15]}'", [2, 5]),
        (f"OwnerId = '{BEN.lower()}'", [2, 5]),
        (f"OwnerId IN ('{BEN[:15]}', '{ADA}')", [1, 2, 3, 5]),
        (f"Id > '{numbered_id('00T', 3)}'", [4, 5]),
        ("(Subject = 'call ada' OR IsClosed = true) AND Priority = 'Normal'", [1, 2, 3]),
        ("(NOT Subject = 'call ada') AND (NOT (IsClosed = true))", [4, 5]),
        ("ActivityDate = 2026-11-22", [1]),
        ("ActivityDate != 2026-11-22", [2, 3, 4, 5]),
        ("ActivityDate > 2026-11-22", [2]),
        ("ActivityDate = null", [4, 5]),
        ("ActivityDate IN (2026-11-22, TOMORROW)", [1, 2]),
        ("Owner.Name = 'ben'", [2, 5]),
        ("Owner.Type = 'Queue'", [4]),
        ("Who.Type = 'Lead'", [2]),
        ("Account.Name LIKE 'a%'", [1]),
        ("Account.Owner.Manager.Name = 'Ada'", [1]),
        ("Task.Account.Name = 'Acme'", [1]),
        ("Who.Email = null", [2, 3, 4, 5]),
        ("WhoId IN (SELECT Id FROM Contact WHERE Name LIKE 'Grace%')", [1]),
        ("WhoId NOT IN (SELECT Id FROM Contact)", [2, 3, 4, 5]),
        ("Id IN (SELECT Id FROM Task WHERE IsClosed = true) AND OwnerId IN (SELECT Id FROM User)", [3]),
    ],
)
def test_a_condition_finds_what_it_says(numbers, where, expected):
    assert numbers(where) == expected


@pytest.mark.parametrize(
    "spelling",
    [
        "2026-11-22T08:00:00Z",
        "2026-11-22T08:00:00z",
        "2026-11-22T08:00:00.000Z",
        "2026-11-22T08:00:00+00:00",
        "2026-11-22T08:00:00+0000",
        "2026-11-22T13:30:00.000+05:30",
        "2026-11-21T22:00:00-1000",
    ],
)
def test_every_spelling_of_a_moment_means_the_same(numbers, spelling):
    assert numbers(f"SystemModstamp = {spelling}") == [2]
    assert numbers(f"SystemModstamp >= {spelling}") == [1, 2]


@pytest.mark.parametrize(
    ("literal", "first", "last"),
    [
        ("TODAY", "2026-11-22", "2026-11-22"),
        ("YESTERDAY", "2026-11-21", "2026-11-21"),
        ("TOMORROW", "2026-11-23", "2026-11-23"),
        ("LAST_N_DAYS:2", "2026-11-20", "2026-11-22"),
        ("NEXT_N_DAYS:2", "2026-11-23", "2026-11-24"),
        ("N_DAYS_AGO:2", "2026-11-20", "2026-11-20"),
        ("THIS_WEEK", "2026-11-22", "2026-11-28"),
        ("LAST_WEEK", "2026-11-15", "2026-11-21"),
        ("NEXT_WEEK", "2026-11-29", "2026-12-05"),
        ("LAST_N_WEEKS:2", "2026-11-08", "2026-11-21"),
        ("N_WEEKS_AGO:1", "2026-11-15", "2026-11-21"),
        ("THIS_MONTH", "2026-11-01", "2026-11-30"),
        ("LAST_MONTH", "2026-10-01", "2026-10-31"),
        ("NEXT_MONTH", "2026-12-01", "2026-12-31"),
        ("NEXT_N_MONTHS:2", "2026-12-01", "2027-01-31"),
        ("LAST_90_DAYS", "2026-08-24", "2026-11-22"),
        ("NEXT_90_DAYS", "2026-11-23", "2027-02-20"),
        ("THIS_QUARTER", "2026-10-01", "2026-12-31"),
        ("LAST_QUARTER", "2026-07-01", "2026-09-30"),
        ("LAST_N_QUARTERS:4", "2025-10-01", "2026-09-30"),
        ("THIS_YEAR", "2026-01-01", "2026-12-31"),
        ("LAST_YEAR", "2025-01-01", "2025-12-31"),
        ("N_YEARS_AGO:1", "2025-01-01", "2025-12-31"),
        ("THIS_FISCAL_QUARTER", "2026-10-01", "2026-12-31"),
    ],
)
def test_a_date_literal_spans_its_days(ask, catalog, literal, first, last):
    first_day, last_day = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    one = dt.timedelta(days=1)
    days = [first_day - one, first_day, last_day, last_day + one]
    for number, day in enumerate(days, 1):
        catalog.by_id[numbered_id("00T", number)] = {"Id": numbered_id("00T", number), "ActivityDate": day}
    del catalog.by_id[numbered_id("00T", 5)]

    def found(operator: str) -> list[str]:
        text = f"SELECT ActivityDate FROM Task WHERE ActivityDate {operator} {literal} ORDER BY ActivityDate"
        return sorted({record["ActivityDate"] for record in ask(text).records})

    shown = [day.isoformat() for day in days]
    inside = sorted({first, last})
    assert found("=") == inside
    assert found("!=") == [shown[0], shown[3]]
    assert found("<") == [shown[0]]
    assert found("<=") == [shown[0], *inside]
    assert found(">") == [shown[3]]
    assert found(">=") == [*inside, shown[3]]


def test_days_of_a_moment_begin_at_midnight_of_the_callers_zone(numbers):
    # In Auckland it is 23:00 on the 22nd, and the oldest stamp is of 18:00.
    assert numbers("SystemModstamp = TODAY", time_zone="Pacific/Auckland") == [1, 2, 3, 4, 5]
    # In Honolulu the 22nd began at 10:00 UTC, which is now.
    assert numbers("SystemModstamp = TODAY", time_zone="Pacific/Honolulu") == []
    assert numbers("SystemModstamp = YESTERDAY", time_zone="Pacific/Honolulu") == [1, 2, 3, 4, 5]


def test_an_unknown_time_zone_counts_as_utc(numbers):
    assert numbers("SystemModstamp = TODAY", time_zone="Mars/Olympus") == [1, 2, 3, 4, 5]


def test_scope_mine_leaves_the_callers_own(ask):
    answer = ask("SELECT Id FROM Task USING SCOPE mine", user_id=BEN)
    assert answer.total_size == 2
    assert ask("SELECT Id FROM Task USING SCOPE everything", user_id=BEN).total_size == 5


def test_equalities_are_handed_to_the_catalog_as_a_hint(ask, catalog):
    ask(
        f"SELECT Id FROM Task WHERE OwnerId IN ('{BEN[:15]}') AND IsClosed = false AND Subject = 'x' "
        "AND Owner.Name = 'Ben' AND WhoId = null AND SystemModstamp > 2026-01-01T00:00:00Z"
    )
    assert catalog.hint == {"OwnerId": frozenset({BEN}), "IsClosed": frozenset({False})}


def test_alternatives_are_no_hint(ask, catalog):
    ask(f"SELECT Id FROM Task WHERE OwnerId = '{BEN}' OR IsClosed = false")
    assert catalog.hint == {}


KEY = FieldType("Key__c", "Key", "string", 32, unique=True, external_id=True)
EXACT = FieldType("Exact__c", "Exact", "string", 32, unique=True, case_sensitive=True)
TAGS = FieldType("Tags__c", "Tags", "multipicklist", 200, groupable=False, sortable=False, values=("A", "B", "C"))


def custom(name):
    found = object_type(name)
    return found.with_fields(KEY, EXACT, TAGS) if found and found.name == "Task" else found


def test_a_unique_field_folds_case_unless_it_is_case_sensitive(numbers, catalog):
    row = catalog.by_id[numbered_id("00T", 1)]
    catalog.by_id[row["Id"]] = {**row, "Key__c": "aBc", "Exact__c": "aBc"}
    assert numbers("key__c = 'ABC'", schema=custom) == [1]
    assert catalog.hint == {"Key__c": frozenset({"abc"})}
    assert numbers("exact__c = 'ABC'", schema=custom) == []
    assert numbers("exact__c = 'aBc'", schema=custom) == [1]
    assert catalog.hint == {"Exact__c": frozenset({"aBc"})}


def test_includes_asks_for_all_values_of_a_literal_and_any_literal(numbers, catalog):
    row = catalog.by_id[numbered_id("00T", 1)]
    catalog.by_id[row["Id"]] = {**row, "Tags__c": "A;C"}
    assert numbers("Tags__c INCLUDES ('A;C')", schema=custom) == [1]
    assert numbers("Tags__c INCLUDES ('A;B', 'c')", schema=custom) == [1]
    assert numbers("Tags__c INCLUDES ('A;B')", schema=custom) == []
    assert numbers("Tags__c EXCLUDES ('A')", schema=custom) == [2, 3, 4, 5]
    with pytest.raises(SoqlError, match="invalid operator on string field"):
        numbers("Owner.Name INCLUDES ('A')")


def test_an_inner_query_counts_what_it_selects_not_its_id(numbers):
    assert numbers(f"OwnerId IN (SELECT OwnerId FROM Contact WHERE Id = '{CONTACT}')") == [2, 5]
