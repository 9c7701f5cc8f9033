"""Checks the texts and ids that come from outside before they meet the database."""

import re
from uuid import UUID

from remindersync.errors import UserMistake
from remindersync.store.mistakes import NotFound

# PostgreSQL stores no NUL, and UTF-8 knows no lone half of a surrogate pair, which JSON can spell.
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_CONTROL_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SHORT_ID, _LONG_ID = 15, 18
_ID = re.compile(r"[A-Za-z0-9]+")
_CHECK_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
# A local part and a host without white space or the signs that separate addresses in a list.
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_LONGEST_EMAIL = 254


def clean_line(field: str, value: object, *, most: int, least: int = 0) -> str:
    """Return `value` as one trimmed line of `least` to `most` characters. Raises `UserMistake` naming `field`."""
    text = _storable(field, value).strip()
    if _CONTROL.search(text):
        raise UserMistake(f"{field} contains a line break or another control character: leave it out.")
    return _sized(field, text, least, most)


def clean_lines(field: str, value: object, *, most: int) -> str:
    """Return `value` with its line breaks as LF. Raises `UserMistake` naming `field`."""
    text = _storable(field, value).replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROL_IN_LINES.search(text):
        raise UserMistake(f"{field} contains a control character other than a line break: leave it out.")
    return _sized(field, text, 0, most)


def clean_email(field: str, value: object) -> str:
    """Return an e-mail address in lower case, as it is compared. Raises `UserMistake` naming `field`."""
    address = clean_line(field, value, most=_LONGEST_EMAIL).lower()
    if not _EMAIL.fullmatch(address):
        raise UserMistake(f"{field} is not an e-mail address: write it like ada@example.com.")
    return address


def is_storable(text: str) -> bool:
    """Tell whether a text may stand in the database at all; one that may not is equal to none there."""
    return not _UNSTORABLE.search(text)


def salesforce_id(value: str) -> str:
    """Return a 15 or 18 character Salesforce id with 18. Raises `ValueError` where it is none."""
    if len(value) not in (_SHORT_ID, _LONG_ID) or not _ID.fullmatch(value):
        raise ValueError("not 15 or 18 letters and digits")
    full = value[:_SHORT_ID] + _check_digits(value[:_SHORT_ID])
    if value[_SHORT_ID:].upper() not in ("", full[_SHORT_ID:]):
        raise ValueError("its last three characters do not fit the others")
    return full


def known_id(value: str, what: str) -> str:
    """Return the id of a row as the database writes it. Raises `NotFound` where it cannot be one."""
    try:
        return str(UUID(value))
    except ValueError:
        raise NotFound(f"There is no such {what}.") from None


def _storable(field: str, value: object) -> str:
    if not isinstance(value, str):
        raise UserMistake(f"{field} must be text.")
    if _UNSTORABLE.search(value):
        raise UserMistake(f"{field} contains a character that cannot be stored: leave it out.")
    return value


def _sized(field: str, text: str, least: int, most: int) -> str:
    if len(text) < least:
        raise UserMistake(f"{field} is empty: fill it in.")
    if len(text) > most:
        raise UserMistake(f"{field} has {len(text):,} characters: shorten it to {most:,} at most.")
    return text


def _check_digits(short: str) -> str:
    """Encode which letters are capitals, five to a digit: Salesforce's way to an id that ignores case."""
    chunks = (short[start : start + 5] for start in (0, 5, 10))
    return "".join(_CHECK_DIGITS[sum(sign.isupper() << place for place, sign in enumerate(chunk))] for chunk in chunks)
