"""Locks: of rows that another transaction holds for a while, and of records that wait in an approval."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from orgsim.errors import Refusal
from orgsim.tables import Row

# A save waits so long for a row before it gives up.
WAIT = timedelta(seconds=10)
_FOR_EVER = datetime.max.replace(tzinfo=UTC)
_PARENTS = ("AccountId", "WhoId", "WhatId")
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Held:
    """A row lock: until when on the virtual clock, and by which transaction (0: by the door)."""

    until: datetime
    holder: int = 0


class Locks:
    """The locks of one org."""

    def __init__(self) -> None:
        self.records: set[str] = set()
        self._rows: dict[str, Held] = {}
        self._holders = 0
        self._saving: list[str] = []

    def new_holder(self) -> int:
        self._holders += 1
        return self._holders

    def hold(self, record_ids: Iterable[str], until: datetime, holder: int = 0) -> None:
        """Lock rows for everyone else; a longer lock stands."""
        for record_id in record_ids:
            known = self._rows.get(record_id)
            if known is None or known.until < until:
                self._rows[record_id] = Held(until, holder)

    def begin(self) -> None:
        """Begin a call: what others locked while they saved is let go."""
        self._saving = []

    def note(self, record_ids: Iterable[str]) -> None:
        """Note what the call that is being worked on locks while it saves."""
        self._saving += record_ids

    def keep(self) -> int:
        """Go on locking what the call locked whose work was just done; give the holder."""
        holder = self.new_holder()
        self.hold(self._saving, _FOR_EVER, holder)
        return holder

    def let_go(self, holder: int) -> None:
        """Let go what a holder locks."""
        self._rows = {record_id: one for record_id, one in self._rows.items() if one.holder != holder}

    def release(self, record_ids: Iterable[str] | None = None) -> None:
        """Let rows go, all where none are named."""
        for record_id in list(self._rows if record_ids is None else record_ids):
            self._rows.pop(record_id, None)

    def held(self, now: datetime) -> dict[str, datetime]:
        """Give the rows that are locked now, and until when."""
        self._rows = {record_id: one for record_id, one in self._rows.items() if one.until > now}
        return {record_id: one.until for record_id, one in self._rows.items()}

    def check_rows(self, wanted: Iterable[str], now: datetime, holder: int, status: int) -> None:
        """Refuse a save that would wait too long for a row; raises UNABLE_TO_LOCK_ROW."""
        if not self._rows:
            return
        blocked = [one for one in wanted if self._blocks(one, now, holder)]
        if blocked:
            listed = ",".join(blocked[:_SHOWN])
            message = f"unable to obtain exclusive access to this record or {len(blocked)} records: {listed}"
            raise Refusal("UNABLE_TO_LOCK_ROW", message, (), status)

    def _blocks(self, record_id: str, now: datetime, holder: int) -> bool:
        one = self._rows.get(record_id)
        return one is not None and one.until - now > WAIT and (one.holder == 0 or one.holder != holder)

    def as_json(self) -> dict[str, Any]:
        timed = {record_id: one for record_id, one in self._rows.items() if one.until < _FOR_EVER}
        rows = {record_id: one.until.isoformat() for record_id, one in timed.items()}
        return {"rows": rows, "records": sorted(self.records)}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.records = set(state.get("records", ()))
        for record_id, until in state.get("rows", {}).items():
            self.hold([record_id], datetime.fromisoformat(until))


def locked_by_save(row: Row, before: Row | None) -> list[str]:
    """Give the rows that a save of a Task locks.

    A new Task locks its Account, Who and What only when it is open and dated; an edit or a deletion always does,
    and the Task itself (Salesforce's record locking cheat sheet).
    """
    if before is None:
        wanted = [row.get(name) for name in _PARENTS] if not row.get("IsClosed") and row.get("ActivityDate") else []
    else:
        wanted = [row["Id"], *(one.get(name) for one in (row, before) for name in _PARENTS)]
    return list(dict.fromkeys(one for one in wanted if one))
