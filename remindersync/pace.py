"""How long a user rests between runs: short while things change, longer while nothing does (SYNC-2)."""

from dataclasses import dataclass

from remindersync.model import Outcome

_STRETCH = 1.5
_BACKOFF = 2.0
# A lost login, a broken setting: somebody has to act first, and acting makes the user due at once.
_IDLE_SECONDS = 3600.0
_DAY_SECONDS = 86_400.0
# The other half is for what readings bring about: people's own edits and what they change.
_FEED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Rest:
    """Seconds until the next run, and the poll interval to remember for the one after."""

    wait_seconds: float
    poll_seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """The bounds of a user's poll interval, in seconds."""

    min_seconds: float = 15
    max_seconds: float = 900

    def rest(self, outcome: Outcome, poll_seconds: float, *, changed: bool, spread: float, fed: bool = False) -> Rest:
        """Return when to run again after `outcome`.

        `spread` in [0, 1) is the user's own and always the same, so that users do not come due together. A user who
        is `fed` is woken by the org feed, and comes by themselves only in case that feed fails.
        """
        if outcome is Outcome.MORE:
            return Rest(0, self.min_seconds)
        if outcome is Outcome.RECONNECT:
            return Rest(_IDLE_SECONDS, poll_seconds)
        if outcome is not Outcome.DONE:
            longer = self._bounded(poll_seconds * _BACKOFF)
            return Rest(longer * (1 + spread), longer)
        if fed:
            return Rest(self.max_seconds * (1 + spread / 10), self.max_seconds)
        poll = self.min_seconds if changed else self._bounded(poll_seconds * _STRETCH)
        return Rest(poll * (1 + spread / 10), poll)

    def _bounded(self, seconds: float) -> float:
        return min(max(seconds, self.min_seconds), self.max_seconds)


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
