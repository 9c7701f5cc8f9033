"""An index of rows by SystemModstamp: a feed's range of stamps is read without looking at every row."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Stamps from `first` to `last`, both included; None leaves an end open."""

    first: datetime | None = None
    last: datetime | None = None

    def within(self, other: "Span") -> "Span":
        """Give the stamps that are in both."""
        firsts = [one for one in (self.first, other.first) if one is not None]
        lasts = [one for one in (self.last, other.last) if one is not None]
        return Span(max(firsts, default=None), min(lasts, default=None))

    def around(self, other: "Span") -> "Span":
        """Give the smallest span that holds both."""
        first = None if self.first is None or other.first is None else min(self.first, other.first)
        last = None if self.last is None or other.last is None else max(self.last, other.last)
        return Span(first, last)


class StampIndex:
    """Ids by stamp. Stamps are whole seconds, and mostly the newest comes last."""

    def __init__(self) -> None:
        self._ids: dict[datetime, dict[str, None]] = {}
        self._stamps: list[datetime] = []

    def add(self, stamp: datetime | None, record_id: str) -> None:
        if stamp is None:
            return
        bucket = self._ids.get(stamp)
        if bucket is None:
            bucket = self._ids[stamp] = {}
            if not self._stamps or self._stamps[-1] < stamp:
                self._stamps.append(stamp)
            else:
                insort(self._stamps, stamp)
        bucket[record_id] = None

    def remove(self, stamp: datetime | None, record_id: str) -> None:
        bucket = self._ids.get(stamp) if stamp is not None else None
        if bucket is None or stamp is None:
            return
        bucket.pop(record_id, None)
        if not bucket:
            del self._ids[stamp]
            del self._stamps[bisect_left(self._stamps, stamp)]

    def count(self, span: Span, most: int) -> int:
        """Give how many ids a span has, or a number of at least `most` as soon as there are so many."""
        found = 0
        for stamp in self._within(span):
            found += len(self._ids[stamp])
            if found >= most:
                break
        return found

    def ids(self, span: Span) -> Iterator[str]:
        """Give the ids of a span, oldest stamp first."""
        for stamp in self._within(span):
            yield from self._ids[stamp]

    def _within(self, span: Span) -> Iterable[datetime]:
        start = 0 if span.first is None else bisect_left(self._stamps, span.first)
        end = len(self._stamps) if span.last is None else bisect_right(self._stamps, span.last)
        return self._stamps[start:end]
