"""The org's API allowance, shared by all workers: a rate, a share of the day's calls, and holds (DIAG-3).

What is known of an org comes from the usage header of its answers. Where nothing is known (an emptied Redis), or
what is known is in doubt, one call at a time may pass, to ask the org: never a full bucket.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

from redis import Redis
from redis.exceptions import RedisError

from remindersync.coordination import allowance
from remindersync.errors import AllowanceSpent, Category, Destiny, Fault, Unsafe
from remindersync.model import UsageSample

logger = logging.getLogger(__name__)

# As the scripts count.
QUARTER_SECONDS = 900
_PROBE_AGAIN_SECONDS = 0.1
# People's own edits may use nearly all of the org's calls; the rest is for the org's people and other apps.
_EDIT_SHARE_PERCENT = 98
# So much is left to people's edits when background work stops, whatever share a team chose for it.
_RESERVED_PERCENT = 3


class _Answer(IntEnum):
    """What the script says of a call."""

    PASS = 0
    HELD = 1
    SPENT = 2
    PROBING = 3
    RATE = 4


# Waits of these kinds are short and end by themselves.
_WORTH_WAITING = frozenset({_Answer.PROBING, _Answer.RATE})

_MEANING = {
    _Answer.HELD: "Salesforce asked for a pause of this org's calls.",
    _Answer.SPENT: "The calls this app may use of the org's daily allowance are used up.",
    _Answer.PROBING: "How much of the org's daily allowance is used is being found out.",
    _Answer.RATE: "The org's calls are made evenly, and many are waiting.",
}


@dataclass(frozen=True, slots=True)
class CallRate:
    """How fast an org may be called, and for how long knowledge counts.

    `per_second` calls on average and `burst` at once. An allowance found spent is asked for again after
    `stale_seconds`; a call that asks is waited for at most `probe_seconds`. `patience_seconds` is how long
    `admit` itself waits before it gives up.
    """

    per_second: float = 50
    burst: int = 200
    stale_seconds: float = 300
    probe_seconds: float = 35
    patience_seconds: float = 2


@dataclass(frozen=True, slots=True)
class Usage:
    """An org's calls of the last 24 hours by all apps, how many it may make, and for how long it is held."""

    used: int
    allowed: int
    held_seconds: float


def _no_own_share(org_id: str) -> int | None:  # noqa: ARG001 one of several that are called alike
    return None


class RedisLimiter:
    """`ports.Limiter` on one Redis server: background work stops at its share of an org's daily calls.

    `shares` returns the percentage that an org's team chose, None where it chose none: `share_percent` counts then.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        share_percent: int = 50,
        shares: Callable[[str], int | None] = _no_own_share,
        rate: CallRate = CallRate(),
        prefix: str = "remindersync:allowance:",
    ) -> None:
        self._share_percent = share_percent
        self._shares = shares
        self._rate = rate
        self._prefix = prefix
        self._quarters = f"{prefix}quarter:"
        self._redis = redis
        self._admit = redis.register_script(allowance.ADMIT)
        self._saw = redis.register_script(allowance.SAW)
        self._hold = redis.register_script(allowance.HOLD)
        self._look = redis.register_script(allowance.LOOK)

    def admit(self, org_id: str, *, background: bool) -> bool:
        """Let one call pass; whether it has to find out how much is left before anything else is asked.

        Raises `AllowanceSpent` when it must wait, `Unsafe` without Redis.
        """
        give_up = time.monotonic() + self._rate.patience_seconds
        while True:
            answer, told = self._ask(org_id, background)
            if answer is _Answer.PASS:
                return bool(told)
            wait_seconds = told / 1000
            nap = _PROBE_AGAIN_SECONDS if answer is _Answer.PROBING else wait_seconds
            if answer not in _WORTH_WAITING or time.monotonic() + nap > give_up:
                raise AllowanceSpent(_fault(answer), wait_seconds)
            time.sleep(nap)

    def saw(self, org_id: str, used: int, allowed: int) -> None:
        """Note the usage an answer's header reported. Never raises: the answer itself must not be lost."""
        self._note(self._saw, org_id, used, allowed)

    def hold(self, org_id: str, seconds: float, *, background_only: bool = True) -> None:
        """Stop the org's calls, in every worker at once, for `seconds`; then one call finds out how things stand.

        Never raises: without Redis the next call is refused anyway.
        """
        self._note(self._hold, org_id, int(seconds * 1000), int(background_only))

    def usage(self, org_id: str) -> Usage | None:
        """Return what is known of an org, None if nothing is. Raises `Unsafe`."""
        used, allowed, held = self._call(self._look, org_id)
        return Usage(used, allowed, held / 1000) if allowed else None

    def calls_left(self, org_id: str) -> float | None:
        """Return how many of an org's calls background work may still make; None if unknown. Raises `Unsafe`."""
        usage = self.usage(org_id)
        return None if usage is None else max(usage.allowed * self.share(org_id) / 100 - usage.used, 0.0)

    def share(self, org_id: str) -> int:
        """Return which percentage of an org's calls background work may use."""
        own = self._shares(org_id)
        return min(self._share_percent if own is None else own, _EDIT_SHARE_PERCENT - _RESERVED_PERCENT)

    def counted(self) -> list[UsageSample]:
        """Return what was counted in this quarter of an hour and the one before, for all orgs. Raises `Unsafe`."""
        try:
            seconds, _ = self._redis.time()
            present = int(seconds) // QUARTER_SECONDS
            return [sample for one in (present - 1, present) for sample in self._quarter(one)]
        except RedisError as error:
            raise _away(error) from error

    def _quarter(self, number: int) -> list[UsageSample]:
        at = datetime.fromtimestamp(number * QUARTER_SECONDS, UTC)
        orgs: dict[str, dict[str, int]] = {}
        for field, value in self._redis.hgetall(f"{self._quarters}{number}").items():
            org_id, _, kind = str(field).partition(":")
            orgs.setdefault(org_id, {"background": 0, "edits": 0})[kind] = int(value)
        return [UsageSample(org_id, at, **counts) for org_id, counts in sorted(orgs.items())]

    def _ask(self, org_id: str, background: bool) -> tuple[_Answer, int]:
        rate = self._rate
        answer, told = self._call(
            self._admit,
            org_id,
            int(background),
            self.share(org_id) if background else _EDIT_SHARE_PERCENT,
            rate.per_second,
            rate.burst,
            int(rate.stale_seconds * 1000),
            int(rate.probe_seconds * 1000),
        )
        return _Answer(answer), told

    def _note(self, script: allowance.Script, org_id: str, *arguments: float) -> None:
        try:
            self._call(script, org_id, *arguments)
        except Unsafe as error:
            logger.warning("%s", error)

    def _call(self, script: allowance.Script, org_id: str, *arguments: float) -> list[int]:
        try:
            return script(keys=[self._prefix + org_id, self._quarters], args=(*arguments, org_id))
        except RedisError as error:
            raise _away(error) from error


def _away(error: RedisError) -> Unsafe:
    return Unsafe(f"The limiter (Redis) is out of reach ({type(error).__name__}): Salesforce is not called meanwhile.")


def _fault(answer: _Answer) -> Fault:
    return Fault(
        code="ALLOWANCE_RESERVED",
        message="",
        category=Category.INTERMITTENT,
        meaning=_MEANING[answer],
        remedy="It goes on by itself; a larger share or a larger allowance makes it sooner.",
        destiny=Destiny.ALLOWANCE,
    )
