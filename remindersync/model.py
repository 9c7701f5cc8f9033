"""The values everything else speaks in: immutable, without a clock, a database or Salesforce."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from remindersync.errors import Fault

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
    somebody approves it (DIAG-6).
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


@dataclass(frozen=True, slots=True)
class SalesforceTask:
    """A Task as one read showed it. `values` holds the mapped fields by their Salesforce names, as sent.

    `read_at` is when that read began, on Salesforce's clock: what was written later is not in it.
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


@dataclass(frozen=True, slots=True)
class ValueMap:
    """One picklist both ways: raw values that read as each of our two, and the one written for each (MAP-2)."""

    reads: Mapping[str, frozenset[str]]
    writes: Mapping[str, str]

    def read(self, raw: Value) -> Value:
        """Return what `raw` means here, None where it does not sync (MAP-1)."""
        return next((ours for ours, raws in self.reads.items() if raw in raws), None)


STATUS_MAP = ValueMap(
    {"open": frozenset({"Not Started"}), "completed": frozenset({"Completed"})},
    {"open": "Not Started", "completed": "Completed"},
)
PRIORITY_MAP = ValueMap(
    {"normal": frozenset({"Normal"}), "high": frozenset({"High"})},
    {"normal": "Normal", "high": "High"},
)


class ConflictRule(StrEnum):
    """Who wins a field that both sides changed (MERGE-1)."""

    LATEST = "latest"
    SALESFORCE = "salesforce"
    APP = "app"


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """What an admin may choose for a team; the defaults are the product's."""

    subject_template: str = "{{activity_subject}}"
    template_on_imported: bool = False
    subject_inbound: bool = True
    status_map: ValueMap = STATUS_MAP
    priority_map: ValueMap = PRIORITY_MAP
    import_closed_on_creation: bool = False
    conflict_rule: ConflictRule = ConflictRule.LATEST
    tie_rule: Side = Side.APP
    deletion_wins: bool = True
    api_share_percent: int = 50
    import_condition: str = ""
    guard_count: int = 50
    guard_percent: int = 30


@dataclass(frozen=True, slots=True)
class SyncUser:
    """The person whose two lists a run keeps in step."""

    id: str
    team_id: str
    email: str
    time_zone: str
    org_id: str
    salesforce_id: str
    turned_on_at: datetime
    settings: TeamSettings = TeamSettings()


@dataclass(frozen=True, slots=True)
class OrgFacts:
    """What describe says of an org: the unique field for our keys, if it has one (ONCE-2)."""

    key_field: str | None = None


@dataclass(frozen=True, slots=True)
class FirstSync:
    """How far a first sync has come: two keyset reads, due today or later first (FIRST-3).

    `since` bounds LastModifiedDate; `after` is the last (due date, id) stored, None at a read's start.
    """

    since: datetime
    part: int = 1
    after: tuple[str | None, str] | None = None
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a user's reading stands, on Salesforce's clock (SYNC-5).

    Everything before `front` was read once, everything before `swept` twice. Linked Tasks were last all re-read by
    id at `reread_at`; while that is under way, `reread_after` is the last Task id. A Task without a reminder that
    was last edited before `since` stays out (FIRST-2, FIRST-4). Where the org feed goes on from `front` without a
    gap, `feed` is when that feed began (SYNC-3).
    """

    front: datetime | None = None
    swept: datetime | None = None
    reread_at: datetime | None = None
    reread_after: str | None = None
    since: datetime | None = None
    first: FirstSync | None = None
    feed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """All that is known of one reminder and its Task when a plan is made; either may be missing.

    `intents` are writes of this pair whose answer is not known, oldest first. `moved_to` is the app user who
    owns the Task now, where that is somebody else of the same team. `looked_up` are the Tasks that may have come
    of a create whose answer was lost, None where nobody has looked yet (ONCE-2).
    """

    reminder: Reminder | None = None
    link: Link | None = None
    task: SalesforceTask | None = None
    intents: tuple[Intent, ...] = ()
    moved_to: str | None = None
    next_owner_salesforce_id: str | None = None
    looked_up: tuple[SalesforceTask, ...] | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Both sides as one pull saw them: the only thing a plan is made from.

    `now` is on Salesforce's clock; `clock_offset_seconds` is Salesforce's clock minus the app's.
    `unchanged_until` is the front before this pull: a Task not pulled since showed its base until then.
    `unreadable` are links whose Task was asked for by id and not shown; that proves no deletion (FIRST-4).
    A Task without a reminder is imported if it was edited at `import_since` or later; not one of `kept_out`, which
    the team's own condition does not want (MAP-7).
    """

    user: SyncUser
    org: OrgFacts
    now: datetime
    pairs: tuple[Pair, ...]
    unchanged_until: datetime | None = None
    clock_offset_seconds: float = 0.0
    unreadable: tuple[Link, ...] = ()
    import_since: datetime | None = None
    kept_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run that may write: whose it is, and the fence it raised when it started."""

    id: str
    user: SyncUser
    fence: int
    kind: "RunKind"
    place: Place
    started_at: datetime
    poll_seconds: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the guards count of one user: open reminders, guarded changes done in 24 hours, and those that wait.

    Changes that somebody approved and deletions made while sync was off are not among those done.
    """

    open: int = 0
    done: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One value that came or went (MERGE-4). `kept` is False for a value that lost."""

    reminder_id: str
    side: Side
    actor: str
    field: str
    old: Value
    new: Value
    rule: str
    login: str | None = None
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Loss:
    """A value that was overwritten, kept in history with the rule that decided (MERGE-2)."""

    field: str
    side: Side
    value: Value
    winner: Value
    rule: str


# ── Actions: what a plan consists of. Each carries a reason a person can read. ───────────────────────────────


@dataclass(frozen=True, slots=True)
class ImportTask:
    """Make a reminder of a Task nobody here has."""

    reminder: Reminder
    link: Link
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeReminder:
    """Write Salesforce's newer values over `before`, if the reminder still has the `version` the plan saw."""

    reminder_id: str
    version: int
    values: Values
    before: Values
    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()
    person_name: str = ""


@dataclass(frozen=True, slots=True)
class BinReminder:
    """Put a reminder into the bin because its Task was deleted."""

    reminder_id: str
    version: int
    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class UnbinReminder:
    """Take a reminder out of the bin because its Task was undeleted."""

    reminder_id: str
    version: int
    values: Values
    link: Link
    reason: str


@dataclass(frozen=True, slots=True)
class Rebase:
    """Remember what Salesforce shows or how the pair stands; no value of a reminder changes."""

    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Settle:
    """Note that Salesforce has nothing to learn from this version of a reminder."""

    reminder_id: str
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class MoveReminder:
    """Give a reminder to the user who owns its Task now (SYNC-7)."""

    reminder_id: str
    version: int
    to_user: str
    link: Link
    reason: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Tell the present owner's run that a Task of theirs is owned by this user now (SYNC-7)."""

    link: Link
    task: SalesforceTask
    reason: str


@dataclass(frozen=True, slots=True)
class CreateTask:
    """Create a reminder's Task under `key`; `link` is how the pair stands once `task_id` is known."""

    reminder_id: str
    version: int
    key: str
    payload: Values
    base: Base
    reason: str


@dataclass(frozen=True, slots=True)
class ChangeTask:
    """Write only the fields that changed here over `before`; `link` is how the pair stands afterwards.

    Both use Salesforce's names. `move_to` is the user who owns the reminder once OwnerId is written (SYNC-7).
    """

    reminder_id: str
    version: int
    payload: Values
    before: Values
    link: Link
    reason: str
    move_to: str | None = None


@dataclass(frozen=True, slots=True)
class DeleteTask:
    """Delete the Task of a reminder that was deleted here; `losses` are edits in Salesforce that go with it."""

    reminder_id: str
    version: int
    link: Link
    reason: str
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class AdoptTask:
    """Pair a reminder with the Task that an earlier create, whose answer was lost, turns out to have made."""

    reminder_id: str
    intent_id: str
    link: Link
    version: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Leave a reminder alone until `until`: a write of it may still land in Salesforce (ONCE-2)."""

    reminder_id: str
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Park:
    """Put a reminder aside until it changes or a person retries, with the fault that explains why."""

    reminder_id: str
    version: int
    fault: Fault
    reason: str


Inbound = (
    ImportTask
    | ChangeReminder
    | BinReminder
    | UnbinReminder
    | Rebase
    | Settle
    | MoveReminder
    | HandOver
    | AdoptTask
    | Wait
    | Park
)
Outbound = CreateTask | ChangeTask | DeleteTask
Action = Inbound | Outbound


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, complete before anything is done: first here, then in Salesforce."""

    inbound: tuple[Inbound, ...] = ()
    outbound: tuple[Outbound, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.inbound or self.outbound)


class RunKind(StrEnum):
    POLL = "poll"
    EDIT = "edit"
    FIRST = "first"
    FULL = "full"
    DRY = "dry"


class Outcome(StrEnum):
    """How a run ended; the same words in logs, metrics and pages."""

    DONE = "done"
    MORE = "more"
    BUSY = "busy"
    STALE_CLAIM = "stale_claim"
    OFF = "off"
    SUPERSEDED = "superseded"
    RECONNECT = "reconnect"
    WAITING = "waiting_allowance"
    RETRY = "retry"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run did, by side."""

    created_here: int = 0
    updated_here: int = 0
    deleted_here: int = 0
    created_there: int = 0
    updated_there: int = 0
    deleted_there: int = 0
    skipped: int = 0
    parked: int = 0

    @property
    def changed(self) -> int:
        """How many records were created, updated or deleted on either side."""
        here = self.created_here + self.updated_here + self.deleted_here
        return here + self.created_there + self.updated_there + self.deleted_there


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, and when the user is due again."""

    user_id: str
    outcome: Outcome
    counts: Counts = Counts()
    calls: int = 0
    next_due_at: datetime | None = None
    error: str | None = None
    plan: Plan | None = None
