"""What one line is understood to say."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.quick_add import Understood, parse

SUNDAY = date(2026, 11, 22)
TEAM = {"ada@example.com": "Ada Lovelace", "bob@example.com": "Bob Lee", "bo.lee@example.com": "Bo Lee"}


def understood(line: str, today: date = SUNDAY) -> Understood:
    return parse(line, today, TEAM)


def test_a_line_says_name_type_date_priority_and_assignee():
    assert understood("Call Ada tomorrow !high @bob") == Understood(
        "Call Ada", "call", "high", date(2026, 11, 23), "bob@example.com"
    )


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("today", date(2026, 11, 22)),
        ("tonight", date(2026, 11, 22)),
        ("Tomorrow", date(2026, 11, 23)),
        ("the day after tomorrow", date(2026, 11, 24)),
        ("monday", date(2026, 11, 23)),
        ("on Tue", date(2026, 11, 24)),
        ("by thurs", date(2026, 11, 26)),
        ("next friday", date(2026, 11, 27)),
        ("sunday", date(2026, 11, 29)),
        ("next week", date(2026, 11, 23)),
        ("next month", date(2026, 12, 1)),
        ("in 3 days", date(2026, 11, 25)),
        ("in a week", date(2026, 11, 29)),
        ("in two weeks", date(2026, 12, 6)),
        ("in 3 months", date(2027, 2, 22)),
        ("24 dec", date(2026, 12, 24)),
        ("24th of December", date(2026, 12, 24)),
        ("Dec. 24", date(2026, 12, 24)),
        ("sept 1", date(2027, 9, 1)),
        ("3 jan", date(2027, 1, 3)),
        ("3 January 2029", date(2029, 1, 3)),
        ("due on 2026-12-24", date(2026, 12, 24)),
        ("22 nov", date(2026, 11, 22)),
        ("29 feb 2028", date(2028, 2, 29)),
        ("29 feb", date(2028, 2, 29)),
    ],
)
def test_dates_may_be_said_in_words(words, due):
    assert understood(f"Write to Lea {words}") == Understood("Write to Lea", due_date=due)
    assert understood(f"{words} write to Lea").due_date == due


def test_a_weekday_is_never_today_and_the_next_one_is_next_weeks():
    wednesday = date(2026, 11, 25)
    assert understood("x wednesday", wednesday).due_date == date(2026, 12, 2)
    assert understood("x friday", wednesday).due_date == date(2026, 11, 27)
    assert understood("x next friday", wednesday).due_date == date(2026, 12, 4)


def test_a_month_on_from_its_last_day_is_the_last_day_of_a_shorter_one():
    assert understood("x in 1 month", date(2027, 1, 31)).due_date == date(2027, 2, 28)


def test_of_several_dates_the_one_at_the_end_counts_else_the_first():
    assert understood("Prepare Monday meeting tomorrow") == Understood(
        "Prepare Monday meeting", due_date=date(2026, 11, 23)
    )
    assert understood("Call Ada tomorrow about the Friday meeting") == Understood(
        "Call Ada about the Friday meeting", "call", due_date=date(2026, 11, 23)
    )


@pytest.mark.parametrize(
    "line",
    [
        "31 feb is no day",
        "The mondays of life",
        "in 3 daysies",
        "2026-13-01",
        'Watch "tomorrow never dies"',
        "Read “!high @bob”",
        "wow!high",
        "Meet at tomorrow-land",
        "Write to ada@example.com",
        "today's news",
    ],
)
def test_what_only_looks_like_a_word_of_ours_stays_in_the_name(line):
    assert understood(line).name == line


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Call Ada", "call"),
        ("E-mail Ada", "email"),
        ("email: the offer", "email"),
        ("InMail to Ada", "inmail"),
        ("Recall the offer", "custom"),
        ("Ask for a call", "custom"),
    ],
)
def test_a_leading_word_names_the_type_and_stays(line, kind):
    assert (understood(line).type, understood(line).name) == (kind, line)


@pytest.mark.parametrize("name", ["@ada", "@Lovelace", "@ada.lovelace", "@AdaLovelace", "@ada@example.com"])
def test_a_colleague_may_be_named_in_several_ways(name):
    assert understood(f"Offer {name} today") == Understood("Offer", due_date=SUNDAY, assignee="ada@example.com")


def test_a_name_that_nobody_or_more_than_one_has_stays_and_is_told():
    assert understood("Ask @lee and @zoe") == Understood("Ask @lee and @zoe", unknown=("@lee", "@zoe"))


def test_a_line_of_nothing_but_words_of_ours_has_no_name():
    assert understood("tomorrow !high").name == ""


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ours = st.sampled_from(
    ["tomorrow", "!high", "@bob", "in 3 days", "next week", "31 feb", "fri", "9999-12-31", '"', "in 999 months"]
)


@given(st.lists(words | ours, max_size=8).map(" ".join), st.dates())
def test_whatever_is_typed_a_name_is_made_of_its_words_in_their_order(line, today):
    typed = iter(line.split())
    assert all(any(word == other for other in typed) or word in line for word in parse(line, today, TEAM).name.split())
