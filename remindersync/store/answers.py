"""Answers kept for requests that carry an Idempotency-Key: sent again, a request is answered, not done again."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import ColumnElement, Connection, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from remindersync.store.api_tables import kept_answers
from remindersync.store.database import Database

# A request that has not ended by then died with its process: whoever repeats it does it anew.
_ABANDONED = text("interval '2 minutes'")


class Taken(Enum):
    """How a key stands when a request comes with it."""

    YOURS = "yours"
    UNDER_WAY = "under way"
    OTHER_REQUEST = "other request"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class KeptAnswers:
    """The book of keys, by user: one request a key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, user_id: str, key: str, request: bytes) -> Taken | KeptAnswer:
        """Claim a key for a request, given by its digest; return the answer if it was given already."""
        with self._database.begin() as connection:
            if _claimed(connection, user_id, key, request):
                return Taken.YOURS
            row = connection.execute(select(kept_answers).where(_one(user_id, key))).one_or_none()
        if row is None or (row.request == request and row.status is None):
            return Taken.UNDER_WAY
        if row.request != request:
            return Taken.OTHER_REQUEST
        return KeptAnswer(row.status, row.headers, row.body)

    def keep(self, user_id: str, key: str, answer: KeptAnswer) -> None:
        """Keep the answer of a claimed key."""
        values = {"status": answer.status, "headers": dict(answer.headers), "body": answer.body}
        with self._database.begin() as connection:
            connection.execute(update(kept_answers).where(_one(user_id, key)).values(values))

    def drop(self, user_id: str, key: str) -> None:
        """Give a claimed key back: nothing was done under it."""
        with self._database.begin() as connection:
            connection.execute(delete(kept_answers).where(_one(user_id, key), kept_answers.c.status.is_(None)))


def _claimed(connection: Connection, user_id: str, key: str, request: bytes) -> bool:
    """Insert a claim, or take over one of the same request that was abandoned."""
    new = upsert(kept_answers).values(user_id=user_id, key=key, request=request)
    abandoned = (
        kept_answers.c.status.is_(None)
        & (kept_answers.c.taken_at < func.now() - _ABANDONED)
        & (kept_answers.c.request == request)
    )
    claimed = new.on_conflict_do_update(
        index_elements=["user_id", "key"], set_={"taken_at": func.now()}, where=abandoned
    )
    return connection.execute(claimed.returning(kept_answers.c.key)).one_or_none() is not None


def _one(user_id: str, key: str) -> ColumnElement[bool]:
    return (kept_answers.c.user_id == user_id) & (kept_answers.c.key == key)
