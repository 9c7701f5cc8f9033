"""What turning sync on would do, looked at by name before, and turning it on as it was shown (FIRST-6)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from json import dumps
from typing import Any

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from remindersync import newcomers
from remindersync.errors import LoginLost, SyncError, UserMistake
from remindersync.model import ActsAs, Choice, RunKind, SalesforceTask, SyncUser
from remindersync.store import people, rows, switch
from remindersync.store.database import Database
from remindersync.store.due import Lane
from remindersync.store.duty import lock
from remindersync.store.mistakes import NotFound, PreviewNeeded, PreviewOutdated
from remindersync.store.people import AppUser
from remindersync.store.retrying import in_transaction
from remindersync.store.switch import Listing
from remindersync.store.tables import reminders, run_state, runs, teams, users
from remindersync.store.texts import known_id

Item = dict[str, Any]
# Asks Salesforce, as a user, for their Tasks stamped since a time.
Changed = Callable[[SyncUser, datetime], Sequence[SalesforceTask]]
_LATEST = 20
# Stamps are whole seconds, and the start of a read is known to two: what was stamped then may have been seen by it.
_OF_THE_READ = timedelta(seconds=1)
_REPLACED = "Another preview was asked for."
_AGAIN = "preview again, and turn sync on with the new one"
_COUNTED = {
    ("create", "app"): "imported",
    ("match", "app"): "matched",
    ("update", "app"): "updated_here",
    ("delete", "app"): "deleted_here",
    ("create", "salesforce"): "pushed",
    ("update", "salesforce"): "updated_there",
    ("delete", "salesforce"): "deleted_there",
    ("skip", "app"): "skipped",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """What turning on with a choice would do, item by item; `digest` stands for exactly that."""

    run_id: str
    user_id: str
    choice: Choice
    digest: str
    items: tuple[Item, ...]
    counts: dict[str, int]


class TurningOn:
    """Previews of turning sync on, each made by a run; `changed` looks whether Salesforce still is as it was then."""

    def __init__(self, database: Database, changed: Changed) -> None:
        self._database = database
        self._changed = changed

    def ask(self, user_id: str, choice: Choice) -> str:
        """Queue a look at what turning on would do; return the id of the run that makes it.

        Publish the user's job afterwards. Raises `UserMistake` for a user whose sync is on or cannot be turned on.
        """
        return in_transaction(self._database, lambda connection: _ask(connection, user_id, choice))

    def of_run(self, run_id: str) -> Preview:
        """Return what a run has found. Raises `NotFound` for one that is no preview or has not ended well."""
        wanted = select(runs).where(runs.c.id == known_id(run_id, "run"), runs.c.kind == RunKind.PREVIEW.value)
        with self._database.begin() as connection:
            row = connection.execute(wanted).one_or_none()
        if row is None or row.state != "done":
            raise NotFound("This run has no preview to show: only a preview that has ended has one.")
        return _preview(row)

    def turn_on(
        self, user_id: str, choice: Choice, digest: str | None = None, *, now: datetime | None = None
    ) -> AppUser:
        """Turn a user's sync on; where the choice asks for a preview, exactly as the one of `digest` shows.

        Raises `PreviewNeeded` without one, `PreviewOutdated` where something else would happen by now, and what
        `switch.turn_on` raises.
        """
        if not choice.asks:
            return in_transaction(self._database, lambda connection: switch.turn_on(connection, user_id, now, choice))
        if digest is None:
            raise PreviewNeeded
        preview, front, user = in_transaction(
            self._database, lambda connection: _fitting(connection, user_id, choice, digest)
        )
        if front is not None:
            self._refuse_changed(user, preview, front)
        chosen = listed(preview.items)

        def switched(connection: Connection) -> AppUser:
            _fitting(connection, user_id, choice, digest)
            return switch.turn_on(connection, user_id, now, choice, chosen)

        return in_transaction(self._database, switched)

    def _refuse_changed(self, user: SyncUser, preview: Preview, front: datetime) -> None:
        """Look at Salesforce, in one call; out of reach, what was listed is all that the choice may do."""
        try:
            tasks = self._changed(user, front)
        except LoginLost as lost:
            raise UserMistake(
                f"The Salesforce login of {user.email} has expired: connect again, then turn sync on."
            ) from lost
        except SyncError:
            return
        chosen = {task_id for task_id, _ in listed(preview.items)}
        seen = front + _OF_THE_READ
        new = [one for one in tasks if one.stamp > seen and (one.id in chosen or newcomers.eligible(one, user))]
        if new:
            raise PreviewOutdated(f"{_tasks(len(new))} changed in Salesforce since the preview: {_AGAIN}.")


def _tasks(count: int) -> str:
    return "1 Task" if count == 1 else f"{count} Tasks"


def _ask(connection: Connection, user_id: str, choice: Choice) -> str:
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if user.sync_on:
        raise UserMistake(f"{user.email} syncs already: turn sync off before you choose how to turn it on.")
    switch.refuse_unfit(connection, user)
    switch.end_waiting(connection, user_id, _REPLACED)
    kept = rows.choice_json(choice) | {"local": _local(connection, user, choice)}
    asked = {"user_id": user_id, "kind": RunKind.PREVIEW.value, "state": "queued", "choice": kept, "full_read": True}
    run_id: str = connection.execute(
        insert(runs).values(asked | {"queued_at": func.clock_timestamp()}).returning(runs.c.id)
    ).scalar_one()
    due = {"next_due_at": func.now(), "lane": Lane.INTERACTIVE.value}
    connection.execute(update(run_state).where(run_state.c.user_id == user_id).values(due))
    return run_id


def _fitting(
    connection: Connection, user_id: str, choice: Choice, digest: str
) -> tuple[Preview, datetime | None, SyncUser]:
    """Return the preview with a digest if it still fits what is here."""
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    if user.sync_on:
        raise PreviewOutdated(
            f"{user.email} syncs already: turn sync off, preview, then turn it on with these choices."
        )
    done = (runs.c.user_id == user_id) & (runs.c.kind == RunKind.PREVIEW.value) & (runs.c.state == "done")
    latest = select(runs).where(done).order_by(runs.c.queued_at.desc(), runs.c.id).limit(_LATEST)
    found = [(row, _preview(row)) for row in connection.execute(latest)]
    match = next(((row, one) for row, one in found if one.digest == digest and one.choice == choice), None)
    if match is None:
        raise PreviewOutdated(f"There is no preview of these choices with this digest: {_AGAIN}.")
    row, preview = match
    if row.choice.get("local") != _local(connection, user, choice):
        raise PreviewOutdated(f"Reminders or the team's settings changed since the preview: {_AGAIN}.")
    front = row.choice.get("front")
    return preview, datetime.fromisoformat(front) if front else None, _sync_user(connection, user)


def _preview(row: Row[Any]) -> Preview:
    choice, items = rows.choice(row.choice), tuple(row.plan or ())
    counts = Counter(dict.fromkeys(_COUNTED.values(), 0))
    counts.update(_COUNTED.get((item["action"], item["side"]), "others") for item in items)
    return Preview(row.id, row.user_id, choice, _digest(choice, items), items, dict(counts))


def _digest(choice: Choice, items: Sequence[Item]) -> str:
    shown = dumps([rows.choice_json(choice), *items], sort_keys=True, ensure_ascii=True)
    return sha256(shown.encode()).hexdigest()


def listed(items: Sequence[Item]) -> list[Listing]:
    """Return the Tasks that items of a preview import or match, in their order."""
    ours = [item for item in items if item["side"] == "app" and item["action"] in ("create", "match")]
    return [(item["salesforce_id"], item["reminder"] if item["action"] == "match" else None) for item in ours]


def _local(connection: Connection, user: AppUser, choice: Choice) -> str:
    """Return what stands for all that a preview takes from here: reminders that go out, those to match, settings."""
    out = reminders.c.unsynced
    wanted = or_(out, and_(~reminders.c.shared, reminders.c.deleted_at.is_(None))) if choice.match_existing else out
    mine = select(reminders.c.id, reminders.c.version).where(reminders.c.owner_id == user.id, wanted)
    known = [f"{row.id} {row.version}" for row in connection.execute(mine.order_by(reminders.c.id))]
    settings = connection.scalar(select(teams.c.settings).where(teams.c.id == user.team_id))
    return sha256(dumps([known, settings], sort_keys=True).encode()).hexdigest()


def _sync_user(connection: Connection, user: AppUser) -> SyncUser:
    found = select(teams.c.org_id, teams.c.settings, users.c.on_integration_login, func.clock_timestamp().label("now"))
    row = connection.execute(found.join(teams, teams.c.id == users.c.team_id).where(users.c.id == user.id)).one()
    return SyncUser(
        id=user.id,
        team_id=user.team_id,
        email=user.email,
        time_zone=user.time_zone,
        org_id=row.org_id or "",
        salesforce_id=user.salesforce_id or "",
        turned_on_at=user.turned_on_at or row.now,
        settings=rows.settings(row.settings),
        acts_as=ActsAs.INTEGRATION if row.on_integration_login else ActsAs.OWN,
    )
