"""Two made-up orgs that look like real ones, laid against the clock, and what a first sync must import from them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from pathlib import Path
from typing import Any, TypedDict

from orgsim.sample import archive
from orgsim.sample.archive import SampleError

__all__ = ["Expected", "ExpectedTeam", "ExpectedUser", "SampleError", "expected", "load"]

_STAMPS = frozenset({"CreatedDate", "LastModifiedDate", "SystemModstamp", "CompletedDateTime", "ReminderDateTime"})
_DAYS = frozenset({"ActivityDate", "RecurrenceStartDateOnly", "RecurrenceEndDateOnly"})


class ExpectedUser(TypedDict):
    """A user of the app: `imports` is how many Tasks their first sync must import."""

    email: str
    name: str
    username: str
    time_zone: str
    salesforce_user_id: str
    imports: int


class ExpectedTeam(TypedDict):
    name: str
    org_id: str
    users: list[ExpectedUser]


@dataclasses.dataclass(frozen=True, slots=True)
class Expected:
    """What the first sync of everybody must do, as the generator knows from what it made."""

    teams: list[ExpectedTeam]


def load(now: dt.datetime, path: Path = archive.PATH) -> dict[str, Any]:
    """Return the world records of the sample as if it had been recorded at `now`, an aware moment.

    Due dates count from today in the time zone of the Task's owner (UTC for a queue).

    Raises:
        SampleError: the file is missing or damaged.

    """
    lines = archive.read(path)
    orgs = [{**line["values"], "tasks": []} for line in lines if line["kind"] == "org"]
    calendars = [_Calendar(org, now) for org in orgs]
    for line in lines:
        if line["kind"] == "task":
            orgs[line["org"]]["tasks"].append(calendars[line["org"]].laid(line["values"]))
    return {"orgs": orgs}


def expected(now: dt.datetime | None = None, path: Path = archive.PATH) -> Expected:
    """Return the teams and users of the sample with how many Tasks each must import.

    The counts hold whatever `now` is: no stamp lies within ten minutes of the 24-hour boundary.

    Raises:
        SampleError: the file is missing or damaged.

    """
    del now
    return Expected(archive.read(path)[0]["teams"])


class _Calendar:
    """Offsets to moments and days for one org."""

    def __init__(self, org: dict[str, Any], now: dt.datetime) -> None:
        self._now = now.astimezone(dt.UTC).replace(microsecond=0)
        zones = {user["Id"]: zoneinfo.ZoneInfo(user["TimeZoneSidKey"]) for user in org["users"]}
        self._todays = {user_id: self._now.astimezone(zone).date() for user_id, zone in zones.items()}

    def laid(self, values: dict[str, Any]) -> dict[str, Any]:
        today = self._todays.get(values["OwnerId"], self._now.date())
        return {name: self._value(name, value, today) for name, value in values.items()}

    def _value(self, name: str, value: Any, today: dt.date) -> Any:
        if name in _STAMPS:
            return (self._now + dt.timedelta(seconds=value)).strftime("%Y-%m-%dT%H:%M:%SZ")
        if name in _DAYS:
            return (today + dt.timedelta(days=value)).isoformat()
        return value
