"""The two records, the pairing between them, and a write that was announced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

# A mapped field's value in normal form: the empty text and "no value" are both None.
Value = str | None
Values = Mapping[str, Value]


class Side(StrEnum):
    """Where a record lives or a change was made."""

    APP = "app"
    SALESFORCE = "salesforce"


class ReminderType(StrEnum):
    EMAIL = "email"
    CALL = "call"
    INMAIL = "inmail"
    CUSTOM = "custom"


class Status(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"


class Priority(StrEnum):
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a reminder is about; `salesforce_id` is a Lead's or Contact's."""

    name: str = ""
    email: str = ""
    salesforce_id: str | None = None


class GuardedChange(StrEnum):
    """What a guard may hold back (DIAG-6)."""

    DELETE = "delete"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder in the app's own store.

    `version` rises with every change. `synced_version` is the version Salesforce has, `parked_version` one
    that Salesforce refused; before `hold_until` nothing of it is sent (FACE-1's undo time, ONCE-2's wait).
    `edited_at` holds the time of the last edit by field, on the app's clock.
    A reminder that is not `shared` is local: it never leaves the app. `assign_to` is the next owner while
    the present one's run still has to hand the Task over (SYNC-7). A `held_change` from Salesforce waits until
    somebody approves it (DIAG-6). `refusals` counts how often in a row Salesforce refused it for now (DIAG-1).
    """

    id: str
    team_id: str
    owner_id: str
    name: str
    created_at: datetime
    updated_at: datetime
    type: ReminderType = ReminderType.CUSTOM
    status: Status = Status.OPEN
    priority: Priority = Priority.NORMAL
    due_date: date | None = None
    details: str = ""
    person: Person | None = None
    campaign_name: str = ""
    campaign_day: int | None = None
    campaign_step: int | None = None
    call_outcome: str = ""
    call_reason: str = ""
    version: int = 1
    synced_version: int = 0
    parked_version: int | None = None
    hold_until: datetime | None = None
    shared: bool = True
    origin: Side = Side.APP
    edited_at: Mapping[str, datetime] = field(default_factory=dict)
    completed_at: datetime | None = None
    deleted_at: datetime | None = None
    assign_to: str | None = None
    held_change: GuardedChange | None = None
    approved_at: datetime | None = None
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class SalesforceTask:
    """A Task as one read showed it. `values` holds the mapped fields by their Salesforce names, as sent.

    `read_at` is when that read began, on Salesforce's clock: what was written later is not in it. `company_id` is the
    Account, `related_id` what the Task is related to: with the person they are its parents (DIAG-2).
    """

    id: str
    owner_id: str
    values: Values
    is_closed: bool
    created_at: datetime
    modified_at: datetime
    stamp: datetime
    read_at: datetime
    subtype: str | None = None
    is_deleted: bool = False
    is_archived: bool = False
    is_recurrence: bool = False
    completed_at: datetime | None = None
    created_by: str | None = None
    person_name: str = ""
    key: str | None = None
    company_id: str | None = None
    related_id: str | None = None


@dataclass(frozen=True, slots=True)
class Base:
    """What both sides last agreed on: `agreed` in the app's words, `raw` in Salesforce's.

    `before` and `after` are the stored texts around the name in the Subject; `written` is the Subject as this
    app last wrote it, None when the present one came from Salesforce; `inputs` are the template's other
    fields it was rendered from. `open_status` is the last Status the Task was open with (MAP-2).
    """

    agreed: Values
    raw: Values
    before: str = ""
    after: str = ""
    written: str | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)
    open_status: str | None = None


class LinkState(StrEnum):
    """How a pair stands. DELETED and SUPERSEDED links are tombstones: their Task is never imported again."""

    ACTIVE = "active"
    ASLEEP = "asleep"
    UNREACHABLE = "unreachable"
    DELETED = "deleted"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Link:
    """The pairing of one reminder with one Task.

    `seen_at` is the last read that showed the base and `own_write_at` the answer of our last own write, both on
    Salesforce's clock; `stamp` is the newest SystemModstamp known. `created_here` tells our Tasks from imported ones.
    `company_id` and `related_id` are the Task's, as it was last read: None too where it was not read since its create.
    """

    reminder_id: str
    org_id: str
    task_id: str
    base: Base
    state: LinkState = LinkState.ACTIVE
    created_here: bool = False
    stamp: datetime | None = None
    seen_at: datetime | None = None
    own_write_at: datetime | None = None
    company_id: str | None = None
    related_id: str | None = None


class WriteKind(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Intent:
    """A write to Salesforce, recorded before it is sent (at `sent_at`, its clock) and closed by its answer (ONCE-1).

    `key` names a create for ever: it is the value of the org's unique field where the org has one.
    """

    id: str
    reminder_id: str
    kind: WriteKind
    payload: Values
    version: int
    sent_at: datetime
    key: str | None = None
    task_id: str | None = None
