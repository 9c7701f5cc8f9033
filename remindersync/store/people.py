"""Teams and their users."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from remindersync.errors import UserMistake
from remindersync.store.mistakes import NotFound, OfAnotherTeam
from remindersync.store.tables import run_state, teams, users
from remindersync.store.texts import clean_email, clean_line, known_id

_LONGEST_NAME = 200
# Nobody's id: the operator at the command line is no user, and owns nothing.
_NOBODY = "00000000-0000-0000-0000-000000000000"
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Team:
    """One tenant; `org_id` is its Salesforce org once somebody has connected."""

    id: str
    name: str
    org_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AppUser:
    """A person of the app, as pages and programs know them; where connected, with their id and name in Salesforce."""

    id: str
    team_id: str
    email: str
    name: str
    time_zone: str
    is_admin: bool
    active: bool
    salesforce_id: str | None
    sync_on: bool
    turned_on_at: datetime | None
    on_integration_login: bool = False
    sync_when_active: bool = False
    session_number: int = 1
    salesforce_username: str | None = None

    @property
    def in_salesforce(self) -> str | None:
        """Who they are in Salesforce, for people: the username, or the id where no name is known."""
        return self.salesforce_username or self.salesforce_id


def add_team(connection: Connection, name: str) -> Team:
    """Add a team. Raises `UserMistake` for a name that is empty or taken."""
    name = clean_line("The team's name", name, least=1, most=_LONGEST_NAME)
    statement = upsert(teams).values(name=name).on_conflict_do_nothing(index_elements=["name"]).returning(teams)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise UserMistake(f"There is a team {name!r} already: choose another name.")
    return _team(row)


def all_teams(connection: Connection) -> list[Team]:
    return [_team(row) for row in connection.execute(select(teams).order_by(teams.c.name))]


def team_named(connection: Connection, name: str) -> Team:
    """Return the team with a name. Raises `NotFound`."""
    row = connection.execute(select(teams).where(teams.c.name == clean_line("The team", name, most=_LONGEST_NAME)))
    team = row.one_or_none()
    if team is None:
        raise NotFound(f"There is no team {name!r}: add it first, or choose one that exists.")
    return _team(team)


def add_user(connection: Connection, email: str, team: str, *, name: str, time_zone: str, is_admin: bool) -> AppUser:
    """Add a user to the team named `team`.

    Raises `UserMistake` for a wrong value and an address that is taken, `OfAnotherTeam` where by another team.
    """
    team_id, address = team_named(connection, team).id, clean_email("The e-mail address", email)
    values = {
        "team_id": team_id,
        "email": address,
        "name": clean_line("The name", name, most=_LONGEST_NAME),
        "time_zone": known_zone(time_zone),
        "is_admin": is_admin,
    }
    statement = upsert(users).values(values).on_conflict_do_nothing(index_elements=["email"]).returning(users)
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise _taken(connection, address, team_id)
    connection.execute(insert(run_state).values(user_id=row.id))
    return app_user(row)


def _taken(connection: Connection, email: str, team_id: str) -> UserMistake:
    has = select(users.c.team_id, teams.c.name).join(teams, teams.c.id == users.c.team_id).where(users.c.email == email)
    other = connection.execute(has).one_or_none()
    if other is not None and other.team_id == team_id:
        return UserMistake(f"There is a user {email} already in the team: use another address.")
    name, its_id = (other.name, other.team_id) if other is not None else ("of somebody else", None)
    return OfAnotherTeam(
        f"The address {email} cannot be used here: use another, or ask your operator.",
        f"There is a user {email} already in the team {name}: use another address.",
        its_id,
    )


def describe(connection: Connection, user_id: str, *, name: str, time_zone: str) -> AppUser:
    """Change a user's own name and time zone. Raises `UserMistake` for a wrong value, `NotFound`."""
    values = {"name": clean_line("The name", name, most=_LONGEST_NAME), "time_zone": known_zone(time_zone.strip())}
    connection.execute(update(users).where(users.c.id == known_id(user_id, "user")).values(values))
    return by_id(connection, user_id)


def known_zone(name: str) -> str:
    """Return the name of a time zone. Raises `UserMistake` for one nobody knows."""
    try:
        return ZoneInfo(name).key
    # The zone is a path below a folder of zones: a folder, "" and "../x" each fail in a way of their own.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UserMistake(f"There is no time zone {name!r}: use a name like Europe/Berlin.") from None


def list_users(connection: Connection, team: str | None) -> list[AppUser]:
    """Return the users of the team named `team`, or all, by address. Raises `NotFound` for an unknown team."""
    statement = select(users).order_by(users.c.email)
    if team is not None:
        statement = statement.where(users.c.team_id == team_named(connection, team).id)
    return [app_user(row) for row in connection.execute(statement)]


def colleagues(connection: Connection, team_id: str, emails: Collection[str] | None) -> list[AppUser]:
    """Return these users of a team, all of them without addresses, by address. Raises `NotFound` naming who is none."""
    found = select(users).where(users.c.team_id == known_id(team_id, "team")).order_by(users.c.email)
    team = [app_user(row) for row in connection.execute(found)]
    if emails is None:
        return team
    wanted = {email.strip().lower() for email in emails}
    unknown = wanted - {user.email for user in team}
    if unknown:
        raise NotFound(f"There is nobody called {min(unknown)} in your team: correct the address.")
    return [user for user in team if user.email in wanted]


def with_salesforce_id(connection: Connection, user: AppUser, salesforce_id: str) -> str | None:
    """Return the address of another user of the team who is this Salesforce user."""
    others = select(users.c.email).where(users.c.team_id == user.team_id, users.c.id != user.id)
    return connection.scalar(others.where(users.c.salesforce_id == salesforce_id))


def operator(team_id: str) -> AppUser:
    """Return who acts for an operator at the command line: an admin of the team, called `operator` in history."""
    return AppUser(_NOBODY, team_id, OPERATOR, "", "UTC", True, True, None, False, None)  # noqa: FBT003 as in its row


def by_email(connection: Connection, email: str) -> AppUser:
    """Return the user with an address, in any case. Raises `NotFound`."""
    try:
        address = clean_email("The e-mail address", email)
    except UserMistake as mistake:
        raise NotFound(str(mistake)) from None
    row = connection.execute(select(users).where(users.c.email == address)).one_or_none()
    if row is None:
        raise NotFound(f"There is no user {address}: add them first, or correct the address.")
    return app_user(row)


def by_id(connection: Connection, user_id: str) -> AppUser:
    """Return a user. Raises `NotFound`."""
    row = connection.execute(select(users).where(users.c.id == known_id(user_id, "user"))).one_or_none()
    if row is None:
        raise NotFound("There is no such user.")
    return app_user(row)


def app_user(row: Row[tuple[object, ...]]) -> AppUser:
    """Return a row of `users` as a value."""
    return AppUser(**{field: getattr(row, field) for field in AppUser.__dataclass_fields__})


def _team(row: Row[tuple[object, ...]]) -> Team:
    return Team(row.id, row.name, row.org_id, row.created_at)
