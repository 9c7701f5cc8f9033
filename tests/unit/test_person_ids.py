"""An id of 15 signs and its form of 18 are the same person, whichever of the two a side holds."""

import pytest

from remindersync.mapping import DETAILS, PERSON, changed, fits, read, write
from remindersync.model import Base, TeamSettings

SHORT, LONG = "003D000000QOMqS", "003D000000QOMqSIAX"
TEAM = TeamSettings()


def base(raw, agreed=None):
    return Base({"person": agreed}, {"WhoId": raw, "Description": raw})


@pytest.mark.parametrize("raw", [SHORT, LONG])
def test_either_form_reads_and_is_written_as_the_long_one(raw):
    assert read(PERSON, raw, None, TEAM) == fits(PERSON, raw) == write(PERSON, raw, None, TEAM) == LONG


@pytest.mark.parametrize(("one", "other"), [(SHORT, LONG), (LONG, SHORT), (SHORT, SHORT)])
def test_another_form_is_no_change(one, other):
    assert not changed(PERSON, one, base(other))
    assert write(PERSON, one, base(other), TEAM) == other


def test_signs_like_an_id_in_another_field_are_a_text():
    assert changed(DETAILS, SHORT, base(LONG))
    assert fits(DETAILS, SHORT) == SHORT


@pytest.mark.parametrize(
    ("short", "suffix"),
    [("0" * 15, "AAA"), ("AAAAA" + "0" * 10, "5AA"), ("0000A" + "A0000" + "0A000", "QBC"), ("a" * 15, "AAA")],
)
def test_each_letter_of_the_end_tells_which_of_five_signs_are_capitals(short, suffix):
    assert fits(PERSON, short) == short + suffix


@pytest.mark.parametrize("other", ["0" * 14, "0" * 16, "0" * 14 + "!"])
def test_what_is_no_id_of_fifteen_signs_stays_as_it_is(other):
    assert fits(PERSON, other) == other
