"""A parsed query: frozen values that name fields as they were written and know where they stood."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TypeAlias


@dataclasses.dataclass(frozen=True, slots=True)
class Path:
    """A field as written, `Owner.Name`; `offset` is its place in the query's text, in characters."""

    names: tuple[str, ...]
    offset: int

    def __str__(self) -> str:
        return ".".join(self.names)


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A function of at most one field: `COUNT()`, `MAX(SystemModstamp)`, `FIELDS(ALL)`.

    `is_converted` says that the field went through convertTimezone() first.
    """

    function: str
    argument: Path | None
    offset: int
    is_converted: bool = False


Operand: TypeAlias = Path | Call


@dataclasses.dataclass(frozen=True, slots=True)
class String:
    r"""A string literal: `text` has its escapes resolved, `pattern` keeps `\%` and `\_` for LIKE."""

    text: str
    pattern: str
    offset: int


@dataclasses.dataclass(frozen=True, slots=True)
class Number:
    value: int | float
    offset: int


@dataclasses.dataclass(frozen=True, slots=True)
class Moment:
    """A dateTime literal, in UTC."""

    value: dt.datetime
    offset: int


@dataclasses.dataclass(frozen=True, slots=True)
class Day:
    """A date literal without a time."""

    value: dt.date
    offset: int


@dataclasses.dataclass(frozen=True, slots=True)
class Period:
    """A date literal by name, `LAST_N_DAYS:7`: `count` is None where the name takes none."""

    name: str
    count: int | None
    offset: int


@dataclasses.dataclass(frozen=True, slots=True)
class Constant:
    """TRUE, FALSE or NULL."""

    value: bool | None
    offset: int


Literal: TypeAlias = String | Number | Moment | Day | Period | Constant


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """`operand operator value`, operator one of = != < <= > >= LIKE."""

    operand: Operand
    operator: str
    value: Literal


@dataclasses.dataclass(frozen=True, slots=True)
class Membership:
    """`operand operator (values)`, operator one of IN, NOT IN, INCLUDES, EXCLUDES."""

    operand: Operand
    operator: str
    values: tuple[Literal, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class SemiJoin:
    """`operand IN (SELECT …)`, or the anti-join with NOT IN."""

    operand: Operand
    operator: str
    query: Query


@dataclasses.dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Condition, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Condition, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Not:
    part: Condition


Condition: TypeAlias = Comparison | Membership | SemiJoin | And | Or | Not


@dataclasses.dataclass(frozen=True, slots=True)
class Selected:
    """One item of the SELECT list with its alias, where it has one."""

    operand: Operand
    alias: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Branch:
    """`WHEN object THEN fields`."""

    object_name: str
    offset: int
    fields: tuple[Path, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class TypeOf:
    """`TYPEOF relationship WHEN … ELSE otherwise END`."""

    relationship: Path
    branches: tuple[Branch, ...]
    otherwise: tuple[Path, ...] | None


@dataclasses.dataclass(frozen=True, slots=True)
class Ordered:
    """One item of ORDER BY; nulls come first unless NULLS LAST was written."""

    operand: Operand
    descending: bool
    nulls_last: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """One SELECT: `text` is what it was read from, for messages that show it (empty inside a semi-join).

    `selected` is empty only where `typeofs` is not.
    """

    selected: tuple[Selected, ...]
    object_name: str
    object_offset: int
    alias: str | None = None
    scope: str | None = None
    where: Condition | None = None
    group_by: tuple[Operand, ...] = ()
    having: Condition | None = None
    order_by: tuple[Ordered, ...] = ()
    limit: int | None = None
    offset: int = 0
    text: str = ""
    typeofs: tuple[TypeOf, ...] = ()
