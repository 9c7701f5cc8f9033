"""Salesforce logins: whose they are (SAFE-5), and their tokens, sealed (SAFE-2)."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, and_, func, not_, or_, select, update

from remindersync.ports import Grant, Login
from remindersync.store.database import Database
from remindersync.store.duty import lock
from remindersync.store.mistakes import NotFound
from remindersync.store.retrying import in_transaction
from remindersync.store.tables import run_state
from remindersync.store.tables import salesforce_logins as logins
from remindersync.store.vault import Vault

ACTIVE, RECONNECT, INACTIVE = "active", "reconnect", "inactive"
_BATCH = 200


@dataclass(frozen=True, slots=True)
class LoginGrant:
    """What Salesforce gave a person who logged in: who they are there, and the tokens to act as them."""

    org_id: str
    salesforce_id: str
    username: str
    instance_url: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False, default=None)
    grant: Grant = Grant.NONE


class SqlLogins:
    """The stored logins, for the workers that use them (`ports.Logins`)."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def of_user(self, user_id: str) -> Login | None:
        """Return a user's own login."""
        with self._database.begin() as connection:
            row = connection.execute(select(logins).where(logins.c.user_id == user_id)).one_or_none()
        return None if row is None else self._login(row)

    def of_team(self, team_id: str) -> Login | None:
        """Return a team's integration login."""
        integration = select(logins).where(logins.c.team_id == team_id, logins.c.user_id.is_(None))
        with self._database.begin() as connection:
            row = connection.execute(integration).one_or_none()
        return None if row is None else self._login(row)

    def renew(self, login: Login, *, access_token: str, instance_url: str, refresh_token: str | None) -> Login:
        """Store new tokens before anyone uses them; return what is stored. Raises `NotFound` where the login is gone.

        Where `login.version` is no longer the stored one, nothing is written and the stored one is returned. Without
        a new refresh token the old one stays.
        """
        values: dict[str, Any] = sealed(self._vault, access_token, refresh_token)
        values |= {
            "instance_url": instance_url,
            "state": ACTIVE,
            "version": login.version + 1,
            "updated_at": func.now(),
        }
        if refresh_token is None:
            del values["refresh_token"]
        with self._database.begin() as connection:
            held = (logins.c.id == login.id) & (logins.c.version == login.version)
            connection.execute(update(logins).where(held).values(values))
            row = connection.execute(select(logins).where(logins.c.id == login.id)).one_or_none()
        if row is None:
            raise NotFound("This Salesforce login was removed: connect again.")
        return self._login(row)

    def lose(self, login: Login, reason: str, *, inactive: bool = False) -> None:
        """Mark the login *reconnect needed*, unless its tokens were renewed meanwhile; a user's page shows `reason`.

        With `inactive` it is because its Salesforce user is not active any more (SYNC-10).
        """
        state = INACTIVE if inactive else RECONNECT
        in_transaction(self._database, lambda connection: _lose(connection, login, reason, state))

    def _login(self, row: Row[Any]) -> Login:
        return Login(
            id=row.id,
            team_id=row.team_id,
            user_id=row.user_id,
            org_id=row.org_id,
            salesforce_id=row.salesforce_id,
            username=row.username,
            instance_url=row.instance_url,
            access_token=self._vault.open(row.access_token),
            refresh_token=None if row.refresh_token is None else self._vault.open(row.refresh_token),
            grant=Grant(row.grant),
            active=row.state == ACTIVE,
            version=row.version,
        )


def acting(person: FromClause, login: FromClause = logins) -> ColumnElement[bool]:
    """Return the condition that is true of the login that acts for a row of `users` (SYNC-9), aliases or not."""
    integration = and_(login.c.user_id.is_(None), login.c.team_id == person.c.team_id)
    return or_(
        and_(person.c.on_integration_login, integration),
        and_(not_(person.c.on_integration_login), login.c.user_id == person.c.id),
    )


def sealed(vault: Vault, access_token: str, refresh_token: str | None) -> dict[str, bytes | None]:
    """Return a login's tokens as columns."""
    refresh = None if refresh_token is None else vault.seal(refresh_token)
    return {"access_token": vault.seal(access_token), "refresh_token": refresh}


def rotate(database: Database, vault: Vault) -> int:
    """Seal every stored token anew with the newest key, in transactions of 200; return how many logins there were."""
    count, after = 0, None
    while True:
        with database.begin() as connection:
            ids = _rotate_some(connection, vault, after)
        if not ids:
            return count
        count, after = count + len(ids), ids[-1]


def _rotate_some(connection: Connection, vault: Vault, after: str | None) -> list[str]:
    batch = select(logins.c.id, logins.c.access_token, logins.c.refresh_token).order_by(logins.c.id).limit(_BATCH)
    if after is not None:
        batch = batch.where(logins.c.id > after)
    rows = connection.execute(batch.with_for_update()).all()
    for row in rows:
        refresh = None if row.refresh_token is None else vault.rotate(row.refresh_token)
        tokens = {"access_token": vault.rotate(row.access_token), "refresh_token": refresh}
        # The tokens are the same, so is the version: whoever holds them need not read them again.
        connection.execute(update(logins).where(logins.c.id == row.id).values(tokens))
    return [row.id for row in rows]


def _lose(connection: Connection, login: Login, reason: str, state: str) -> None:
    if login.user_id is not None:
        lock(connection, [login.user_id])
    held = (logins.c.id == login.id) & (logins.c.version == login.version) & (logins.c.state == ACTIVE)
    lost = connection.execute(update(logins).where(held).values(state=state, updated_at=func.now()))
    if lost.rowcount and login.user_id is not None:
        connection.execute(update(run_state).where(run_state.c.user_id == login.user_id).values(last_error=reason))
