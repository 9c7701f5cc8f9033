from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orgsim.soql.parser import parse
from orgsim.soql.query import And, Comparison
from remindersync.model import FirstSync
from remindersync.ports import Key, Window
from remindersync.salesforce import queries, soql

# A busy machine is no reason to fail.
UNHURRIED = settings(deadline=None)
ME = "005SM0000000001"
# Hypothesis wants its bounds without a zone; the two days at the ends of time do not exist in every zone.
BOUNDS = (datetime.min + timedelta(2), datetime.max - timedelta(2))  # noqa: DTZ901 as above
parse("SELECT Id FROM Task")  # builds the parser, outside of what Hypothesis times
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def literal(text: str) -> Any:
    """What Salesforce's side reads where `text` stands as a value."""
    where = parse(f"SELECT Id FROM Task WHERE Subject = {text} AND Id = null").where
    assert isinstance(where, And)
    assert len(where.parts) == 2
    assert isinstance(where.parts[0], Comparison)
    return where.parts[0].value


@UNHURRIED
@given(st.text(st.characters(), max_size=300))
@example("\ud800 ' OR Id != '")
@example("\\' \\n \" \x00\x0b\x0c\x85\u2028")
@example("\\u0027 OR 1=1")
def test_every_text_comes_back_as_it_was(text: str) -> None:
    assert literal(soql.text(text)).text == text


@UNHURRIED
@given(st.text(st.characters(), max_size=300))
def test_every_quoted_text_can_travel_in_an_address(text: str) -> None:
    soql.text(text).encode("utf-8")


@UNHURRIED
@given(st.datetimes(*BOUNDS, timezones=st.timezones()))
def test_every_moment_comes_back_in_utc_without_its_fraction(moment: datetime) -> None:
    assert literal(soql.moment(moment)).value == moment.astimezone(UTC).replace(microsecond=0)


@UNHURRIED
@given(st.dates())
def test_every_day_comes_back(day: date) -> None:
    assert literal(soql.day(day)).value == day


def test_a_moment_is_written_as_salesforce_documents_it() -> None:
    eastern = datetime(2026, 11, 22, 5, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=-5)))
    assert soql.moment(eastern) == "2026-11-22T10:00:00Z"


def test_no_value_is_null() -> None:
    assert literal(soql.text(None)).value is None
    assert literal(soql.day(None)).value is None


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        soql.moment(datetime(2026, 11, 22))  # noqa: DTZ001 that is the point


def test_ids_are_checked_and_written_long_and_once() -> None:
    assert soql.references([ME, "005SM0000000001KAA"[:15]]) == f"({soql.reference(ME)})"
    with pytest.raises(ValueError, match="id"):
        soql.references(["' OR Id != '"])


@pytest.mark.parametrize(
    "text",
    [
        queries.changed(["Id"], ME, [Window(NOW)], None, 2000),
        queries.changed(["Id"], ME, [Window(NOW, NOW + timedelta(1)), Window(NOW)], Key(NOW, ME), 1),
        queries.count_first(ME, NOW),
        *(
            queries.first(["Id"], ME, FirstSync(NOW, part, after), NOW.date(), 200)
            for part in (1, 2)
            for after in (None, ("2026-11-22", ME))
        ),
        queries.first(["Id"], ME, FirstSync(NOW, 2, (None, ME)), NOW.date(), 200),
        queries.by_ids(["Id", "Who.Name"], [ME]),
        queries.look_up(["Id"], ME, ME, (NOW, NOW), {"Subject": "Call O'Hara", "ActivityDate": "2026-11-22"}),
        queries.look_up(["Id"], ME, ME, (NOW, NOW), {"Subject": None, "ActivityDate": None}),
    ],
)
def test_every_statement_is_soql(text: str) -> None:
    assert parse(text).object_name == "Task"


def test_a_place_among_stamped_rows_needs_a_stamp() -> None:
    with pytest.raises(TypeError):
        queries.changed(["Id"], ME, [Window(NOW)], Key(NOW.date(), ME), 1)
