"""The share of its org's calls that a team chose, as the limiter asks for it."""

from dataclasses import replace

from remindersync.store.database import Database
from remindersync.store.shares import KEEP_SECONDS, TeamShares
from tests.integration.app_store.conftest import ORG


def choose(directory, team, percent):
    directory.save_settings(team.id, replace(directory.settings(team.id), api_share_percent=percent))


def test_a_team_that_saved_no_settings_has_no_share_of_its_own(database, directory, team, grant, ada):
    directory.connect(ada.id, grant())
    assert TeamShares(database)(ORG) is None
    assert TeamShares(database)("00D000000000009EAA") is None


def test_a_changed_share_counts_within_a_minute_and_is_looked_up_once_in_it(database, directory, team, grant, ada):
    directory.connect(ada.id, grant())
    now = [0.0]
    shares = TeamShares(database, lambda: now[0])
    choose(directory, team, 20)
    assert shares(ORG) == 20
    choose(directory, team, 30)
    now[0] = KEEP_SECONDS - 1
    assert shares(ORG) == 20
    now[0] = KEEP_SECONDS
    assert shares(ORG) == 30


def test_without_a_database_the_last_known_share_counts(empty_database_url, database, directory, team, grant, ada):
    now = [0.0]
    directory.connect(ada.id, grant())
    choose(directory, team, 20)
    shares = TeamShares(database, lambda: now[0])
    assert shares(ORG) == 20
    shares._database = elsewhere = Database(empty_database_url)
    now[0] = KEEP_SECONDS
    assert shares(ORG) == 20
    elsewhere.close()
