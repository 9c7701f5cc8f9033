"""Webhooks as people look after them: where programs want to be told what happens, and how that fares."""

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, delete, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from remindersync.errors import UserMistake
from remindersync.store import changes
from remindersync.store.api_tables import webhook_attempts, webhooks
from remindersync.store.changes import Happened
from remindersync.store.database import Database
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.texts import known_id
from remindersync.store.vault import Vault

# Nobody can have more: a program needs one or two.
MOST_WEBHOOKS = 10
# For as long both secrets sign: receivers take the new one on when they like (Standard Webhooks, "Rotating secrets").
BOTH_SECRETS_HOURS = 24
PAUSED = "It is paused: resume it, and what happened meanwhile is told then, as far back as changes are kept."
# What a webhook may be told of: how a reminder stands in Salesforce is not.
TOLD = tuple(one for one in Happened if one is not Happened.SYNC)
_SECRET_BYTES = 24


class Scope(StrEnum):
    """Whose reminders a webhook is told of."""

    OWN = "own"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as its owner sees it; `stopped` says why nothing is sent any more, `last_answer` how it went last.

    `events` are the changes it is told of. `owner_id` is whose it is, None for a team's; `test_asked_at` since when a
    test is on its way.
    """

    id: str
    url: str
    scope: Scope
    events: tuple[Happened, ...]
    created_at: datetime
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    last_answer: str | None
    stopped: str | None
    test_asked_at: datetime | None
    owner_id: str | None

    @property
    def is_paused(self) -> bool:
        return self.stopped == PAUSED


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one delivery went: `answer` in words, `again_at` when the same is tried again, None where it is not."""

    at: datetime
    is_test: bool
    events: int
    taken: bool
    answer: str
    again_at: datetime | None


class SqlWebhooks:
    """The webhooks of all teams, as people see and change them: their own, and admins their team's."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def add(
        self,
        actor: AppUser,
        url: str,
        scope: Scope,
        *,
        events: Collection[Happened] = TOLD,
        webhook_id: str | None = None,
    ) -> tuple[Webhook, str]:
        """Add a webhook, to be told of `events` from now on; return it with its secret, which is shown this once.

        One that is there already under a `webhook_id` of the caller's making gets a new secret and stays as it is.
        """
        if scope is Scope.TEAM and not actor.is_admin:
            raise UserMistake("scope: only an admin may be told of the whole team's reminders: use own, or ask one.")
        secret, new_id = _new_secret(), webhook_id or str(uuid4())
        whose = {"team_id": actor.team_id, "user_id": actor.id if scope is Scope.OWN else None}
        values = {"id": new_id, "url": url, "secret": self._vault.seal(secret), "happened": _chosen(events), **whose}
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

    def one(self, actor: AppUser, webhook_id: str) -> Webhook:
        """Return a webhook. Raises `NotFound`."""
        with self._database.begin() as connection:
            row = connection.execute(select(webhooks).where(_one(webhook_id), _visible(actor))).one_or_none()
        return _webhook(_found(row))

    def attempts(self, actor: AppUser, webhook_id: str) -> list[Attempt]:
        """Return how the last deliveries of a webhook went, the latest first. Raises `NotFound`."""
        known = self.one(actor, webhook_id).id
        latest = select(webhook_attempts).where(webhook_attempts.c.webhook_id == known)
        with self._database.begin() as connection:
            rows = connection.execute(latest.order_by(webhook_attempts.c.id.desc())).all()
        return [Attempt(row.at, row.is_test, row.events, row.taken, row.answer, row.again_at) for row in rows]

    def remove(self, actor: AppUser, webhook_id: str) -> None:
        """Remove a webhook. Raises `NotFound`."""
        with self._database.begin() as connection:
            gone = delete(webhooks).where(_one(webhook_id), _visible(actor)).returning(webhooks.c.id)
            _found(connection.execute(gone).one_or_none())

    def pause(self, actor: AppUser, webhook_id: str) -> Webhook:
        """Send nothing more until it is resumed; one that was stopped stays so. Raises `NotFound`."""
        return self._change(actor, webhook_id, {"stopped": func.coalesce(webhooks.c.stopped, PAUSED)})

    def resume(self, actor: AppUser, webhook_id: str) -> Webhook:
        """Try a webhook again at once, also one that was paused or stopped. Raises `NotFound`."""
        anew = {"stopped": None, "failures": 0, "failing_since": None, "next_attempt_at": None}
        return self._change(actor, webhook_id, anew)

    def test(self, actor: AppUser, webhook_id: str) -> Webhook:
        """Have a message without events sent soon, also while the webhook is paused or stopped. Raises `NotFound`."""
        return self._change(actor, webhook_id, {"test_asked_at": func.now()})

    def renew_secret(self, actor: AppUser, webhook_id: str) -> tuple[Webhook, str]:
        """Give a webhook a new secret and return it: it is shown this once. The one before signs too for a day.

        Raises `NotFound`, and `UserMistake` for a colleague's own: who knows its secret may speak as we do.
        """
        if self.one(actor, webhook_id).owner_id not in {None, actor.id}:
            raise UserMistake("Only whose webhook it is may change its secret: ask them, or remove it.")
        secret = _new_secret()
        until = func.now() + text(f"interval '{BOTH_SECRETS_HOURS} hours'")
        values = {"secret": self._vault.seal(secret), "former_secret": webhooks.c.secret, "former_until": until}
        return self._change(actor, webhook_id, values), secret

    def _change(self, actor: AppUser, webhook_id: str, values: dict[str, Any]) -> Webhook:
        one = update(webhooks).where(_one(webhook_id), _visible(actor)).values(values).returning(webhooks)
        with self._database.begin() as connection:
            return _webhook(_found(connection.execute(one).one_or_none()))


def rotate(connection: Connection, vault: Vault) -> None:
    """Seal every secret anew with the newest key."""
    kept = select(webhooks.c.id, webhooks.c.secret, webhooks.c.former_secret).with_for_update()
    for row in connection.execute(kept).all():
        former = vault.rotate(row.former_secret) if row.former_secret else None
        sealed = {"secret": vault.rotate(row.secret), "former_secret": former}
        connection.execute(update(webhooks).where(webhooks.c.id == row.id).values(sealed))


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def _chosen(events: Collection[Happened]) -> list[str] | None:
    """Return what is kept of a choice, None for everything. Raises `UserMistake` for none, or what is never told."""
    if not events or not set(events) <= set(TOLD):
        raise UserMistake(f"events: choose some of {', '.join(TOLD)}.")
    return None if set(events) == set(TOLD) else [one.value for one in TOLD if one in events]


def _refuse_more(connection: Connection, actor: AppUser, webhook_id: str) -> None:
    others = select(func.count()).where(webhooks.c.team_id == actor.team_id, webhooks.c.id != webhook_id)
    mine = others.where(or_(webhooks.c.user_id == actor.id, webhooks.c.user_id.is_(None)))
    if (connection.scalar(mine) or 0) >= MOST_WEBHOOKS:
        raise UserMistake(f"There are {MOST_WEBHOOKS} webhooks already: remove one first.")


def _one(webhook_id: str) -> ColumnElement[bool]:
    return webhooks.c.id == known_id(webhook_id, "webhook")


def _visible(actor: AppUser) -> ColumnElement[bool]:
    own = webhooks.c.user_id == actor.id
    return webhooks.c.team_id == actor.team_id if actor.is_admin else own


def _found(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise NotFound("There is no such webhook.")
    return row


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(
        id=row.id,
        url=row.url,
        scope=Scope.TEAM if row.user_id is None else Scope.OWN,
        events=TOLD if row.happened is None else tuple(Happened(one) for one in row.happened),
        created_at=row.created_at,
        failures=row.failures,
        failing_since=row.failing_since,
        next_attempt_at=row.next_attempt_at,
        last_answer=row.last_answer,
        stopped=row.stopped,
        test_asked_at=row.test_asked_at,
        owner_id=row.user_id,
    )
