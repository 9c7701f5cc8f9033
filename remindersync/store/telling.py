"""What webhooks are told next, and how far each has been told: the book of the job that sends."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    any_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)

from remindersync.store import changes
from remindersync.store.api_tables import webhook_attempts, webhooks
from remindersync.store.change_tables import reminder_changes
from remindersync.store.changes import Happened, Spot
from remindersync.store.database import Database
from remindersync.store.tables import users
from remindersync.store.texts import known_id
from remindersync.store.vault import Vault

MOST_EVENTS = 100
KEPT_ATTEMPTS = 20
# So many changes that a webhook is not told of are looked at again with every question.
MOST_PASSED_OVER = 1000
# A delivery takes 15 seconds at most; who began one and does not end it has died.
_LEASE_SECONDS = 60
STOP_AFTER_DAYS = 3
_STOPPED = f"It failed for {STOP_AFTER_DAYS} days: mend it, then resume; what happened meanwhile is told then."


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
    """A batch of events for a webhook, in order, behind which its spot will be `until`; without events a test.

    Each of `secrets` signs, the newest first.
    """

    webhook_id: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    fence: int
    failures: int
    events: tuple[Event, ...]
    until: Spot

    @property
    def is_test(self) -> bool:
        return not self.events


class SqlDeliveries:
    """The deliveries of all webhooks. Each is told every change it is about in order, at least once."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def due(self, limit: int = 1000) -> list[str]:
        """Return the webhooks that have something to be told now."""
        with self._database.begin() as connection:
            _pass_over(connection)
            # In two questions: as an alternative of the other, news would be looked for in all changes there are.
            tests = connection.scalars(select(webhooks.c.id).where(_wants_test()).limit(limit)).all()
            told = select(webhooks.c.id).where(_ready(), _has_news()).order_by(webhooks.c.busy_until).limit(limit)
            return list(dict.fromkeys((*tests, *connection.scalars(told))))

    def begin(self, webhook_id: str) -> Delivery | None:
        """Take the next batch of a webhook, for the time of one delivery; None if another has, or there is none."""
        with self._database.begin() as connection:
            row = _taken(connection, webhook_id, _wants_test())
            if row is not None:
                return self._delivery(row, (), changes.START)
            row = _taken(connection, webhook_id, _ready() & _has_news())
            events, until = _events(connection, row) if row is not None else ((), changes.START)
        return self._delivery(row, events, until) if row is not None and events else None

    def delivered(self, delivery: Delivery, answer: str) -> None:
        """Note that a batch was taken."""
        told = {
            "xid": delivery.until.xid,
            "change_id": delivery.until.id,
            "failures": 0,
            "failing_since": None,
            "next_attempt_at": None,
            "last_answer": answer,
        }
        self._end(delivery, told, taken=True, answer=answer)

    def failed(self, delivery: Delivery, answer: str, wait_seconds: float) -> None:
        """Note that a batch was not taken: it is tried again in `wait_seconds`, for three days. A test is not."""
        since = func.coalesce(webhooks.c.failing_since, func.now())
        too_long = since < _in(-STOP_AFTER_DAYS * 86_400)
        told = {
            "failures": webhooks.c.failures + 1,
            "failing_since": since,
            "next_attempt_at": _in(wait_seconds),
            "last_answer": answer,
            "stopped": case((too_long, _STOPPED), else_=webhooks.c.stopped),
        }
        self._end(delivery, told, taken=False, answer=answer)

    def _delivery(self, row: Row[Any], events: tuple[Event, ...], until: Spot) -> Delivery:
        sealed = (row.secret, row.former_secret) if row.both_sign else (row.secret,)
        opened = tuple(self._vault.open(each) for each in sealed)
        return Delivery(row.id, row.url, opened, row.fence, row.failures, events, until)

    def _end(self, delivery: Delivery, told: dict[str, Any], *, taken: bool, answer: str) -> None:
        """Note how a delivery ended, unless a later one has begun. A test says nothing of how far a webhook is."""
        mine = _one(delivery.webhook_id) & (webhooks.c.fence == delivery.fence)
        values = {"test_asked_at": None} if delivery.is_test else told
        kept = (webhooks.c.next_attempt_at, webhooks.c.stopped)
        ended = update(webhooks).where(mine).values(busy_until=None, **values).returning(*kept)
        with self._database.begin() as connection:
            row = connection.execute(ended).one_or_none()
            if row is None:
                return
            again_at = None if delivery.is_test or taken or row.stopped else row.next_attempt_at
            went = {"is_test": delivery.is_test, "events": len(delivery.events), "taken": taken, "answer": answer}
            _keep(connection, delivery.webhook_id, went | {"again_at": again_at})


def _taken(connection: Connection, webhook_id: str, fits: ColumnElement[bool]) -> Row[Any] | None:
    """Take a webhook for the time of one delivery, if it fits."""
    busy = {"fence": webhooks.c.fence + 1, "busy_until": _in(_LEASE_SECONDS)}
    both = func.coalesce(webhooks.c.former_until > func.now(), False).label("both_sign")
    one = update(webhooks).where(_one(webhook_id), fits).values(busy).returning(webhooks, both)
    return connection.execute(one).one_or_none()


def _pass_over(connection: Connection) -> None:
    """Move webhooks that are told of none of many changes behind them, so that these are not looked at ever again."""
    spot = changes.latest(connection)
    far_behind = webhooks.c.change_id < spot.id - MOST_PASSED_OVER
    before = tuple_(webhooks.c.xid, webhooks.c.change_id) < tuple_(literal(spot.xid), literal(spot.id))
    idle = update(webhooks).where(far_behind, before, _ready(), ~_has_news())
    connection.execute(idle.values(xid=spot.xid, change_id=spot.id))


def _keep(connection: Connection, webhook_id: str, went: dict[str, Any]) -> None:
    """Keep how a delivery went, and of those before it the latest."""
    connection.execute(insert(webhook_attempts).values(webhook_id=webhook_id, **went))
    mine = webhook_attempts.c.webhook_id == webhook_id
    newest_first = select(webhook_attempts.c.id).where(mine).order_by(webhook_attempts.c.id.desc())
    oldest_kept = newest_first.offset(KEPT_ATTEMPTS - 1).limit(1).scalar_subquery()
    connection.execute(delete(webhook_attempts).where(mine, webhook_attempts.c.id < oldest_kept))


def _in(seconds: float) -> Any:
    return func.now() + timedelta(seconds=seconds)


def _one(webhook_id: str) -> ColumnElement[bool]:
    return webhooks.c.id == known_id(webhook_id, "webhook")


def _free() -> ColumnElement[bool]:
    idle = or_(webhooks.c.busy_until.is_(None), webhooks.c.busy_until < func.now())
    holder = exists().where(users.c.id == webhooks.c.user_id, users.c.active).correlate(webhooks)
    return idle & or_(webhooks.c.user_id.is_(None), holder)


def _wants_test() -> ColumnElement[bool]:
    return webhooks.c.test_asked_at.is_not(None) & _free()


def _ready() -> ColumnElement[bool]:
    in_time = or_(webhooks.c.next_attempt_at.is_(None), webhooks.c.next_attempt_at <= func.now())
    return webhooks.c.stopped.is_(None) & in_time & _free()


def _wanted() -> ColumnElement[bool]:
    """Return the condition that ties a change to the webhook that is told of it."""
    whose = or_(webhooks.c.user_id.is_(None), reminder_changes.c.owner_id == webhooks.c.user_id)
    new = tuple_(reminder_changes.c.xid, reminder_changes.c.id) > tuple_(webhooks.c.xid, webhooks.c.change_id)
    told = reminder_changes.c.happened != Happened.SYNC.value
    chosen = or_(webhooks.c.happened.is_(None), reminder_changes.c.happened == any_(webhooks.c.happened))
    return (reminder_changes.c.team_id == webhooks.c.team_id) & whose & new & told & chosen & changes.settled()


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
