"""What an org's daily calls are used for: by us, in the background or for people's edits, and by everybody else.

Salesforce counts the calls of the last 24 hours, whoever made them, so each number here is of 24 hours too: ours and
others' together are what the org says is used.
"""

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import accumulate

from remindersync.coordination.limiter import QUARTER_SECONDS, RedisLimiter
from remindersync.coordination.limiter import Usage as Known
from remindersync.errors import Unsafe
from remindersync.model import UsageSample
from remindersync.store.usage import SqlUsage

_DAY = timedelta(days=1)
_QUARTER = timedelta(seconds=QUARTER_SECONDS)


class Step(Enum):
    """How far apart the points of a series are; its value is how many there are."""

    HOUR = 24
    DAY = 30

    @property
    def span(self) -> timedelta:
        return timedelta(hours=1) if self is Step.HOUR else _DAY


@dataclass(frozen=True, slots=True)
class UsagePoint:
    """The calls of the 24 hours before `at`.

    `others` and `allowed` are None where no answer of Salesforce's told in the step that ends at `at`. `others` is
    what it said was used less what we had made by then, so it is exact to a quarter of an hour of ours.
    """

    at: datetime
    background: int
    edits: int
    others: int | None
    allowed: int | None


@dataclass(frozen=True, slots=True)
class UsageToday:
    """How an org's allowance stands now; calls are those of the last 24 hours.

    `used` and `others` (all apps', all but ours), `allowed` and `left` (what background work may still make of its
    `share_percent`) are None where nothing is known: nobody called lately, or Redis is away. `held_seconds` is for how
    long Salesforce has us pause. `counted_since` is when our own counting of these 24 hours begins, None without any:
    calls before it are among `others`.
    """

    org_id: str
    used: int | None
    allowed: int | None
    background: int
    edits: int
    others: int | None
    share_percent: int
    left: int | None
    held_seconds: float
    counted_since: datetime | None


class Usage:
    """The counting of calls and its book. Safe to share between threads."""

    def __init__(self, limiter: RedisLimiter, book: SqlUsage) -> None:
        self._limiter = limiter
        self._book = book

    def note(self) -> int:
        """Write down what was counted lately; return of how many orgs and quarters of an hour.

        Once a minute does; written twice it is the same. Raises `Unsafe` without Redis.
        """
        return self._book.keep(self._limiter.counted())

    def today(self, team_id: str) -> UsageToday | None:
        """Return how a team's allowance stands, None before the team has an org.

        Raises `NotFound` for no team's id; never for want of Redis.
        """
        org_id = self._book.org_of(team_id)
        if org_id is None:
            return None
        samples = self._since(org_id, datetime.now(UTC) - _DAY)
        background, edits = (sum(getattr(one, kind) for one in samples) for kind in ("background", "edits"))
        known = self._known(org_id)
        share = self._limiter.share(org_id)
        return UsageToday(
            org_id=org_id,
            used=known.used if known else None,
            allowed=known.allowed if known else None,
            background=background,
            edits=edits,
            others=max(known.used - background - edits, 0) if known else None,
            share_percent=share,
            left=max(known.allowed * share // 100 - known.used, 0) if known else None,
            held_seconds=known.held_seconds if known else 0.0,
            counted_since=samples[0].at if samples else None,
        )

    def series(self, team_id: str, step: Step, now: datetime | None = None) -> list[UsagePoint]:
        """Return a team's usage, oldest first: at the full hours of the last 24 or at the ends of the last 30 days.

        Days are UTC's, and the last point is `now`, for the hour or day that is not over. Empty before the team has
        an org; without samples the points are zeros. Raises `NotFound` for no team's id.
        """
        org_id = self._book.org_of(team_id)
        if org_id is None:
            return []
        ends = moments(step, now or datetime.now(UTC))
        return points(self._since(org_id, ends[0] - step.span - _DAY), ends, step.span)

    def _since(self, org_id: str, at: datetime) -> list[UsageSample]:
        # What is used is known as of now: what we made since the last minute would count as made by others.
        with suppress(Unsafe):
            self.note()
        return self._book.since(org_id, at)

    def _known(self, org_id: str) -> Known | None:
        with suppress(Unsafe):
            return self._limiter.usage(org_id)
        return None


def moments(step: Step, now: datetime) -> list[datetime]:
    """Return the ends of a series' steps, oldest first, the last one `now`."""
    before = (now.astimezone(UTC) - timedelta(microseconds=1)).replace(minute=0, second=0, microsecond=0)
    last = before.replace(hour=0) if step is Step.DAY else before
    return [last - step.span * ago for ago in range(step.value - 2, -1, -1)] + [now]


def points(samples: Sequence[UsageSample], ends: Sequence[datetime], span: timedelta) -> list[UsagePoint]:
    """Return the point at each end of a step of length `span`, from samples in their order."""
    book = _Book(samples)
    return [book.point(end, span) for end in ends]


class _Book:
    """Samples with running totals, so that each sum is two look-ups."""

    def __init__(self, samples: Sequence[UsageSample]) -> None:
        self._samples = samples
        self._starts = [sample.at for sample in samples]
        self._background = [0, *accumulate(sample.background for sample in samples)]
        self._edits = [0, *accumulate(sample.edits for sample in samples)]

    def point(self, end: datetime, span: timedelta) -> UsagePoint:
        heard = self._heard(end - span, end)
        background, edits = self._ours(end)
        others = None
        if heard is not None and heard.used is not None:
            others = max(heard.used - sum(self._ours(min(heard.at + _QUARTER, end))), 0)
        return UsagePoint(end, background, edits, others, heard.allowed if heard else None)

    def _ours(self, end: datetime) -> tuple[int, int]:
        """Return our calls of the 24 hours before `end`."""
        first, last = bisect_left(self._starts, end - _DAY), bisect_left(self._starts, end)
        return self._background[last] - self._background[first], self._edits[last] - self._edits[first]

    def _heard(self, start: datetime, end: datetime) -> UsageSample | None:
        """Return the last sample of a step in which the org told what is used."""
        step = self._samples[bisect_left(self._starts, start) : bisect_left(self._starts, end)]
        return next((sample for sample in reversed(step) if sample.used is not None), None)
