"""A query to its answer: filter, sort, cut, render."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from typing import overload

from orgsim.schema import FieldType, object_type
from orgsim.soql import aggregates, operators, typeof
from orgsim.soql import query as q
from orgsim.soql.catalog import Catalog, Row, Schema, Setting
from orgsim.soql.columns import Column, Names
from orgsim.soql.conditions import Compiler, RowTest, equalities, semi_joins, stamps
from orgsim.soql.dates import date_column, is_date_function
from orgsim.soql.errors import SoqlError
from orgsim.soql.rendering import Record, renderer
from orgsim.soql.sorting import SortKey, sort

_FIELDS_LIMIT = 200


class Rendered(Sequence[Record]):
    """The records of rows, each made when it is asked for: a page at a time."""

    def __init__(self, rows: list[Row], render: Callable[[Row], Record]) -> None:
        self.rows = rows
        self.render = render

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> list[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | list[Record]:
        if isinstance(index, slice):
            return [self.render(row) for row in self.rows[index]]
        return self.render(self.rows[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # a sequence that compares by its items


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a query found; `count_only` marks `SELECT COUNT()`, which has a size and no records."""

    total_size: int
    records: Sequence[Record]
    is_aggregate: bool = False
    count_only: bool = False
    catalog: Catalog | None = None


def execute(  # noqa: PLR0913 all but the first two are keyword options with defaults
    query: q.Query,
    catalog: Catalog,
    *,
    now: dt.datetime,
    time_zone: str = "UTC",
    url_prefix: str = "/services/data/v66.0/sobjects",
    schema: Schema = object_type,
    user_id: str | None = None,
) -> Answer:
    """Run a query over the rows a caller may see.

    Args:
        query: what `parse` returned.
        catalog: the caller's rows.
        now: an aware moment; with `time_zone` (an IANA name) it says what TODAY means.
        time_zone: the caller's.
        url_prefix: what the urls in `attributes` begin with.
        schema: the objects as the caller sees them, where they differ from a plain org's.
        user_id: the caller's user id, for USING SCOPE mine.

    Raises:
        SoqlError: the query names what is not there, or compares what can't be compared.

    """
    zone = operators.zone_named(time_zone)
    return _Execution(query, Setting(query.text, catalog, schema, now, zone, url_prefix, user_id)).answer()


def row_test(query: q.Query, catalog: Catalog, *, now: dt.datetime, schema: Schema = object_type) -> RowTest:
    """Return the test of a query's WHERE clause, for rows that are in no table yet.

    Raises:
        SoqlError: as `execute`.

    """
    setting = Setting(query.text, catalog, schema, now, dt.UTC, "", None)
    tests = _Execution(query, setting).tests()
    return lambda row: all(test(row) for test in tests)


class _Execution:
    """One query, or one inner query of a semi-join, being run."""

    def __init__(self, query: q.Query, setting: Setting) -> None:
        self._query = query
        self._setting = setting
        self._names = Names(query, setting)
        self._clock = operators.Clock(setting.now, setting.zone)

    def answer(self) -> Answer:
        first = self._query.selected[0].operand if self._query.selected else None
        if isinstance(first, q.Call) and first.function == "COUNT" and first.argument is None:
            return self._count()
        if aggregates.is_aggregate(self._query):
            if self._query.typeofs:
                raise self._names.malformed(self._query.typeofs[0].relationship.offset, "TYPEOF can't be grouped")
            records = aggregates.records(self._query, self._names, self._compiler, self._rows())
            return Answer(len(records), records, is_aggregate=True)
        return self._plain()

    def _plain(self) -> Answer:
        columns = self._selected()
        keys = [self._sort_key(item) for item in self._query.order_by]
        rows = self._cut(sort(self._rows(), keys))
        render = self._renderer(columns)
        return Answer(len(rows), Rendered(rows, render), catalog=self._setting.catalog)

    def _renderer(self, columns: list[Column]) -> Callable[[Row], Record]:
        plain = renderer(self._names.object_type.name, columns, self._setting)
        more = typeof.parts(self._query, self._names, self._setting)
        if not more:
            return plain
        return lambda row: {**plain(row), **{name: value(row) for name, value in more}}

    def _count(self) -> Answer:
        if self._query.group_by:
            raise self._names.malformed(0, "Grouped query cannot use COUNT(); use COUNT(Id)")
        return Answer(len(self._cut(self._rows())), [], count_only=True)

    def tests(self) -> list[RowTest]:
        return self._compiler(self._plain_column).tests(self._query.where)

    def _rows(self) -> list[Row]:
        tests = self.tests()
        equal = equalities(self._query.where, self._names)
        if self._query.scope == "mine" and "ownerid" in self._names.object_type.fields:
            user_id = self._setting.user_id
            tests.append(lambda row: row.get("OwnerId") == user_id)
            equal.setdefault("OwnerId", frozenset({user_id}))
        span = stamps(self._query.where, self._names)
        rows: Iterable[Row] = self._setting.catalog.rows(self._names.object_type.name, equal, span)
        for test in tests:
            rows = filter(test, rows)
        return list(rows)

    def _compiler(self, resolve: aggregates.Resolve) -> Compiler:
        return Compiler(self._setting.text, self._clock, resolve, self._joined)

    def _plain_column(self, operand: q.Operand) -> Column:
        if isinstance(operand, q.Path):
            return self._names.column(operand)
        if operand.function == "TOLABEL" and operand.argument:
            return self._names.column(operand.argument)
        if is_date_function(operand.function):
            return date_column(operand, self._names)
        raise self._names.malformed(operand.offset, f"unexpected token: '{operand.function}'")

    def _cut(self, rows: list[Row]) -> list[Row]:
        end = None if self._query.limit is None else self._query.offset + self._query.limit
        return rows[self._query.offset : end] if self._query.offset or end is not None else rows

    def _sort_key(self, item: q.Ordered) -> SortKey:
        column = self._plain_column(item.operand)
        if not column.field.sortable:
            message = f"field '{column.field.name}' can not be sorted in a query call"
            raise self._names.malformed(column.offset, message)
        return SortKey(column.read, operators.folds(column.field), item.descending, item.nulls_last)

    def _selected(self) -> list[Column]:
        columns: list[Column] = []
        for item in self._query.selected:
            if item.alias and not (isinstance(item.operand, q.Call) and item.operand.function == "TOLABEL"):
                message = "only aggregate expressions use field aliasing"
                raise self._names.malformed(item.operand.offset, message)
            columns.extend(self._expanded(item.operand))
        self._refuse_duplicates(columns)
        return columns

    def _expanded(self, operand: q.Operand) -> list[Column]:
        if not (isinstance(operand, q.Call) and operand.function == "FIELDS" and operand.argument):
            if isinstance(operand, q.Call) and is_date_function(operand.function):
                raise self._names.malformed(operand.offset, f"Field must be grouped or aggregated: {operand.argument}")
            return [self._plain_column(operand)]
        group = str(operand.argument).upper()
        chosen = {"ALL": _every, "STANDARD": _standard, "CUSTOM": _custom}.get(group)
        if chosen is None:
            raise self._names.malformed(operand.offset, f"unexpected token: '{operand.argument}'")
        limit = self._query.limit
        if group != "STANDARD" and (limit is None or limit > _FIELDS_LIMIT):
            message = f"The SOQL FIELDS function must have a LIMIT of at most {_FIELDS_LIMIT}"
            raise self._names.malformed(operand.offset, message)
        fields = [field for field in self._names.object_type.fields.values() if chosen(field)]
        return [self._names.column(q.Path((field.name,), operand.offset)) for field in fields]

    def _refuse_duplicates(self, columns: Sequence[Column]) -> None:
        seen: set[tuple[str, ...]] = set()
        for column in columns:
            if column.identity in seen:
                name = ".".join(column.identity)
                raise self._names.invalid(q.Path(column.identity, column.offset), f"duplicate field selected: {name}")
            seen.add(column.identity)

    def _joined(self, join: q.SemiJoin) -> set[object]:
        return _Execution(join.query, self._setting).joined_values()

    def joined_values(self) -> set[object]:
        """Return what the one selected id field of a semi-join's inner query holds."""
        query = self._query
        if semi_joins(query.where):
            raise self._refused_inner("Nesting of semi join sub-selects is not supported")
        if query.order_by or query.group_by or query.limit is not None or query.offset:
            raise self._refused_inner("Semi join sub-selects take no GROUP BY, ORDER BY, LIMIT or OFFSET")
        if len(query.selected) != 1 or query.typeofs:
            raise self._refused_inner("Semi join sub-selects must select exactly one field")
        column = self._plain_column(query.selected[0].operand)
        if column.field.type not in {"id", "reference"}:
            message = (
                "The selected field in the subquery and the left operand field in the where expression in the "
                f"outer query should point to the same object type: '{column.field.name}'"
            )
            raise self._names.malformed(column.offset, message)
        return {value for value in map(column.read, self._rows()) if value is not None}

    def _refused_inner(self, message: str) -> SoqlError:
        return self._names.malformed(self._query.object_offset, message)


def _every(_field: FieldType) -> bool:
    return True


def _standard(field: FieldType) -> bool:
    return not field.is_custom


def _custom(field: FieldType) -> bool:
    return field.is_custom
