import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remindersync.salesforce.ids import record_id

# A busy machine is no reason to fail.
UNHURRIED = settings(deadline=None)
# Pairs published with the algorithm and checked by others (gist hynekcer 0f8416c8).
VECTORS = {
    "a0BA0000000L2ZC": "a0BA0000000L2ZCMA0",
    "70130000001tcyI": "70130000001tcyIAAQ",
    "00558000001N0Ke": "00558000001N0KeAAK",
    "0D5B000000SKZ7V": "0D5B000000SKZ7VKAX",
    "AAAAAAAAAAAAAAA": "AAAAAAAAAAAAAAA555",
    "00T000000000001": "00T000000000001EAA",
}
SHORT_IDS = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", min_size=15, max_size=15)


@pytest.mark.parametrize(("short", "long"), VECTORS.items())
def test_a_short_id_gets_the_suffix_that_salesforce_gives_it(short: str, long: str) -> None:
    assert record_id(short) == long


@UNHURRIED
@given(SHORT_IDS)
def test_a_long_id_stays_as_it_is(short: str) -> None:
    assert record_id(record_id(short)) == record_id(short)


@UNHURRIED
@given(SHORT_IDS, SHORT_IDS)
def test_different_ids_differ_in_their_long_form_even_without_regard_to_case(one: str, other: str) -> None:
    assert (record_id(one).lower() == record_id(other).lower()) == (one == other)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00T",
        "00T0000000000011",
        "00T00000000000'",
        "00T000000000001\n",
        "00T000000000001ZZZ",
        "../Account/00001",
        "00T00000000000é",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="id"):
        record_id(text)
