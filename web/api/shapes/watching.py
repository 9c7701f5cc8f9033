"""How the work and the org's calls stand, for a team's admins."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from remindersync.store.status import SyncState
from web.api.shapes.common import Moment, Taken


class QueueShape(BaseModel):
    """One queue: messages (null without Redis), users due and not sent, users sent whose runs have not begun."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    waiting: int | None
    due: int
    unstarted: int
    oldest_seconds: float


class WorkerShape(BaseModel):
    """A worker of the last hour; `silent` where nothing was heard of it for a minute."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    seen_seconds: float
    silent: bool


class OverdueShape(BaseModel):
    """Somebody of the team who is due, and for how long they have waited."""

    model_config = ConfigDict(from_attributes=True)

    user: str = Field(validation_alias="email")
    due_at: Moment
    seconds: float


class FleetShape(BaseModel):
    """How all work stands now. `users` and `oldest` are the team's, the rest is the whole installation's."""

    model_config = ConfigDict(from_attributes=True)

    redis: bool
    queues: list[QueueShape]
    taken: int | None
    workers: list[WorkerShape]
    runs_a_minute: dict[str, float]
    users: dict[SyncState, int]
    oldest: OverdueShape | None
    tick_seconds: float | None


class UsageWanted(Taken):
    """How far the points of the series are apart: the hours of a day, or the days of a month."""

    step: Literal["hour", "day"] = "hour"


class UsagePointShape(BaseModel):
    """The calls of the 24 hours before `at`: ours, and all others' (null where the org told nothing in that step)."""

    model_config = ConfigDict(from_attributes=True)

    at: Moment
    background: int
    edits: int
    others: int | None
    allowed: int | None


class UsageShape(BaseModel):
    """How the org's daily calls stand now and over time. All calls are those of 24 hours, as Salesforce counts them.

    `left` is what background work may still make of its share. What is null is not known at the moment.
    """

    model_config = ConfigDict(from_attributes=True)

    used: int | None
    allowed: int | None
    background: int
    edits: int
    others: int | None
    share_percent: int
    left: int | None
    held_seconds: float
    counted_since: Moment | None
    series: Annotated[list[UsagePointShape], Field(description="Oldest first; the last point is now.")]
