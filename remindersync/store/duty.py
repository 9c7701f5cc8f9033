"""Locks users' rows of `run_state`, as every transaction does before it touches anything else of theirs."""

from collections.abc import Collection

from sqlalchemy import Connection, Select, select
from sqlalchemy.dialects.postgresql import insert as upsert

from remindersync.store.tables import run_state, users


def lock(connection: Connection, user_ids: Collection[str]) -> None:
    """Lock these users' rows against runs and each other until the transaction ends, always in one order.

    A row that is missing is made; an id that is nobody's is passed over.
    """
    for user_id in sorted(user_ids):
        if connection.execute(_row(user_id)).one_or_none() is None:
            person = select(users.c.id).where(users.c.id == user_id)
            connection.execute(upsert(run_state).from_select(["user_id"], person).on_conflict_do_nothing())
            connection.execute(_row(user_id))


def _row(user_id: str) -> Select[str]:
    return select(run_state.c.user_id).where(run_state.c.user_id == user_id).with_for_update(key_share=True)
