"""A team's own condition on what is imported: read as SOQL, put into parentheses, its fields named (MAP-7)."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from remindersync.errors import UserMistake

__all__ = ["Condition", "parse"]

_DEEPEST = 40
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>'(?:[^'\\]|\\.)*')
    | (?P<literal>\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))? | [+-]?\d+(?:\.\d+)?)(?![\w.])
    | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*(?::\d+)?)
    | (?P<sign><=|>=|<>|!=|=|<|>|\(|\)|,)
    )""",
    re.VERBOSE | re.ASCII,
)
_COMPARES = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
_LISTS = frozenset({"IN", "INCLUDES", "EXCLUDES"})
_WORDS = frozenset({"AND", "OR", "NOT", "LIKE", "TRUE", "FALSE", "NULL"}) | _LISTS
# What SOQL calls date literals (SOQL reference, "Date Formats and Date Literals").
_PERIODS = re.compile(
    r"YESTERDAY|TODAY|TOMORROW|(?:LAST|THIS|NEXT)_(?:WEEK|MONTH|QUARTER|YEAR|FISCAL_QUARTER|FISCAL_YEAR)|"
    r"(?:LAST|NEXT)_90_DAYS|(?:LAST|NEXT)_N_(?:DAYS|WEEKS|MONTHS|QUARTERS|YEARS|FISCAL_QUARTERS|FISCAL_YEARS):\d+|"
    r"N_(?:DAYS|WEEKS|MONTHS|QUARTERS|YEARS)_AGO:\d+"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was read without a mistake; `text` is SOQL in parentheses, `fields` are as written."""

    text: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int

    @property
    def word(self) -> str:
        """The token as a keyword or a sign; a string is neither."""
        return self.text.upper() if self.kind in ("name", "sign") else ""


def parse(text: str) -> Condition:
    """Read what may stand behind WHERE: comparisons joined by AND, OR, NOT and parentheses.

    Raises `UserMistake` with the character at which it is no condition. Whatever comes back is one condition as a
    whole: nothing in it reaches past its own parentheses.
    """
    reader = _Reader(_tokens(text))
    whole = reader.either()
    reader.expect_end()
    return Condition(whole, tuple(dict.fromkeys(reader.fields)))


def _tokens(text: str) -> list[_Token]:
    found, end = [], 0
    while text[end:].strip():
        match = _TOKEN.match(text, end)
        if match is None or match.lastgroup is None:
            place = end + len(text[end:]) - len(text[end:].lstrip())
            raise _mistake(f"{text[place : place + 20]!r} is nothing SOQL knows", place)
        found.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
        end = match.end()
    return [*found, _Token("end", "", len(text))]


class _Reader:
    """Reads tokens from left to right; every rule returns its part of the condition, in parentheses."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self.fields: list[str] = []

    def either(self) -> str:
        return self._joined("OR", self._both)

    def _both(self) -> str:
        return self._joined("AND", self._one)

    def _joined(self, word: str, part: Callable[[], str]) -> str:
        parts = [part()]
        while self._took(word):
            parts.append(part())
        return parts[0] if len(parts) == 1 else f"({f' {word} '.join(parts)})"

    def _one(self) -> str:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _mistake("it is nested too deeply", self._here.place)
        if self._took("NOT"):
            found = f"(NOT {self._one()})"
        elif self._took("("):
            found = self.either()
            self._expect(")")
        else:
            found = self._comparison()
        self._depth -= 1
        return found

    def _comparison(self) -> str:
        field = self._advance()
        if field.kind != "name" or ":" in field.text or field.word in _WORDS:
            raise _mistake("a field of Task is expected", field.place)
        if self._here.word == "(":
            raise _mistake(f"{field.text} is used as a function, and functions are not offered here", field.place)
        self.fields.append(field.text)
        sign = self._advance()
        if sign.word in _COMPARES:
            return f"({field.text} {sign.text} {self._value()})"
        if sign.word == "LIKE":
            return f"({field.text} LIKE {self._value()})"
        if sign.word == "NOT":
            self._expect("IN")
            return f"({field.text} NOT IN {self._list()})"
        if sign.word in _LISTS:
            return f"({field.text} {sign.word} {self._list()})"
        raise _mistake("a comparison like = or IN is expected", sign.place)

    def _list(self) -> str:
        self._expect("(")
        values = [self._value()]
        while self._took(","):
            values.append(self._value())
        self._expect(")")
        return f"({', '.join(values)})"

    def _value(self) -> str:
        value = self._advance()
        known = value.word in ("TRUE", "FALSE", "NULL") or _PERIODS.fullmatch(value.word)
        if value.kind not in ("string", "literal") and not known:
            raise _mistake("a value is expected: 'text', a number, a date, true, false or null", value.place)
        return value.text

    @property
    def _here(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        token = self._here
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _took(self, word: str) -> bool:
        found = self._here.word == word
        if found:
            self._advance()
        return found

    def _expect(self, word: str) -> None:
        place = self._here.place
        if not self._took(word):
            raise _mistake(f"{word} is expected", place)

    def expect_end(self) -> None:
        """Raise `UserMistake` where something is left."""
        if self._here.kind != "end":
            raise _mistake("AND, OR or the end is expected", self._here.place)


def _mistake(what: str, place: int) -> UserMistake:
    return UserMistake(
        f"import_condition, character {place + 1}: {what}; write it like Priority = 'High' AND WhoId != null."
    )
