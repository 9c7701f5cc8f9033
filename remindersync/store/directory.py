"""The app's book of teams and people: who they are, their logins, settings and sync switch."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select, update

from remindersync.errors import UserMistake
from remindersync.model import SyncUser, TeamSettings
from remindersync.ports import SalesforceUser
from remindersync.store import (
    acting,
    connecting,
    erasing,
    leaving,
    logins,
    people,
    rows,
    status,
    switch,
    team_settings,
    tokens,
    webhooks,
)
from remindersync.store.database import Database
from remindersync.store.erasing import Erased
from remindersync.store.logins import LoginGrant
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser, Team
from remindersync.store.retrying import in_transaction
from remindersync.store.status import UserStatus
from remindersync.store.tables import teams, users
from remindersync.store.texts import known_id
from remindersync.store.tokens import Token
from remindersync.store.vault import Vault

Result = TypeVar("Result")


class Directory:
    """Teams and people, each method in a transaction of its own.

    Every method raises `UserMistake` for what cannot be done, `NotFound` (one of them) for who is not there.
    """

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    # ── Teams and people ────────────────────────────────────────────────────────────────────────────────────

    def add_team(self, name: str) -> Team:
        """Add a team under a name nobody has."""
        return self._do(lambda connection: people.add_team(connection, name))

    def teams(self) -> list[Team]:
        """Return all teams by name."""
        return self._do(people.all_teams)

    def team(self, name: str) -> Team:
        """Return the team with a name."""
        return self._do(lambda connection: people.team_named(connection, name))

    def add_user(
        self, email: str, team: str, *, name: str = "", time_zone: str = "UTC", is_admin: bool = False
    ) -> AppUser:
        """Add a user to the team named `team`; their sync is off."""
        return self._do(
            lambda connection: people.add_user(
                connection, email, team, name=name, time_zone=time_zone, is_admin=is_admin
            )
        )

    def users(self, team: str | None = None) -> list[AppUser]:
        """Return the users of the team named `team`, or everybody, by address."""
        return self._do(lambda connection: people.list_users(connection, team))

    def colleagues(self, team_id: str, emails: Collection[str] | None = None) -> list[AppUser]:
        """Return these users of a team, all of them without addresses; `NotFound` if one is nobody of the team."""
        return self._do(lambda connection: people.colleagues(connection, team_id, emails))

    def user(self, email: str) -> AppUser:
        """Return the user with an e-mail address."""
        return self._do(lambda connection: people.by_email(connection, email))

    def user_by_id(self, user_id: str) -> AppUser:
        """Return a user."""
        return self._do(lambda connection: people.by_id(connection, user_id))

    def describe(self, user_id: str, *, name: str, time_zone: str) -> AppUser:
        """Change a user's name and time zone."""
        return self._do(lambda connection: people.describe(connection, user_id, name=name, time_zone=time_zone))

    def issue_token(self, user_id: str, name: str = "", *, token_id: str | None = None) -> str:
        """Return a new API token that speaks for a user. It is shown this once: only its digest is kept.

        One that is there already under a `token_id` of the caller's making is replaced.
        """
        return self._do(lambda connection: tokens.issue(connection, user_id, name, token_id))

    def issue_team_token(self, team: str, name: str = "") -> str:
        """Return a new API token that acts for the users of a team, each named in the request."""
        return self._do(lambda connection: tokens.issue_for_team(connection, team, name))

    def tokens_of(self, user_id: str) -> list[Token]:
        """Return a user's own API tokens, the newest first."""
        return self._do(lambda connection: tokens.of_user(connection, user_id))

    def team_tokens(self, team_id: str) -> list[Token]:
        """Return the API tokens that act for a team's users, the newest first."""
        return self._do(lambda connection: tokens.of_team(connection, team_id))

    def revoke_token(self, actor: AppUser, token_id: str) -> Token:
        """Let one of a person's own tokens count no more, or as an admin one of the team's."""
        return self._do(lambda connection: tokens.revoke(connection, actor, token_id))

    def user_of_token(self, token: str, act_for: str | None = None) -> AppUser | None:
        """Return the active user a token speaks for, None for a token nobody holds. Raises `NeedsUser`."""
        return self._do(lambda connection: tokens.bearer(connection, token, act_for))

    def erase(self, user_id: str) -> Erased:
        """Erase a person: their reminders here, logins and tokens go, values in history become empty (MERGE-4).

        Nothing is deleted in Salesforce.
        """
        return self._do(lambda connection: erasing.erase(connection, user_id))

    # ── Settings ────────────────────────────────────────────────────────────────────────────────────────────

    def settings(self, team_id: str) -> TeamSettings:
        """Return a team's settings."""
        return self._do(lambda connection: _settings(connection, team_id))

    def save_settings(self, team_id: str, settings: TeamSettings, before: TeamSettings | None = None) -> TeamSettings:
        """Save a team's settings, or what of them differs from `before`; return all as stored.

        Whoever read `before` a while ago so takes back nothing that somebody else saved meanwhile.
        """
        known = team_settings.to_json(before) if before else {}
        wanted = team_settings.to_json(team_settings.checked(settings))
        changes = {name: value for name, value in wanted.items() if name not in known or known[name] != value}
        self._do(lambda connection: _save_settings(connection, team_id, changes))
        return self.settings(team_id)

    # ── Logins and the switch ───────────────────────────────────────────────────────────────────────────────

    def connect(self, user_id: str, grant: LoginGrant) -> bool:
        """Store a user's Salesforce login, in place of the one before; whether the user is due now."""
        return self._do(lambda connection: connecting.connect(connection, self._vault, user_id, grant))

    def connect_team(self, team_id: str, grant: LoginGrant) -> None:
        """Store a team's integration login, in place of the one before."""
        self._do(lambda connection: connecting.connect_team(connection, self._vault, team_id, grant))

    def put_on_integration(self, user_id: str, person: SalesforceUser) -> AppUser:
        """Let a user's runs act with the team's integration login, as this person of Salesforce (SYNC-9)."""
        return self._do(lambda connection: acting.put_on_integration(connection, user_id, person))

    def put_on_own(self, user_id: str) -> AppUser:
        """Let a user's runs act with their own login again."""
        return self._do(lambda connection: acting.put_on_own(connection, user_id))

    def deactivate(self, user_id: str) -> AppUser:
        """Deactivate a user: their sync pauses, and nothing is deleted or moved (SYNC-10)."""
        return self._do(lambda connection: leaving.deactivate(connection, user_id))

    def activate(self, user_id: str, *, now: datetime | None = None) -> AppUser:
        """Activate a user again; sync that was on goes on as if it had been turned off and on (FIRST-4)."""
        return self._do(lambda connection: leaving.activate(connection, user_id, now))

    def turn_on(self, user_id: str, *, now: datetime | None = None) -> AppUser:
        """Turn a user's sync on: they are due at once, and a run is queued. Who is on already is left alone."""
        return self._do(lambda connection: switch.turn_on(connection, user_id, now))

    def turn_off(self, user_id: str) -> AppUser:
        """Turn a user's sync off: it stops at the next step, and both sides keep their records (FIRST-7)."""
        return self._do(lambda connection: switch.turn_off(connection, user_id))

    def sync_user(self, user_id: str) -> SyncUser:
        """Return a user as a run sees them. They must have been connected and on."""
        return self._do(lambda connection: _sync_user(connection, user_id))

    def rotate_keys(self) -> int:
        """Seal every stored login and webhook secret anew with the newest of TOKEN_KEYS; return how many logins."""
        self._do(lambda connection: webhooks.rotate(connection, self._vault))
        return logins.rotate(self._database, self._vault)

    # ── How it stands ───────────────────────────────────────────────────────────────────────────────────────

    def status(self, user_id: str | None = None, *, team_id: str | None = None) -> list[UserStatus]:
        """Return how sync stands for one user, for a team's users, or for everybody."""
        return self._do(lambda connection: status.statuses(connection, user_id, team_id))

    def _do(self, work: Callable[[Connection], Result]) -> Result:
        return in_transaction(self._database, work)


def _settings(connection: Connection, team_id: str) -> TeamSettings:
    stored = select(teams.c.settings).where(teams.c.id == known_id(team_id, "team"))
    row = connection.execute(stored).one_or_none()
    if row is None:
        raise NotFound("There is no such team.")
    return rows.settings(row.settings)


def _save_settings(connection: Connection, team_id: str, changes: dict[str, Any]) -> None:
    # Merged: what a newer version of the project keeps here stays.
    stored = teams.c.settings.concat(changes)
    saved = connection.execute(update(teams).where(teams.c.id == known_id(team_id, "team")).values(settings=stored))
    if not saved.rowcount:
        raise NotFound("There is no such team.")


def _sync_user(connection: Connection, user_id: str) -> SyncUser:
    columns = (users, teams.c.org_id, teams.c.settings)
    found = select(*columns).join(teams, teams.c.id == users.c.team_id).where(users.c.id == known_id(user_id, "user"))
    row = connection.execute(found).one_or_none()
    if row is None:
        raise NotFound("There is no such user.")
    if row.org_id is None or row.salesforce_id is None or row.turned_on_at is None:
        raise UserMistake(f"{row.email} has never synced: connect to Salesforce and turn sync on.")
    return rows.sync_user(row)
