"""How long a user rests between runs: short while things change, longer while nothing does or few calls are left."""

from collections.abc import Callable
from dataclasses import dataclass, field

from remindersync.errors import Unsafe
from remindersync.model import Outcome

_STRETCH = 1.5
_BACKOFF = 2.0
# A lost login, a broken setting: somebody has to act first, and acting makes the user due at once.
_IDLE_SECONDS = 3600.0
_DAY_SECONDS = 86_400.0
# Who rested longer would not learn that calls are there again; a poll too many is refused by the limiter.
_STRETCHED_SECONDS = 3600.0
# The other half is for what readings bring about: people's own edits and what they change.
_FEED_SHARE = 0.5
# A poll is one call. The last quarter is for re-reads by id and for what polls bring about.
_POLL_SHARE = 0.75
# Who was counted a minute ago is counted well enough.
_CROWD_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Rest:
    """Seconds until the next run, and the poll interval to remember for the one after."""

    wait_seconds: float
    poll_seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds of a user's poll interval, in seconds; `calls_each` tells of an org what `Shares.each` does."""

    min_seconds: float = 15
    max_seconds: float = 900
    calls_each: Callable[[str], float | None] = lambda _org_id: None

    def least(self, calls_each: float | None) -> float:
        """Return the shortest interval that the org's allowance yields, in seconds, an hour at most.

        `calls_each` is what is left of background work's share of a day's calls for every syncing user of the org,
        None if unknown: polls at this interval use three quarters of it up in a day. It may be longer than the
        longest interval that was set.
        """
        if calls_each is None:
            return self.min_seconds
        yielded = _DAY_SECONDS / max(calls_each * _POLL_SHARE, 1.0)
        return max(min(yielded, _STRETCHED_SECONDS), self.min_seconds)

    def rest(
        self,
        outcome: Outcome,
        poll_seconds: float,
        *,
        changed: bool,
        spread: float,
        fed: bool = False,
        calls_each: float | None = None,
    ) -> Rest:
        """Return when to run again after `outcome`.

        `spread` in [0, 1) is the user's own and always the same, so that users do not come due together. A user who
        is `fed` is woken by the org feed, and comes by themselves only in case that feed fails. `calls_each` is as in
        `least`; the interval to remember is not stretched by it, so that it is short again once calls are left.
        """
        if outcome is Outcome.MORE:
            return Rest(0, self.min_seconds)
        if outcome is Outcome.RECONNECT:
            return Rest(_IDLE_SECONDS, poll_seconds)
        if outcome is not Outcome.DONE:
            longer = self._bounded(poll_seconds * _BACKOFF)
            # What was tried may be owed to somebody who waits, and may ask for no call: the limiter decides.
            return Rest(longer * (1 + spread), longer)
        if fed:
            return Rest(self.max_seconds * (1 + spread / 10), self.max_seconds)
        poll = self.min_seconds if changed else self._bounded(poll_seconds * _STRETCH)
        return Rest(max(poll, self.least(calls_each)) * (1 + spread / 10), poll)

    def _bounded(self, seconds: float) -> float:
        return min(max(seconds, self.min_seconds), self.max_seconds)


@dataclass(frozen=True, slots=True)
class Shares:
    """What is left of background work's share of an org's calls for each of its syncing users.

    `calls_left` and `syncing` tell of an org how many calls and how many users; `monotonic` is a clock in seconds.
    Safe to share between threads.
    """

    calls_left: Callable[[str], float | None]
    syncing: Callable[[str], int]
    monotonic: Callable[[], float]
    _counted: dict[str, tuple[float, int]] = field(default_factory=dict)

    def each(self, org_id: str) -> float | None:
        """Return how many calls, None if nothing is known of the org."""
        try:
            left = self.calls_left(org_id)
        except Unsafe:
            return None
        return None if left is None else left / max(self._crowd(org_id), 1)

    def _crowd(self, org_id: str) -> int:
        now = self.monotonic()
        counted_at, users = self._counted.get(org_id, (now - _CROWD_SECONDS, 0))
        if now - counted_at >= _CROWD_SECONDS:
            users = self.syncing(org_id)
            self._counted[org_id] = (now, users)
        return users


@dataclass(frozen=True, slots=True)
class FeedPace:
    """The bounds of the org feed's interval, in seconds; between them the org's allowance decides (DIAG-3)."""

    min_seconds: float = 15
    max_seconds: float = 900

    def wait(self, calls_left: float | None) -> float:
        """Return seconds until the next reading: half of the day's `calls_left`, None if unknown, spread over a day."""
        if calls_left is None:
            return self.min_seconds
        yielded = _DAY_SECONDS / max(calls_left * _FEED_SHARE, 1.0)
        return min(max(yielded, self.min_seconds), max(self.max_seconds, self.min_seconds))
