"""Reminders and their history."""

from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, WithJsonSchema

from remindersync.model import Priority, ReminderType, Side, Status
from remindersync.store.cursors import Order
from remindersync.store.intake import LONGEST_DETAILS, LONGEST_NAME
from remindersync.store.listing import MOST, Due, Shelf
from remindersync.store.shown import ReminderState
from web.api.shapes.common import MOST_IN_A_BATCH, Changes, Email, Key, Line, Moment, Number, Taken
from web.problems import Problem


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
