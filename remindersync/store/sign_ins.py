"""Who signs in: people known by their Salesforce login, sessions that ended, and what may be used once only."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, LargeBinary, TableValuedAlias, column, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from remindersync.errors import UserMistake
from remindersync.store import connecting, people
from remindersync.store.columns import row_id
from remindersync.store.database import Database
from remindersync.store.logins import LoginGrant
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.retrying import in_transaction
from remindersync.store.tables import teams, used_once, users
from remindersync.store.texts import known_id
from remindersync.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Session:
    """What a cookie says of a session: whose it is, which, and the number all of theirs had when it began."""

    user_id: str
    id: str
    number: int


class SignIns:
    """The book of sign-ins, each method in a transaction of its own."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def use(self, secret: str, *, keep_seconds: float) -> bool:
        """Note that something is used; whether it was not before, in any process.

        Only its digest is kept, for `keep_seconds`: after them it must not count any more by itself.
        """
        return in_transaction(self._database, lambda connection: _use(connection, secret, keep_seconds))

    def enter(self, grant: LoginGrant, email: str | None) -> AppUser:
        """Return who a Salesforce login is here, and connect them with it; `email` is the verified address there.

        Somebody known by their Salesforce user is that person; on the first time the address decides, within the
        team whose org it is. Raises `UserMistake` for nobody, and for who is deactivated or somebody else there.
        """
        return in_transaction(self._database, lambda connection: self._enter(connection, grant, email))

    def in_session(self, session: Session) -> AppUser | None:
        """Return the active person of a session, None where it has ended; one statement."""
        ended = select(used_once.c.digest).where(used_once.c.digest == _digest(session.id)).exists()
        current = users.c.session_number == session.number
        wanted = select(users).where(users.c.id == session.user_id, users.c.active, current, ~ended)
        with self._database.begin() as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else people.app_user(row)

    def standing(self, sessions: Collection[Session]) -> frozenset[Session]:
        """Return those of several sessions that have not ended; one statement, none for no sessions."""
        if not sessions:
            return frozenset()
        by_digest = {_digest(session.id): session for session in sessions}
        asked = _table(by_digest)
        current = (users.c.id == asked.c.user_id) & (users.c.session_number == asked.c.number) & users.c.active
        ended = select(used_once.c.digest).where(used_once.c.digest == asked.c.digest).exists()
        with self._database.begin() as connection:
            standing = connection.scalars(select(asked.c.digest).join(users, current).where(~ended)).all()
        return frozenset(by_digest[bytes(digest)] for digest in standing)

    def end_all(self, user_id: str) -> None:
        """End every session of a person, and every sign-in link made for them. Raises `NotFound`."""
        user_id = known_id(user_id, "user")
        raised = update(users).where(users.c.id == user_id).values(session_number=users.c.session_number + 1)
        with self._database.begin() as connection:
            if not connection.execute(raised).rowcount:
                raise NotFound("There is no such user.")

    def _enter(self, connection: Connection, grant: LoginGrant, email: str | None) -> AppUser:
        user = _person(connection, grant, email)
        if not user.active:
            raise UserMistake("This account is deactivated: ask your admin.")
        connecting.connect(connection, self._vault, user.id, grant)
        return people.by_id(connection, user.id)


def _table(by_digest: Mapping[bytes, Session]) -> TableValuedAlias:
    """Return sessions as a table, made of arrays: the statement is the same however many there are."""
    columns = (column("digest", LargeBinary), column("user_id", row_id), column("number", Integer))
    rows = func.unnest(
        literal([*by_digest], ARRAY(LargeBinary)),
        literal([session.user_id for session in by_digest.values()], ARRAY(row_id)),
        literal([session.number for session in by_digest.values()], ARRAY(Integer)),
    )
    return rows.table_valued(*columns, name="asked").render_derived()


def _use(connection: Connection, secret: str, keep_seconds: float) -> bool:
    until = func.now() + text("make_interval(secs => :keep)").bindparams(keep=keep_seconds)
    noted = upsert(used_once).values(digest=_digest(secret), keep_until=until).on_conflict_do_nothing()
    return connection.execute(noted.returning(used_once.c.digest)).one_or_none() is not None


def _person(connection: Connection, grant: LoginGrant, email: str | None) -> AppUser:
    team_id = connection.scalar(select(teams.c.id).where(teams.c.org_id == grant.org_id))
    if team_id is None:
        raise UserMistake(
            f"No team here belongs to {grant.username}'s Salesforce org yet: sign in by a link from your admin first."
        )
    of_team = select(users).where(users.c.team_id == team_id)
    row = connection.execute(of_team.where(users.c.salesforce_id == grant.salesforce_id)).one_or_none()
    if row is None and email:
        row = connection.execute(of_team.where(users.c.email == email.strip().lower())).one_or_none()
    if row is None:
        known_by = f"the address {email}" if email else "an address that Salesforce has verified"
        raise UserMistake(
            f"Nobody in the team of {grant.username}'s Salesforce org has {known_by} of theirs: ask your admin."
        )
    return people.app_user(row)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
