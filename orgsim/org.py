"""One Salesforce org: its tables, its settings, who may see what, and transactions over them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from orgsim import access, schema
from orgsim.automation import check_fields
from orgsim.beliefs import Beliefs
from orgsim.customizing import RECORD_TYPE_FIELD, check_setting, custom_field
from orgsim.ids import numbered_id
from orgsim.locks import Locks
from orgsim.sharing import Sharing
from orgsim.tables import InFlight, Row, Table
from orgsim.usage import Allowance

DEFAULT_KEY_FIELD = "RemindersyncKey__c"
_INDEXED = {"Task": ("OwnerId", "RecurrenceActivityId"), "User": ("Username",)}


@dataclass(slots=True)
class OrgSettings:
    """What an admin of this org chose; patched through the admin door."""

    key_field: str | None = DEFAULT_KEY_FIELD
    hidden_fields: list[str] = field(default_factory=list)
    daily_limit: int = 100_000
    session_seconds: float = 7200.0
    token_seconds: float = 0.02
    # Today 31: of the retired ones, those are kept that clients in use still ask for.
    oldest_version: int = 20
    newest_version: int = 67
    page_size: int = 2000
    archive_days: int = 365
    recycle_days: int = 15
    is_active: bool = True
    # What the customer's admins made: see customizing.py and automation.py.
    custom_fields: list[dict[str, Any]] = field(default_factory=list)
    record_types: list[dict[str, Any]] = field(default_factory=list)
    automation: list[dict[str, Any]] = field(default_factory=list)
    # Who sees Leads, Contacts and Accounts: everyone, or their owners and those above.
    parent_sharing: str = "public"
    # Calls that have run so long on the virtual clock count as long-running; more of them at once are refused.
    long_call_seconds: float = 20.0
    concurrent_limit: int = 25
    # Roughly how large one page of a query may grow.
    page_bytes: int = 4_000_000
    # The deletion log was purged of what is older than this moment.
    deletions_from: str | None = None
    # The assertion of a JWT login is dated by its sender: normally the machine's clock, not the box's.
    jwt_clock: str = "machine"
    # An org made today has both ways of logging in with a password switched off.
    soap_login: bool = True
    password_grant: bool = True
    password: str | None = field(default=None, repr=False)
    # Maintenance: everything is read, nothing is written.
    read_only: bool = False
    # How often a client finds a bulk job still in progress.
    bulk_polls: int = 1

    def is_password(self, given: str) -> bool:
        """Tell whether a password fits, with or without a security token behind it; any does where none is set."""
        return bool(given) and (self.password is None or given.startswith(self.password))


@dataclass(frozen=True, slots=True)
class Deletion:
    """One line of the deletion log, which outlives the recycle bin."""

    object_name: str
    record_id: str
    deleted_at: datetime
    owner_id: str


class Org:
    """An org's whole state. Not thread-safe by design: only the server's event loop touches it."""

    def __init__(self, org_id: str, name: str) -> None:
        self.id, self.name = org_id, name
        self.settings, self.beliefs, self.sharing = OrgSettings(), Beliefs(), Sharing()
        self.allowance = Allowance()
        self.locks = Locks()
        self.deletions: list[Deletion] = []
        self.numbers: dict[str, int] = {}
        self.changed: set[tuple[str, str]] = set()
        self._tables: dict[str, Table] = {}
        self._undo: list[tuple[Table, str, Row | None, InFlight | None]] | None = None
        self._types: dict[str, schema.ObjectType | None] = {}
        self._types_by_user: dict[tuple[str, str], schema.ObjectType | None] = {}

    def table(self, object_name: str) -> Table:
        table = self._tables.get(object_name)
        if table is None:
            indexed = _INDEXED.get(object_name, ())
            if object_name == "Task" and self.settings.key_field:
                indexed = (*indexed, self.settings.key_field)
            table = self._tables[object_name] = Table(object_name, indexed)
        return table

    def tables(self) -> dict[str, Table]:
        return self._tables

    def object_type(self, name: str) -> schema.ObjectType | None:
        """Give the object as this org has it: with its custom key field, without hidden fields."""
        key = name.lower()
        if key not in self._types:
            found = self.stored_type(key)
            hides = found is not None and found.name == "Task"
            self._types[key] = found.without_fields(*self.settings.hidden_fields) if found and hides else found
        return self._types[key]

    def stored_type(self, name: str) -> schema.ObjectType | None:
        """Give the object with every field the org stores, those hidden from its users too."""
        found = schema.object_type(name)
        if found is None or found.name != "Task":
            return found
        added = [custom_field(one) for one in self.settings.custom_fields]
        if self.settings.record_types:
            added.append(RECORD_TYPE_FIELD)
        if self.settings.key_field:
            added.append(_key_field(self.settings.key_field, self.beliefs))
        return found.with_fields(*added)

    def patch_settings(self, changes: dict[str, Any]) -> None:
        """Set settings by name; ValueError names an unknown one."""
        known = asdict(self.settings)
        before = {name: getattr(self.settings, name) for name in changes if name in known}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"No org setting is called {name!r}; they are {', '.join(known)}.")
            check_setting(name, value)
            setattr(self.settings, name, value)
        self.rebuild()
        try:
            check_fields(self)
        except ValueError:
            for name, value in before.items():
                setattr(self.settings, name, value)
            self.rebuild()
            raise

    def rebuild(self) -> None:
        """Work out again what follows from settings, users and roles."""
        self._types.clear()
        self._types_by_user.clear()
        tasks = self._tables.pop("Task", None)
        if tasks is not None:
            fresh = self.table("Task")
            fresh.in_flight = tasks.in_flight
            for row in tasks.rows.values():
                fresh.put(row)
        tables = (self.table(name).rows.values() for name in ("User", "UserRole", "Group"))
        self.sharing.rebuild(*tables)

    def new_id(self, object_name: str) -> str:
        found = self.object_type(object_name)
        prefix = (found.key_prefix if found else None) or "a00"
        while True:
            self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
            record_id = numbered_id(prefix, self.numbers[prefix], self.id[-6:-3])
            if record_id not in self.table(object_name).rows:
                return record_id

    def find(self, record_id: str) -> tuple[str, Row] | None:
        """Give the object name and row behind an 18-character id."""
        name = schema.object_name_of(record_id)
        row = self.table(name).get(record_id) if name else None
        return (name, row) if name and row is not None else None

    def matching_key(self, key: str) -> list[Row]:
        """Give the Tasks whose unique key is `key`, those in the recycle bin too."""
        name = self.settings.key_field
        if not name:
            return []
        found = self.table("Task").find(name, key)
        if not self.beliefs["external_id_case_sensitive"]:
            return found
        return [row for row in found if row.get(name) == key]

    def log_removal(self, object_name: str, row: Row, at: datetime) -> None:
        """Write the deletion log, which keeps the owner: it is read under sharing too."""
        self.deletions.append(Deletion(object_name, row["Id"], at, row.get("OwnerId") or ""))

    def user_named(self, username: str) -> Row | None:
        found = self.table("User").find("Username", username)
        return found[0] if found else None

    def may_see(self, user_id: str, object_name: str, row: Row) -> bool:
        return access.may_see(self, user_id, object_name, row)

    def may_edit(self, user_id: str, object_name: str, row: Row) -> bool:
        return access.may_edit(self, user_id, object_name, row)

    def type_for(self, user_id: str, name: str) -> schema.ObjectType | None:
        """Give the object as one user has it, None where it has none of that name or hides it."""
        key = user_id, name.lower()
        if key not in self._types_by_user:
            self._types_by_user[key] = access.type_for(self, user_id, name)
        return self._types_by_user[key]

    def write(self, object_name: str, row: Row, in_flight: InFlight | None = None) -> None:
        """Store a row; `in_flight` hides it from readers until it lands.

        A save on top of one in flight would have waited for it: on time, it lands both.
        """
        table = self.table(object_name)
        record_id = row["Id"]
        if self._undo is not None:
            self._undo.append((table, record_id, table.get(record_id), table.in_flight.get(record_id)))
        table.put(row)
        pending = table.in_flight.pop(record_id, None)
        if in_flight is not None:
            still = pending is not None and pending.visible_at > in_flight.stamp
            table.in_flight[record_id] = replace(in_flight, before=pending.before) if pending and still else in_flight
        self.changed.add((object_name, record_id))

    def erase(self, object_name: str, record_id: str) -> None:
        table = self.table(object_name)
        if self._undo is not None:
            self._undo.append((table, record_id, table.get(record_id), table.in_flight.get(record_id)))
        table.remove(record_id)
        self.changed.add((object_name, record_id))

    @contextmanager
    def transaction(self) -> Iterator["Transaction"]:
        """Collect writes so that `rollback` can take them back; nested ones fold into the outer."""
        outer, self._undo = self._undo, []
        logged = len(self.deletions)
        transaction = Transaction()
        try:
            yield transaction
        finally:
            undo, self._undo = self._undo, outer
            if transaction.rolled_back:
                self._take_back(undo)
                del self.deletions[logged:]
            elif outer is not None:
                outer.extend(undo)

    def _take_back(self, undo: list[tuple[Table, str, Row | None, InFlight | None]]) -> None:
        for table, record_id, row, in_flight in reversed(undo):
            table.remove(record_id)
            if row is not None:
                table.put(row)
            if in_flight is not None:
                table.in_flight[record_id] = in_flight


class Transaction:
    """The handle of an open transaction."""

    def __init__(self) -> None:
        self.rolled_back = False

    def rollback(self) -> None:
        self.rolled_back = True


def _key_field(name: str, beliefs: Beliefs) -> schema.FieldType:
    return schema.FieldType(
        name=name,
        label=name.removesuffix("__c"),
        type="string",
        length=64,
        unique=True,
        external_id=True,
        case_sensitive=beliefs["external_id_case_sensitive"],
    )
