"""Saves a team's settings once its org has nothing against them, and reads what the org offers to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass

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
    login = _login(here, team_id, by)
    if login is not None:
        _check(here, login, before, clean)
    return here.directory.save_settings(team_id, clean, before)


@dataclass(frozen=True, slots=True)
class Picklists:
    """The values an org has for its Tasks: each Status with whether it is closed, and the Priorities."""

    statuses: Mapping[str, bool]
    priorities: tuple[str, ...]


def picklists(here: Services, team_id: str, by: AppUser) -> Picklists | None:
    """Return what an org's picklists hold, in two calls; None without a login that works.

    It is read by the integration login or else that of `by`. Raises `SyncError` where Salesforce does not answer.
    """
    login = _login(here, team_id, by)
    if login is None:
        return None
    survey = OrgSurvey(Client(login, here.sessions.refresher, here.sessions.door, background=False))
    return Picklists(survey.statuses(), tuple(survey.priorities()))


def _login(here: Services, team_id: str, by: AppUser | None) -> Login | None:
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
