"""Rows to the records of an answer: JSON-ready values in SELECT order, parents nested."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from orgsim.schema import FieldType
from orgsim.soql.catalog import Row, Setting
from orgsim.soql.columns import Column, Hop, actual_type, parent_reader, reader

Record: TypeAlias = dict[str, Any]
Part: TypeAlias = tuple[str, Callable[[Row], Any]]


def renderer(object_name: str, columns: Iterable[Column], setting: Setting) -> Callable[[Row], Record]:
    """Return the function that makes the record of a row."""
    parts = _parts([(column.hops, column.field) for column in columns], setting)
    root = f"{setting.url_prefix}/{object_name}/"

    def render(row: Row) -> Record:
        record: Record = {"attributes": {"type": object_name, "url": f"{root}{row.get('Id')}"}}
        for key, value in parts:
            record[key] = value(row)
        return record

    return render


def json_value(value: Any) -> Any:
    """Return a value as answers show it: dateTimes in UTC with zero milliseconds, dates as YYYY-MM-DD."""
    if isinstance(value, dt.datetime):
        return _moment(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _moment(value: dt.datetime) -> str:
    if value.tzinfo is not dt.UTC:
        value = value.astimezone(dt.UTC)
    return value.isoformat()[:19] + ".000+0000"


def _parts(wanted: list[tuple[tuple[Hop, ...], FieldType]], setting: Setting) -> list[Part]:
    """Return the fields of one level and, where its first field stands, each parent with all its fields."""
    parts: dict[str, Part] = {}
    for hops, field in wanted:
        if not hops:
            parts[field.name] = (field.name, _field_part(field))
        elif hops[0].relationship not in parts:
            below = [(rest[1:], leaf) for rest, leaf in wanted if rest and rest[0] == hops[0]]
            parts[hops[0].relationship] = (hops[0].relationship, _parent_part(hops[0], below, setting))
    return list(parts.values())


def _field_part(field: FieldType) -> Callable[[Row], Any]:
    name = field.name
    if field.type in {"date", "datetime"}:
        return lambda row: json_value(row.get(name))
    return lambda row: row.get(name)


def _parent_part(
    hop: Hop, wanted: list[tuple[tuple[Hop, ...], FieldType]], setting: Setting
) -> Callable[[Row], Record | None]:
    find = parent_reader((hop,), setting.catalog)
    parts = _parts(wanted, setting)
    if hop.target.name == "Name":
        parts = [_name_part(hop, key, value, setting) for key, value in parts]

    def render(row: Row) -> Record | None:
        parent = find(row)
        if parent is None:
            return None
        url = f"{setting.url_prefix}/{actual_type(parent)}/{parent.get('Id')}"
        record: Record = {"attributes": {"type": hop.target.name, "url": url}}
        for key, value in parts:
            record[key] = value(parent)
        return record

    return render


def _name_part(hop: Hop, key: str, value: Callable[[Row], Any], setting: Setting) -> Part:
    """Return a part of the polymorphic Name, whose Type is computed from the parent's id."""
    if key != "Type":
        return key, value
    # Reading from the parent itself: the hop only says that its fields are those of Name.
    leaf = reader((hop,), hop.target.fields["type"], setting.catalog)
    return key, lambda parent: leaf({hop.key: parent.get("Id")})
