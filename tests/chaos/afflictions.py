"""How each kind of stroke is done, and undone after its time."""

import json
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from tasks import names
from tests.chaos.house import House
from tests.chaos.schedule import Stroke
from tests.chaos.team import DAILY_CALLS, Member
from worker.addresses import KEY_PREFIX

Undo = Callable[[], object]
_SOME = 5
_ROWS = 20
# A save waits ten seconds for a row before it is refused.
_PATIENCE_SECONDS = 10
_WRITES = "composite"
_SERVER = {
    "Redis restarted": "Redis",
    "Redis emptied": "Redis",
    "messages repeated": "Redis",
    "PostgreSQL restarted": "PostgreSQL",
    "PostgreSQL crashed": "PostgreSQL",
}


class Afflictions:
    """Everything that may befall a house; each method begins one and returns what ends it."""

    def __init__(self, house: House, team: list[Member]) -> None:
        self._house, self._team = house, team
        self._away: set[str] = set()
        self._kinds: dict[str, Callable[[Stroke, random.Random], Undo]] = {
            "worker killed": self._worker_killed,
            "beat killed": self._beat_killed,
            "worker frozen": self._worker_frozen,
            "Redis restarted": self._redis_restarted,
            "Redis emptied": self._redis_emptied,
            "PostgreSQL restarted": self._postgres_restarted,
            "PostgreSQL crashed": self._postgres_crashed,
            "messages repeated": self._messages_repeated,
            "answers lost": partial(self._faults, cut={"when": "after", "path": _WRITES, "probability": 0.5}),
            "time-outs": self._time_outs,
            "pages of 503": self._pages,
            "rows locked": self._rows_locked,
            "sessions ended": self._sessions_ended,
            "allowance exhausted": self._allowance_exhausted,
            "requests held in flight": self._held,
        }

    def may_begin(self, stroke: Stroke) -> bool:
        """Say whether the server that a stroke is about is there."""
        return _SERVER.get(stroke.kind) not in self._away

    def begin(self, stroke: Stroke) -> Undo:
        """Inflict a stroke; return what ends it."""
        return self._kinds[stroke.kind](stroke, random.Random(stroke.seed))

    # ── Processes ──

    def _worker_killed(self, _: Stroke, rng: random.Random) -> Undo:
        worker = rng.choice(self._house.workers)
        worker.kill()
        return worker.start

    def _beat_killed(self, _: Stroke, __: random.Random) -> Undo:
        beat = self._house.programs["beat"]
        beat.kill()
        return beat.start

    def _worker_frozen(self, _: Stroke, rng: random.Random) -> Undo:
        worker = rng.choice(self._house.workers)
        worker.freeze()
        return worker.thaw

    # ── Servers ──

    def _redis_restarted(self, _: Stroke, __: random.Random) -> Undo:
        return self._gone("Redis", self._house.redis.stop, self._house.redis.start)

    def _redis_emptied(self, _: Stroke, __: random.Random) -> Undo:
        with self._house.broker() as redis:
            redis.flushall()
        return _nothing

    def _postgres_restarted(self, _: Stroke, __: random.Random) -> Undo:
        return self._gone("PostgreSQL", self._house.postgres.stop, self._house.postgres.start)

    def _postgres_crashed(self, _: Stroke, __: random.Random) -> Undo:
        return self._gone("PostgreSQL", self._house.postgres.crash, self._house.postgres.start)

    def _gone(self, server: str, stop: Callable[[], None], start: Callable[[], None]) -> Undo:
        self._away.add(server)
        stop()

        def back() -> None:
            start()
            self._away.discard(server)

        return back

    def _messages_repeated(self, _: Stroke, __: random.Random) -> Undo:
        """Put every message that waits, or was taken and not acknowledged, on its queue once more."""
        with self._house.broker() as redis:
            for queue in names.QUEUES:
                for message in redis.lrange(f"{KEY_PREFIX}{queue}", 0, -1):
                    redis.lpush(f"{KEY_PREFIX}{queue}", message)
            for taken in redis.hvals(f"{KEY_PREFIX}unacked"):
                message, _exchange, queue = json.loads(taken)
                redis.lpush(f"{KEY_PREFIX}{queue}", json.dumps(message))
        return _nothing

    # ── Salesforce ──

    def _faults(self, stroke: Stroke, _: random.Random, **rules: dict[str, Any]) -> Undo:
        door = self._house.door
        made = [door.add_fault(action, seed=stroke.seed, times=None, **rule) for action, rule in rules.items()]
        return lambda: [door.clear_faults(number) for number in made]

    def _time_outs(self, stroke: Stroke, rng: random.Random) -> Undo:
        """Let answers take longer than anybody waits for them, saved before or after that."""
        when = rng.choice(["before", "after"])
        return self._faults(stroke, rng, slow={"seconds": 3, "when": when, "probability": 0.3})

    def _pages(self, stroke: Stroke, rng: random.Random) -> Undo:
        when = rng.choice(["before", "after"])
        return self._faults(stroke, rng, html={"status": 503, "when": when, "probability": 0.3})

    def _rows_locked(self, stroke: Stroke, rng: random.Random) -> Undo:
        tasks = [task["Id"] for task in self._house.door.tasks()]
        chosen = rng.sample(tasks, min(_ROWS, len(tasks)))
        self._house.door.lock_rows(*chosen, seconds=_PATIENCE_SECONDS + stroke.lasts_seconds)
        return partial(self._house.door.unlock, *chosen)

    def _sessions_ended(self, _: Stroke, rng: random.Random) -> Undo:
        for member in rng.sample(self._team, min(_SOME, len(self._team))):
            self._house.door.end_sessions(member.email)
        return _nothing

    def _allowance_exhausted(self, _: Stroke, __: random.Random) -> Undo:
        self._house.door.set_org(api_used=DAILY_CALLS)
        return self._allowance_back

    def _allowance_back(self) -> None:
        self._house.door.set_org(api_used=0)
        self._house.ask_for_calls_again()

    def _held(self, stroke: Stroke, rng: random.Random) -> Undo:
        """Keep writes in flight until long after their senders gave up; then they land."""
        when = rng.choice(["before", "after"])
        rules = {"hold": {"when": when, "path": _WRITES, "probability": 0.3}}
        unfault = self._faults(stroke, rng, **rules)
        return lambda: (unfault(), self._house.door.release())


def _nothing() -> None:
    """Some things are done at once and cannot be undone."""
