"""Takes in a login a person or a team made at Salesforce, if it is the right org's and person's (SAFE-5)."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from remindersync.errors import UserMistake
from remindersync.store import people, switch
from remindersync.store.due import Lane, mark_due
from remindersync.store.duty import lock
from remindersync.store.logins import ACTIVE, INACTIVE, LoginGrant, sealed
from remindersync.store.mistakes import NotFound, OfAnotherTeam
from remindersync.store.people import AppUser
from remindersync.store.run_statements import INTEGRATION_LOGIN_LOST
from remindersync.store.tables import diagnostics, run_state, teams, users
from remindersync.store.tables import salesforce_logins as logins
from remindersync.store.texts import known_id, salesforce_id
from remindersync.store.vault import Vault


def connect(connection: Connection, vault: Vault, user_id: str, grant: LoginGrant) -> bool:
    """Store a user's own login, in place of the one before; whether the user is due now.

    Raises `UserMistake` naming both where the org is not the team's, or the Salesforce user not this person's.
    """
    user_id = known_id(user_id, "user")
    lock(connection, [user_id])
    user = people.by_id(connection, user_id)
    _belong_to_org(connection, user.team_id, grant)
    _be_person(connection, user, grant)
    columns = _columns(vault, grant) | {"user_id": user.id, "team_id": user.team_id}
    inactive = connection.scalar(select(logins.c.state).where(logins.c.user_id == user.id)) == INACTIVE
    _put(connection, columns, index_elements=["user_id"])
    _clear_notices(connection, user.id)
    if inactive and user.sync_on:
        # Active again in Salesforce: all that was done meanwhile is looked at (SYNC-10, FIRST-4).
        switch.turn_off(connection, user.id)
        switch.turn_on(connection, user.id, None)
    mark_due(connection, [user.id], Lane.INTERACTIVE)
    return user.sync_on and user.active


def connect_team(connection: Connection, vault: Vault, team_id: str, grant: LoginGrant) -> None:
    """Store a team's integration login, in place of the one before.

    Raises `UserMistake` where the org is not the team's.
    """
    team_id = known_id(team_id, "team")
    _belong_to_org(connection, team_id, grant)
    columns = _columns(vault, grant) | {"user_id": None, "team_id": team_id}
    _put(connection, columns, index_elements=["team_id"], index_where=logins.c.user_id.is_(None))
    lost = (diagnostics.c.team_id == team_id) & (diagnostics.c.code == INTEGRATION_LOGIN_LOST)
    connection.execute(update(diagnostics).where(lost, diagnostics.c.state == "open").values(state="resolved"))
    _wake(connection, team_id)


def _belong_to_org(connection: Connection, team_id: str, grant: LoginGrant) -> None:
    org_id = _full(grant.org_id)
    team = connection.execute(select(teams.c.name, teams.c.org_id).where(teams.c.id == team_id)).one_or_none()
    if team is None:
        raise NotFound("There is no such team.")
    if team.org_id is None:
        _claim_org(connection, team_id, org_id)
        team = connection.execute(select(teams.c.name, teams.c.org_id).where(teams.c.id == team_id)).one()
    if team.org_id != org_id:
        raise UserMistake(
            f"The team {team.name} belongs to the Salesforce org {team.org_id}, but {grant.username} is a user of "
            f"{org_id}: log in to the team's org."
        )


def _claim_org(connection: Connection, team_id: str, org_id: str) -> None:
    other = connection.execute(select(teams.c.id, teams.c.name).where(teams.c.org_id == org_id)).one_or_none()
    if other is not None:
        raise _taken(org_id, other.name, other.id)
    first = update(teams).where(teams.c.id == team_id, teams.c.org_id.is_(None)).values(org_id=org_id)
    try:
        connection.execute(first)
    except IntegrityError:
        raise _taken(org_id, "of somebody who was just quicker", None) from None


def _taken(org_id: str, team: str, team_id: str | None) -> OfAnotherTeam:
    return OfAnotherTeam(
        f"The Salesforce org {org_id} belongs to another team here: log in to your own team's, or ask your operator.",
        f"The Salesforce org {org_id} belongs to the team {team}: log in to another.",
        team_id,
    )


def _be_person(connection: Connection, user: AppUser, grant: LoginGrant) -> None:
    person = _full(grant.salesforce_id)
    if user.salesforce_id not in (None, person):
        known = user.in_salesforce
        raise UserMistake(
            f"{user.email} is {known} in Salesforce, but the login is {grant.username}'s: log in as {known}."
        )
    other = _other_with(connection, user, users.c.salesforce_id == person)
    if other is not None:
        raise UserMistake(
            f"{grant.username} is connected as {other} already, so {user.email} cannot use it: log in as yourself."
        )
    try:
        known_as = {"salesforce_id": person, "salesforce_username": grant.username}
        connection.execute(update(users).where(users.c.id == user.id).values(known_as))
    except IntegrityError:
        raise UserMistake(
            f"{grant.username} was just connected by somebody else, so {user.email} cannot use it: log in as yourself."
        ) from None


def _wake(connection: Connection, team_id: str) -> None:
    """Make everybody due whose runs act with the team's login, and withdraw what asked for it (SYNC-9)."""
    acting = select(users.c.id).where(users.c.team_id == team_id, users.c.on_integration_login).order_by(users.c.id)
    for user_id in connection.scalars(acting).all():
        lock(connection, [user_id])
        _clear_notices(connection, user_id)
        mark_due(connection, [user_id], Lane.SYNC)


def _other_with(connection: Connection, user: AppUser, condition: ColumnElement[bool]) -> str | None:
    same_team = (users.c.team_id == user.team_id) & (users.c.id != user.id)
    return connection.scalar(select(users.c.email).where(same_team, condition))


def _columns(vault: Vault, grant: LoginGrant) -> dict[str, Any]:
    return sealed(vault, grant.access_token, grant.refresh_token) | {
        "org_id": _full(grant.org_id),
        "salesforce_id": _full(grant.salesforce_id),
        "username": grant.username,
        "instance_url": grant.instance_url,
        "grant": grant.grant.value,
        "state": ACTIVE,
    }


def _put(connection: Connection, columns: dict[str, Any], **conflict: Any) -> None:
    added = upsert(logins).values(columns)
    again = columns | {"version": logins.c.version + 1, "updated_at": func.now()}
    connection.execute(added.on_conflict_do_update(**conflict, set_=again))


def _clear_notices(connection: Connection, user_id: str) -> None:
    """Withdraw what asked the user to connect again."""
    asking = (diagnostics.c.user_id == user_id) & (diagnostics.c.state == "open") & (diagnostics.c.retry == "reconnect")
    connection.execute(update(diagnostics).where(asking).values(state="resolved"))
    connection.execute(update(run_state).where(run_state.c.user_id == user_id).values(last_error=None))


def _full(identifier: str) -> str:
    """Return a Salesforce id with 18 characters, for both forms must compare as one; what is no id stays as it is."""
    try:
        return salesforce_id(identifier)
    except ValueError:
        return identifier
