"""Queues a run for each of many people, with as many statements as for one (SYNC-8)."""

from collections.abc import Collection, Sequence

from sqlalchemy import Boolean, Connection, Text, func, insert, literal, select

from remindersync.errors import UserMistake
from remindersync.model import RunKind
from remindersync.store import presence
from remindersync.store.columns import one_of, row_ids
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.mistakes import NotFound
from remindersync.store.tables import runs, users
from remindersync.store.texts import known_id

# As many addresses as a person reads in a sentence.
_NAMED = 5


def queue_each(connection: Connection, user_ids: Collection[str], kind: RunKind, *, full: bool) -> dict[str, str]:
    """Queue a run of each user inside a transaction that is open already, see `RunRequests.queue_each`."""
    ids = list(dict.fromkeys(known_id(one, "user") for one in user_ids))
    lock(connection, ids)
    _refuse_idle(connection, ids)
    found = _waiting(connection, ids, kind, full)
    found |= _new(connection, [one for one in ids if one not in found], kind, full)
    _end_of_paused(connection, found)
    mark_due(connection, ids, _lane(len(ids), kind))
    return {one: found[one] for one in ids}


def _end_of_paused(connection: Connection, found: dict[str, str]) -> None:
    paused = select(users.c.id).where(one_of(users.c.id, found.keys()), users.c.inactive_there)
    for user_id in connection.scalars(paused).all():
        presence.end(connection, found[user_id])


def _lane(people: int, kind: RunKind) -> Lane:
    """Return the queue for it: as in `requests.queue`, and what many are asked for nobody waits for before an edit."""
    if kind is not RunKind.POLL:
        return Lane.BULK
    return Lane.INTERACTIVE if people == 1 else Lane.SYNC


def _refuse_idle(connection: Connection, ids: Sequence[str]) -> None:
    asked = select(users.c.email, users.c.sync_on & users.c.active).where(one_of(users.c.id, ids))
    found = connection.execute(asked.order_by(users.c.email)).all()
    if len(found) < len(ids):
        raise NotFound("There is no such user.")
    idle = [email for email, syncs in found if not syncs]
    if idle:
        more = f" and {len(idle) - _NAMED} more" if len(idle) > _NAMED else ""
        does = "does" if len(idle) == 1 else "do"
        raise UserMistake(f"{', '.join(idle[:_NAMED])}{more} {does} not sync: turn sync on first.")


def _waiting(connection: Connection, ids: Sequence[str], kind: RunKind, full: bool) -> dict[str, str]:
    """Return the oldest equal request that each user has waiting."""
    same = (runs.c.state == "queued", runs.c.kind == kind.value, runs.c.full_read == full, runs.c.reminder_id.is_(None))
    equal = select(runs.c.user_id, runs.c.id).where(one_of(runs.c.user_id, ids), *same)
    # Of several the oldest is the last, and stays.
    rows = connection.execute(equal.order_by(runs.c.queued_at.desc()))
    return {row.user_id: row.id for row in rows}


def _new(connection: Connection, ids: Sequence[str], kind: RunKind, full: bool) -> dict[str, str]:
    if not ids:
        return {}
    row = {
        # A user's requests are taken up in this order, and two may fall into one tick of now().
        "queued_at": func.clock_timestamp(),
        "user_id": func.unnest(row_ids(ids)),
        "kind": literal(kind.value, Text),
        "full_read": literal(full, Boolean),
        "state": literal("queued", Text),
    }
    made = insert(runs).from_select(list(row), select(*row.values())).returning(runs.c.user_id, runs.c.id)
    return {one.user_id: one.id for one in connection.execute(made)}
