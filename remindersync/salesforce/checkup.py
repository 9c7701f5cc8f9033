"""What an org lets one login do with Tasks, looked at without writing anything: rights, picklists, key field, clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from remindersync.errors import SalesforceRefused
from remindersync.salesforce import records
from remindersync.salesforce.client import Answer, Call, Client
from remindersync.salesforce.tasks import read

_WRITTEN = ("Subject", "Status", "Priority", "ActivityDate", "Description", "WhoId", "OwnerId")
_LAYOUTS = Call("GET", "sobjects/Task/describe/layouts")


@dataclass(frozen=True, slots=True)
class KeyField:
    """The org's key field as a login sees it; `on_layout` is None where the layouts could not be read."""

    is_unique: bool
    is_external_id: bool
    is_case_sensitive: bool
    is_createable: bool
    on_layout: bool | None


@dataclass(frozen=True, slots=True)
class Checkup:
    """What one login finds in its org.

    `clock_ahead_seconds` is the org's clock minus ours; `lacks` names rights on Tasks, `hidden` and `read_only` fields
    that sync; `statuses` are the org's values with whether each is closed.
    """

    clock_ahead_seconds: float
    lacks: tuple[str, ...]
    hidden: tuple[str, ...]
    read_only: tuple[str, ...]
    statuses: Mapping[str, bool]
    priorities: frozenset[str]
    key: KeyField | None


def look(client: Client, key_field: str) -> Checkup:
    """Ask an org with one login: three calls, one more where it has the key field. Raises what `Client.ask` raises."""
    described = client.ask(Call("GET", "sobjects/Task/describe"))
    now = datetime.now(UTC)
    statuses = _rows(client, "SELECT ApiName, IsClosed FROM TaskStatus")
    priorities = _rows(client, "SELECT ApiName FROM TaskPriority")
    fields = read(lambda: {field["name"]: field for field in described.body["fields"]})
    return Checkup(
        clock_ahead_seconds=_ahead(described, now),
        lacks=tuple(right for right in ("createable", "updateable", "deletable") if not described.body.get(right)),
        hidden=tuple(name for name in records.MAPPED if name not in fields),
        read_only=tuple(name for name in _WRITTEN if name in fields and not fields[name].get("updateable")),
        statuses=read(lambda: {row["ApiName"]: bool(row["IsClosed"]) for row in statuses}),
        priorities=read(lambda: frozenset(row["ApiName"] for row in priorities)),
        key=_key(client, fields.get(key_field), key_field),
    )


def _rows(client: Client, soql: str) -> list[Mapping[str, Any]]:
    answer = client.ask(Call("GET", "query", params={"q": soql}))
    return read(lambda: records.rows(answer.body))


def _ahead(answer: Answer, now: datetime) -> float:
    """Return how far the org's clock is ahead, 0 within the second that a Date header leaves open."""
    early, late = (answer.at - now).total_seconds(), (answer.at - now).total_seconds() + 1
    return early if early > 0 else min(late, 0.0)


def _key(client: Client, field: Mapping[str, Any] | None, name: str) -> KeyField | None:
    if field is None:
        return None
    return KeyField(
        is_unique=bool(field.get("unique")),
        is_external_id=bool(field.get("externalId")),
        is_case_sensitive=bool(field.get("caseSensitive")),
        is_createable=bool(field.get("createable")),
        on_layout=_on_layout(client, name),
    )


def _on_layout(client: Client, name: str) -> bool | None:
    try:
        return _names_field(client.ask(_LAYOUTS).body, name)
    except SalesforceRefused:
        return None


def _names_field(part: object, name: str) -> bool:
    """Say whether a layout, in whatever depth, has an item that shows the field."""
    if isinstance(part, list):
        return any(_names_field(one, name) for one in part)
    if not isinstance(part, Mapping):
        return False
    return (part.get("type") == "Field" and part.get("value") == name) or _names_field(list(part.values()), name)
