"""Saves a team's settings once its org has nothing against them."""

from remindersync.errors import SyncError, UserMistake
from remindersync.model import TeamSettings
from remindersync.ports import Login
from remindersync.salesforce.client import Client
from remindersync.salesforce.survey import OrgSurvey
from remindersync.store import team_settings
from remindersync.store.people import AppUser
from worker.services import Services


def save_settings(here: Services, team_id: str, wanted: TeamSettings, by: AppUser | None = None) -> TeamSettings:
    """Save a team's settings and return them as stored.

    What changes is held against the org first, by the integration login or else that of `by`; without either it is
    saved unseen. Raises `UserMistake` naming the setting that is wrong, or that the org contradicts (MAP-2, MAP-7).
    """
    before = here.directory.settings(team_id)
    clean = team_settings.checked(wanted)
    login = login_to_ask(here, team_id, by)
    if login is not None:
        _check(here, login, before, clean)
    return here.directory.save_settings(team_id, clean, before)


def login_to_ask(here: Services, team_id: str, by: AppUser | None) -> Login | None:
    """Return the login with which a team's org is asked: the integration login, or else that of `by`, if one works."""
    found = (here.logins.of_team(team_id), here.logins.of_user(by.id) if by is not None else None)
    return next((login for login in found if login is not None and login.active), None)


def _check(here: Services, login: Login, before: TeamSettings, after: TeamSettings) -> None:
    client = Client(login, here.sessions.refresher, here.sessions.door, background=False)
    try:
        OrgSurvey(client).check(before, after)
    except UserMistake:
        raise
    except SyncError as error:
        cause = str(error).rstrip(".")
        raise UserMistake(f"Salesforce could not be asked about these settings ({cause}): try again.") from None
