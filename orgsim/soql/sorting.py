"""ORDER BY: nulls first unless asked otherwise, text without regard to case."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class SortKey:
    """One column to sort by; `read` takes whatever is sorted."""

    read: Callable[[Any], Any]
    folding: bool
    descending: bool
    nulls_last: bool


def sort(items: Sequence[T], keys: Sequence[SortKey]) -> list[T]:
    """Return `items` sorted by the first key, equal ones by the next, and so on."""
    ordered = list(items)
    for key in reversed(keys):
        ordered.sort(key=_ranker(key), reverse=key.descending)
    return ordered


def _ranker(key: SortKey) -> Callable[[Any], tuple[bool, Any]]:
    read, folding = key.read, key.folding
    # A descending sort turns the rank of nulls round with everything else.
    null_rank = key.nulls_last != key.descending

    def rank(item: Any) -> tuple[bool, Any]:
        value = read(item)
        if value is None:
            return (null_rank, None)
        return (not null_rank, value.lower() if folding else value)

    return rank
