"""What admins ask for after a preview: shown line by line, asked for by digest, and how far it is (MAP-2, SUBJ-5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, false, func, insert, select, update

from remindersync.errors import UserMistake
from remindersync.model import AskedKind
from remindersync.model.asked import digest
from remindersync.store import asking, rows
from remindersync.store.action_tables import team_action_items as items
from remindersync.store.action_tables import team_actions as actions
from remindersync.store.asked import DONE, LEFT, WAITING
from remindersync.store.asking import Shown
from remindersync.store.database import Database
from remindersync.store.due import Lane, mark_due
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.retrying import in_transaction
from remindersync.store.tables import reminders, teams, users
from remindersync.store.texts import is_storable, known_id

# A preview nobody acted on is kept this long.
_KEPT = timedelta(days=1)
_LATEST = 20


@dataclass(frozen=True, slots=True)
class LeftItem:
    """A reminder that was shown, and left because of what happened since."""

    reminder_id: str
    name: str
    user: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is with what was asked for; `left` are named, the others counted."""

    id: str
    kind: AskedKind
    asked_at: datetime
    asked_by: str | None
    waiting: int
    done: int
    left: tuple[LeftItem, ...]

    @property
    def total(self) -> int:
        return self.waiting + self.done + len(self.left)


class TeamActions:
    """Previews of what changes many reminders of a team at once, and asking for exactly what one showed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def preview(self, team_id: str, kind: AskedKind) -> Shown:
        """Return what asking would change under the team's saved settings; nothing is changed."""
        return in_transaction(self._database, lambda connection: _preview(connection, team_id, kind))

    def ask(self, team_id: str, shown_digest: str, by: AppUser | None, kind: AskedKind | None = None) -> Progress:
        """Ask for exactly what a preview (of that kind) showed: the runs of its users carry it out.

        What changed since is left as it is, and named. Asked for twice, it is done once. Raises `UserMistake` for a
        preview that is not known any more.
        """
        same = actions.c.digest == shown_digest if is_storable(shown_digest) else false()
        known = (actions.c.team_id == known_id(team_id, "team")) & same
        if kind is not None:
            known &= actions.c.kind == kind.value
        return in_transaction(self._database, lambda connection: _ask(connection, known, by))

    def progress(self, team_id: str, action_id: str) -> Progress:
        """Return how far it is with one action. Raises `NotFound`."""
        one = (actions.c.id == known_id(action_id, "action")) & (actions.c.team_id == team_id)
        with self._database.begin() as connection:
            row = connection.execute(_asked().where(one)).one_or_none()
            if row is None:
                raise NotFound("There is no such action: it may have been cleared away.")
            return _progress(connection, row)

    def latest(self, team_id: str) -> list[Progress]:
        """Return what a team's admins asked for last, newest first."""
        newest = _asked().where(actions.c.team_id == team_id).order_by(actions.c.asked_at.desc()).limit(_LATEST)
        with self._database.begin() as connection:
            return [_progress(connection, row) for row in connection.execute(newest).all()]


def _preview(connection: Connection, team_id: str, kind: AskedKind) -> Shown:
    stored = connection.scalar(select(teams.c.settings).where(teams.c.id == known_id(team_id, "team")))
    if stored is None:
        raise NotFound("There is no such team.")
    shown = asking.shown(connection, team_id, kind, rows.settings(stored))
    _forget(connection, team_id)
    if shown.digest is not None:
        _keep(connection, team_id, shown, shown.digest)
    return shown


def _forget(connection: Connection, team_id: str) -> None:
    unasked = (actions.c.team_id == team_id) & actions.c.asked_at.is_(None)
    connection.execute(delete(actions).where(unasked, actions.c.shown_at < func.now() - _KEPT))


def _keep(connection: Connection, team_id: str, shown: Shown, of_all: str) -> None:
    same = (actions.c.team_id == team_id) & (actions.c.digest == of_all) & actions.c.asked_at.is_(None)
    if connection.execute(update(actions).where(same).values(shown_at=func.now())).rowcount:
        return
    new = insert(actions).values(team_id=team_id, kind=shown.kind.value, digest=of_all).returning(actions.c.id)
    action_id = connection.execute(new).scalar_one()
    lines = [
        {
            "action_id": action_id,
            "reminder_id": one.reminder_id,
            "user_id": one.user_id,
            "before": digest(one.line.before),
            "after": digest(one.line.after),
        }
        for one in shown.lines
    ]
    connection.execute(insert(items), lines)


def _ask(connection: Connection, known: ColumnElement[bool], by: AppUser | None) -> Progress:
    found = select(actions).where(known).order_by(actions.c.asked_at.is_not(None), actions.c.shown_at.desc()).limit(1)
    action = connection.execute(found.with_for_update()).one_or_none()
    if action is None:
        raise UserMistake("This preview is not known any more: look at a new one, and ask for what it shows.")
    if action.asked_at is None:
        _start(connection, action.id, by)
    return _progress(connection, connection.execute(_asked().where(actions.c.id == action.id)).one())


def _start(connection: Connection, action_id: str, by: AppUser | None) -> None:
    whose = connection.scalars(select(items.c.user_id).where(items.c.action_id == action_id).distinct()).all()
    mark_due(connection, whose, Lane.SYNC)
    connection.execute(update(items).where(items.c.action_id == action_id).values(state=WAITING))
    asked = {"asked_at": func.now(), "asked_by": None if by is None else by.id}
    connection.execute(update(actions).where(actions.c.id == action_id).values(asked))


def _asked() -> Any:
    named = select(actions, users.c.email).outerjoin(users, users.c.id == actions.c.asked_by)
    return named.where(actions.c.asked_at.is_not(None))


def _progress(connection: Connection, action: Row[Any]) -> Progress:
    counted = select(items.c.state, func.count()).where(items.c.action_id == action.id).group_by(items.c.state)
    counts = {state: count for state, count in connection.execute(counted)}  # noqa: C416 a result is no mapping
    left = (
        select(items.c.reminder_id, reminders.c.name, users.c.email, items.c.reason)
        .join(reminders, reminders.c.id == items.c.reminder_id)
        .join(users, users.c.id == items.c.user_id)
        .where(items.c.action_id == action.id, items.c.state == LEFT)
        .order_by(users.c.email, reminders.c.name, items.c.reminder_id)
    )
    named = tuple(LeftItem(*row) for row in connection.execute(left))
    done, waiting = counts.get(DONE, 0), counts.get(WAITING, 0)
    return Progress(action.id, AskedKind(action.kind), action.asked_at, action.email, waiting, done, named)
