"""Duplicates among live Tasks: what a sync must never leave behind."""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from orgsim.org import Org
from orgsim.tables import Row

_CONTENT = ("OwnerId", "Subject", "ActivityDate", "Description")


def duplicates(orgs: Iterable[Org], created_by_api: Collection[str]) -> dict[str, int]:
    """Count surplus Tasks: of one key; of one owner, Subject, due date and Comments; of those, the API's."""
    found = Counter(by_key=0, by_content=0, by_content_created_by_api=0)
    for org in orgs:
        rows = [row for row in org.table("Task").rows.values() if not row["IsDeleted"]]
        found["by_key"] += _surplus_keys(rows, org.settings.key_field)
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple(row.get(name) for name in _CONTENT), []).append(row)
        for group in groups.values():
            surplus = len(group) - 1
            found["by_content"] += surplus
            from_api = sum(row["Id"] in created_by_api for row in group)
            found["by_content_created_by_api"] += min(surplus, from_api)
    return dict(found)


def _surplus_keys(rows: list[Row], key_field: str | None) -> int:
    if key_field is None:
        return 0
    keys = Counter(row[key_field] for row in rows if row.get(key_field))
    return sum(count - 1 for count in keys.values())
