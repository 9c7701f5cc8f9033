"""A team's logins and its org, as far as they can be looked at."""

import time
from collections.abc import Iterator
from itertools import islice

from remindersync.errors import ConfigurationError, LoginLost, SalesforceRefused, SyncError
from remindersync.model import TeamSettings
from remindersync.ports import Login
from remindersync.salesforce.checkup import look
from remindersync.salesforce.client import Client
from remindersync.salesforce.ids import record_id
from remindersync.store.people import Team
from remindersync.store.status import SyncState, UserStatus
from worker.doctor import judging
from worker.doctor.findings import Finding, ok, problem, refused, unknown
from worker.services import Services

# Rights differ from user to user; some show what is wrong with all.
_LOGINS_LOOKED_WITH = 3
_NAMED = 5
# What is so for every login of an org, so that the next one need not be tried.
_OUT_OF_REACH = frozenset({"UNREACHABLE", "NOT_AN_ANSWER", "FAILED_WRITE"})


def examine(here: Services, name: str | None, *, until: float, may_call: bool) -> Iterator[Finding]:
    """Look at all teams, or one, until the monotonic time `until`; without `may_call` Salesforce is not asked."""
    directory = here.directory
    teams = [directory.team(name)] if name is not None else directory.teams()
    if not teams:
        yield problem("teams", "all", "There is no team.", "Add one with `remindersync teams add NAME`.")
    for team in teams:
        if time.monotonic() >= until:
            yield unknown("team", team.name, "Not looked at: the time is over.", "Look at it alone with --team.")
            continue
        people = [one for one in directory.status(team_id=team.id) if one.mode == "on"]
        yield _logins(team, people)
        yield from _orgs(here, team, people, may_call=may_call)


def _logins(team: Team, people: list[UserStatus]) -> Finding:
    lost = [one.email for one in people if one.state is SyncState.RECONNECT]
    if not lost:
        return ok("logins", team.name, f"Everybody who syncs is connected ({len(people)}).")
    more = f" and {len(lost) - _NAMED} others" if len(lost) > _NAMED else ""
    said = f"{len(lost)} of {len(people)} who sync are not connected: {', '.join(lost[:_NAMED])}{more}."
    return problem("logins", team.name, said, "They connect again under Settings.")


def _orgs(here: Services, team: Team, people: list[UserStatus], *, may_call: bool) -> Iterator[Finding]:
    try:
        logins = [*_integration(here, team), *islice(_own(here, people), _LOGINS_LOOKED_WITH)]
    except ConfigurationError as error:
        yield refused("logins", team.name, error)
        return
    if not logins:
        yield unknown("org", team.name, "Not looked at: nobody of the team is connected.")
    elif not may_call:
        yield unknown("org", team.name, "Not looked at: without Redis Salesforce is not called.")
    else:
        yield from _asked(here, team, logins)


def _integration(here: Services, team: Team) -> Iterator[Login]:
    login = here.logins.of_team(team.id)
    if login is not None:
        yield login


def _own(here: Services, people: list[UserStatus]) -> Iterator[Login]:
    for one in people:
        login = here.logins.of_user(one.user_id)
        if login is not None and login.active:
            yield login


def _asked(here: Services, team: Team, logins: list[Login]) -> Iterator[Finding]:
    settings = here.directory.settings(team.id)
    for login in logins:
        about = f"{team.name}, {login.username}" + ("" if login.user_id else " (integration)")
        try:
            yield from _with(here, about, login, settings)
        except SyncError as error:
            yield refused("org", about, error)
            if isinstance(error, SalesforceRefused) and error.fault.code in _OUT_OF_REACH:
                return


def _with(here: Services, about: str, login: Login, settings: TeamSettings) -> Iterator[Finding]:
    if not login.active:
        yield problem(
            "login", about, "It is expired or revoked.", "Connect it again with `remindersync teams connect`."
        )
        return
    client = Client(login, here.sessions.refresher, here.sessions.door, background=False)
    found = look(client, here.sessions.key_field)
    yield _identity(here, about, client.login)
    yield judging.clock(about, found.clock_ahead_seconds)
    yield judging.rights(about, found)
    yield judging.picklists(about, settings, found)
    yield from judging.key_field(about, here.sessions.key_field, found.key)
    if login.user_id is None:
        yield _sees_all(here, about, login)


def _identity(here: Services, about: str, login: Login) -> Finding:
    owner = here.oauth.owner(login.access_token, login.instance_url)
    if (owner.org_id, owner.salesforce_id) != (record_id(login.org_id), record_id(login.salesforce_id)):
        said = f"It belongs to {owner.username} of the org {owner.org_id}, not to whom it was stored for."
        return problem("login", about, said, "Connect again as the right user of the team's org.")
    return ok("login", about, f"It works, as {owner.username} of the org {owner.org_id}.")


def _sees_all(here: Services, about: str, login: Login) -> Finding:
    try:
        sees_all, _ = here.sessions.org(login.team_id, login.org_id).sees_all()
    except LoginLost as error:
        return refused("org feed", about, error)
    if sees_all:
        return ok("org feed", about, "It may see all data, so the org is read once for everybody.")
    remedy = "Give its Salesforce user the permission View All Data; until then each user's own login reads."
    return problem("org feed", about, "It may not see all data.", remedy)
