"""The book of the org feed: where an org's reading stands, and the rows it leaves for those they concern (SYNC-3)."""

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from remindersync.errors import Fault, Superseded
from remindersync.model import Link, LinkState, SalesforceTask
from remindersync.ports import FeedTeam, OrgReading
from remindersync.store import feed_statements as sql
from remindersync.store import presence, rows
from remindersync.store.database import Database
from remindersync.store.due import Lane, mark_due
from remindersync.store.run_statements import INTEGRATION_LOGIN_LOST, NO_VIEW_ALL_DATA
from remindersync.store.tables import links, task_changes

_GONE = (LinkState.DELETED, LinkState.SUPERSEDED)


class SqlOrgBook:
    """`ports.OrgBook` over `org_cursors`, `task_changes` and `task_sightings`.

    Every transaction locks the cursor first, then users' rows of `run_state` in their order, then staged rows: a run
    holds its own row of `run_state` when it drops what it was shown.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self) -> list[FeedTeam]:
        """See `ports.OrgBook`. A team in which nobody syncs is not read."""
        with self._database.begin() as connection:
            return [FeedTeam(str(row.id), row.name) for row in connection.execute(sql.DUE)]

    def start(self, team_id: str) -> OrgReading | None:
        """See `ports.OrgBook`."""
        with self._database.begin() as connection:
            row = connection.execute(sql.START, {"team_id": team_id}).one_or_none()
        if row is None:
            return None
        return OrgReading(
            str(row.team_id),
            row.org_id,
            row.fence,
            row.since,
            row.front,
            row.swept,
            row.deleted_until,
            row.clock_offset_seconds,
            row.check_due,
        )

    def restart(self, reading: OrgReading, begin: OrgReading, *, full: bool) -> None:
        """See `ports.OrgBook`."""
        with self._held(reading) as connection:
            team = {"team_id": reading.team_id}
            if full:
                users = [str(user) for user in connection.execute(sql.SYNCING, team).scalars()]
                mark_due(connection, users, Lane.BULK)
                connection.execute(sql.FULL, team)
            connection.execute(sql.MOVE, _place(begin))

    def stage(self, reading: OrgReading, tasks: Sequence[SalesforceTask], moved: OrgReading) -> int:
        """See `ports.OrgBook`."""
        with self._held(reading) as connection:
            news = self._news(connection, reading, tasks) if tasks else []
            if news:
                mark_due(connection, {user_id for user_id, _ in news}, Lane.SYNC)
                left = {
                    "org_id": reading.org_id,
                    "unchanged_until": reading.front,
                    "user_ids": [user_id for user_id, _ in news],
                    "tasks": [json.dumps(task) for _, task in news],
                }
                connection.execute(sql.STAGE, left)
            connection.execute(sql.MOVE, _place(moved))
        return len(news)

    def living(self, reading: OrgReading, task_ids: Collection[str]) -> list[Link]:
        """See `ports.OrgBook`."""
        gone = select(task_changes.c.task_id).where(
            task_changes.c.org_id == reading.org_id, task_changes.c.task["is_deleted"].as_boolean()
        )
        wanted = select(links).where(
            links.c.org_id == reading.org_id,
            links.c.task_id.in_(bindparam("task_ids", expanding=True)),
            links.c.state.not_in(_GONE),
            links.c.task_id.not_in(gone),
        )
        with self._database.begin() as connection:
            return [rows.link(row) for row in connection.execute(wanted, {"task_ids": list(task_ids)})]

    def acted_for(self, reading: OrgReading) -> frozenset[str]:
        """See `ports.OrgBook`."""
        with self._database.begin() as connection:
            return presence.acted_for(connection, reading.team_id)

    def found_inactive(self, reading: OrgReading, asked: Collection[str], inactive: Collection[str]) -> None:
        """See `ports.OrgBook`."""
        with self._held(reading) as connection:
            presence.note(connection, reading.team_id, asked, inactive)

    def checked(self, reading: OrgReading, deleted_until: datetime) -> None:
        """See `ports.OrgBook`."""
        with self._held(reading) as connection:
            connection.execute(sql.CHECKED, {"team_id": reading.team_id, "deleted_until": deleted_until})
            for code in (NO_VIEW_ALL_DATA, INTEGRATION_LOGIN_LOST):
                connection.execute(sql.TELL_NO_MORE, {"team_id": reading.team_id, "code": code})

    def finish(self, reading: OrgReading, wait_seconds: float, *, done: bool) -> None:
        """See `ports.OrgBook`."""
        with self._held(reading) as connection:
            ended = {"team_id": reading.team_id, "wait_seconds": wait_seconds, "done": done}
            connection.execute(sql.FORGET, {"team_id": reading.team_id, "org_id": reading.org_id})
            connection.execute(sql.FINISH, ended)

    def fail(self, reading: OrgReading, wait_seconds: float, fault: Fault | None) -> None:
        """See `ports.OrgBook`."""
        with self._held(reading) as connection:
            problem = None if fault is None else f"{fault.meaning} {fault.remedy}"
            failed = {"team_id": reading.team_id, "wait_seconds": wait_seconds, "problem": problem}
            connection.execute(sql.FAIL, failed)
            if fault is not None and fault.code in (NO_VIEW_ALL_DATA, INTEGRATION_LOGIN_LOST):
                # A lost login is one notice, not one a reading (DIAG-4).
                again = int(fault.code == NO_VIEW_ALL_DATA)
                connection.execute(sql.TELL, {"team_id": reading.team_id, "again": again, **rows.fault_row(fault)})

    @contextmanager
    def _held(self, reading: OrgReading) -> Iterator[Connection]:
        with self._database.begin() as connection:
            held = {"team_id": reading.team_id, "fence": reading.fence}
            if connection.execute(sql.HOLD_FENCE, held).one_or_none() is None:
                raise Superseded("This reading of the org may write nothing more: a later one began.")
            yield connection

    def _news(
        self, connection: Connection, reading: OrgReading, tasks: Sequence[SalesforceTask]
    ) -> list[tuple[str, rows.Json]]:
        """Return, with whom it concerns, each row that concerns anybody and was not left as it is before."""
        org = {"org_id": reading.org_id}
        read = org | {"task_ids": [task.id for task in tasks], "owners": [task.owner_id for task in tasks]}
        concerned = connection.execute(sql.CONCERNED, read | {"team_id": reading.team_id}).all()
        of_somebody = {row.task_id for row in concerned}
        known = {task.id: rows.task_json(task) for task in tasks if task.id in of_somebody}
        if not known:
            return []
        seen = org | {"task_ids": list(known), "digests": [_digest(task) for task in known.values()]}
        new = set(connection.execute(sql.SIGHT, seen).scalars())
        return [(str(row.user_id), known[row.task_id]) for row in concerned if row.task_id in new]


def _digest(task: rows.Json) -> str:
    """Return what tells two readings of a Task apart, whenever they were made."""
    shown = {name: value for name, value in task.items() if name != "read_at"}
    return hashlib.blake2b(json.dumps(shown, sort_keys=True).encode(), digest_size=16).hexdigest()


def _place(reading: OrgReading) -> dict[str, object]:
    return {
        "team_id": reading.team_id,
        "since": reading.since,
        "front": reading.front,
        "swept": reading.swept,
        "deleted_until": reading.deleted_until,
        "clock_offset_seconds": reading.clock_offset_seconds,
    }
