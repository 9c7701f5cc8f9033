"""The book in which the reading of whole orgs is kept (SYNC-3)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from remindersync.errors import Category, Destiny, Fault
from remindersync.model import Link, SalesforceTask

# Closed by the check that finds them active again, whatever runs do meanwhile.
NOT_ACTIVE_THERE = Fault(
    code="NOT_ACTIVE_THERE",
    message="",
    category=Category.ACCESS,
    meaning="The user, for whom the team's integration login acts, is not active in Salesforce: their sync pauses.",
    remedy="An admin activates them there, which is seen within minutes, or hands their open reminders over.",
    destiny=Destiny.PARK,
)


@dataclass(frozen=True, slots=True)
class FeedTeam:
    """A team whose org is to be read."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class OrgReading:
    """One reading of an org that may write: where it goes on, on Salesforce's clock, and the fence it raised.

    `since` is when the feed began, None before its first reading; `check_due` says that the login's rights and
    the deletion log, read up to `deleted_until`, are to be looked at again.
    """

    team_id: str
    org_id: str
    fence: int
    since: datetime | None = None
    front: datetime | None = None
    swept: datetime | None = None
    deleted_until: datetime | None = None
    clock_offset_seconds: float = 0.0
    check_due: bool = True


class OrgBook(Protocol):
    """The book of org readings; every writing method raises `Superseded` once a later reading began."""

    def due(self) -> list[FeedTeam]:
        """Return the teams with an integration login whose org is to be read now."""

    def start(self, team_id: str) -> OrgReading | None:
        """Raise the fence and begin; None where it is not due."""

    def restart(self, reading: OrgReading, begin: OrgReading, *, full: bool) -> None:
        """Begin a feed anew at `begin`; with `full`, every syncing user's links are read again in full."""

    def stage(self, reading: OrgReading, tasks: Sequence[SalesforceTask], moved: OrgReading) -> int:
        """In one transaction: leave rows for whom they concern, mark these due, and move on to `moved`.

        A row concerns the syncing owner of the Task, the syncing owner of its reminder, and for whom an earlier row of
        the Task waits; rows of nobody here are not stored, and one that was left before exactly as it is, is not left
        again. Returns how many were.
        """

    def living(self, reading: OrgReading, task_ids: Collection[str]) -> list[Link]:
        """Return the links of these Tasks that are not known here as deleted, nor staged as such."""

    def acted_for(self, reading: OrgReading) -> frozenset[str]:
        """Return the Salesforce ids of the users whose runs the team's login acts for, paused ones too."""

    def found_inactive(self, reading: OrgReading, asked: Collection[str], inactive: Collection[str]) -> None:
        """Pause who of those `asked` about is `inactive`, with one diagnostic, and let the others go on (SYNC-10)."""

    def checked(self, reading: OrgReading, deleted_until: datetime) -> None:
        """Note that the login's rights and the deletion log were looked at."""

    def finish(self, reading: OrgReading, wait_seconds: float, *, done: bool) -> None:
        """End a reading; the next one is due in `wait_seconds`. One that is `done` is trusted till some time after."""

    def fail(self, reading: OrgReading, wait_seconds: float, fault: Fault | None) -> None:
        """End a reading that failed. With a `fault` the feed is not used until one succeeds, and admins are told."""
