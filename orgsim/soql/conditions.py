"""A WHERE or HAVING clause to one function of a row, compiled once per execution."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Collection
from typing import TypeAlias

from orgsim.soql import operators
from orgsim.soql import query as q
from orgsim.soql.catalog import Row
from orgsim.soql.columns import Column, Names
from orgsim.soql.errors import SoqlError, error_at, malformed
from orgsim.stamps import Span

RowTest: TypeAlias = Callable[[Row], bool]
Resolve: TypeAlias = Callable[[q.Operand], Column]
Values: TypeAlias = Callable[[q.SemiJoin], set[object]]

_MAX_SEMI_JOINS = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles conditions: `resolve` says what an operand is, `joined` runs a semi-join's inner query."""

    text: str
    clock: operators.Clock
    resolve: Resolve
    joined: Values

    def tests(self, condition: q.Condition | None) -> list[RowTest]:
        """Return tests that a row must all pass.

        Raises:
            SoqlError: a field takes no such filter, operator or value.

        """
        parts = top_level(condition)
        _check_semi_joins(self.text, parts)
        return [self._test(part) for part in parts]

    def _test(self, condition: q.Condition) -> RowTest:
        if isinstance(condition, q.And):
            return _all_of([self._test(part) for part in condition.parts])
        if isinstance(condition, q.Or):
            return _any_of([self._test(part) for part in condition.parts])
        if isinstance(condition, q.Not):
            part = self._test(condition.part)
            return lambda row: not part(row)
        return self._leaf(condition)

    def _leaf(self, condition: q.Comparison | q.Membership | q.SemiJoin) -> RowTest:
        column = self.resolve(condition.operand)
        if not column.field.filterable:
            message = f"field '{column.field.name}' can not be filtered in a query call"
            raise error_at(self.text, column.offset, "INVALID_FIELD", message)
        try:
            test = self._value_test(column, condition)
        except operators.BadFilterError as error:
            raise error_at(self.text, column.offset, error.code, error.message) from None
        read = column.read
        if column.hops or column.is_computed:
            return lambda row: test(read(row))
        name = column.field.name
        return lambda row: test(row.get(name))

    def _value_test(self, column: Column, condition: q.Comparison | q.Membership | q.SemiJoin) -> operators.Test:
        field = column.field
        if isinstance(condition, q.Comparison):
            return operators.comparison_test(field, condition.operator, condition.value, self.clock)
        if isinstance(condition, q.Membership):
            return operators.membership_test(field, condition.operator, condition.values, self.clock)
        if field.type not in {"id", "reference"}:
            message = (
                "The left operand field in the where expression for outer query should be an id field, "
                f"cannot use: '{field.name}'"
            )
            raise operators.BadFilterError("MALFORMED_QUERY", message)
        negated = condition.operator == "NOT IN"
        return operators.value_set_test(field, self.joined(condition), [], negated=negated)


def top_level(condition: q.Condition | None) -> tuple[q.Condition, ...]:
    """Return the conditions a row must all meet."""
    if condition is None:
        return ()
    return condition.parts if isinstance(condition, q.And) else (condition,)


def equalities(condition: q.Condition | None, names: Names) -> dict[str, Collection[object]]:
    """Return what `Catalog.rows` may use as an index: fields of the object itself, allowed values each."""
    found: dict[str, Collection[object]] = {}
    for part in top_level(condition):
        if isinstance(part, q.Comparison) and part.operator == "=":
            _note_equality(found, names, part.operand, (part.value,))
        elif isinstance(part, q.Membership) and part.operator == "IN":
            _note_equality(found, names, part.operand, part.values)
    return found


def _note_equality(
    found: dict[str, Collection[object]], names: Names, operand: q.Operand, literals: tuple[q.Literal, ...]
) -> None:
    if not isinstance(operand, q.Path):
        return
    column = names.column(operand)
    field = column.field
    if column.hops or not (field.type in {"id", "reference", "boolean"} or (field.unique and field.is_text)):
        return
    values = [operators.plain_value(field, literal) for literal in literals]
    if None not in values:
        found.setdefault(field.name, frozenset(values))


def stamps(condition: q.Condition | None, names: Names) -> Span | None:
    """Return the SystemModstamps that a row meeting the condition can have, None where it says nothing of them."""
    if isinstance(condition, q.And):
        known = [span for span in (stamps(part, names) for part in condition.parts) if span is not None]
        return functools.reduce(Span.within, known) if known else None
    if isinstance(condition, q.Or):
        spans = [stamps(part, names) for part in condition.parts]
        known = [span for span in spans if span is not None]
        return functools.reduce(Span.around, known) if len(known) == len(spans) else None
    return _compared_stamps(condition, names) if isinstance(condition, q.Comparison) else None


def _compared_stamps(condition: q.Comparison, names: Names) -> Span | None:
    value = condition.value
    if not isinstance(value, q.Moment) or not isinstance(condition.operand, q.Path):
        return None
    column = names.column(condition.operand)
    if column.hops or column.field.name != "SystemModstamp":
        return None
    ends = {"=": Span(value.value, value.value), "<": Span(None, value.value), ">": Span(value.value, None)}
    return ends.get(condition.operator.rstrip("=") or "=")


def _all_of(tests: list[RowTest]) -> RowTest:
    def every(row: Row) -> bool:
        for test in tests:  # noqa: SIM110 a plain loop is twice as fast as all() over a generator
            if not test(row):
                return False
        return True

    return every


def _any_of(tests: list[RowTest]) -> RowTest:
    def some(row: Row) -> bool:
        for test in tests:  # noqa: SIM110 a plain loop is twice as fast as any() over a generator
            if test(row):
                return True
        return False

    return some


def _check_semi_joins(text: str, parts: tuple[q.Condition, ...]) -> None:
    joins = [part for part in parts if isinstance(part, q.SemiJoin)]
    if len(joins) > _MAX_SEMI_JOINS:
        offset = joins[_MAX_SEMI_JOINS].query.object_offset
        raise malformed(text, offset, f"Maximum {_MAX_SEMI_JOINS} semi join sub-selects are allowed")
    for part in parts:
        if not isinstance(part, q.SemiJoin):
            _refuse_semi_joins(text, part)


def _refuse_semi_joins(text: str, condition: q.Condition) -> None:
    for join in semi_joins(condition):
        raise _misplaced(text, condition, join)


def _misplaced(text: str, condition: q.Condition, join: q.SemiJoin) -> SoqlError:
    if isinstance(condition, q.Or):
        message = "Semi join sub-selects are not allowed with the 'OR' operator"
    else:
        message = "Semi join sub-selects are only allowed at the top level WHERE expressions"
    return malformed(text, join.query.object_offset, message)


def semi_joins(condition: q.Condition | None) -> list[q.SemiJoin]:
    """Return every semi-join of a condition, however deep."""
    if isinstance(condition, q.SemiJoin):
        return [condition]
    if isinstance(condition, q.And | q.Or):
        return [join for part in condition.parts for join in semi_joins(part)]
    return semi_joins(condition.part) if isinstance(condition, q.Not) else []
