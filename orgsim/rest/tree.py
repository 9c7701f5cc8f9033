"""sObject trees: up to 200 new records with their children, all of them or none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orgsim.calls import Answer, Call
from orgsim.errors import Refusal, parser_error
from orgsim.rest.rows import kind_of
from orgsim.rest.saver import RecordSaves

MAX_RECORDS, MAX_LEVELS, MAX_KINDS = 200, 5, 5
# Child relationship of a parent object: the child's object and the field that names the parent.
_CHILDREN = {
    ("Account", "contacts"): ("Contact", "AccountId"),
    ("Account", "tasks"): ("Task", "WhatId"),
    ("Contact", "tasks"): ("Task", "WhoId"),
    ("Lead", "tasks"): ("Task", "WhoId"),
}
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Node:
    """One record of a tree and where it hangs: `parent` is the reference of the record above, `link` the field."""

    reference: str
    object_name: str
    fields: dict[str, Any]
    parent: str | None = None
    link: str = ""
    level: int = 1


def create_tree(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    records = call.json_object().get("records")
    if not isinstance(records, list) or not records or not all(isinstance(one, dict) for one in records):
        raise parser_error("The request needs a list of records under 'records'.")
    nodes = [node for record in records for node in _nodes(kind.name, record)]
    _check(call, nodes)
    return _saved(call, nodes)


def _nodes(
    object_name: str, record: Record, parent: str | None = None, link: str = "", level: int = 1
) -> Iterator[_Node]:
    attributes = record.get("attributes")
    reference = attributes.get("referenceId") if isinstance(attributes, dict) else None
    if (
        not isinstance(reference, str)
        or not isinstance(attributes, dict)
        or not isinstance(attributes.get("type"), str)
    ):
        raise Refusal("INVALID_INPUT", "Include a reference ID and a type in the attributes of each record.")
    below = {name: value for name, value in record.items() if isinstance(value, dict) and name != "attributes"}
    fields = {name: value for name, value in record.items() if name not in below and name != "attributes"}
    if attributes["type"].lower() != object_name.lower():
        raise Refusal("INVALID_INPUT", f"The type {attributes['type']} doesn't fit: {object_name} is expected here.")
    yield _Node(reference, object_name, fields, parent, link, level)
    for name, children in below.items():
        child, field = _child(object_name, name)
        for one in _listed(children):
            yield from _nodes(child, one, reference, field, level + 1)


def _child(object_name: str, relationship: str) -> tuple[str, str]:
    found = _CHILDREN.get((object_name, relationship.lower()))
    if found is None:
        message = f"No such column '{relationship}' on sobject of type {object_name}"
        raise Refusal("INVALID_FIELD", message)
    return found


def _listed(children: Record) -> list[Record]:
    records = children.get("records")
    if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
        raise parser_error("Children are a list of records under 'records'.")
    return records


def _check(call: Call, nodes: list[_Node]) -> None:
    if len(nodes) > MAX_RECORDS:
        raise Refusal("LIMIT_EXCEEDED", f"The number of records can't exceed {MAX_RECORDS}.")
    if max(node.level for node in nodes) > MAX_LEVELS or len({node.object_name for node in nodes}) > MAX_KINDS:
        raise Refusal("LIMIT_EXCEEDED", f"Trees have at most {MAX_LEVELS} levels and {MAX_KINDS} types of object.")
    references = [node.reference for node in nodes]
    if len(set(references)) < len(references):
        raise Refusal("INVALID_INPUT", "Duplicate ReferenceId provided in the request.")
    for node in nodes:
        kind_of(call, node.object_name)


def _saved(call: Call, nodes: list[_Node]) -> Answer:
    """Save parents before children; the first failures take everything back."""
    saves = RecordSaves(call)
    ids: dict[str, str] = {}
    failed: list[dict[str, Any]] = []
    with call.org.transaction() as transaction:
        for node in nodes:
            if node.parent is not None and node.parent not in ids:
                continue
            try:
                above = {node.link: ids[node.parent]} if node.parent is not None else {}
                ids[node.reference] = saves.create(node.object_name, {**node.fields, **above})
            except Refusal as refusal:
                failed.append({"referenceId": node.reference, "errors": [refusal.as_collection_error()]})
        if failed:
            transaction.rollback()
            saves.forget()
    saves.settle()
    if failed:
        return Answer(400, {"hasErrors": True, "results": failed})
    results = [{"referenceId": reference, "id": record_id} for reference, record_id in ids.items()]
    return Answer(201, {"hasErrors": False, "results": results})
