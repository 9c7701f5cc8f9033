"""How long a record rests that Salesforce refused for now (DIAG-1)."""

from datetime import timedelta
from hashlib import sha256

_FIRST_SECONDS = 30.0
_LONGEST_SECONDS = 3600.0
_MOST_DOUBLINGS = 10
# A row is locked for as long as one save takes: seconds. Then it is no longer about the lock.
_LOCK = "UNABLE_TO_LOCK_ROW"
_LOCK_SECONDS = 2.0
_QUICK_TRIES = 3


def rest(code: str, refusals: int, reminder_id: str) -> timedelta:
    """Return how long a record waits that was refused `refusals` times before this one.

    The wait doubles up to an hour; a locked row's begins at two seconds. It is up to half shorter or longer, by a
    number of the record's own for each try, so that records which were refused together do not meet again.
    """
    if code == _LOCK and refusals < _QUICK_TRIES:
        seconds = _LOCK_SECONDS * 2**refusals
    else:
        seconds = min(_FIRST_SECONDS * 2 ** min(refusals, _MOST_DOUBLINGS), _LONGEST_SECONDS)
    return timedelta(seconds=seconds * (0.5 + _spread(f"{reminder_id} {refusals}")))


def _spread(text: str) -> float:
    return int.from_bytes(sha256(text.encode()).digest()[:4]) / 2**32
