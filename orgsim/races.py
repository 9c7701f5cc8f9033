"""Edits that a client's write destroyed unseen: they landed between its last read of the record and its write."""

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from orgsim.tables import Row
from orgsim.values import wire

_KEPT = 1000
_DELETION = "IsDeleted"
_UNSEEN = object()
_STAMPS = frozenset({"SystemModstamp", "LastModifiedDate", "LastModifiedById"})


@dataclass(frozen=True, slots=True)
class Race:
    """One field of one record: what the client had read, whose other value it destroyed, and with what."""

    at: datetime
    id: str
    field: str
    client: str
    user: str
    read: Any
    lost: Any
    lost_by: str
    wrote: Any
    conditional: bool

    def as_json(self) -> dict[str, Any]:
        values = {name: wire(getattr(self, name)) for name in ("read", "lost", "wrote")}
        return {**asdict(self), **values, "at": self.at.isoformat()}


@dataclass(frozen=True, slots=True)
class Write:
    """One save of a client as the counting sees it: `names` are the fields it sent."""

    at: datetime
    client: str
    user: str
    before: Row | None
    after: Row | None
    names: tuple[str, ...]
    conditional: bool = False


class Races:
    """What each client last read of each record, and the edits it overwrote since."""

    def __init__(self) -> None:
        # Rows are replaced, never changed: keeping the row a client saw costs a reference.
        self._reads: dict[str, dict[str, tuple[tuple[frozenset[str], Row], ...]]] = {}
        self.reset_counts()

    def reset_counts(self) -> None:
        """Forget the races counted so far; what clients have read stays known."""
        self.by_field: Counter[str] = Counter()
        self.past_condition = 0
        self.last: deque[Race] = deque(maxlen=_KEPT)

    def marked(self) -> tuple[Counter[str], int, list[Race]]:
        """Give the counts as they stand, to come `back_to` when a transaction is taken back."""
        return self.by_field.copy(), self.past_condition, list(self.last)

    def back_to(self, mark: tuple[Counter[str], int, list[Race]]) -> None:
        self.by_field, self.past_condition = mark[0], mark[1]
        self.last = deque(mark[2], maxlen=_KEPT)

    def note_read(self, client: str, names: frozenset[str], rows: Iterable[Row]) -> None:
        """Remember what a client was shown; a later read of fewer fields leaves the others as they were."""
        reads = self._reads.setdefault(client, {})
        for row in rows:
            record_id = row["Id"]
            older = reads.get(record_id)
            if older is None:
                reads[record_id] = ((names, row),)
            else:
                kept = (one for one in older if not one[0] <= names)
                reads[record_id] = (*kept, (names, row))

    def note_write(self, write: Write) -> None:
        """Count what a save that stands overwrote; the client knows the fields it wrote from now on."""
        if write.before is not None:
            for race in self._found(write, write.before):
                self._count(race)
        if write.after is not None and write.names:
            self.note_read(write.client, frozenset(write.names), [write.after])

    def _found(self, write: Write, before: Row) -> Iterable[Race]:
        if write.after is None:
            changed = any(self._is_changed(write.client, before, name) for name in before if name not in _STAMPS)
            if changed:
                yield self._race(write, before, _DELETION, None, wrote=True)
            return
        for name in write.names:
            if self._is_changed(write.client, before, name) and write.after.get(name) != before.get(name):
                yield self._race(write, before, name, before.get(name), wrote=write.after.get(name))

    def _is_changed(self, client: str, before: Row, name: str) -> bool:
        known = self._known(client, before["Id"], name)
        return known is not _UNSEEN and known != before.get(name)

    def _known(self, client: str, record_id: str, name: str) -> Any:
        for names, row in reversed(self._reads.get(client, {}).get(record_id, ())):
            if name in names:
                return row.get(name)
        return _UNSEEN

    def _race(self, write: Write, before: Row, name: str, lost: Any, *, wrote: Any) -> Race:
        read = self._known(write.client, before["Id"], name)
        return Race(
            write.at,
            before["Id"],
            name,
            write.client,
            write.user,
            None if read is _UNSEEN else read,
            lost,
            str(before.get("LastModifiedById") or ""),
            wrote,
            write.conditional,
        )

    def _count(self, race: Race) -> None:
        # A conditional write looked, and could not see an edit of the same second: no carelessness.
        if race.conditional:
            self.past_condition += 1
        else:
            self.by_field[race.field] += 1
        self.last.append(race)

    def as_json(self) -> dict[str, Any]:
        return {
            "total": self.by_field.total(),
            "by_field": dict(self.by_field),
            "past_condition": self.past_condition,
            "last": [race.as_json() for race in self.last],
        }
