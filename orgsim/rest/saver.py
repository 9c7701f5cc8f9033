"""A call's own saver: saves as its user, meets the faults set for single records, counts what it wrote."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from orgsim.calls import Call
from orgsim.faults import LATE, RECORD, Seen
from orgsim.races import Write
from orgsim.saving import Saver
from orgsim.tables import Row


def seen(call: Call) -> Seen:
    """Give what fault rules can tell this call apart by."""
    username = call.world.username(call.org, call.user_id)
    return Seen(call.request.method, call.request.path, call.kind, call.user_id, username)


class RecordSaves:
    """Saves of one call. Counts are kept back until `settle`, as a roll-back takes them with it."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._seen = seen(call)
        self._now = call.world.clock.second()
        self._counts: list[tuple[str, str]] = []
        self._writes: list[Write] = []
        self._holder = call.org.locks.new_holder()

    def _saver(self) -> Saver:
        late = self._call.world.faults.first((LATE,), self._seen)
        visible_at = self._now + timedelta(seconds=late.seconds) if late else None
        return Saver(self._call.org, self._call.user_id, self._now, visible_at=visible_at, holder=self._holder)

    def _meet_fault(self, record: Mapping[str, Any]) -> None:
        rule = self._call.world.faults.first((RECORD,), self._seen, record=record)
        if rule is None:
            return
        raise rule.refusal(self._call.org.beliefs)

    def create(self, object_name: str, fields: Mapping[str, Any]) -> str:
        self._meet_fault(fields)
        record_id = self._saver().create(object_name, fields)
        self._note(object_name, record_id, None, fields)
        self._counts.append(("created", record_id))
        return record_id

    def update(
        self, object_name: str, record_id: str, fields: Mapping[str, Any], since: datetime | None = None
    ) -> None:
        self._meet_fault({**fields, "Id": record_id})
        before = self._row(object_name, record_id)
        self._saver().update(object_name, record_id, fields, since)
        self._note(object_name, record_id, before, fields, conditional=since is not None)
        self._counts.append(("updated", record_id))

    def delete(self, object_name: str, record_id: str) -> None:
        self._meet_fault({"Id": record_id})
        before = self._row(object_name, record_id)
        self._saver().delete(object_name, record_id)
        self._note(object_name, record_id, before, {})
        self._counts.append(("deleted", record_id))

    def undelete(self, object_name: str, record_id: str) -> None:
        self._meet_fault({"Id": record_id})
        self._saver().undelete(object_name, record_id)
        self._counts.append(("updated", record_id))

    def _row(self, object_name: str, record_id: str) -> Row | None:
        return self._call.org.table(object_name).get(record_id)

    def _note(
        self,
        object_name: str,
        record_id: str,
        before: Row | None,
        fields: Mapping[str, Any],
        *,
        conditional: bool = False,
    ) -> None:
        """Keep what a save of a Task did, for the count of races."""
        kind = self._call.org.stored_type(object_name)
        if kind is None or kind.name != "Task":
            return
        found = (kind.fields.get(name.lower()) for name in fields)
        names = tuple(field.name for field in found if field is not None)
        after = self._row(kind.name, record_id)
        after = None if after is None or after["IsDeleted"] else after
        client, user = self._call.session.client_id, self._seen.username
        self._writes.append(Write(self._now, client, user, before, after, names, conditional))

    def forget(self) -> None:
        self._counts.clear()
        self._writes.clear()

    def settle(self) -> None:
        """Count what was written: call it when nothing of it can be taken back any more."""
        counters = self._call.world.counters
        for what, record_id in self._counts:
            counters.records[what] += 1
            if what == "created":
                counters.created_ids.add(record_id)
        for write in self._writes:
            self._call.world.races.note_write(write)
        self.forget()
