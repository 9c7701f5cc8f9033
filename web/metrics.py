"""The fleet as Prometheus metrics; docs/operating.md says what to watch."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from remindersync.errors import SyncError
from worker.fleet import Fleet, FleetNow

# Prometheus has no word for "never".
_NEVER = float("inf")


class FleetCollector(Collector):
    """Hands out gauges of how the fleet stands; names no person, team or record (SAFE-2)."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def collect(self) -> Iterator[Metric]:
        """Look once; where the database is away, that alone is told."""
        try:
            now = self._fleet.now()
        except SyncError:
            now = None
        yield _one("database_up", "Whether the database answers.", float(now is not None))
        if now is not None:
            yield from _told_by_database(now)
            yield _one("redis_up", "Whether Redis answers.", float(now.redis))
            if now.redis:
                yield from _told_by_redis(now)

    def describe(self) -> list[Metric]:
        """Name nothing beforehand: registering must not look."""
        return []


def _told_by_database(now: FleetNow) -> Iterator[Metric]:
    yield _each("users", "Users by state of their sync.", "state", {state.value: n for state, n in now.users.items()})
    overdue = now.oldest.seconds if now.oldest else 0.0
    yield _one("oldest_due_seconds", "For how long the longest overdue user has waited.", overdue)
    yield _each("due_users", "Users due and not sent yet.", "queue", {one.name: one.due for one in now.queues})
    unstarted = {one.name: one.unstarted for one in now.queues}
    yield _each("unstarted_claims", "Users sent, whose runs have not begun.", "queue", unstarted)
    ages = {one.name: one.oldest_seconds for one in now.queues}
    yield _each("oldest_unstarted_seconds", "Age of the oldest claim that no run has used.", "queue", ages)


def _told_by_redis(now: FleetNow) -> Iterator[Metric]:
    waiting = {one.name: one.waiting or 0 for one in now.queues}
    yield _each("queue_messages", "Messages that no worker has taken.", "queue", waiting)
    yield _one("taken_messages", "Messages that workers took and have not finished.", now.taken or 0)
    yield _each("runs_per_minute", "Runs by outcome, over 15 minutes.", "outcome", now.runs_a_minute)
    yield _one("workers", "Workers heard of within a minute.", sum(not worker.silent for worker in now.workers))
    yield _one("silent_workers", "Workers of the last hour that fell silent.", sum(w.silent for w in now.workers))
    tick = _NEVER if now.tick_seconds is None else now.tick_seconds
    yield _one("tick_seconds", "Since a worker last took a tick of beat's.", tick)


def _one(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"remindersync_{name}", says, value=value)


def _each(name: str, says: str, label: str, values: dict[str, float] | dict[str, int]) -> Metric:
    family = GaugeMetricFamily(f"remindersync_{name}", says, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
