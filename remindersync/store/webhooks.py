"""Webhooks: where programs want to be told what happens to reminders, and how far each has been told."""

import base64
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, case, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from remindersync.errors import UserMistake
from remindersync.store import changes
from remindersync.store.api_tables import webhooks
from remindersync.store.change_tables import reminder_changes
from remindersync.store.changes import Happened, Spot
from remindersync.store.database import Database
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.tables import users
from remindersync.store.texts import known_id
from remindersync.store.vault import Vault

MOST_EVENTS = 100
# Nobody can have more: a program needs one or two.
MOST_WEBHOOKS = 10
# A delivery takes 15 seconds at most; who began one and does not end it has died.
_LEASE_SECONDS = 60
_SECRET_BYTES = 24
STOP_AFTER_DAYS = 3
_STOPPED = f"It failed for {STOP_AFTER_DAYS} days: mend it, then resume; what happened meanwhile is told then."


class Scope(StrEnum):
    """Whose reminders a webhook is told of."""

    OWN = "own"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as its owner sees it; `stopped` says why nothing is sent any more, `last_answer` how it went last."""

    id: str
    url: str
    scope: Scope
    created_at: datetime
    failures: int
    failing_since: datetime | None
    last_answer: str | None
    stopped: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """One change, told thinly: what it holds is asked for with the API, by those who may see it."""

    id: int
    happened: Happened
    at: datetime
    reminder_id: str
    version: int
    owner_email: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """A batch of events for a webhook, in order, behind which its spot will be `until`."""

    webhook_id: str
    url: str
    secret: str = field(repr=False)
    fence: int
    failures: int
    events: tuple[Event, ...]
    until: Spot


class SqlWebhooks:
    """The webhooks of all teams. Each is told every change of its scope in order, at least once."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    # ── For people ──────────────────────────────────────────────────────────────────────────────────────────

    def add(self, actor: AppUser, url: str, scope: Scope, *, webhook_id: str | None = None) -> tuple[Webhook, str]:
        """Add a webhook, to be told what happens from now on; return it with its secret, which is shown this once.

        One that is there already under a `webhook_id` of the caller's making gets a new secret and stays as it is.
        """
        if scope is Scope.TEAM and not actor.is_admin:
            raise UserMistake("scope: only an admin may be told of the whole team's reminders: use own, or ask one.")
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
        whose = {"team_id": actor.team_id, "user_id": actor.id if scope is Scope.OWN else None}
        new_id = webhook_id or str(uuid4())
        values = {"id": new_id, "url": url, "secret": self._vault.seal(secret), **whose}
        with self._database.begin() as connection:
            _refuse_more(connection, actor, new_id)
            spot = changes.latest(connection)
            new = insert(webhooks).values(values | {"xid": spot.xid, "change_id": spot.id})
            known = new.on_conflict_do_update(index_elements=["id"], set_={"secret": values["secret"]})
            row = connection.execute(known.returning(webhooks)).one()
        return _webhook(row), secret

    def of(self, actor: AppUser) -> list[Webhook]:
        """Return a person's own webhooks; an admin's list has the team's too."""
        with self._database.begin() as connection:
            rows = connection.execute(select(webhooks).where(_visible(actor)).order_by(webhooks.c.created_at)).all()
        return [_webhook(row) for row in rows]

    def remove(self, actor: AppUser, webhook_id: str) -> None:
        """Remove a webhook. Raises `NotFound`."""
        with self._database.begin() as connection:
            if connection.execute(delete(webhooks).where(_one(webhook_id), _visible(actor))).rowcount == 0:
                raise NotFound("There is no such webhook.")

    def resume(self, actor: AppUser, webhook_id: str) -> Webhook:
        """Try a webhook again at once, also one that was stopped. Raises `NotFound`."""
        anew = {"stopped": None, "failures": 0, "failing_since": None, "next_attempt_at": None}
        with self._database.begin() as connection:
            one = update(webhooks).where(_one(webhook_id), _visible(actor)).values(anew).returning(webhooks)
            row = connection.execute(one).one_or_none()
        if row is None:
            raise NotFound("There is no such webhook.")
        return _webhook(row)

    # ── For the job that sends ──────────────────────────────────────────────────────────────────────────────

    def due(self, limit: int = 1000) -> list[str]:
        """Return the webhooks that have something to be told now."""
        with self._database.begin() as connection:
            found = select(webhooks.c.id).where(_ready(), _has_news()).order_by(webhooks.c.busy_until).limit(limit)
            return list(connection.execute(found).scalars())

    def begin(self, webhook_id: str) -> Delivery | None:
        """Take the next batch of a webhook, for the time of one delivery; None if another has, or there is none."""
        busy = {"fence": webhooks.c.fence + 1, "busy_until": _in(_LEASE_SECONDS)}
        with self._database.begin() as connection:
            one = update(webhooks).where(_one(webhook_id), _ready(), _has_news()).values(busy).returning(webhooks)
            row = connection.execute(one).one_or_none()
            events, until = _events(connection, row) if row is not None else ((), changes.START)
        if row is None or not events:
            return None
        secret = self._vault.open(row.secret)
        return Delivery(row.id, row.url, secret, row.fence, row.failures, events, until)

    def delivered(self, delivery: Delivery, answer: str) -> None:
        """Note that a batch was taken."""
        self._end(
            delivery,
            xid=delivery.until.xid,
            change_id=delivery.until.id,
            failures=0,
            failing_since=None,
            next_attempt_at=None,
            last_answer=answer,
        )

    def failed(self, delivery: Delivery, answer: str, wait_seconds: float) -> None:
        """Note that a batch was not taken: it is tried again in `wait_seconds`, for three days."""
        since = func.coalesce(webhooks.c.failing_since, func.now())
        too_long = since < _in(-STOP_AFTER_DAYS * 86_400)
        self._end(
            delivery,
            failures=webhooks.c.failures + 1,
            failing_since=since,
            next_attempt_at=_in(wait_seconds),
            last_answer=answer,
            stopped=case((too_long, _STOPPED), else_=webhooks.c.stopped),
        )

    def _end(self, delivery: Delivery, **values: Any) -> None:
        mine = webhooks.c.fence == delivery.fence
        with self._database.begin() as connection:
            connection.execute(
                update(webhooks).where(_one(delivery.webhook_id), mine).values(busy_until=None, **values)
            )


def rotate(connection: Connection, vault: Vault) -> None:
    """Seal every secret anew with the newest key."""
    for row in connection.execute(select(webhooks.c.id, webhooks.c.secret).with_for_update()).all():
        connection.execute(update(webhooks).where(webhooks.c.id == row.id).values(secret=vault.rotate(row.secret)))


def _refuse_more(connection: Connection, actor: AppUser, webhook_id: str) -> None:
    others = select(func.count()).where(webhooks.c.team_id == actor.team_id, webhooks.c.id != webhook_id)
    mine = others.where(or_(webhooks.c.user_id == actor.id, webhooks.c.user_id.is_(None)))
    if (connection.scalar(mine) or 0) >= MOST_WEBHOOKS:
        raise UserMistake(f"There are {MOST_WEBHOOKS} webhooks already: remove one first.")


def _in(seconds: float) -> Any:
    return func.now() + timedelta(seconds=seconds)


def _one(webhook_id: str) -> ColumnElement[bool]:
    return webhooks.c.id == known_id(webhook_id, "webhook")


def _visible(actor: AppUser) -> ColumnElement[bool]:
    own = webhooks.c.user_id == actor.id
    return webhooks.c.team_id == actor.team_id if actor.is_admin else own


def _ready() -> ColumnElement[bool]:
    free = or_(webhooks.c.busy_until.is_(None), webhooks.c.busy_until < func.now())
    in_time = or_(webhooks.c.next_attempt_at.is_(None), webhooks.c.next_attempt_at <= func.now())
    holder = exists().where(users.c.id == webhooks.c.user_id, users.c.active).correlate(webhooks)
    return webhooks.c.stopped.is_(None) & free & in_time & or_(webhooks.c.user_id.is_(None), holder)


def _wanted() -> ColumnElement[bool]:
    """Return the condition that ties a change to the webhook that is told of it."""
    whose = or_(webhooks.c.user_id.is_(None), reminder_changes.c.owner_id == webhooks.c.user_id)
    new = tuple_(reminder_changes.c.xid, reminder_changes.c.id) > tuple_(webhooks.c.xid, webhooks.c.change_id)
    told = reminder_changes.c.happened != Happened.SYNC.value
    return (reminder_changes.c.team_id == webhooks.c.team_id) & whose & new & told & changes.settled()


def _has_news() -> ColumnElement[bool]:
    return exists().where(_wanted()).correlate(webhooks)


def _events(connection: Connection, row: Row[Any]) -> tuple[tuple[Event, ...], Spot]:
    joined = reminder_changes.join(webhooks, _wanted()).outerjoin(users, users.c.id == reminder_changes.c.owner_id)
    order = (reminder_changes.c.xid, reminder_changes.c.id)
    found = select(reminder_changes, users.c.email).select_from(joined).where(webhooks.c.id == row.id).order_by(*order)
    rows = connection.execute(found.limit(MOST_EVENTS)).all()
    return tuple(_event(each) for each in rows), Spot(rows[-1].xid, rows[-1].id) if rows else changes.START


def _event(row: Row[Any]) -> Event:
    return Event(row.id, Happened(row.happened), row.at, row.reminder_id, row.version, row.email or "")


def _webhook(row: Row[Any]) -> Webhook:
    scope = Scope.TEAM if row.user_id is None else Scope.OWN
    shown = (row.failures, row.failing_since, row.last_answer, row.stopped)
    return Webhook(row.id, row.url, scope, row.created_at, *shown)
