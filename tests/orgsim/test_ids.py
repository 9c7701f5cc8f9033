"""Ids in 15 and 18 characters."""

import pytest

from orgsim.ids import long_id, numbered_id

PAIRS = [
    ("a0BA0000000L2ZC", "MA0"),
    ("70130000001tcyI", "AAQ"),
    ("00558000001N0Ke", "AAK"),
    ("0D5B000000SKZ7V", "KAX"),
    ("AAAAAAAAAAAAAAA", "555"),
    ("00T000000000001", "EAA"),
]


@pytest.mark.parametrize(("short", "suffix"), PAIRS)
def test_fifteen_characters_become_eighteen(short, suffix):
    assert long_id(short) == short + suffix
    assert long_id(short + suffix) == short + suffix


@pytest.mark.parametrize(("short", "suffix"), PAIRS)
def test_an_id_whose_case_was_lost_is_repaired(short, suffix):
    assert long_id((short + suffix).lower()) == short + suffix


@pytest.mark.parametrize("text", ["", "00T", "00T00000000000!", "00T000000000001999", "00T0000000000011", None, 7])
def test_what_is_no_id_is_refused(text):
    assert long_id(text) is None


def test_numbered_ids_differ_and_keep_their_prefix():
    made = {numbered_id("00T", number, "001") for number in range(1, 500)}
    assert len(made) == 499
    assert all(len(one) == 18 and one.startswith("00T001") for one in made)
