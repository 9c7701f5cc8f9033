"""Rows of one object in memory: indexed, replaced rather than changed, some of them not yet visible."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orgsim.stamps import Span, StampIndex

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InFlight:
    """A save that others can't see before `visible_at`: they see `before` (None: no record)."""

    visible_at: datetime
    stamp: datetime
    before: Row | None


class Table:
    """Rows by id. A row is never changed in place: `put` replaces it, so an old row can be put back."""

    def __init__(self, name: str, indexed: tuple[str, ...] = ()) -> None:
        self.name = name
        self.rows: dict[str, Row] = {}
        self.in_flight: dict[str, InFlight] = {}
        self._indexes: dict[str, dict[Any, dict[str, None]]] = {field: {} for field in indexed}
        self._stamps = StampIndex()

    def __len__(self) -> int:
        return len(self.rows)

    def get(self, record_id: str) -> Row | None:
        return self.rows.get(record_id)

    def put(self, row: Row) -> None:
        record_id = row["Id"]
        self._forget(self.rows.get(record_id))
        self.rows[record_id] = row
        for field, index in self._indexes.items():
            index.setdefault(index_key(row.get(field)), {})[record_id] = None
        self._stamps.add(row.get("SystemModstamp"), record_id)

    def remove(self, record_id: str) -> Row | None:
        row = self.rows.pop(record_id, None)
        self._forget(row)
        self.in_flight.pop(record_id, None)
        return row

    def _forget(self, row: Row | None) -> None:
        if row is None:
            return
        for field, index in self._indexes.items():
            bucket = index.get(index_key(row.get(field)))
            if bucket is not None:
                bucket.pop(row["Id"], None)
        self._stamps.remove(row.get("SystemModstamp"), row["Id"])

    def find(self, field: str, value: Any) -> list[Row]:
        """Give the rows whose indexed `field` equals `value` (text: in any case)."""
        return [self.rows[record_id] for record_id in self._indexes[field].get(index_key(value), ())]

    def seen(self, record_id: str, now: datetime) -> Row | None:
        """Give the row as others see it now: the one before a save still in flight."""
        pending = self.in_flight.get(record_id)
        if pending is None or pending.visible_at <= now:
            return self.rows.get(record_id)
        return pending.before

    def all_seen(self, now: datetime) -> Iterator[Row]:
        self._land(now)
        if not self.in_flight:
            return iter(self.rows.values())
        seen = (self.seen(record_id, now) for record_id in self.rows)
        return (row for row in seen if row is not None)

    def narrowed(
        self, equal: Mapping[str, Collection[object]], now: datetime, stamped: Span | None = None
    ) -> Iterable[Row]:
        """Give the rows seen now that can meet the equalities and stamps: a superset, by the best index there is."""
        self._land(now)
        ids = self._candidates(equal)
        if stamped is not None:
            ids = self._stamped(stamped, ids)
        if ids is None:
            return self.all_seen(now)
        if not self.in_flight:
            return [self.rows[record_id] for record_id in ids]
        seen = (self.seen(record_id, now) for record_id in ids)
        return [row for row in seen if row is not None]

    def _candidates(self, equal: Mapping[str, Collection[object]]) -> Collection[str] | None:
        if "Id" in equal:
            return [key for key in dict.fromkeys(equal["Id"]) if isinstance(key, str) and key in self.rows]
        choices = [self._bucket(field, values) for field, values in equal.items() if field in self._indexes]
        if not choices:
            return None
        smallest = min(choices, key=len)
        # A save in flight may have moved a row out of the bucket in which others still see it.
        return {**smallest, **dict.fromkeys(self.in_flight)}

    def _stamped(self, span: Span, others: Collection[str] | None) -> Collection[str]:
        if others is not None and self._stamps.count(span, len(others)) >= len(others):
            return others
        # A save in flight moved the stamp that others still see.
        return {**dict.fromkeys(self._stamps.ids(span)), **dict.fromkeys(self.in_flight)}

    def _bucket(self, field: str, values: Collection[object]) -> dict[str, None]:
        index = self._indexes[field]
        buckets = [index.get(index_key(value), {}) for value in values]
        return buckets[0] if len(buckets) == 1 else {key: None for bucket in buckets for key in bucket}

    def _land(self, now: datetime) -> None:
        for record_id in [key for key, pending in self.in_flight.items() if pending.visible_at <= now]:
            del self.in_flight[record_id]

    def oldest_in_flight(self, now: datetime) -> datetime | None:
        self._land(now)
        return min((pending.stamp for pending in self.in_flight.values()), default=None)


def index_key(value: Any) -> Any:
    """Fold text, as the platform's comparisons do; ids never differ by case alone in their 18 characters."""
    return value.casefold() if isinstance(value, str) else value
