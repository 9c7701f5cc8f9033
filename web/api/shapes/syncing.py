"""A user's sync, its runs and their plans."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from remindersync.model import RunKind, Side, Since
from remindersync.store.status import SyncState
from web.api.shapes.common import Email, Moment, Taken


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
