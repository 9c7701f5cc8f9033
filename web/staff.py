"""What admins do about the people of their team, the same for pages and programs (SYNC-9, SYNC-10)."""

import logging

from remindersync.errors import UserMistake
from remindersync.store.leaving import HandedOver
from remindersync.store.mistakes import OfAnotherTeam
from remindersync.store.people import AppUser, Team
from worker import salesforce_users
from worker.services import Services

logger = logging.getLogger(__name__)


def team_of(services: Services, admin: AppUser) -> Team:
    """Return the team an admin looks after."""
    return next(team for team in services.directory.teams() if team.id == admin.team_id)


def tell_operator(asking: AppUser, mistake: UserMistake) -> None:
    """Log what the person asking must not be told: which team has what they asked for."""
    if isinstance(mistake, OfAnotherTeam):
        logger.warning("The user %s was refused what the team %s has.", asking.id, mistake.team_id)


def set_active(services: Services, admin: AppUser, user: AppUser, *, active: bool) -> AppUser:
    """Deactivate a colleague, or activate them again. Raises `UserMistake` for an admin who deactivates themselves."""
    if not active:
        if user.id == admin.id:
            raise UserMistake("You cannot deactivate yourself: ask another admin.")
        return services.directory.deactivate(user.id)
    activated = services.directory.activate(user.id)
    services.send(user.id)
    return activated


def choose_login(services: Services, team: Team, user: AppUser, named: str | None, *, integration: bool) -> AppUser:
    """Let a colleague's runs act with the integration login, or with their own.

    `named` says who they are in Salesforce, by username or id. Raises `UserMistake` where nobody or several fit.
    """
    if integration:
        person = salesforce_users.find(services, team, user.email, named or user.salesforce_id)
        changed = services.directory.put_on_integration(user.id, person)
    else:
        changed = services.directory.put_on_own(user.id)
    services.send(user.id)
    return changed


def hand_over(services: Services, admin: AppUser, user: AppUser, to: AppUser, count: int) -> HandedOver:
    """Hand every open reminder of a colleague over to another. Raises `Recounted` where they are not `count`."""
    given = services.reminders.hand_over(admin, user.id, to.email, count=count)
    services.send(user.id)
    services.send(to.id)
    return given
