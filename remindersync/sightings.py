"""What an audit has seen of Salesforce, kept in a temporary file: memory does not grow with the Tasks."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import blake2b
from types import TracebackType

from remindersync import text
from remindersync.model import SalesforceTask

_ROWS = "CREATE TABLE rows (id TEXT PRIMARY KEY, key TEXT, content BLOB, ours INTEGER) WITHOUT ROWID"
_PUT = "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)"
_SAME_KEY = "SELECT group_concat(id) FROM rows WHERE key IS NOT NULL GROUP BY key HAVING count(*) > 1 ORDER BY 1"
_SAME_CONTENT = """
SELECT group_concat(id), sum(ours) FROM rows WHERE content IS NOT NULL
GROUP BY content HAVING count(*) > 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Double:
    """Tasks that have one key or show the same; `ours` of them were created from here."""

    task_ids: tuple[str, ...]
    ours: int = 0


class Sightings(AbstractContextManager["Sightings"]):
    """Remembers ids and digests of Tasks, no texts; gone when closed."""

    def __init__(self) -> None:
        # An empty name is a private file of SQLite's own, which it begins to write when its cache is full.
        self._file = sqlite3.connect("")
        self._file.execute(_ROWS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def see(self, tasks: Iterable[SalesforceTask], ours: Collection[str]) -> None:
        """Remember Tasks as a read showed them, in place of what earlier reads did; `ours` were created from here."""
        self._file.executemany(_PUT, [(task.id, _key(task), _content(task), task.id in ours) for task in tasks])

    def forget(self, task_ids: Iterable[str]) -> None:
        """Forget Tasks that are no longer shown."""
        self._file.executemany("DELETE FROM rows WHERE id = ?", [(one,) for one in task_ids])

    def unseen(self, task_ids: Iterable[str]) -> list[str]:
        """Return those of the ids that no read showed, in order."""
        return [one for one in task_ids if not self._file.execute("SELECT 1 FROM rows WHERE id = ?", (one,)).fetchone()]

    def same_key(self) -> Iterator[Double]:
        """Yield living Tasks that have one key."""
        for (ids,) in self._file.execute(_SAME_KEY).fetchall():
            yield Double(tuple(sorted(ids.split(","))))

    def same_content(self) -> Iterator[Double]:
        """Yield open Tasks of one owner that show the same in every mapped field."""
        for ids, ours in self._file.execute(_SAME_CONTENT).fetchall():
            yield Double(tuple(sorted(ids.split(","))), ours)


def _key(task: SalesforceTask) -> str | None:
    return None if task.is_deleted else task.key


def _content(task: SalesforceTask) -> bytes | None:
    """Return a digest of what a Task shows, None where showing the same twice means nothing."""
    subject = text.normal(task.values.get("Subject"))
    if task.is_deleted or task.is_closed or task.is_recurrence or subject is None:
        return None
    shown = (task.owner_id, *(text.normal(task.values[name]) or "" for name in sorted(task.values)))
    return blake2b("\0".join(shown).encode("utf-8", "surrogatepass"), digest_size=16).digest()
