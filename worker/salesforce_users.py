"""Finds who an app user is in Salesforce, with the team's integration login (SYNC-9)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from remindersync.errors import LoginLost, UserMistake
from remindersync.ports import SalesforceUser

if TYPE_CHECKING:
    from remindersync.salesforce.org import RestOrg
    from remindersync.store.people import Team
    from worker.services import Services


def candidates(services: "Services", team: "Team", email: str) -> list[SalesforceUser]:
    """Return the active Salesforce users whose username or e-mail address this is. Raises `UserMistake`."""
    return _org(services, team).users_called(email)


def find(services: "Services", team: "Team", email: str, named: str | None = None) -> SalesforceUser:
    """Return the one active Salesforce user that an address means, or that an admin `named` by username or id.

    Raises `UserMistake` where there is none, where several are meant, and without a working integration login.
    """
    org = _org(services, team)
    found = org.user_named(named) if named else org.users_called(email)
    if len(found) == 1:
        return found[0]
    if found:
        raise UserMistake(
            f"Several active Salesforce users have {email} as username or e-mail address ({_listed(found)}): "
            "name the one by their username."
        )
    if named:
        raise UserMistake(f"No active Salesforce user has the username or id {named}: correct it.")
    raise UserMistake(
        f"No active Salesforce user has {email} as username or e-mail address: name one by their username."
    )


def _listed(found: Sequence[SalesforceUser]) -> str:
    return ", ".join(f"{one.username}: {one.name}" if one.name else one.username for one in found)


def _org(services: "Services", team: "Team") -> "RestOrg":
    mistake = UserMistake(f"The team {team.name} has no integration login that works: connect one first.")
    if team.org_id is None:
        raise mistake
    try:
        return services.sessions.org(team.id, team.org_id)
    except LoginLost:
        raise mistake from None
