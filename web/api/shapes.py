"""What the API takes and gives; unknown members are refused."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

from remindersync.model import ConflictRule, GuardedChange, Priority, ReminderType, RunKind, Side, Since, Status
from remindersync.store.cursors import Order
from remindersync.store.intake import LARGEST_NUMBER, LONGEST_DETAILS, LONGEST_NAME, LONGEST_TEXT
from remindersync.store.listing import MOST, Due, Shelf
from remindersync.store.shown import ReminderState
from remindersync.store.status import SyncState
from web.problems import Problem

MOST_IN_A_BATCH = 200
_EMAIL_LENGTH = 254
_KEY_LENGTH = 255


def _zulu(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[AwareDatetime, PlainSerializer(_zulu, return_type=str, when_used="json")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=_EMAIL_LENGTH)]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_KEY_LENGTH)]


class Taken(BaseModel):
    """Something a request may hold."""

    model_config = ConfigDict(extra="forbid")


def _without_defaults(schema: dict[str, Any]) -> None:
    for member in schema["properties"].values():
        member.pop("default", None)


class Changes(Taken):
    """Members to change: one that is left out stays as it is, so the defaults below are never used."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class PersonShape(Taken):
    name: Line = ""
    email: Email = ""
    salesforce_id: Annotated[str, StringConstraints(max_length=18)] | None = None


class Campaign(Taken):
    name: Line = ""
    day: Number | None = None
    step: Number | None = None


class Call(Taken):
    outcome: Line = ""
    reason: Line = ""


class NewReminder(Taken):
    """A reminder to make; what is left out has its default. Without an assignee it is the caller's own."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)] = Field(
        examples=["Call Ada"]
    )
    type: ReminderType = ReminderType.CUSTOM
    status: Status = Status.OPEN
    priority: Priority = Priority.NORMAL
    due_date: date | None = Field(default=None, examples=["2026-11-23"])
    details: Annotated[str, StringConstraints(max_length=LONGEST_DETAILS)] = ""
    assignee: Email | None = Field(default=None, examples=["ada@example.com"])
    person: PersonShape | None = None
    campaign: Campaign | None = None
    call: Call | None = None


class ReminderChanges(Changes):
    """The members to change; what is left out stays. A person is replaced; of campaign and call members may be sent."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)] = ""
    type: ReminderType = ReminderType.CUSTOM
    status: Status = Status.OPEN
    priority: Priority = Priority.NORMAL
    due_date: date | None = None
    details: Annotated[str, StringConstraints(max_length=LONGEST_DETAILS)] = ""
    assignee: Email = ""
    person: PersonShape | None = None
    campaign: Campaign | None = None
    call: Call | None = None


class BatchItem(NewReminder):
    """A reminder to make, or under an `external_key` to make or replace."""

    external_key: Key | None = None


class Batch(Taken):
    """Up to 200 reminders; each is answered by itself, in order, and a wrong one does not keep the others out."""

    # Validated one by one: the document shows what an item has to be.
    items: Annotated[
        list[Annotated[Any, WithJsonSchema({"$ref": "#/components/schemas/BatchItem"})]],
        Field(min_length=1, max_length=MOST_IN_A_BATCH),
    ]


class SyncShape(BaseModel):
    """How one reminder stands with Salesforce."""

    state: ReminderState
    salesforce_id: str | None
    url: str | None
    error: str | None


class Raw(BaseModel):
    """The Task's own values, where they may differ from the reminder's."""

    status: str | None
    priority: str | None
    owner: str | None


class ReminderShape(BaseModel):
    id: str
    external_key: str | None
    name: str
    type: ReminderType
    status: Status
    priority: Priority
    due_date: date | None
    details: str
    assignee: str
    person: PersonShape | None
    campaign: Campaign | None
    call: Call | None
    created_at: Moment
    updated_at: Moment
    completed_at: Moment | None
    deleted_at: Moment | None
    version: int
    sync: SyncShape
    salesforce: Raw | None


class BatchAnswer(BaseModel):
    """What became of one item: its reminder, or the problem that kept it out."""

    status: int = Field(examples=[201])
    reminder: ReminderShape | None = None
    problem: Problem | None = None


class BatchAnswers(BaseModel):
    items: list[BatchAnswer]


class ListWanted(Taken):
    """Which reminders to list; deleted ones are those in the bin.

    `where=elsewhere` lists those whose Task went to somebody else in the last 30 days, `where=bin` the bin.
    """

    where: Shelf = Shelf.DESK
    due: Due | None = None
    status: Status | None = None
    updated_since: AwareDatetime | None = Field(default=None, examples=["2026-11-23T09:00:00Z"])
    include_deleted: bool = False
    order: Order = Order.DUE
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50


class PageWanted(Taken):
    """Which part of a list to show."""

    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50


class ReminderList(BaseModel):
    items: list[ReminderShape]
    next_cursor: str | None


class HistoryShape(BaseModel):
    """One value that came or went; `kept` is false for a value that lost."""

    id: str
    at: Moment
    reminder: str
    side: Side
    actor: str
    login: str | None
    field: str
    old: str | None
    new: str | None
    kept: bool
    rule: str
    run: str | None


class HistoryList(BaseModel):
    items: list[HistoryShape]
    next_cursor: str | None


class DiagnosticsWanted(PageWanted):
    """Which errors to list."""

    state: Literal["open", "resolved", "ignored"] = "open"
    code: Annotated[str, StringConstraints(max_length=200)] | None = None


class DiagnosticShape(BaseModel):
    """One error of one record, or of a whole run, counted each time it comes again."""

    id: str
    user: str
    code: str
    category: str
    message: str
    meaning: str
    remedy: str
    retry: Literal["backoff", "allowance", "reconnect", "parked"]
    state: Literal["open", "resolved", "ignored"]
    reminder: str | None
    salesforce_id: str | None
    count: int
    first_seen: Moment
    last_seen: Moment


class DiagnosticList(BaseModel):
    items: list[DiagnosticShape]
    next_cursor: str | None


class DiagnosticKind(BaseModel):
    """All open errors of one code: on how many records, of how many users, how often seen in all."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    category: str
    meaning: str
    remedy: str
    retry: Literal["backoff", "allowance", "reconnect", "parked"]
    records: int
    users: int
    count: int
    first_seen: Moment
    last_seen: Moment


class DiagnosticKindList(BaseModel):
    items: list[DiagnosticKind]
    next_cursor: None = None


class ProgressShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    done: int
    total: int | None


class MySync(BaseModel):
    mode: Literal["off", "on"]
    state: SyncState
    progress: ProgressShape | None
    last_run_at: Moment | None
    next_run_at: Moment | None
    turned_on_at: Moment | None
    held: int
    left_out: int | None = Field(description="Open Tasks that stayed out when sync was turned on.")
    least_poll_seconds: float | None


class HeldShape(BaseModel):
    """One change from Salesforce that waits: too many of its kind came within a day."""

    model_config = ConfigDict(from_attributes=True)

    reminder: str = Field(validation_alias="reminder_id")
    name: str
    due_date: date | None
    change: GuardedChange


class HeldList(BaseModel):
    items: list[HeldShape]
    next_cursor: None = None


class Approval(Taken):
    """The reminders whose changes are approved, as `GET /me/held` lists them."""

    reminders: Annotated[
        list[Annotated[str, StringConstraints(max_length=64)]], Field(min_length=1, max_length=100_000)
    ]


class Approved(BaseModel):
    approved: int


class SyncChoice(Taken):
    """What is chosen for turning on.

    All open Tasks are imported too, reminders that are here already are matched to Tasks with the same name and due
    date. Turning on again, what changed since sync was `off` comes in, or only what changed in the last `day`.
    """

    import_open: bool = False
    match_existing: bool = False
    since: Since = Since.OFF


class SyncChange(SyncChoice):
    """The sync choice. Importing all open Tasks and matching need the digest of their preview."""

    mode: Literal["off", "on"]
    digest: Annotated[str, StringConstraints(max_length=64)] | None = None


class Resync(Taken):
    """What to run: everything changed since the last run, every linked Task (`full`), or only a plan (`dry_run`).

    With a `reminder` it is about that one alone. `confirm` agrees to what a full one costs (else 409, if that is much).
    """

    full: bool = False
    dry_run: bool = False
    reminder: Annotated[str, StringConstraints(max_length=64)] | None = None
    confirm: bool = False


class TeamResync(Taken):
    """What to run and for whom: users by address, or everybody of the team whose sync is on (without `users`)."""

    users: Annotated[list[Email], Field(min_length=1, max_length=10_000)] | None = None
    full: bool = False
    dry_run: bool = False
    confirm: bool = False


class RunCounts(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    created_here: int
    updated_here: int
    deleted_here: int
    created_there: int
    updated_there: int
    deleted_there: int
    skipped: int
    parked: int


class RunShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    user: str
    kind: RunKind
    full: bool
    reminder: str | None = Field(validation_alias="reminder_id")
    state: Literal["queued", "running", "done", "failed", "held"]
    counts: RunCounts
    calls: int
    started_at: Moment | None
    ended_at: Moment | None
    error: str | None


class RunList(BaseModel):
    items: list[RunShape]
    next_cursor: None = None


class FieldChange(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    from_: str | None = Field(alias="from", default=None)
    to: str | None = None


class PlanItem(BaseModel):
    action: str
    side: Side
    reminder: str | None
    salesforce_id: str | None
    fields: dict[str, FieldChange]
    reason: str


class PreviewItem(PlanItem):
    """One thing that would be done; `name` is the reminder's."""

    name: str | None = None


class PreviewList(BaseModel):
    """What turning on would do; `digest` stands for exactly this and is sent with the choice."""

    digest: str
    counts: dict[str, int] = Field(examples=[{"imported": 12, "matched": 3, "skipped": 1}])
    items: list[PreviewItem]
    next_cursor: None = None


class PlanList(BaseModel):
    items: list[PlanItem]
    next_cursor: None = None


class UserShape(BaseModel):
    """A user of the team; `login` is whose login acts for them in Salesforce."""

    model_config = ConfigDict(from_attributes=True)

    email: str
    name: str
    time_zone: str
    is_admin: bool
    active: bool
    sync_on: bool
    salesforce_id: str | None
    login: Literal["own", "integration"] = "own"


class UserList(BaseModel):
    items: list[UserShape]
    next_cursor: None = None


class UserChange(Taken):
    active: bool


class LoginChoice(Taken):
    """Whose login acts for a user. `salesforce_user` names who they are there, by username or id."""

    login: Literal["own", "integration"]
    salesforce_user: Email | None = None


class SalesforceUserShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    username: str
    name: str
    email: str


class SalesforceUserList(BaseModel):
    items: list[SalesforceUserShape]
    next_cursor: None = None


class LeftShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    reminder: str = Field(validation_alias="reminder_id")
    name: str
    due_date: date | None


class HandOverPreview(BaseModel):
    """The open reminders of a user, as a hand-over would give them away."""

    count: int
    items: list[LeftShape]


class HandOver(Taken):
    """To whom, and how many as `GET` showed them: another number is refused (409)."""

    to: Email
    count: Annotated[int, Field(ge=0)]


class HandedOverShape(BaseModel):
    """How many were handed over; `run` gives the Tasks away, null where there are none."""

    count: int
    run: str | None


class StatusMap(Taken):
    open: list[Line]
    completed: list[Line]
    write_open: Line
    write_completed: Line


class PriorityMap(Taken):
    normal: list[Line]
    high: list[Line]
    write_normal: Line
    write_high: Line


class TeamSettingsShape(BaseModel):
    subject_template: str
    template_on_imported: bool
    subject_inbound: bool
    status_map: StatusMap
    priority_map: PriorityMap
    import_closed_on_creation: bool
    import_condition: str
    conflict_rule: ConflictRule
    tie_rule: Side
    delete_rule: Literal["delete_wins", "edit_wins"]
    api_share_percent: int
    guard_count: int
    guard_percent: int


class TeamSettingsChanges(Changes):
    """The settings to change; what is left out stays."""

    subject_template: Annotated[str, StringConstraints(max_length=1000)] = ""
    template_on_imported: bool = False
    subject_inbound: bool = True
    status_map: StatusMap = StatusMap(open=[], completed=[], write_open="", write_completed="")
    priority_map: PriorityMap = PriorityMap(normal=[], high=[], write_normal="", write_high="")
    import_closed_on_creation: bool = False
    import_condition: Annotated[str, StringConstraints(max_length=2000)] = ""
    conflict_rule: ConflictRule = ConflictRule.LATEST
    tie_rule: Side = Side.APP
    delete_rule: Literal["delete_wins", "edit_wins"] = "delete_wins"
    api_share_percent: Annotated[int, Field(ge=0, le=100)] = 50
    guard_count: Annotated[int, Field(ge=0, le=1_000_000)] = 50
    guard_percent: Annotated[int, Field(ge=0, le=100)] = 30

    def changes(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)
