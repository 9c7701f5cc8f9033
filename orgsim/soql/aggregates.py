"""GROUP BY, HAVING and the aggregate functions."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard

from orgsim.schema import FieldType
from orgsim.soql import operators
from orgsim.soql import query as q
from orgsim.soql.catalog import Row
from orgsim.soql.columns import Column, Names
from orgsim.soql.conditions import Compiler
from orgsim.soql.dates import date_column, is_date_function
from orgsim.soql.errors import SoqlError
from orgsim.soql.rendering import Record, json_value
from orgsim.soql.sorting import SortKey, sort

Resolve: TypeAlias = Callable[[q.Operand], Column]
Result: TypeAlias = dict[str, Any]
"""One group: values under the keys of its operands."""

_FUNCTIONS = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
_NUMERIC = frozenset({"int", "double", "currency", "percent"})
_MAX_GROUPS = 2_000


def is_aggregate(query: q.Query) -> bool:
    """Return whether the answer is of groups, not of records."""
    return bool(query.group_by) or any(_is_call(item.operand) for item in query.selected)


def records(query: q.Query, names: Names, compiler: Callable[[Resolve], Compiler], rows: Sequence[Row]) -> list[Record]:
    """Return the answer's records for the rows that passed WHERE.

    Raises:
        SoqlError: a field is neither grouped nor aggregated, or takes no such function; EXCEEDED_ID_LIMIT
            for more groups than one batch holds.

    """
    grouping = _Grouping(query, names)
    titles = grouping.titles()
    tests = compiler(grouping.column).tests(query.having)
    keys = [grouping.sort_key(item) for item in query.order_by]
    found: list[Result] = [result for result in grouping.results(rows) if all(test(result) for test in tests)]
    end = None if query.limit is None else query.offset + query.limit
    found = sort(found, keys)[query.offset : end]
    if len(found) > _MAX_GROUPS:
        message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise SoqlError("EXCEEDED_ID_LIMIT", message)
    return [_record(result, titles) for result in found]


def _record(result: Result, titles: Mapping[str, str]) -> Record:
    shown = {title: json_value(result[key]) for title, key in titles.items()}
    return {"attributes": {"type": "AggregateResult"}, **shown}


@dataclasses.dataclass(frozen=True, slots=True)
class _Measure:
    """One aggregate function over one column."""

    function: str
    column: Column

    def of(self, rows: Sequence[Row]) -> Any:
        values: list[Any] = [value for row in rows if (value := self.column.read(row)) is not None]
        if self.function == "COUNT":
            return len(values)
        if self.function == "COUNT_DISTINCT":
            return len({value.lower() for value in values} if self._folds else set(values))
        return self._of_some(values) if values else None

    def _of_some(self, values: list[Any]) -> Any:
        if self.function == "SUM":
            return sum(values)
        if self.function == "AVG":
            return sum(values) / len(values)
        choose = min if self.function == "MIN" else max
        return choose(values, key=str.lower) if self._folds else choose(values)

    @property
    def _folds(self) -> bool:
        return operators.folds(self.column.field)

    @property
    def result_type(self) -> str:
        if self.function in {"COUNT", "COUNT_DISTINCT"}:
            return "int"
        return "double" if self.function == "AVG" else self.column.field.type


class _Grouping:
    """The groups of one query: every operand it mentions becomes a key of each group's result."""

    def __init__(self, query: q.Query, names: Names) -> None:
        self._query = query
        self._names = names
        self._groups = {self._key(operand): self._group_column(operand) for operand in query.group_by}
        self._measures: dict[str, _Measure] = {}
        if not query.group_by and query.limit is not None:
            message = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
            raise names.malformed(0, message)

    def titles(self) -> dict[str, str]:
        """Return what the record calls each selected operand, title to key: alias, field name or exprN."""
        titles: dict[str, str] = {}
        unnamed = 0
        for item in self._query.selected:
            column = self.column(item.operand)
            title = item.alias or column.field.name.rpartition(".")[2]
            if item.alias is None and (_is_call(item.operand) or _is_date(item.operand)):
                title, unnamed = f"expr{unnamed}", unnamed + 1
            if title in titles:
                raise self._names.malformed(item.operand.offset, f"duplicate alias: {title}")
            titles[title] = self._key(item.operand)
        return titles

    def column(self, operand: q.Operand) -> Column:
        """Return how to read an operand from a group's result."""
        key = self._key(operand)
        if isinstance(operand, q.Call) and operand.function in _FUNCTIONS:
            measure = self._measures.setdefault(key, self._measure(operand))
            field = dataclasses.replace(measure.column.field, name=key, type=measure.result_type)
            return Column(dataclasses.replace(field, filterable=True), (), _reads(key), operand.offset)
        if key not in self._groups:
            name = str(operand.argument if isinstance(operand, q.Call) else operand)
            message = f"Field must be grouped or aggregated: {name}"
            raise self._names.malformed(operand.offset, message)
        found = self._groups[key]
        field = dataclasses.replace(found.field, name=key)
        return Column(field, (), _reads(key), operand.offset)

    def sort_key(self, item: q.Ordered) -> SortKey:
        column = self.column(item.operand)
        return SortKey(column.read, operators.folds(column.field), item.descending, item.nulls_last)

    def results(self, rows: Sequence[Row]) -> list[Result]:
        """Return the groups in the order their first row came; without GROUP BY all rows are one group."""
        if not self._groups:
            return [self._measured({}, rows)]
        members: dict[tuple[Any, ...], list[Row]] = {}
        reads = [column.read for column in self._groups.values()]
        for row in rows:
            members.setdefault(tuple(read(row) for read in reads), []).append(row)
        keys = tuple(self._groups)
        return [self._measured(dict(zip(keys, values, strict=True)), group) for values, group in members.items()]

    def _measured(self, result: Result, rows: Sequence[Row]) -> Result:
        for key, measure in self._measures.items():
            result[key] = measure.of(rows)
        return result

    def _key(self, operand: q.Operand) -> str:
        if isinstance(operand, q.Path):
            return ".".join(self._names.column(operand).identity)
        if operand.argument is None:
            raise self._names.malformed(operand.offset, f"unexpected token: '{operand.function}'")
        if operand.function == "TOLABEL":
            return self._key(operand.argument)
        inner = self._key(operand.argument)
        return f"{operand.function}({f'CONVERTTIMEZONE({inner})' if operand.is_converted else inner})"

    def _group_column(self, operand: q.Operand) -> Column:
        if _is_date(operand):
            return date_column(operand, self._names)
        if not isinstance(operand, q.Path):
            raise self._names.malformed(operand.offset, f"unexpected token: '{operand.function}'")
        column = self._names.column(operand)
        if not column.field.groupable:
            message = f"field '{column.field.name}' can not be grouped in a query call"
            raise self._names.malformed(operand.offset, message)
        return column

    def _measure(self, call: q.Call) -> _Measure:
        assert call.argument is not None
        column = self._names.column(call.argument)
        if not _supports(column.field, call.function):
            message = f"field {column.field.name} does not support aggregate operator {call.function}"
            raise self._names.malformed(call.offset, message)
        return _Measure(call.function, column)


def _supports(field: FieldType, function: str) -> bool:
    if not field.filterable or field.type in {"boolean", "multipicklist"}:
        return False
    return function not in {"SUM", "AVG"} or field.type in _NUMERIC


def _reads(key: str) -> Callable[[Row], object]:
    return lambda result: result[key]


def _is_date(operand: q.Operand) -> TypeGuard[q.Call]:
    return isinstance(operand, q.Call) and is_date_function(operand.function)


def _is_call(operand: q.Operand) -> bool:
    return isinstance(operand, q.Call) and operand.function in _FUNCTIONS
