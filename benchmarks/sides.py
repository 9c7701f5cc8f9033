"""Both sides for the benchmarks: a user with reminders in memory, the engine, and an org in a box over HTTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from orgsim.server import Sim, serve
from remindersync.engine import Engine
from remindersync.memory import MemoryClock, MemoryLocks, MemoryStore
from remindersync.model import FirstSync, Outcome, Place, Reminder, Report, SyncUser, TeamSettings
from remindersync.ports import Login, SalesforceTasks
from remindersync.salesforce.client import Client, Door
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from remindersync.salesforce.ids import record_id
from remindersync.salesforce.tasks import RestSalesforceTasks

ORG, ADA = record_id("00DSM0000000001"), record_id("005SM0000000001")
EMAIL = "ada@speed.example"
START = datetime(2026, 5, 1, 8, tzinfo=UTC)
WORLD = {
    "orgs": [
        {
            "id": ORG,
            "name": "Speed",
            "users": [{"Id": ADA, "Username": EMAIL, "Name": "Ada"}],
            "settings": {"daily_limit": 10_000_000, "session_seconds": 10**9},
        }
    ]
}
Meanwhile = Callable[[str], None]


def nothing(name: str) -> None:
    """Let nothing happen around a call."""
    del name


class NoLimit:
    """Lets every call pass."""

    def admit(self, org_id: str, *, background: bool) -> bool:
        del org_id, background
        return False

    def saw(self, org_id: str, used: int, allowed: int) -> None:
        """Take no notice."""

    def hold(self, org_id: str, seconds: float, *, background_only: bool = True) -> None:
        """Take no notice."""

    def calls_left(self, org_id: str) -> float | None:
        del org_id
        return None


class NoTokens:
    """The sessions of the box never end here."""

    def renew(self, login: Login) -> Login:
        return login

    def lose(self, login: Login, reason: str, **more: Any) -> None:
        del login, more
        raise AssertionError(reason)


class Watched:
    """A session that tells of every call before and after it."""

    def __init__(self, session: SalesforceTasks, before: Meanwhile, after: Meanwhile) -> None:
        self._session, self._before, self._after = session, before, after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._session, name)
        if name not in ("changed", "by_ids", "by_keys", "stamps", "create", "update", "delete"):
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._before(name)
            answer = found(*given, **named)
            self._after(name)
            return answer

        return call


class Sides:
    """One user and their org, whose clocks move together and only when told to."""

    def __init__(self, sim: Sim) -> None:
        self.sim, self.clock = sim, MemoryClock(START)
        self.store = MemoryStore(self.clock)
        self.before: Meanwhile = nothing
        self.after: Meanwhile = nothing
        self.wait(0)
        self.login = sim.door.session(EMAIL)
        self._http, self._schemas = Http(), {}
        self.engine = Engine(self.store, self._connect, MemoryLocks(), self.clock, slice_seconds=10**9)
        user = SyncUser("ada", "team", EMAIL, "UTC", ORG, ADA, START, TeamSettings())
        self.store.add_user(user, Place(first=FirstSync(START - timedelta(hours=24))))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def wait(self, seconds: float) -> None:
        """Let time pass on both sides."""
        self.clock.advance(seconds)
        self.sim.door.freeze(self.clock.now())

    def run(self) -> list[Report]:
        """Run slices until nothing is left to do at once."""
        reports = [self.engine.sync_user("ada")]
        while reports[-1].outcome is Outcome.MORE:
            reports.append(self.engine.sync_user("ada"))
        assert reports[-1].outcome is Outcome.DONE, reports[-1]
        return reports

    def add_tasks(self, count: int) -> list[str]:
        """Create Tasks in Salesforce and take them in; return their ids."""
        ids = self.sim.door.put_tasks(
            [
                {"OwnerId": ADA, "Subject": f"Call {number}", "SystemModstamp": START.isoformat()}
                for number in range(count)
            ]
        )
        self.wait(30)
        self.run()
        assert len(self.store.state.links) >= count
        return ids

    def reminder_of(self, task_id: str) -> Reminder:
        """Return a Task's reminder."""
        return self.store.state.reminders[self.store.state.links[ORG, task_id].reminder_id]

    def _connect(self, user: SyncUser, *, background: bool) -> Any:
        login = Login("login", "team", user.id, ORG, ADA, EMAIL, self.login["instance_url"], self.login["access_token"])
        door = Door(self._http, NoLimit(), Hosts([self.sim.url.removeprefix("http://")]))
        client = Client(login, NoTokens(), door, background=background)
        return Watched(RestSalesforceTasks(client, ADA, self._schemas), self._on_before, self._on_after)

    def _on_before(self, name: str) -> None:
        self.before(name)

    def _on_after(self, name: str) -> None:
        self.after(name)


@contextmanager
def sides() -> Iterator[Sides]:
    """Open an empty org in a box, and a user who syncs with it."""
    with serve(WORLD) as sim:
        opened = Sides(sim)
        try:
            yield opened
        finally:
            opened.close()
