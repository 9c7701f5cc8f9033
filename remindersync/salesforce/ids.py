"""Salesforce record ids: checked, and always in their 18-character form."""

import re
import string

_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_SUFFIX_LETTERS = string.ascii_uppercase + "012345"
_SHORT, _CHUNK = 15, 5


def record_id(text: str) -> str:
    """Return an id in its 18-character form, which survives a comparison that ignores case.

    Raises:
        ValueError: the text is no id, or its last three characters do not belong to the others.

    """
    if not _SHAPE.fullmatch(text):
        raise ValueError("A Salesforce id has 15 or 18 letters and digits; this text has another form.")
    long = text[:_SHORT] + checksum(text[:_SHORT])
    if text not in (long, long[:_SHORT]):
        raise ValueError("This Salesforce id's last three characters do not fit the others: it was mistyped or cut.")
    return long


def checksum(short: str) -> str:
    """Return the three characters that say which of an id's 15 are capitals."""
    chunks = (short[start : start + _CHUNK] for start in range(0, _SHORT, _CHUNK))
    return "".join(_SUFFIX_LETTERS[sum(char.isupper() << bit for bit, char in enumerate(chunk))] for chunk in chunks)
