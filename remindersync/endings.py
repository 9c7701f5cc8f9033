"""How a run ended that met trouble, and how long its user rests for it."""

from hashlib import sha256

from remindersync.errors import (
    AllowanceSpent,
    ConfigurationError,
    Destiny,
    Fault,
    LoginLost,
    RunRefused,
    SalesforceRefused,
    SalesforceUnclear,
    SyncError,
)
from remindersync.model import Outcome, RunRef

# Somebody has to act first in Salesforce, which no message tells: a look an hour. An edit here comes sooner.
HOPELESS_SECONDS = 3600.0


def outcome(error: SyncError) -> Outcome:
    """Return what an error that ended a run makes of it."""
    if isinstance(error, LoginLost):
        return Outcome.RECONNECT
    if isinstance(error, AllowanceSpent):
        return Outcome.WAITING
    if isinstance(error, SalesforceRefused) and error.fault.destiny is Destiny.PARK:
        return Outcome.FAILED
    # Out of reach is the database too: what was asked for must not be lost with it.
    if isinstance(error, SalesforceRefused | SalesforceUnclear | RunRefused | ConfigurationError):
        return Outcome.RETRY
    return Outcome.FAILED


def fault_of(error: SyncError) -> Fault | None:
    """Return what people are told of an error, None where it is no one record's or call's."""
    return error.fault if isinstance(error, SalesforceRefused | SalesforceUnclear) else None


def wait_seconds(run: RunRef, error: SyncError) -> float | None:
    """Return seconds until another try where the error says so, None where the pace does."""
    if isinstance(error, AllowanceSpent):
        # An org's hold ends for all its users in one moment: a tenth more keeps them from coming in one.
        return error.wait_seconds * (1 + spread(run, error) / 10)
    if outcome(error) is Outcome.FAILED and isinstance(error, SalesforceRefused):
        return HOPELESS_SECONDS * (1 + spread(run, error) / 10)
    return None


def spread(run: RunRef, error: SyncError | None) -> float:
    """Return a number in [0, 1), by which herds that once formed do not re-form: the user's own, always the same.

    A run that failed is repeated at a moment of its own, else those that failed together meet again (DIAG-1).
    """
    who = run.user.id if error is None else f"{run.user.id} {run.fence}"
    return int.from_bytes(sha256(who.encode()).digest()[:4]) / 2**32
