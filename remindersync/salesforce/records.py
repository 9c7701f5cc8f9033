"""From a queried row to a SalesforceTask, and which fields a query asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from remindersync.model import OrgFacts, SalesforceTask

# What the reminder's own values come from; one that is hidden from the user is an error, not an empty value.
MAPPED = ("Subject", "Status", "Priority", "ActivityDate", "Description", "WhoId")
_NEEDED = (
    "Id",
    "OwnerId",
    *MAPPED,
    "IsClosed",
    "IsDeleted",
    "IsArchived",
    "IsRecurrence",
    "CreatedDate",
    "CreatedById",
    "LastModifiedDate",
    "SystemModstamp",
)
_OPTIONAL = ("TaskSubtype", "CompletedDateTime", "AccountId", "WhatId")
_PERSON = "Who.Name"


@dataclass(frozen=True, slots=True)
class Schema:
    """What describe says of Task to one user: the fields to read, and the org's unique key field if usable."""

    fields: tuple[str, ...]
    key_field: str | None = None

    @property
    def facts(self) -> OrgFacts:
        return OrgFacts(self.key_field)


def schema(body: Mapping[str, Any], key_field: str) -> Schema:
    """Read a describe answer: optional fields the user may not see are left out.

    The key field counts only where it is unique, an external id, and the user may write it on create.
    """
    fields = {field["name"]: field for field in body["fields"]}
    found = fields.get(key_field)
    usable = found and found.get("unique") and found.get("externalId") and found.get("createable")
    optional = [name for name in _OPTIONAL if name in fields]
    key = [key_field] if usable else []
    return Schema((*_NEEDED, _PERSON, *optional, *key), key_field if usable else None)


def rows(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the rows of a query's answer. Raises KeyError or TypeError where it is none."""
    found: list[Mapping[str, Any]] = body["records"]
    if not isinstance(found, list):
        raise TypeError("The records of an answer are a list.")
    return found


def task(row: Mapping[str, Any], read_at: datetime, key_field: str | None) -> SalesforceTask:
    """Read one row. Raises KeyError, TypeError or ValueError where it is none."""
    return SalesforceTask(
        id=row["Id"],
        owner_id=row["OwnerId"],
        values={name: storable(row[name]) for name in MAPPED},
        is_closed=bool(row["IsClosed"]),
        created_at=moment(row["CreatedDate"]),
        modified_at=moment(row["LastModifiedDate"]),
        stamp=moment(row["SystemModstamp"]),
        read_at=read_at,
        subtype=row.get("TaskSubtype"),
        is_deleted=bool(row["IsDeleted"]),
        is_archived=bool(row["IsArchived"]),
        is_recurrence=bool(row["IsRecurrence"]),
        completed_at=moment(row["CompletedDateTime"]) if row.get("CompletedDateTime") else None,
        created_by=row["CreatedById"],
        person_name=storable((row.get("Who") or {}).get("Name")) or "",
        key=row.get(key_field) if key_field else None,
        company_id=row.get("AccountId"),
        related_id=row.get("WhatId"),
    )


def storable(text: str | None) -> str | None:
    """Return a text without what PostgreSQL cannot hold: NUL, and halves of surrogate pairs."""
    if text is None:
        return None
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def moment(text: str) -> datetime:
    """Read a stamp like `2026-11-22T10:00:00.000+0000`."""
    return datetime.fromisoformat(text).astimezone(UTC)
