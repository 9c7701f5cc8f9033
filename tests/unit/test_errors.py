"""What an error of a sync says of itself, and what it carries for whoever catches it."""

import pytest

from remindersync.errors import (
    AllowanceSpent,
    Category,
    Destiny,
    Fault,
    LoginLost,
    SalesforceRefused,
    SalesforceUnclear,
    SyncError,
)

FAULT = Fault(
    code="INVALID_SESSION_ID",
    message="Session of Ada expired",
    category=Category.AUTHENTICATION,
    meaning="The login is no longer valid.",
    remedy="Connect again.",
    destiny=Destiny.RECONNECT,
)


@pytest.mark.parametrize(("kind", "more"), [(SalesforceRefused, ()), (LoginLost, ()), (AllowanceSpent, (60.0,))])
def test_a_refusal_says_code_meaning_and_remedy_and_nothing_a_user_wrote(kind, more):
    refusal = kind(FAULT, *more)
    assert str(refusal) == "INVALID_SESSION_ID: The login is no longer valid. Connect again."
    assert refusal.fault is FAULT


def test_a_spent_allowance_says_how_long_to_wait():
    assert AllowanceSpent(FAULT, 90.5).wait_seconds == 90.5


def test_an_unclear_answer_says_what_was_sent_and_may_explain_it():
    plain, explained = SalesforceUnclear("No answer to a create"), SalesforceUnclear("No answer to a create", FAULT)
    assert (str(plain), plain.fault) == ("No answer to a create", None)
    assert (str(explained), explained.fault) == ("No answer to a create", FAULT)


def test_every_error_of_a_sync_is_caught_as_one():
    assert all(issubclass(one, SyncError) for one in (SalesforceRefused, LoginLost, AllowanceSpent, SalesforceUnclear))
