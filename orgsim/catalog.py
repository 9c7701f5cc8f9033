"""What one caller's query may read: the rows of an org, narrowed by sharing, bin and archive."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from orgsim.org import Org
from orgsim.schema import ObjectType, object_name_of
from orgsim.tables import Row


class CallerCatalog:
    """Rows that one user sees now; `include_deleted` is queryAll: the bin and the archive too."""

    def __init__(self, org: Org, user_id: str, now: datetime, *, include_deleted: bool) -> None:
        self._org, self.user_id, self._now, self._all = org, user_id, now, include_deleted

    def object_type(self, name: str) -> ObjectType | None:
        return self._org.object_type(name)

    def rows(self, object_name: str, equal: Mapping[str, Collection[object]]) -> Iterable[Row]:
        """Give the visible rows; `equal` names fields and the values they must have, as a hint."""
        kind = self._org.object_type(object_name)
        if kind is None:
            return []
        sharing = self._org.sharing
        narrow = dict(equal)
        private = kind.name == "Task" and not sharing.sees_all(self.user_id)
        if private and "Id" not in narrow and "OwnerId" not in narrow:
            narrow["OwnerId"] = sharing.owners_seen_by(self.user_id)
        rows: Iterable[Row] = self._org.table(kind.name).narrowed(narrow, self._now)
        if private:
            owners = sharing.owners_seen_by(self.user_id)
            rows = (row for row in rows if row["OwnerId"] in owners)
        if self._all:
            return rows
        return (row for row in rows if not row.get("IsDeleted") and not row.get("IsArchived"))

    def row(self, record_id: str) -> Row | None:
        """Give a parent record; the names of people and owners are seen by everyone, Tasks by sharing."""
        name = object_name_of(record_id)
        if name is None:
            return None
        row = self._org.table(name).seen(record_id, self._now)
        if row is None or not self._org.may_see(self.user_id, name, row):
            return None
        return None if row.get("IsDeleted") and not self._all else row
