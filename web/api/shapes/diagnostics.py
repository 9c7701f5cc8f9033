"""Open errors, and what guards hold back."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from remindersync.model import GuardedChange
from web.api.shapes.common import Moment, PageWanted, Taken


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
    """The changes that are approved: of each item of `GET /me/held` its `reminder:change`, as in `ID:delete`.

    Should another change of that reminder wait by then, it is not approved. `ID` alone approves whichever waits.
    """

    reminders: Annotated[
        list[Annotated[str, StringConstraints(max_length=64)]], Field(min_length=1, max_length=100_000)
    ]


class Approved(BaseModel):
    approved: int
