"""Names in a query to columns: the field meant, the parents on the way to it, and how to read it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TypeAlias

from orgsim.schema import FieldType, ObjectType, object_name_of
from orgsim.soql.catalog import Catalog, Row, Setting
from orgsim.soql.errors import SoqlError, error_at, malformed
from orgsim.soql.query import Path, Query

Read: TypeAlias = Callable[[Row], object]

_MAX_LEVELS = 5
_REFERENCE_HINT = "Please reference your WSDL or the describe call for the appropriate names."


@dataclasses.dataclass(frozen=True, slots=True)
class Hop:
    """A step to a parent: the relationship's name, the field with the parent's id, the parent's object."""

    relationship: str
    key: str
    target: ObjectType


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A resolved name: `read` takes a row of the queried object, `offset` is the name's place."""

    field: FieldType
    hops: tuple[Hop, ...]
    read: Read
    offset: int
    is_computed: bool = False

    @property
    def identity(self) -> tuple[str, ...]:
        return (*(hop.relationship for hop in self.hops), self.field.name)


class Names:
    """What names mean in one SELECT."""

    def __init__(self, query: Query, setting: Setting) -> None:
        self.setting = setting
        self.object_type = _object_of(query, setting)
        self._prefixes = {self.object_type.name.lower(), (query.alias or self.object_type.name).lower()}

    def column(self, path: Path) -> Column:
        """Return what a path means.

        Raises:
            SoqlError: INVALID_FIELD, no such column or relationship.

        """
        names = path.names
        if len(names) > 1 and names[0].lower() in self._prefixes:
            names = names[1:]
        if len(names) > _MAX_LEVELS + 1:
            raise self.invalid(path, f"relationship path exceeds the maximum of {_MAX_LEVELS} levels: {path}")
        hops = self.hops(path, names[:-1])
        target = hops[-1].target if hops else self.object_type
        field = target.fields.get(names[-1].lower())
        if field is None:
            raise self.invalid(path, _no_such_column(names[-1], target.name))
        return Column(field, hops, reader(hops, field, self.setting.catalog), path.offset)

    def invalid(self, path: Path, message: str) -> SoqlError:
        return error_at(self.setting.text, path.offset, "INVALID_FIELD", message)

    def malformed(self, offset: int, message: str) -> SoqlError:
        return malformed(self.setting.text, offset, message)

    def hops(self, path: Path, names: tuple[str, ...] | None = None) -> tuple[Hop, ...]:
        """Return the steps to parents that `names` (the whole path where none are given) stand for."""
        hops: list[Hop] = []
        current = self.object_type
        for name in path.names if names is None else names:
            hop = _hop(current, name, self.setting)
            if hop is None:
                raise self.invalid(path, _no_such_relationship(name))
            hops.append(hop)
            current = hop.target
        return tuple(hops)


def reader(hops: tuple[Hop, ...], field: FieldType, catalog: Catalog) -> Read:
    """Return the function that reads `field` at the end of `hops` from a row."""
    leaf = _leaf_reader(hops, field)
    if not hops:
        return leaf
    parent = parent_reader(hops, catalog)

    def read(row: Row) -> object:
        found = parent(row)
        return None if found is None else leaf(found)

    return read


def parent_reader(hops: tuple[Hop, ...], catalog: Catalog) -> Callable[[Row], Row | None]:
    """Return the function that follows `hops` from a row to a parent, None where one is missing."""
    keys = tuple(hop.key for hop in hops)

    def follow(row: Row) -> Row | None:
        found: Row | None = row
        for key in keys:
            record_id = found.get(key) if found is not None else None
            found = catalog.row(record_id) if isinstance(record_id, str) else None
        return found

    return follow


def actual_type(row: Row) -> str:
    """Return the object a parent row belongs to, by the prefix of its id."""
    return object_name_of(str(row.get("Id"))) or "Name"


def _leaf_reader(hops: tuple[Hop, ...], field: FieldType) -> Read:
    if hops and hops[-1].target.name == "Name" and field.name == "Type":
        return _owner_or_object_type
    name = field.name
    return lambda row: row.get(name)


def _owner_or_object_type(row: Row) -> str:
    name = actual_type(row)
    # Owner.Type is User or Queue: of groups, only queues own records.
    return "Queue" if name == "Group" else name


def _object_of(query: Query, setting: Setting) -> ObjectType:
    found = setting.schema(query.object_name)
    if found is None or found.name == "Name":
        message = (
            f"sObject type '{query.object_name}' is not supported. If you are attempting to use a custom "
            f"object, be sure to append the '__c' after the entity name. {_REFERENCE_HINT}"
        )
        raise error_at(setting.text, query.object_offset, "INVALID_TYPE", message)
    return found


def _hop(current: ObjectType, name: str, setting: Setting) -> Hop | None:
    field = _relationships(current).get(name.lower())
    if field is None or field.relationship_name is None:
        return None
    target = setting.schema("Name" if field.is_polymorphic else field.reference_to[0])
    return Hop(field.relationship_name, field.name, target) if target else None


def _relationships(current: ObjectType) -> dict[str, FieldType]:
    return {
        field.relationship_name.lower(): field
        for field in current.fields.values()
        if field.relationship_name and field.reference_to
    }


def _no_such_column(name: str, entity: str) -> str:
    return (
        f"No such column '{name}' on entity '{entity}'. If you are attempting to use a custom field, be sure "
        f"to append the '__c' after the custom field name. {_REFERENCE_HINT}"
    )


def _no_such_relationship(name: str) -> str:
    return (
        f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
        f"relationship, be sure to append the '__r' after the custom relationship name. {_REFERENCE_HINT}"
    )
