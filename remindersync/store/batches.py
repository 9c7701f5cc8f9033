"""How many records one call may carry in an org, as lately found out (DIAG-2)."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from remindersync.model.batches import BatchSize
from remindersync.store.scope import Scope
from remindersync.store.tables import org_batches


class SqlBatches:
    """`ports.Batches`, one row an org."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def size(self) -> int | None:
        """See `ports.Batches`."""
        known = select(org_batches).where(org_batches.c.org_id == self._scope.org_id)
        row = self._scope.connection.execute(known).one_or_none()
        return None if row is None else BatchSize(row.size, row.found_at).at(self._scope.now)

    def found(self, size: int) -> None:
        """See `ports.Batches`."""
        new = insert(org_batches).values(org_id=self._scope.org_id, size=size, found_at=self._scope.now)
        latest = {"size": new.excluded.size, "found_at": new.excluded.found_at}
        self._scope.connection.execute(new.on_conflict_do_update(index_elements=["org_id"], set_=latest))
