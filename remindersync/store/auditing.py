"""What an audit reads of the store, and the marks by which it asks a user's next run to look again."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, exists, func, select, text, union, update
from sqlalchemy.dialects.postgresql import insert

from remindersync import audit
from remindersync.audit import Case, Known
from remindersync.auditor import Marks
from remindersync.errors import UserMistake
from remindersync.model import Intent, LinkState, Place, Reminder, WriteKind
from remindersync.store import rows
from remindersync.store.database import Database
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.mistakes import NotFound
from remindersync.store.tables import (
    handovers,
    intents,
    links,
    org_cursors,
    reminders,
    run_state,
    task_changes,
    teams,
    users,
)
from remindersync.store.texts import known_id

_AWAKE = links.c.state.in_([LinkState.ACTIVE, LinkState.UNREACHABLE])
# By code point, as ids are compared everywhere else; a database's own order may fold case.
_TASK_ID = links.c.task_id.collate("C")
# A Task that this app wrote and nobody since may never have been read: then the write tells its age.
_feed = org_cursors.alias("feed")
_STAMPED = func.greatest(links.c.stamp, links.c.own_write_at)


class SqlAuditBook:
    """`auditor.AuditBook` in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def case(self, user_id: str) -> Case:
        """See `auditor.AuditBook`."""
        columns = (users, teams.c.org_id, teams.c.settings, run_state.c.place)
        joined = users.join(teams, teams.c.id == users.c.team_id).join(run_state, run_state.c.user_id == users.c.id)
        joined = joined.outerjoin(_feed, and_(_feed.c.team_id == teams.c.id, _feed.c.org_id == teams.c.org_id))
        trusted = and_(_feed.c.problem.is_(None), _feed.c.trusted_until > func.now()).label("trusted")
        wanted = select(*columns, _feed.c.since, _feed.c.front, _feed.c.swept, trusted).select_from(joined)
        found = wanted.where(users.c.id == known_id(user_id, "user"))
        with self._reading() as connection:
            row = connection.execute(found).one_or_none()
        if row is None:
            raise NotFound("There is no such user.")
        if not (row.sync_on and row.active and row.org_id and row.salesforce_id):
            raise UserMistake(f"Sync is off for {row.email}: turn it on, or audit somebody else.")
        return Case(rows.sync_user(row), _fed(rows.place(row.place), row))

    def pairs(self, case: Case) -> int:
        """See `auditor.AuditBook`."""
        return self._count(case)

    def older(self, case: Case, since: datetime) -> int:
        """See `auditor.AuditBook`."""
        unknown = _STAMPED.is_(None) | (links.c.state == LinkState.UNREACHABLE)
        return self._count(case, unknown | (since > _STAMPED))

    def linked(self, case: Case, after: str, limit: int) -> list[Known]:
        """See `auditor.AuditBook`."""
        wanted = _own(case, select(links)).where(_AWAKE, after < _TASK_ID).order_by(_TASK_ID).limit(limit)
        with self._reading() as connection:
            return _known(connection, case, connection.execute(wanted).all())

    def of_tasks(self, case: Case, task_ids: Collection[str]) -> dict[str, Known]:
        """See `auditor.AuditBook`."""
        wanted = select(links).where(links.c.org_id == case.user.org_id, links.c.task_id.in_(task_ids))
        if not task_ids:
            return {}
        with self._reading() as connection:
            return {one.link.task_id: one for one in _known(connection, case, connection.execute(wanted).all())}

    def staged(self, case: Case, task_ids: Collection[str]) -> set[str]:
        """See `auditor.AuditBook`."""
        with self._reading() as connection:
            return _staged(connection, case, task_ids)

    def untasked(self, case: Case, after: str, limit: int) -> list[tuple[Reminder, tuple[Intent, ...]]]:
        """See `auditor.AuditBook`."""
        linked = exists().where(links.c.reminder_id == reminders.c.id, links.c.state != LinkState.SUPERSEDED)
        living = (reminders.c.owner_id == case.user.id, reminders.c.shared, reminders.c.deleted_at.is_(None))
        wanted = select(reminders).where(*living, ~linked).order_by(reminders.c.id).limit(limit)
        if after:
            wanted = wanted.where(reminders.c.id > after)
        with self._reading() as connection:
            found = [rows.reminder(row) for row in connection.execute(wanted)]
            unanswered = _unanswered(connection, [one.id for one in found])
        return [(one, unanswered[one.id]) for one in found]

    def attempts(self, case: Case) -> tuple[Intent, ...]:
        """See `auditor.AuditBook`."""
        mine = (intents.c.user_id == case.user.id, intents.c.kind == WriteKind.CREATE, intents.c.closed_at.is_(None))
        with self._reading() as connection:
            return tuple(rows.intent(row) for row in connection.execute(select(intents).where(*mine)))

    def mark(self, case: Case, marks: Marks) -> None:
        """See `auditor.AuditBook`. What changed since it was found is left alone: the next run sees it anyway."""
        with self._database.begin() as connection:
            owners = _owners(connection, case, [task.id for task in marks.rows])
            lock(connection, {case.user.id, *owners.values()})
            mark_due(connection, set(owners.values()), Lane.SYNC)
            _leave(connection, case, marks, owners)
            for task_id, names in marks.forget.items():
                _forget(connection, case, task_id, names)
            lost = update(reminders).where(reminders.c.id.in_(marks.resend), reminders.c.owner_id == case.user.id)
            if marks.resend:
                connection.execute(lost.values(synced_version=0, parked_version=None))

    def _count(self, case: Case, *conditions: ColumnElement[bool]) -> int:
        counted = _own(case, select(func.count()).select_from(links)).where(_AWAKE, *conditions)
        with self._reading() as connection:
            return int(connection.execute(counted).scalar_one())

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment, so that a link is never compared with another moment's reminder."""
        with self._database.begin() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield connection


def _fed(place: Place, feed: Row[Any]) -> Place:
    """Return a place moved on by the org feed where that goes on from it without a gap: what it read is staged."""
    if not feed.trusted or place.front is None or feed.since is None or place.feed != feed.since:
        return place
    front, swept = max(place.front, feed.front), max(place.swept or feed.swept, feed.swept)
    return replace(place, front=front, swept=swept, reread_at=max(place.reread_at or front, front))


def _own(case: Case, wanted: Select[Any]) -> Select[Any]:
    joined = wanted.join(reminders, reminders.c.id == links.c.reminder_id)
    return joined.where(links.c.org_id == case.user.org_id, reminders.c.owner_id == case.user.id)


def _known(connection: Connection, case: Case, found: Collection[Row[Any]]) -> list[Known]:
    pairs = [rows.link(row) for row in found]
    ids = [link.reminder_id for link in pairs]
    syncs = and_(users.c.sync_on, users.c.active).label("owner_syncs")
    of_them = select(reminders, syncs).join(users, users.c.id == reminders.c.owner_id).where(reminders.c.id.in_(ids))
    known = {row.id: row for row in connection.execute(of_them)} if ids else {}
    unanswered = _unanswered(connection, ids)
    staged = _staged(connection, case, [link.task_id for link in pairs])
    return [
        Known(
            rows.reminder(known[link.reminder_id]),
            link,
            unanswered[link.reminder_id],
            link.task_id in staged,
            known[link.reminder_id].owner_syncs,
        )
        for link in pairs
    ]


def _unanswered(connection: Connection, reminder_ids: Collection[str]) -> Mapping[str, tuple[Intent, ...]]:
    found: defaultdict[str, tuple[Intent, ...]] = defaultdict(tuple)
    still_open = select(intents).where(intents.c.reminder_id.in_(reminder_ids), intents.c.closed_at.is_(None))
    for row in connection.execute(still_open) if reminder_ids else ():
        found[row.reminder_id] += (rows.intent(row),)
    return found


def _staged(connection: Connection, case: Case, task_ids: Collection[str]) -> set[str]:
    waiting = union(*(_waiting(table, case, task_ids) for table in (handovers, task_changes)))
    return set(connection.execute(waiting).scalars()) if task_ids else set()


def _waiting(table: Table, case: Case, task_ids: Collection[str]) -> Select[Any]:
    return select(table.c.task_id).where(table.c.org_id == case.user.org_id, table.c.task_id.in_(task_ids))


def _owners(connection: Connection, case: Case, task_ids: Collection[str]) -> dict[str, str]:
    """Return by Task whose run has to decide about it: the reminder's owner's, where there is a reminder (SYNC-7)."""
    of_tasks = select(links.c.task_id, reminders.c.owner_id).join(reminders, reminders.c.id == links.c.reminder_id)
    wanted = of_tasks.where(links.c.org_id == case.user.org_id, links.c.task_id.in_(task_ids))
    return {row.task_id: row.owner_id for row in connection.execute(wanted)} if task_ids else {}


def _leave(connection: Connection, case: Case, marks: Marks, owners: Mapping[str, str]) -> None:
    """Leave rows where their owners' next runs take them for their own reading."""
    here = {"org_id": case.user.org_id}
    left = [
        here | {"task_id": task.id, "owner_id": owners.get(task.id, case.user.id), "task": rows.task_json(task)}
        for task in marks.rows
    ]
    if left:
        new = insert(handovers).values(left)
        changed = {"owner_id": new.excluded.owner_id, "task": new.excluded.task, "taken": None}
        connection.execute(new.on_conflict_do_update(index_elements=["org_id", "task_id"], set_=changed))


def _forget(connection: Connection, case: Case, task_id: str, names: Collection[str]) -> None:
    """Let a link's memory of some fields be what would agree with the reminder, so that the row reads as an edit."""
    of_task = and_(links.c.org_id == case.user.org_id, links.c.task_id == task_id)
    row = connection.execute(select(links).where(of_task).with_for_update()).one_or_none()
    if row is not None:
        link = rows.link(row)
        changed = rows.link_row(replace(link, base=audit.agreeing(link.base, names, case.settings)))
        connection.execute(update(links).where(of_task).values(base=changed["base"]))
