"""Literals as text becomes values: string escapes, dateTimes in all spellings, LIKE patterns."""

from __future__ import annotations

import datetime as dt
import re

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_PATTERN_TOKEN = re.compile(r"\\(.)|([%_])|([^\\%_]+)", re.DOTALL)


class IllegalEscapeError(ValueError):
    """A backslash before a character that SOQL has no escape for."""


def unescape(quoted: str) -> tuple[str, str]:
    r"""Return the text of a quoted literal, and the same with `%`, `_` and `\\` still escaped for LIKE.

    Raises:
        IllegalEscapeError: its message is the offending sequence.

    """
    inner = quoted[1:-1]
    if "\\" not in inner:
        return inner, inner
    text = _ESCAPE.sub(lambda match: _character(match[1]), inner)
    pattern = _ESCAPE.sub(lambda match: _pattern_character(match[1]), inner)
    return text, pattern


def _character(escaped: str) -> str:
    if len(escaped) > 1:
        return chr(int(escaped[1:], 16))
    if escaped in "%_":
        return escaped
    # Both cases are documented: `\n or \N  New line`.
    found = _ESCAPES.get(escaped.lower())
    if found is None:
        raise IllegalEscapeError("\\" + escaped)
    return found


def _pattern_character(escaped: str) -> str:
    character = _character(escaped)
    return "\\" + character if character in "%_\\" and len(escaped) == 1 else character


def like_expression(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a LIKE pattern: `%` any run, `_` one character, case ignored."""
    parts = [_expression_part(match) for match in _PATTERN_TOKEN.finditer(pattern)]
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _expression_part(match: re.Match[str]) -> str:
    escaped, wildcard, plain = match.groups()
    if wildcard:
        return ".*" if wildcard == "%" else "."
    return re.escape(escaped or plain)


def moment(text: str) -> dt.datetime:
    """Return a dateTime literal (`Z`, `.000Z`, `+00:00`, `+0000`) in UTC.

    Raises:
        ValueError: there is no such day or time.
        OverflowError: the moment lies outside the years 1 to 9999.

    """
    return dt.datetime.fromisoformat(text.upper()).astimezone(dt.UTC)


def day(text: str) -> dt.date:
    """Return a date literal.

    Raises:
        ValueError: there is no such day.

    """
    return dt.date.fromisoformat(text)
