"""Rows to values and back: the one place that knows how a `Reminder`, a `Link` or a `Place` lies in its table."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Row

from remindersync.errors import Fault
from remindersync.model import (
    ActsAs,
    Base,
    Choice,
    ConflictRule,
    GuardedChange,
    Intent,
    Link,
    LinkState,
    Person,
    Place,
    Priority,
    Reminder,
    ReminderType,
    SalesforceTask,
    Side,
    Since,
    Status,
    SyncUser,
    TeamSettings,
    ValueMap,
    WriteKind,
)

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Kept = TypeVar("Kept")
Json = dict[str, Any]
AnyRow = Row[Any]

_ADAPTERS: "dict[type, TypeAdapter[Any]]" = {}
_REMINDER_FIELDS = tuple(field.name for field in fields(Reminder))
_INTENT_FIELDS = tuple(field.name for field in fields(Intent))
_LINK_FIELDS = tuple(field.name for field in fields(Link))


def _json(kind: type[Kept]) -> "TypeAdapter[Kept]":
    if kind not in _ADAPTERS:
        from pydantic import TypeAdapter  # noqa: PLC0415 a tenth of a command's time, and few read whole rows

        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def prepare() -> None:
    """Make now what whole rows are read with, rather than at the first one."""
    for kind in (Person, Place, SalesforceTask, Base):
        _json(kind)


def reminder(row: AnyRow) -> Reminder:
    """Return a row of `reminders` as a value."""
    stored = row._mapping  # noqa: SLF001 SQLAlchemy's public name for a row as a mapping
    values: Json = {name: stored[name] for name in _REMINDER_FIELDS}
    values |= {
        "type": ReminderType(row.type),
        "status": Status(row.status),
        "priority": Priority(row.priority),
        "origin": Side(row.origin),
        "held_change": None if row.held_change is None else GuardedChange(row.held_change),
        "person": None if row.person is None else _json(Person).validate_python(row.person),
        "edited_at": {name: datetime.fromisoformat(at) for name, at in row.edited_at.items()},
    }
    return Reminder(**values)


def reminder_row(value: Reminder) -> Json:
    """Return a reminder as the values of its row."""
    row = {name: getattr(value, name) for name in _REMINDER_FIELDS}
    row["person"] = None if value.person is None else person_json(value.person)
    row["edited_at"] = {name: at.astimezone(UTC).isoformat() for name, at in value.edited_at.items()}
    return row


def person_json(value: Person) -> Json:
    return {"name": value.name, "email": value.email, "salesforce_id": value.salesforce_id}


def link(row: AnyRow) -> Link:
    """Return a row of `links` as a value."""
    stored = row._mapping  # noqa: SLF001 SQLAlchemy's public name for a row as a mapping
    values: Json = {name: stored[name] for name in _LINK_FIELDS}
    return Link(**values | {"base": _json(Base).validate_python(row.base), "state": LinkState(row.state)})


def link_row(value: Link) -> Json:
    """Return a link as the values of its row."""
    row = {name: getattr(value, name) for name in _LINK_FIELDS}
    return row | {"base": _json(Base).dump_python(value.base, mode="json")}


def intent(row: AnyRow) -> Intent:
    """Return a row of `intents` as a value."""
    stored = row._mapping  # noqa: SLF001 SQLAlchemy's public name for a row as a mapping
    values: Json = {name: stored[name] for name in _INTENT_FIELDS}
    return Intent(**values | {"kind": WriteKind(row.kind)})


def intent_row(value: Intent) -> Json:
    """Return an intent as values of its row; whose it is, is the run's to add."""
    return {name: getattr(value, name) for name in _INTENT_FIELDS} | {"payload": dict(value.payload)}


def task(stored: Json) -> SalesforceTask:
    return _json(SalesforceTask).validate_python(stored)


def task_json(value: SalesforceTask) -> Json:
    stored: Json = _json(SalesforceTask).dump_python(value, mode="json")
    return stored


def place(stored: Json) -> Place:
    return _json(Place).validate_python(stored) if stored else Place()


def place_json(value: Place) -> Json:
    stored: Json = _json(Place).dump_python(value, mode="json", exclude_defaults=True)
    return stored


def choice(stored: Json | None) -> Choice:
    """Return what a person chose for turning sync on; what else is kept of a preview is passed over."""
    given = stored or {}
    since = Since(given.get("since", Since.OFF))
    return Choice(given.get("import_open", False), given.get("match_existing", False), since)


def choice_json(value: Choice) -> Json:
    return {"import_open": value.import_open, "match_existing": value.match_existing, "since": value.since.value}


def sync_user(row: AnyRow, otherwise: ActsAs = ActsAs.OWN) -> SyncUser:
    """Return a user as a run sees them; `otherwise` is whose login acts where it is not the team's for good."""
    return SyncUser(
        id=str(row.id),
        team_id=str(row.team_id),
        email=row.email,
        time_zone=row.time_zone,
        org_id=row.org_id,
        salesforce_id=row.salesforce_id,
        turned_on_at=row.turned_on_at,
        settings=settings(row.settings),
        acts_as=ActsAs.INTEGRATION if row.on_integration_login else otherwise,
    )


def settings(stored: Mapping[str, Any]) -> TeamSettings:
    """Return `teams.settings`, which has the names and shapes of the HTTP API, as a run needs it.

    What is missing has the product's default; what a run does not need is passed over.
    """
    default = TeamSettings()
    return TeamSettings(
        subject_template=stored.get("subject_template", default.subject_template),
        template_on_imported=stored.get("template_on_imported", default.template_on_imported),
        subject_inbound=stored.get("subject_inbound", default.subject_inbound),
        status_map=_value_map(stored.get("status_map"), default.status_map),
        priority_map=_value_map(stored.get("priority_map"), default.priority_map),
        import_closed_on_creation=stored.get("import_closed_on_creation", default.import_closed_on_creation),
        import_condition=stored.get("import_condition", default.import_condition),
        guard_count=stored.get("guard_count", default.guard_count),
        guard_percent=stored.get("guard_percent", default.guard_percent),
        conflict_rule=ConflictRule(stored.get("conflict_rule", default.conflict_rule)),
        tie_rule=Side(stored.get("tie_rule", default.tie_rule)),
        deletion_wins=stored.get("delete_rule", "delete_wins") == "delete_wins",
        api_share_percent=stored.get("api_share_percent", default.api_share_percent),
    )


def _value_map(stored: Mapping[str, Any] | None, default: ValueMap) -> ValueMap:
    if stored is None:
        return default
    return ValueMap(
        reads={ours: frozenset(stored[ours]) for ours in default.reads},
        writes={ours: stored[f"write_{ours}"] for ours in default.writes},
    )


def fault_row(fault: Fault) -> Json:
    """Return what a diagnostic says of a fault, by column."""
    return {
        "code": fault.code,
        "category": fault.category,
        "message": fault.message,
        "meaning": fault.meaning,
        "remedy": fault.remedy,
        "retry": fault.destiny,
    }
