"""The daily allowance of API calls over a rolling 24 hours, and counts of what clients did."""

from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

_DAY = timedelta(hours=24)


class Allowance:
    """Calls of the last 24 hours of the virtual clock, kept by the minute."""

    def __init__(self) -> None:
        self._minutes: deque[tuple[datetime, int]] = deque()
        self._total = 0

    def used(self, now: datetime) -> int:
        while self._minutes and self._minutes[0][0] <= now - _DAY:
            self._total -= self._minutes.popleft()[1]
        return self._total

    def spend(self, now: datetime, calls: int = 1) -> None:
        minute = now.replace(second=0, microsecond=0)
        if self._minutes and self._minutes[-1][0] == minute:
            self._minutes[-1] = (minute, self._minutes[-1][1] + calls)
        else:
            self._minutes.append((minute, calls))
        self._total += calls

    def minutes(self) -> list[tuple[datetime, int]]:
        return list(self._minutes)

    def set_used(self, now: datetime, calls: int, hours: int = 1) -> None:
        """Pretend that this many calls were made by all apps, evenly in each of the last `hours`."""
        self._minutes.clear()
        self._total = 0
        for back in reversed(range(hours)):
            share = calls * (back + 1) // hours - calls * back // hours
            self.spend(now - timedelta(hours=back), share)


@dataclass(slots=True)
class Counters:
    """What clients did through the API since the last reset; the admin door's own doings are not in it."""

    calls: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    by_user: Counter[str] = field(default_factory=Counter)
    records: Counter[str] = field(default_factory=Counter)
    created_ids: set[str] = field(default_factory=set)

    def count_call(self, kind: str, user: str, calls: int = 1) -> None:
        self.calls += calls
        self.by_kind[kind] += calls
        self.by_user[user] += calls

    def count_login(self, kind: str) -> None:
        """Count a call of the login side: it is by kind only, as no allowance pays for it."""
        self.by_kind[kind] += 1

    def reset(self) -> None:
        self.calls = 0
        self.by_kind.clear()
        self.by_user.clear()
        self.records.clear()
        self.created_ids.clear()

    def as_json(self) -> dict[str, Any]:
        return {
            "calls": self.calls,
            "by_kind": dict(self.by_kind),
            "by_user": dict(self.by_user),
            "records": {name: self.records[name] for name in ("created", "updated", "deleted")},
        }
