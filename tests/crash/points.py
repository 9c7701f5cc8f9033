"""Every step of a run as a numbered point, and what may happen to the run there."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field

from remindersync.ports import Page
from tests.fixtures.salesforce_calls import READS, WRITES


class Gone(BaseException):
    """The process is gone: no `except` of a run may see this."""


@dataclass(frozen=True)
class Point:
    """One step: a database transaction, a lock command or a request to Salesforce, which may be a write."""

    name: str
    is_request: bool = False
    is_write: bool = False
    is_transaction: bool = False


@dataclass
class Points:
    """Counts the steps of runs while it watches; `strikes` says, by number, what happens at a point given there.

    `usual` says what happens at all others: nothing, unless a scenario is about that.
    A run that is gone stays so: `is_dead` until whoever plays the process has seen it.
    """

    seen: list[Point] = field(default_factory=list)
    strikes: dict[int, Callable[[Point], "Strike"]] = field(default_factory=dict)
    usual: Callable[[Point], "Strike"] = lambda _: Strike()
    watching: bool = False
    is_dead: bool = False

    def step(self, point, work):
        """Do one step, or what is to happen instead."""
        with self._mortal():
            return self._struck(point).around(work)

    @contextmanager
    def around(self, point, block, *, ends=lambda entered: None):
        """Do the same with a block, whose work is known at its end only: a transaction, ended by `ends`."""
        with self._mortal():
            strike = self._struck(point)
            strike.before()
            with block as entered:
                yield entered
                strike.inside(lambda: ends(entered))
            strike.after()

    @contextmanager
    def outside_of_runs(self):
        """Watch nothing for a while: what people do, and what a test looks at, is no step of a run."""
        watching, self.watching = self.watching, False
        try:
            yield
        finally:
            self.watching = watching

    @contextmanager
    def _mortal(self):
        if self.is_dead:
            raise Gone
        try:
            yield
        except Gone:
            self.is_dead = True
            raise

    def _struck(self, point):
        if not self.watching:
            return self.usual(point)
        self.seen.append(point)
        return self.strikes.pop(len(self.seen) - 1, self.usual)(point)


class Strike:
    """What happens to a run at a point: nothing. Subclasses do it before the step, or after it is done."""

    def around(self, work):
        """Do a step, or what happens instead; return its answer."""
        self.before()
        answer = work()
        self.after()
        return answer

    def before(self):
        """Act before the step."""

    def inside(self, end):
        """Act before a transaction is committed; `end()` lets the server end it."""

    def after(self):
        """Act once the step is done, before the run learns its answer."""


@dataclass
class At(Strike):
    """Does something before or after a step, or before a transaction is committed."""

    when: str
    action: Callable[[], None]

    def before(self):
        if self.when == "before":
            self.action()

    def inside(self, end):
        if self.when == "inside":
            # The server ends a transaction that stands still, for its row would keep a successor out.
            end()
            self.action()

    def after(self):
        if self.when == "after":
            self.action()


@dataclass
class Late(Strike):
    """Puts a write afloat, to land later, and ends the run's step without an answer."""

    afloat: Callable[[Callable[[], object]], None]
    then: Callable[[], None]

    def around(self, work):
        self.afloat(work)
        self.then()


@dataclass
class Held(Strike):
    """Does something while a write is in flight; then it lands, and the run learns its answer.

    `sent` sends it and returns what lets it land.
    """

    sent: Callable[[Callable[[], object]], Callable[[], object]]
    action: Callable[[], None]

    def around(self, work):
        lands = self.sent(work)
        self.action()
        return lands()


def gone():
    """End the process."""
    raise Gone


# ── The ports, watched ──────────────────────────────────────────────────────────────────────────────────────


@dataclass
class WatchedRuns:
    """The book of runs: each transaction is a point."""

    runs: object
    points: Points

    def start(self, user_id, claim):
        return self.points.step(Point("start"), lambda: self.runs.start(user_id, claim))

    def again(self, user_id, claim):
        self.points.step(Point("again"), lambda: self.runs.again(user_id, claim))

    def transaction(self, run):
        return self.points.around(Point("commit"), self.runs.transaction(run))

    def finish(self, run, end):
        return self.points.step(Point("finish"), lambda: self.runs.finish(run, end))


@dataclass
class WatchedLocks:
    """The locks: each command is a point."""

    locks: object
    points: Points

    def acquire(self, name, **how):
        lease = self.points.step(Point("lock"), lambda: self.locks.acquire(name, **how))
        return None if lease is None else WatchedLease(lease, self.points)


@dataclass
class WatchedLease:
    lease: object
    points: Points

    def check(self):
        self.points.step(Point("check"), self.lease.check)

    def release(self):
        self.points.step(Point("release"), self.lease.release)


class WatchedSession:
    """A login's view of Salesforce: each request is a point.

    `created` is told what each create made, `shown` every page that a run got.
    """

    def __init__(self, session, points, created, shown):
        self._session = session
        self._points = points
        self._created = created
        self._shown = shown

    def __getattr__(self, name):
        found = getattr(self._session, name)
        if name in READS:
            point = Point(name, is_request=True)
            return lambda *given, **named: self._read(point, lambda: found(*given, **named))
        if name in WRITES:
            point = Point(name, is_request=True, is_write=True)
            return lambda records: self._points.step(point, lambda: self._write(name, records))
        return found

    def _read(self, point, read):
        answer = self._points.step(point, read)
        if isinstance(answer, Page):
            self._shown(answer.tasks)
        return answer

    def _write(self, name, records):
        answers = getattr(self._session, name)(records)
        if name == "create":
            self._created(records, answers)
        return answers
