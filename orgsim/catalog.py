"""What one caller's query may read: the rows of an org, narrowed by sharing, bin and archive."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from orgsim import access
from orgsim.org import Org
from orgsim.schema import ObjectType, object_name_of
from orgsim.stamps import Span
from orgsim.tables import Row


class CallerCatalog:
    """Rows that one user sees now; `include_deleted` is queryAll: the bin and the archive too."""

    def __init__(self, org: Org, user_id: str, now: datetime, *, include_deleted: bool) -> None:
        self._org, self.user_id, self._now, self._all = org, user_id, now, include_deleted

    def object_type(self, name: str) -> ObjectType | None:
        return self._org.type_for(self.user_id, name)

    def rows(
        self, object_name: str, equal: Mapping[str, Collection[object]], stamped: Span | None = None
    ) -> Iterable[Row]:
        """Give the visible rows; `equal` names fields and the values they must have, `stamped` stamps: both hints."""
        kind = self._org.object_type(object_name)
        if kind is None:
            return []
        if kind.name == "UserPermissionAccess":
            return [access.permissions(self._org, self.user_id)]
        org, user_id = self._org, self.user_id
        narrow = dict(equal)
        owners = access.owners_hint(org, user_id) if kind.name == "Task" else None
        if owners is not None and "Id" not in narrow and "OwnerId" not in narrow:
            narrow["OwnerId"] = owners
        rows: Iterable[Row] = org.table(kind.name).narrowed(narrow, self._now, stamped)
        if owners is not None:
            rows = (row for row in rows if row["OwnerId"] in owners)
        elif access.is_private(org, kind.name) and not org.sharing.sees_all(user_id):
            rows = (row for row in rows if access.may_see(org, user_id, kind.name, row))
        if self._all:
            return rows
        return (row for row in rows if not row.get("IsDeleted") and not row.get("IsArchived"))

    def again(self, record_id: str, now: datetime) -> Row | None:
        """Give a record as it stands when a later page comes to it, None when it is gone or out of sight."""
        name = object_name_of(record_id)
        row = self._org.table(name).seen(record_id, now) if name else None
        if name is None or row is None or not self._org.may_see(self.user_id, name, row):
            return None
        return row if self._all or not (row.get("IsDeleted") or row.get("IsArchived")) else None

    def row(self, record_id: str) -> Row | None:
        """Give a parent record; the names of people and owners are seen by everyone, Tasks by sharing."""
        name = object_name_of(record_id)
        if name is None:
            return None
        row = self._org.table(name).seen(record_id, self._now)
        if row is None or (name == "Task" and not self._org.may_see(self.user_id, name, row)):
            return None
        return None if row.get("IsDeleted") and not self._all else row
