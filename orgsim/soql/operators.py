"""One condition on one value: type checks as the platform words them, and the test itself."""

from __future__ import annotations

import datetime as dt
import operator
import zoneinfo
from collections.abc import Callable
from typing import Any, TypeAlias

from orgsim.ids import long_id
from orgsim.schema import FieldType
from orgsim.soql import periods
from orgsim.soql import query as q
from orgsim.soql.literals import like_expression

Test: TypeAlias = Callable[[Any], bool]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMERIC = frozenset({"int", "double", "currency", "percent"})
_IDS = frozenset({"id", "reference"})
_TYPE_WORDS = {"datetime": "dateTime", "currency": "double", "percent": "double"}


class BadFilterError(Exception):
    """A condition the platform refuses for its types: errorCode and message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Clock:
    """Now, and the days of a time zone as moments."""

    def __init__(self, now: dt.datetime, zone: dt.tzinfo) -> None:
        self._zone = zone
        self.today = now.astimezone(zone).date()

    def bounds(self, field: FieldType, period: q.Period) -> tuple[Any, Any]:
        """Return the first value of a period and the first after it, as `field` holds values."""
        try:
            first, after = periods.span(period.name, period.count, self.today)
            if field.type == "date":
                return first, after
            return self._midnight(first), self._midnight(after)
        except OverflowError:
            raise BadFilterError("MALFORMED_QUERY", f"Invalid date: {period.name}:{period.count}") from None

    def _midnight(self, day: dt.date) -> dt.datetime:
        local = dt.datetime.combine(day, dt.time(), tzinfo=self._zone)
        return local.astimezone(dt.UTC)


def folds(field: FieldType) -> bool:
    """Return whether text of this field is compared without regard to case."""
    return field.is_text and not (field.unique and field.case_sensitive)


def comparison_test(field: FieldType, comparison: str, value: q.Literal, clock: Clock) -> Test:
    """Return the test of `field comparison value`.

    Raises:
        BadFilterError: the field takes no such operator or no such value.

    """
    check_operator(field, comparison)
    if comparison == "LIKE":
        return _like(field, value)
    if isinstance(value, q.Period):
        return _in_period(comparison, *clock.bounds(_checked_period(field), value))
    wanted = plain_value(field, value)
    if comparison in {"=", "!="}:
        return _equality(field, wanted, negated=comparison == "!=")
    return _ordering(field, _ORDER[comparison], wanted)


def membership_test(field: FieldType, comparison: str, values: tuple[q.Literal, ...], clock: Clock) -> Test:
    """Return the test of `field IN (values)`, NOT IN, INCLUDES or EXCLUDES."""
    if comparison in {"INCLUDES", "EXCLUDES"}:
        return _includes(field, values, negated=comparison == "EXCLUDES")
    tests = [comparison_test(field, "=", value, clock) for value in values if isinstance(value, q.Period | q.Constant)]
    wanted = {plain_value(field, value) for value in values if not isinstance(value, q.Period | q.Constant)}
    if None in wanted:
        tests.append(_equality(field, None, negated=False))
    return value_set_test(field, wanted - {None}, tests, negated=comparison == "NOT IN")


def value_set_test(field: FieldType, wanted: set[Any], others: list[Test], *, negated: bool) -> Test:
    """Return the test that a value is among `wanted` (as `plain_value` gives them) or meets one of `others`."""
    folding = folds(field)

    def inside(value: Any) -> bool:
        known = value.lower() if folding and value is not None else value
        return known in wanted or any(test(value) for test in others)

    return (lambda value: not inside(value)) if negated else inside


def check_operator(field: FieldType, comparison: str) -> None:
    if comparison == "LIKE" and not field.is_text:
        raise BadFilterError("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {_kind(field)} field")
    if comparison in _ORDER and field.type in {"boolean", "multipicklist"}:
        raise BadFilterError("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {_kind(field)} field")


def plain_value(field: FieldType, literal: q.Literal) -> Any:
    """Return a literal as values of `field` are compared: text folded, ids in 18 characters, '' as None.

    Raises:
        BadFilterError: the literal is of another type than the field.

    """
    if isinstance(literal, q.Constant) and literal.value is None:
        return None
    if field.type in _IDS and isinstance(literal, q.String):
        return _id_value(literal.text)
    if field.is_text and isinstance(literal, q.String):
        # The platform stores the empty string as null.
        return (literal.text.lower() if folds(field) else literal.text) or None
    wanted = _literal_class(field)
    if wanted is not q.String and isinstance(literal, wanted):
        return literal.value
    raise BadFilterError("INVALID_FIELD", _wrong_type(field))


def _literal_class(field: FieldType) -> Any:
    if field.type in _NUMERIC:
        return q.Number
    return {"boolean": q.Constant, "date": q.Day, "datetime": q.Moment}.get(field.type, q.String)


def _checked_period(field: FieldType) -> FieldType:
    if field.type not in {"date", "datetime"}:
        raise BadFilterError("INVALID_FIELD", _wrong_type(field))
    return field


def _wrong_type(field: FieldType) -> str:
    quoted = field.is_text or field.type in _IDS
    kind = "string" if field.is_text else _TYPE_WORDS.get(field.type, field.type)
    rule = "should be enclosed in quotes" if quoted else "should not be enclosed in quotes"
    return f"value of filter criterion for field '{field.name}' must be of type {kind} and {rule}"


def _kind(field: FieldType) -> str:
    return "id" if field.type in _IDS else field.type


def _id_value(text: str) -> str | None:
    found = long_id(text)
    if found is None and text:
        raise BadFilterError("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {text}")
    return found


def _like(field: FieldType, value: q.Literal) -> Test:
    if not isinstance(value, q.String):
        raise BadFilterError("INVALID_FIELD", _wrong_type(field))
    matches = like_expression(value.pattern).fullmatch
    return lambda found: found is not None and matches(found) is not None


def _equality(field: FieldType, wanted: Any, *, negated: bool) -> Test:
    if wanted is None:
        return (lambda found: found not in {None, ""}) if negated else (lambda found: found in {None, ""})
    if folds(field):
        if negated:
            return lambda found: found is None or found.lower() != wanted
        return lambda found: found is not None and found.lower() == wanted
    return (lambda found: found != wanted) if negated else (lambda found: found == wanted)


def _ordering(field: FieldType, compare: Callable[[Any, Any], bool], wanted: Any) -> Test:
    if wanted is None:
        return lambda _found: False
    if folds(field):
        return lambda found: found is not None and compare(found.lower(), wanted)
    return lambda found: found is not None and compare(found, wanted)


def _in_period(comparison: str, first: Any, after: Any) -> Test:
    tests: dict[str, Test] = {
        "=": lambda found: found is not None and first <= found < after,
        "!=": lambda found: found is None or not first <= found < after,
        "<": lambda found: found is not None and found < first,
        "<=": lambda found: found is not None and found < after,
        ">": lambda found: found is not None and found >= after,
        ">=": lambda found: found is not None and found >= first,
    }
    return tests[comparison]


def _includes(field: FieldType, values: tuple[q.Literal, ...], *, negated: bool) -> Test:
    if field.type != "multipicklist":
        raise BadFilterError("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {_kind(field)} field")
    # 'A;B' asks for both A and B; several literals ask for any of them.
    wanted = [set((plain_value(field, value) or "").split(";")) for value in values]

    def includes(found: Any) -> bool:
        chosen = set((found or "").lower().split(";"))
        return any(one <= chosen for one in wanted)

    return (lambda found: not includes(found)) if negated else includes


def zone_named(name: str) -> dt.tzinfo:
    """Return a time zone by its IANA name, UTC where there is none of that name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return dt.UTC
