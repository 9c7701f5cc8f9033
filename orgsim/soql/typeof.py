"""`TYPEOF Who WHEN Contact THEN … ELSE … END`: a parent's fields by the object it is of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from orgsim.soql import query as q
from orgsim.soql.catalog import Row, Setting
from orgsim.soql.columns import Names, actual_type, parent_reader
from orgsim.soql.errors import error_at, malformed
from orgsim.soql.rendering import Part, Record, renderer

Render = Callable[[Row], Record]


def parts(query: q.Query, names: Names, setting: Setting) -> list[Part]:
    """Return what each TYPEOF adds to a record: the relationship's name, and the function that fills it.

    Raises:
        SoqlError: the relationship is none, not polymorphic, or selected besides; an object or field is unknown.

    """
    return [_part(one, query, names, setting) for one in query.typeofs]


def _part(one: q.TypeOf, query: q.Query, names: Names, setting: Setting) -> Part:
    (hop,) = names.hops(one.relationship) if len(one.relationship.names) == 1 else (None,)
    if hop is None or hop.target.name != "Name":
        message = f"TYPEOF operand must be a polymorphic relationship: {one.relationship}"
        raise malformed(setting.text, one.relationship.offset, message)
    _refuse_selected_twice(one, query, setting)
    branches = {_object(branch, names, hop.key, setting): branch for branch in one.branches}
    renders = {name: _renderer(branch, setting) for name, branch in branches.items()}
    otherwise = _else_renderer(one, names, hop.relationship, setting)
    find = parent_reader((hop,), setting.catalog)

    def render(row: Row) -> Record | None:
        parent = find(row)
        if parent is None:
            return None
        chosen = renders.get(actual_type(parent))
        return chosen(parent) if chosen else otherwise(row)

    return hop.relationship, render


def _refuse_selected_twice(one: q.TypeOf, query: q.Query, setting: Setting) -> None:
    wanted = one.relationship.names[0].lower()
    for item in query.selected:
        path = item.operand
        if isinstance(path, q.Path) and len(path.names) > 1 and path.names[0].lower() == wanted:
            message = f"The relationship '{path.names[0]}' can't be both in a TYPEOF and in the field list"
            raise malformed(setting.text, path.offset, message)


def _object(branch: q.Branch, names: Names, key: str, setting: Setting) -> str:
    found = setting.schema(branch.object_name)
    allowed = names.object_type.fields[key.lower()].reference_to
    if found is None or (allowed and found.name not in allowed):
        message = f"sObject type '{branch.object_name}' is not supported in this TYPEOF."
        raise error_at(setting.text, branch.offset, "INVALID_TYPE", message)
    return found.name


def _renderer(branch: q.Branch, setting: Setting) -> Render:
    selected = tuple(q.Selected(path, None) for path in branch.fields)
    inner = Names(q.Query(selected, branch.object_name, branch.offset), setting)
    return renderer(inner.object_type.name, [inner.column(path) for path in branch.fields], setting)


def _else_renderer(one: q.TypeOf, names: Names, relationship: str, setting: Setting) -> Callable[[Row], Record | None]:
    if one.otherwise is None:
        return lambda _row: None
    paths = [dataclasses.replace(path, names=(relationship, *path.names)) for path in one.otherwise]
    render = renderer(names.object_type.name, [names.column(path) for path in paths], setting)

    def rendered(row: Row) -> Record | None:
        found: Record | None = render(row)[relationship]
        return found

    return rendered
