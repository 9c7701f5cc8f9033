"""Reads what changed in an org once for all its users, and leaves each row for whom it concerns (SYNC-3, SYNC-5)."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from remindersync import pull
from remindersync.errors import (
    AllowanceSpent,
    Category,
    Destiny,
    Fault,
    LoginLost,
    RunRefused,
    SalesforceRefused,
    Superseded,
    SyncError,
)
from remindersync.model import Outcome, Place
from remindersync.pace import FeedPace
from remindersync.ports import (
    UNWATCHED,
    Clock,
    ConnectOrg,
    Deletions,
    FeedTeam,
    Locks,
    Org,
    OrgBook,
    OrgReading,
    Watch,
)

log = logging.getLogger(__name__)

SLICE_SECONDS = 20.0
RETRY_SECONDS = 60.0
# As often as the rights are looked at: a login that was given them is used soon.
REFUSED_SECONDS = 600.0

NO_VIEW_ALL_DATA = Fault(
    code="NO_VIEW_ALL_DATA",
    message="",
    category=Category.ACCESS,
    meaning="The team's integration login may not see all data, so the org is not read once for everybody.",
    remedy="Give its Salesforce user the permission View All Data; until then each user's own login reads.",
    destiny=Destiny.PARK,
)

# Told to the team's admins once, whatever ended the login; its users' own logins are another matter (DIAG-4).
INTEGRATION_LOGIN_LOST = Fault(
    code="INTEGRATION_LOGIN_LOST",
    message="",
    category=Category.AUTHENTICATION,
    meaning="The team's integration login is expired or revoked, so the org is not read once for everybody.",
    remedy="Connect the integration login again; until then each user's own login reads.",
    destiny=Destiny.RECONNECT,
)


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What one reading of an org did: rows left for users, calls made, and seconds until the next one."""

    team_id: str
    outcome: Outcome
    staged: int = 0
    calls: int = 0
    wait_seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What the org feed works with. `calls_left` tells what background work may still use of an org's day."""

    book: OrgBook
    connect: ConnectOrg
    locks: Locks
    clock: Clock
    pace: FeedPace
    calls_left: Callable[[str], float | None] = lambda _org_id: None
    watch: Watch = UNWATCHED


class OrgFeed:
    """Keeps the staged rows of every team with an integration login up to date. Safe to share between threads."""

    def __init__(self, parts: Parts, slice_seconds: float = SLICE_SECONDS) -> None:
        self._parts = parts
        self._slice_seconds = slice_seconds

    def due(self) -> list[FeedTeam]:
        """Return the teams whose org is to be read now."""
        return self._parts.book.due()

    def read(self, team_id: str) -> FeedReport:
        """Read one team's org if it is due and nobody else is reading it; expected trouble is an outcome."""
        watch = self._parts.watch
        with watch.during("read org", team=team_id):
            report = self._locked(team_id)
            watch.note(outcome=report.outcome.value, rows=report.staged, calls=report.calls)
            if report.error:
                watch.fail(report.outcome.value)
        return report

    def _locked(self, team_id: str) -> FeedReport:
        try:
            lease = self._parts.locks.acquire(f"org:{team_id}")
        except RunRefused as refused:
            return FeedReport(team_id, Outcome.RETRY, error=str(refused))
        if lease is None:
            return FeedReport(team_id, Outcome.BUSY)
        try:
            reading = self._parts.book.start(team_id)
            return self._read(reading) if reading else FeedReport(team_id, Outcome.OFF)
        finally:
            lease.release()

    def _read(self, reading: OrgReading) -> FeedReport:
        work = None
        try:
            org = self._parts.connect(reading.team_id, reading.org_id)
            work = _Work(self._parts, org, reading, self._slice_seconds)
            done = work.go()
            wait = self._parts.pace.wait(self._parts.calls_left(reading.org_id)) if done else 0.0
            self._parts.book.finish(work.reading, wait, done=done)
            return FeedReport(reading.team_id, Outcome.DONE if done else Outcome.MORE, work.staged, org.calls, wait)
        except Superseded:
            return FeedReport(reading.team_id, Outcome.SUPERSEDED)
        except SyncError as error:
            return self._failed(reading, work, error)

    def _failed(self, reading: OrgReading, work: "_Work | None", error: SyncError) -> FeedReport:
        fault = error.fault if isinstance(error, SalesforceRefused) else None
        lasting = fault is not None and fault.destiny in (Destiny.PARK, Destiny.RECONNECT)
        wait = (
            error.wait_seconds if isinstance(error, AllowanceSpent) else REFUSED_SECONDS if lasting else RETRY_SECONDS
        )
        if lasting:
            log.warning("The org of team %s is not read for everybody: %s", reading.team_id, error)
        try:
            told = INTEGRATION_LOGIN_LOST if isinstance(error, LoginLost) else fault
            self._parts.book.fail(reading, wait, told if lasting else None)
        except Superseded:
            return FeedReport(reading.team_id, Outcome.SUPERSEDED)
        staged, calls = (work.staged, work.org.calls) if work else (0, 0)
        return FeedReport(reading.team_id, _outcome(error, lasting=lasting), staged, calls, wait, str(error))


def _outcome(error: SyncError, *, lasting: bool) -> Outcome:
    if isinstance(error, LoginLost):
        return Outcome.RECONNECT
    if isinstance(error, AllowanceSpent):
        return Outcome.WAITING
    return Outcome.FAILED if lasting else Outcome.RETRY


class _Work:
    """One reading: the login's rights where they are to be looked at, a pass, and the deletion log with the rights."""

    def __init__(self, parts: Parts, org: Org, reading: OrgReading, seconds: float) -> None:
        self.org = org
        self.reading = reading
        self.staged = 0
        self._book = parts.book
        self._clock = parts.clock
        self._deadline = parts.clock.monotonic() + seconds

    def go(self) -> bool:
        """Read on; say whether everything was read in time."""
        if self.reading.check_due:
            self._check_users()
            self._check_rights()
        read_at = self._pass()
        if read_at is not None and self.reading.check_due:
            self._deletions(read_at)
        return read_at is not None

    def _check_users(self) -> None:
        """Look which users are not active in Salesforce though this login acts for them: no run of theirs tells."""
        asked = self._book.acted_for(self.reading)
        if not asked:
            return
        try:
            inactive = self.org.inactive(asked)
        except SalesforceRefused as refused:
            if refused.fault.destiny is not Destiny.PARK:
                raise
            # Who may not read users may read Tasks all the same.
            log.warning("Whether the users of team %s are active was not told: %s", self.reading.team_id, refused)
            return
        self._book.found_inactive(self.reading, asked, inactive)

    def _check_rights(self) -> None:
        sees_all, now = self.org.sees_all()
        if not sees_all:
            raise SalesforceRefused(NO_VIEW_ALL_DATA)
        if self.reading.since is None:
            self._begin(now, now - pull.DELETION_LOG + pull.LOG_MARGIN, full=False)

    def _begin(self, now: datetime, deleted_until: datetime, *, full: bool) -> None:
        """Begin a feed at `now`; users join it with their next own reading."""
        begun = replace(self.reading, since=now, front=now, swept=now - pull.SWEEP_DELAY, deleted_until=deleted_until)
        self._book.restart(self.reading, begun, full=full)
        self.reading = begun

    def _pass(self) -> datetime | None:
        """Read front and sweep page by page; return when that began, None if time was up before the last page."""
        first, place = self.reading, Place(front=self.reading.front, swept=self.reading.swept)
        part: pull.Pass | None = pull.new_pass(place)
        while part is not None:
            asked_at = self._clock.now()
            page = self.org.changed(part.windows, after=part.after, limit=pull.PAGE_ROWS)
            started = part.started or page.read_at
            if self._beyond_log(started):
                self._begin(started, started - pull.DELETION_LOG + pull.LOG_MARGIN, full=True)
                return started
            onward = pull.next_part(part, page)
            place = pull.moved_on(place, part, onward, started, ())
            offset = pull.clock_offset(page.read_at, asked_at)
            self.reading = replace(first, front=place.front, swept=place.swept, clock_offset_seconds=offset)
            self.staged += self._book.stage(first, page.tasks, self.reading)
            if onward is None:
                return started
            part = onward
            # Rows of one stamp are read in one go: the next slice would begin with the first of them again.
            if (place.front, place.swept) != (first.front, first.swept) and self._clock.monotonic() >= self._deadline:
                break
        return None

    def _beyond_log(self, now: datetime) -> bool:
        front = self.reading.front
        return front is None or now - front > pull.DELETION_LOG - pull.LOG_MARGIN

    def _deletions(self, now: datetime) -> None:
        """Leave what was deleted for good, which no query shows, as deleted rows."""
        since = self.reading.deleted_until or now
        log = Deletions({}, since)
        if now - since >= pull.SHORTEST_SPAN:
            try:
                log = self.org.deleted(since, now)
            except SalesforceRefused as refused:
                if refused.fault.code != "INVALID_REPLICATION_DATE":
                    raise
                self._log_was_purged(now)
                return
        self._leave_gone(log)
        self._book.checked(self.reading, max(since, log.covered_until))

    def _leave_gone(self, log: Deletions) -> None:
        links = {link.task_id: link for link in self._book.living(self.reading, log.at)} if log.at else {}
        if not links:
            return
        # An undeleted Task stays in the log, and one in the bin shows more than its id.
        page = self.org.by_ids(links)
        shown = {task.id for task in page.tasks}
        gone = [
            pull.deleted_for_good(link, log.at[link.task_id], page.read_at)
            for link in links.values()
            if link.task_id not in shown
        ]
        self.staged += self._book.stage(self.reading, [*page.tasks, *gone], self.reading)

    def _log_was_purged(self, now: datetime) -> None:
        """Go on from now; where deletions of the feed's own time are lost, everything is read again (SYNC-5)."""
        since, until = self.reading.since, self.reading.deleted_until
        # The first look goes back days before the feed began; later ones go on from about there.
        if since is not None and until is not None and since - until < pull.DELETION_LOG / 2:
            self._begin(now, now, full=True)
        self._book.checked(self.reading, now)
