"""Everything one box holds: orgs, logins, the clock, faults, counters and the log of calls."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from orgsim.clock import VirtualClock
from orgsim.faults import Faults
from orgsim.holds import Holds
from orgsim.jobs import Jobs
from orgsim.locators import Locators
from orgsim.org import Org
from orgsim.races import Races
from orgsim.records import load_org
from orgsim.running import InFlightCalls
from orgsim.sessions import Logins
from orgsim.tables import Row
from orgsim.usage import Counters

LOG_LENGTH = 5000


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call of a client as the log keeps it; `path` has its query string. Nothing of headers or bodies is kept."""

    at: datetime
    method: str
    path: str
    kind: str
    user: str
    status: int
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "at": self.at.isoformat()}


class World:
    """The state of a box. Single-threaded by design: only the server's event loop reads and writes it."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.orgs: dict[str, Org] = {}
        self.logins, self.faults, self.counters = Logins(), Faults(), Counters()
        self.locators, self.jobs, self.holds = Locators(), Jobs(), Holds(self.clock)
        self.races, self.in_flight = Races(), InFlightCalls(self.clock)
        self.log: deque[LoggedCall] = deque(maxlen=LOG_LENGTH)

    def load(self, records: Mapping[str, Any]) -> None:
        """Add or replace the orgs of a world's records; ValueError names what is wrong with them."""
        if not isinstance(records.get("orgs"), list):
            raise ValueError("World records need a list under 'orgs'.")  # noqa: TRY004 bad data, not a bad call
        loaded = [load_org(described, self.clock.second()) for described in records["orgs"]]
        for org in loaded:
            self.orgs[org.id] = org

    def reset(self, records: Mapping[str, Any] | None = None) -> None:
        """Forget everything, the clock too, and load `records` where given."""
        self.orgs.clear()
        self.holds.drop()
        self.logins, self.locators, self.jobs = Logins(), Locators(), Jobs()
        self.clock.reset()
        self.faults.clear()
        self.counters.reset()
        self.races = Races()
        self.log.clear()
        if records is not None:
            self.load(records)

    def org(self, org_id: str) -> Org | None:
        return self.orgs.get(org_id)

    def user(self, username: str) -> tuple[Org, Row] | None:
        """Give the org and row of a username (unique in all of Salesforce) or of a user id."""
        for org in self.orgs.values():
            row = org.user_named(username) or org.table("User").get(username)
            if row is not None:
                return org, row
        return None

    def username(self, org: Org, user_id: str) -> str:
        row = org.table("User").get(user_id)
        return str(row["Username"]) if row else user_id
