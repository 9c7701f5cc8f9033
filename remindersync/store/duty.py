"""Locks users' rows of `run_state`, as every transaction does before it touches anything else of theirs."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from remindersync.store.columns import one_of
from remindersync.store.tables import run_state, users


def lock(connection: Connection, user_ids: Collection[str]) -> None:
    """Lock these users' rows against runs and each other until the transaction ends, always in one order.

    A row that is missing is made; an id that is nobody's is passed over.
    """
    missing = set(user_ids).difference(_locked(connection, user_ids))
    if missing:
        people = select(users.c.id).where(one_of(users.c.id, missing)).order_by(users.c.id)
        connection.execute(upsert(run_state).from_select(["user_id"], people).on_conflict_do_nothing())
        _locked(connection, missing)


def _locked(connection: Connection, user_ids: Collection[str]) -> Sequence[str]:
    rows = select(run_state.c.user_id).where(one_of(run_state.c.user_id, user_ids)).order_by(run_state.c.user_id)
    return connection.scalars(rows.with_for_update(key_share=True)).all()
