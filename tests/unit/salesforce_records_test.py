"""Rows of Salesforce as the store can hold them."""

import pytest

from remindersync.salesforce.records import storable


@pytest.mark.parametrize(
    ("sent", "kept"), [(None, None), ("", ""), ("Zoë 👩‍💻", "Zoë 👩‍💻"), ("a\x00b", "ab"), ("half \ud83d", "half �")]
)
def test_text_that_the_database_cannot_hold_is_made_storable(sent, kept):
    assert storable(sent) == kept
