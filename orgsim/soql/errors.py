"""The one error of this package, worded and placed as the platform words and places it."""

from __future__ import annotations

_WINDOW = 60


class SoqlError(Exception):
    """A query the platform would refuse: `code` is its errorCode, `message` its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[SoqlError], tuple[str, str]]:
        return SoqlError, (self.code, self.message)


def error_at(text: str, offset: int, code: str, message: str) -> SoqlError:
    """Return an error that shows the part of `text` around character `offset` with a caret under it."""
    line_start = text.rfind("\n", 0, offset) + 1
    line_end = text.find("\n", offset)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    row, column = text.count("\n", 0, offset) + 1, offset - line_start
    first = max(0, column - _WINDOW)
    shown = line[first : column + _WINDOW]
    place = f"\n{shown}\n{' ' * (column - first)}^\nERROR at Row:{row}:Column:{column + 1}\n"
    return SoqlError(code, place + message)


def malformed(text: str, offset: int, message: str) -> SoqlError:
    """Return a MALFORMED_QUERY error placed at character `offset`."""
    return error_at(text, offset, "MALFORMED_QUERY", message)
