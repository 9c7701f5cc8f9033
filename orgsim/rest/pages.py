"""Pages of a query's answer: as many records as asked for, fewer when they are large, as they stand now."""

from collections.abc import Sequence
from typing import Any, cast

from orgsim.calls import Call
from orgsim.catalog import CallerCatalog
from orgsim.locators import Cursor
from orgsim.soql import Rendered
from orgsim.tables import Row

Record = dict[str, Any]
_MIN_ROWS = 200
# What a record weighs beside its long text.
_RECORD_BYTES = 600


def page(call: Call, cursor: Cursor, start: int) -> tuple[list[Record], int]:
    """Give the records from `start` on and where the next page begins."""
    end = min(start + cursor.page_size, len(cursor.records))
    if not isinstance(cursor.records, Rendered):
        return list(cursor.records[start:end]), end
    rows = cast("Sequence[Row]", cursor.records.rows[start:end])
    end = start + _fitting(call, rows)
    rows = rows[: end - start]
    if start and call.org.beliefs["later_pages"] == "live" and isinstance(cursor.catalog, CallerCatalog):
        rows = _as_they_stand(cursor.catalog, rows, call)
    records = [cursor.records.render(row) for row in rows]
    note(call, records, rows)
    return records, end


def _fitting(call: Call, rows: Sequence[Row]) -> int:
    """Give how many rows a page takes: long texts make it shorter, as the platform does without saying how much."""
    left = call.org.settings.page_bytes
    for count, row in enumerate(rows):
        left -= _RECORD_BYTES + len(row.get("Description") or "")
        if left < 0 and count >= _MIN_ROWS:
            return count
    return len(rows)


def _as_they_stand(catalog: CallerCatalog, rows: Sequence[Row], call: Call) -> list[Row]:
    now = call.world.clock.now()
    found = (catalog.again(row["Id"], now) for row in rows)
    return [row for row in found if row is not None]


def note(call: Call, records: Sequence[Record], rows: Sequence[Row]) -> None:
    """Remember what this client read of Tasks."""
    if records and records[0].get("attributes", {}).get("type") == "Task":
        call.world.races.note_read(call.session.client_id, frozenset(records[0]), rows)
