"""A run's reminders: found without a cursor, written only at the version that was read (SYNC-4)."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, case, exists, null, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from remindersync import mapping
from remindersync.model import LinkState, Person, Reminder, RunKind, Status, Values
from remindersync.ports import Change
from remindersync.store import rows, sets
from remindersync.store.columns import moment, row_id
from remindersync.store.due import Lane, mark_due
from remindersync.store.scope import Scope
from remindersync.store.standing import STOP_ASLEEP
from remindersync.store.tables import links, reminders, users

Columns = dict[str, Any]
_mine = reminders.c

_SYNCED = text("""
UPDATE reminders r SET synced_version = known.version, refusals = 0
FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[])) AS known (id, version)
WHERE r.id = known.id AND r.team_id = :team_id AND r.synced_version < known.version
""")


# What others saw of its Task is the new owner's to deal with, in a run that has not been shown it yet.
_GIVE_ROWS = text("""
UPDATE handovers h SET owner_id = :user_id, taken = NULL
FROM links l
WHERE l.reminder_id = :reminder_id AND h.org_id = l.org_id AND h.task_id = l.task_id
""")

# What mapped fields lie in.
_MAPPED = ("name", "status", "priority", "due_date", "details", "person", "completed_at")
_NEXT_VERSION = {
    "version": _mine.version + 1,
    "synced_version": case((_mine.synced_version == _mine.version, _mine.version + 1), else_=_mine.synced_version),
}
_GIVEN = sets.given(reminders)
_KEPT = [field.name for field in fields(Reminder)]
_ADD = (
    insert(reminders)
    .from_select(_KEPT, select(*(_GIVEN.c[name] for name in _KEPT)))
    .on_conflict_do_nothing(index_elements=["id"])
)
_NOW = bindparam("now", type_=moment)
_AS_GIVEN = (
    update(reminders)
    .where(_mine.id == _GIVEN.c.id, _mine.version == _GIVEN.c.version)
    .where(_mine.owner_id == bindparam("owner", type_=row_id))
    .values(_NEXT_VERSION | {"updated_at": _NOW})
    .returning(_mine.id)
)
_CHANGE = _AS_GIVEN.values({name: _GIVEN.c[name] for name in _MAPPED})
_BIN = _AS_GIVEN.values(deleted_at=_NOW)


class SqlReminders:
    """`ports.Reminders`; it changes no reminder that the run's user does not own (SYNC-7)."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def unsynced(self, limit: int) -> list[Reminder]:
        """See `ports.Reminders`."""
        free = or_(_mine.hold_until.is_(None), _mine.hold_until <= self._scope.now)
        unguarded = or_(_mine.held_change.is_(None), _mine.approved_at.is_not(None))
        found = select(reminders).where(_mine.owner_id == self._scope.user_id, _mine.unsynced, free, unguarded)
        if self._scope.run.only is not None:
            found = found.where(_mine.id == self._scope.run.only)
        elif self._scope.run.kind is RunKind.HAND_OVER:
            found = found.where(_mine.assign_to.is_not(None))
        ordered = found.order_by(_mine.updated_at, _mine.id).limit(limit)
        return [rows.reminder(row) for row in self._scope.connection.execute(ordered)]

    def by_ids(self, ids: Collection[str]) -> dict[str, Reminder]:
        """See `ports.Reminders`."""
        wanted = select(reminders).where(_mine.id.in_(ids), _mine.team_id == self._scope.team_id)
        return {row.id: rows.reminder(row) for row in self._scope.connection.execute(wanted)} if ids else {}

    def add(self, new: Collection[Reminder]) -> None:
        """See `ports.Reminders`."""
        if new:
            self._scope.connection.execute(_ADD, sets.giving(rows.reminder_row(one) for one in new))

    def change(self, changes: Collection[Change]) -> set[str]:
        """See `ports.Reminders`. Of a person without an id, the former name stays."""
        if not changes:
            return set()
        before = self.by_ids([one.reminder_id for one in changes])
        mine = [(before[one.reminder_id], one) for one in changes if one.reminder_id in before]
        after = [self._after(was, one.values, one.person_name) for was, one in mine if was.version == one.version]
        return set(self._scope.connection.scalars(_CHANGE, sets.giving(map(rows.reminder_row, after)) | self._by_now))

    def bin(self, versions: Mapping[str, int]) -> set[str]:
        """See `ports.Reminders`."""
        if not versions:
            return set()
        rows_of = sets.giving({"id": one, "version": version} for one, version in versions.items())
        return set(self._scope.connection.scalars(_BIN, rows_of | self._by_now))

    def unbin(self, reminder_id: str, version: int, values: Values) -> bool:
        """See `ports.Reminders`."""
        before = self._at(reminder_id, version)
        if before is None:
            return False
        row = rows.reminder_row(self._after(before, values, ""))
        return self._write(reminder_id, version, {name: row[name] for name in _MAPPED} | {"deleted_at": None})

    def share(self, reminder_id: str, version: int) -> bool:
        """See `ports.Reminders`."""
        local = self._own(reminder_id).where(_mine.version == version, ~_mine.shared)
        return self._scope.connection.execute(local.values(shared=True)).rowcount == 1

    def local(self) -> list[Reminder]:
        """See `ports.Reminders`."""
        paired = exists().where(links.c.reminder_id == _mine.id, links.c.state != LinkState.SUPERSEDED)
        free = select(reminders).where(
            _mine.owner_id == self._scope.user_id, ~_mine.shared, _mine.deleted_at.is_(None), ~paired
        )
        return [rows.reminder(row) for row in self._scope.connection.execute(free.order_by(_mine.id))]

    def move(self, reminder_id: str, version: int, to_user: str) -> bool:
        """See `ports.Reminders`. A key of the caller's own that the new owner uses already is dropped."""
        moved = self._write(reminder_id, version, _given_to(to_user), self._is_colleague(to_user))
        if moved:
            self._scope.woken.add(to_user)
        return moved

    def take(self, reminder_id: str, version: int, from_user: str) -> bool:
        """See `ports.Reminders`. A key of the caller's own that the new owner uses already is dropped."""
        stopped = {"user_id": from_user, "team_id": self._scope.team_id}
        if self._scope.connection.execute(STOP_ASLEEP, stopped).one_or_none() is None:
            return False
        theirs = update(reminders).where(_mine.id == reminder_id, _mine.owner_id == from_user)
        taken = theirs.where(_mine.version == version).values(**_given_to(self._scope.user_id), **self._next_version())
        if self._scope.connection.execute(taken).rowcount != 1:
            return False
        self._scope.connection.execute(_GIVE_ROWS, {"user_id": self._scope.user_id, "reminder_id": reminder_id})
        mark_due(self._scope.connection, [self._scope.user_id], Lane.SYNC)
        return True

    def synced(self, versions: Mapping[str, int]) -> None:
        """See `ports.Reminders`."""
        known = {"ids": list(versions), "versions": list(versions.values()), "team_id": self._scope.team_id}
        if versions:
            self._scope.connection.execute(_SYNCED, known)

    def resend(self, reminder_id: str) -> None:
        """See `ports.Reminders`."""
        self._scope.connection.execute(self._own(reminder_id).values(synced_version=0))

    def park(self, reminder_id: str, version: int) -> None:
        """See `ports.Reminders`."""
        self._scope.connection.execute(self._own(reminder_id).values(parked_version=version))

    def hold(self, reminder_id: str, until: datetime) -> None:
        """See `ports.Reminders`. The user is due then: one whom the org feed serves may rest much longer."""
        self._scope.connection.execute(self._own(reminder_id).values(hold_until=until))
        mark_due(self._scope.connection, [self._scope.user_id], Lane.SYNC, until)

    def back_off(self, reminder_id: str, until: datetime) -> None:
        """See `ports.Reminders`."""
        self._scope.connection.execute(self._own(reminder_id).values(refusals=_mine.refusals + 1))
        self.hold(reminder_id, until)

    @property
    def _by_now(self) -> Columns:
        return {"owner": self._scope.user_id, "now": self._scope.now}

    def _own(self, reminder_id: str) -> Any:
        return update(reminders).where(_mine.id == reminder_id, _mine.owner_id == self._scope.user_id)

    def _is_colleague(self, user_id: str) -> Any:
        return exists().where(users.c.id == user_id, users.c.team_id == self._scope.team_id)

    def _write(self, reminder_id: str, version: int, columns: Columns, *conditions: Any) -> bool:
        written = self._own(reminder_id).where(_mine.version == version, *conditions)
        return self._scope.connection.execute(written.values(**columns, **self._next_version())).rowcount == 1

    def _next_version(self) -> Columns:
        return _NEXT_VERSION | {"updated_at": self._scope.now}

    def _at(self, reminder_id: str, version: int) -> Reminder | None:
        wanted = select(reminders).where(_mine.id == reminder_id, _mine.version == version)
        row = self._scope.connection.execute(wanted.where(_mine.owner_id == self._scope.user_id)).one_or_none()
        return None if row is None else rows.reminder(row)

    def _after(self, before: Reminder, values: Values, person_name: str) -> Reminder:
        after = mapping.apply(before, values)
        if after.person != before.person:
            after = replace(after, person=_known(before.person, after.person, person_name))
        if after.status is not before.status:
            return replace(after, completed_at=self._scope.now if after.status is Status.COMPLETED else None)
        return after


def _given_to(user_id: str) -> Columns:
    other = reminders.alias()
    taken = exists().where(other.c.owner_id == user_id, other.c.external_key == _mine.external_key)
    return {
        "owner_id": user_id,
        "assign_to": None,
        "external_key": case((taken, null()), else_=_mine.external_key),
    }


def _known(before: Person | None, after: Person | None, name: str) -> Person | None:
    """Return what is known of a person of whom Salesforce gave an id, or took it away."""
    if after is not None:
        return replace(after, name=name)
    if before is None or not (before.name or before.email):
        return None
    return replace(before, salesforce_id=None)
