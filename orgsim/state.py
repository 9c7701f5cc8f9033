"""A SQLite file that keeps the state of a box over a restart: changed rows after each call, the rest beside them."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from orgsim.org import Deletion, Org
from orgsim.sessions import ConnectedApp, RefreshToken, Session
from orgsim.tables import Row
from orgsim.values import stored
from orgsim.world import World

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    org_id TEXT, object TEXT, id TEXT, fields TEXT NOT NULL, PRIMARY KEY (org_id, object, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deletions (org_id TEXT, object TEXT, id TEXT, at TEXT, owner_id TEXT);
CREATE TABLE IF NOT EXISTS whole (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class StateFile:
    """The file; ValueError on opening says that it is no state of a box."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        try:
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_SCHEMA)
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise ValueError(f"{path} is no state file of orgsim ({error}); name another or remove it.") from None
        self._logged: dict[str, int] = {}
        self._orgs: dict[str, Org] = {}
        self._whole = ""

    def close(self) -> None:
        self._connection.close()

    def save(self, world: World) -> None:
        """Write what changed since the last save, in one transaction."""
        with self._connection:
            self._drop_replaced(world)
            for org in world.orgs.values():
                self._save_org(org)
            whole = json.dumps(_whole(world))
            if whole != self._whole:
                self._connection.execute("INSERT OR REPLACE INTO whole VALUES ('world', ?)", (whole,))
                self._whole = whole

    def _drop_replaced(self, world: World) -> None:
        for org_id, known in list(self._orgs.items()):
            if world.orgs.get(org_id) is not known:
                for table in ("rows", "deletions"):
                    self._connection.execute(f"DELETE FROM {table} WHERE org_id = ?", (org_id,))  # noqa: S608 our names
                del self._orgs[org_id]
                self._logged.pop(org_id, None)
        self._orgs.update(world.orgs)

    def _save_org(self, org: Org) -> None:
        for object_name, record_id in org.changed:
            row = org.table(object_name).get(record_id)
            if row is None:
                self._connection.execute(
                    "DELETE FROM rows WHERE (org_id, object, id) = (?, ?, ?)", (org.id, object_name, record_id)
                )
            else:
                fields = json.dumps(row, default=_moment_text)
                self._connection.execute(
                    "INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", (org.id, object_name, record_id, fields)
                )
        org.changed.clear()
        fresh = org.deletions[self._logged.get(org.id, 0) :]
        lines = [(org.id, one.object_name, one.record_id, one.deleted_at.isoformat(), one.owner_id) for one in fresh]
        self._connection.executemany("INSERT INTO deletions VALUES (?, ?, ?, ?, ?)", lines)
        self._logged[org.id] = len(org.deletions)

    def restore(self, world: World) -> bool:
        """Fill an empty world from the file; False when the file is new."""
        found = self._connection.execute("SELECT value FROM whole WHERE name = 'world'").fetchone()
        if found is None:
            return False
        whole = json.loads(found[0])
        world.clock.restore(whole["clock"])
        for described in whole["orgs"]:
            org = world.orgs[described["id"]] = self._restored(described)
            self._orgs[org.id] = org
        _restore_logins(world, whole)
        return True

    def _restored(self, described: dict[str, Any]) -> Org:
        org = Org(described["id"], described["name"])
        org.numbers.update(described["numbers"])
        for minute, calls in described["spent"]:
            org.allowance.spend(datetime.fromisoformat(minute), calls)
        org.locks.restore(described.get("locks", {}))
        org.beliefs.set(described["beliefs"])
        org.patch_settings(described["settings"])
        for object_name, fields in self._connection.execute(
            "SELECT object, fields FROM rows WHERE org_id = ?", (org.id,)
        ):
            org.write(object_name, _row(org, object_name, json.loads(fields)))
        logged = self._connection.execute("SELECT object, id, at, owner_id FROM deletions WHERE org_id = ?", (org.id,))
        for object_name, record_id, at, owner_id in logged:
            org.deletions.append(Deletion(object_name, record_id, datetime.fromisoformat(at), owner_id))
        self._logged[org.id] = len(org.deletions)
        org.changed.clear()
        org.rebuild()
        return org


def _moment_text(value: Any) -> str:
    return str(value.isoformat())


def _row(org: Org, object_name: str, fields: Row) -> Row:
    kind = org.stored_type(object_name)
    types = {field.name: field.type for field in kind.fields.values()} if kind else {}
    return {name: stored(types.get(name, ""), value) for name, value in fields.items()}


def _whole(world: World) -> dict[str, Any]:
    return {
        "clock": {**world.clock.as_json(), **_still(world)},
        "orgs": list(_orgs(world)),
        "apps": [asdict(app) for app in world.logins.apps.values()],
        "sessions": [{**asdict(one), "last_used": one.last_used.isoformat()} for one in world.logins.sessions.values()],
        "refresh_tokens": [asdict(one) for one in world.logins.refresh_tokens.values()],
    }


def _still(world: World) -> dict[str, Any]:
    # A running clock is its distance from real time: rounded, so that an idle box writes nothing.
    clock = world.clock.as_json()
    if clock["frozen"]:
        return {"offset_seconds": 0.0}
    return {"now": "", "offset_seconds": round(clock["offset_seconds"], 1)}


def _orgs(world: World) -> Iterator[dict[str, Any]]:
    for org in world.orgs.values():
        settings, beliefs = asdict(org.settings), org.beliefs.changed()
        spent = [(minute.isoformat(), calls) for minute, calls in org.allowance.minutes()]
        yield {
            "id": org.id,
            "name": org.name,
            "numbers": org.numbers,
            "settings": settings,
            "beliefs": beliefs,
            "spent": spent,
            "locks": org.locks.as_json(),
        }


def _restore_logins(world: World, whole: dict[str, Any]) -> None:
    for described in whole["apps"]:
        world.logins.apps[described["client_id"]] = ConnectedApp(**described)
    for described in whole["sessions"]:
        used = datetime.fromisoformat(described.pop("last_used"))
        world.logins.sessions[described["token"]] = Session(**described, last_used=used)
    for described in whole["refresh_tokens"]:
        world.logins.refresh_tokens[described["token"]] = RefreshToken(**described)
