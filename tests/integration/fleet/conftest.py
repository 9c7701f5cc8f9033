"""People of two teams at every state, beside a real Redis."""

import pytest

from remindersync.ports import Grant
from remindersync.store.directory import Directory
from remindersync.store.fleet import SqlFleet
from remindersync.store.logins import LoginGrant
from remindersync.store.vault import Vault
from worker.fleet import Fleet
from worker.tally import Tally


@pytest.fixture
def directory(database):
    return Directory(database, Vault(["a key for tests only"]))


@pytest.fixture
def join(directory):
    """Add a person who syncs, to a team that is made where it is not there yet."""
    teams = {}

    def join(name, team="Sales"):
        if team not in teams:
            directory.add_team(team)
            teams[team] = f"00D00000000000{len(teams)}EAA"
        user = directory.add_user(f"{name}@example.com", team)
        person = f"00500000000{len(directory.users()):04d}AAA"
        grant = LoginGrant(teams[team], person, user.email, "https://acme.my.salesforce.com", "t", "r", Grant.REFRESH)
        directory.connect(user.id, grant)
        return directory.turn_on(user.id)

    return join


@pytest.fixture
def tally(redis):
    return Tally(redis)


@pytest.fixture
def fleet(database, redis, tally):
    return Fleet(SqlFleet(database), redis, tally)
