"""Salesforce record ids: 15 case-sensitive characters, and the 18-character form that survives a lost case."""

import re
import string

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_SUFFIX_LETTERS = string.ascii_uppercase + "012345"
_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_SHORT, _CHUNK = 15, 5


def checksum_suffix(short: str) -> str:
    """Give the three characters that encode which of the 15 are capitals."""
    return "".join(_chunk_letter(short[start : start + _CHUNK]) for start in range(0, _SHORT, _CHUNK))


def _chunk_letter(chunk: str) -> str:
    return _SUFFIX_LETTERS[sum(1 << bit for bit, char in enumerate(chunk) if char.isupper())]


def long_id(value: object) -> str | None:
    """Give the 18-character form of an id of either length, or None when `value` is none.

    An 18-character id whose case was lost is repaired from its suffix, as the platform does.
    """
    if not isinstance(value, str) or not _SHAPE.fullmatch(value):
        return None
    if len(value) == _SHORT:
        return value + checksum_suffix(value)
    return value if checksum_suffix(value[:_SHORT]) == value[_SHORT:] else _repaired(value)


def _repaired(text: str) -> str | None:
    suffix = text[_SHORT:].upper()
    if any(letter not in _SUFFIX_LETTERS for letter in suffix):
        return None
    capitals = [_SUFFIX_LETTERS.index(suffix[place // _CHUNK]) >> place % _CHUNK & 1 for place in range(_SHORT)]
    body = zip(text[:_SHORT].lower(), capitals, strict=True)
    short = "".join(char.upper() if capital else char for char, capital in body)
    return short + suffix if checksum_suffix(short) == suffix else None


def numbered_id(key_prefix: str, number: int, pod: str = "") -> str:
    """Give the 18-character id of record `number` of an object; `pod` tells the ids of different orgs apart."""
    digits = ""
    while number:
        number, place = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[place] + digits
    short = key_prefix + pod + digits.rjust(_SHORT - len(key_prefix) - len(pod), "0")
    return short + checksum_suffix(short)
