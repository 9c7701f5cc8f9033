from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from remindersync.errors import UserMistake
from remindersync.model import FirstSync, Place
from remindersync.store import rows as stored
from remindersync.store.logins import SqlLogins
from remindersync.store.mistakes import NotFound
from remindersync.store.tables import run_state, runs

MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
AFTERNOON = MORNING + timedelta(hours=6)


@pytest.fixture
def connected(directory, ada, grant):
    directory.connect(ada.id, grant())
    return ada


@pytest.fixture
def place_is(database):
    def change(user, place):
        with database.begin() as connection:
            chosen = update(run_state).where(run_state.c.user_id == user.id)
            connection.execute(chosen.values(place=stored.place_json(place)))

    return change


class TestTurningOn:
    def test_it_starts_the_first_sync_at_once(self, directory, connected, state, rows):
        user = directory.turn_on(connected.id, now=MORNING)
        (run,) = rows(runs)
        assert (user.sync_on, user.turned_on_at) == (True, MORNING)
        assert (run["user_id"], run["kind"], run["state"]) == (user.id, "first", "queued")
        assert state(user)["next_due_at"] <= datetime.now(UTC)
        assert state(user)["lane"] == "bulk"

    def test_the_first_sync_reaches_24_hours_back(self, directory, connected, state):
        directory.turn_on(connected.id, now=MORNING)
        since = MORNING - timedelta(hours=24)
        assert stored.place(state(connected)["place"]) == Place(first=FirstSync(since=since))

    def test_without_a_time_given_it_is_the_databases(self, directory, connected):
        before = datetime.now(UTC)
        assert before <= directory.turn_on(connected.id).turned_on_at <= datetime.now(UTC)

    def test_turning_on_twice_starts_one_first_sync(self, directory, connected, rows):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: directory.turn_on(connected.id), range(2)))
        assert len(rows(runs)) == 1

    def test_who_is_not_connected_is_told_to_connect(self, directory, ada):
        with pytest.raises(UserMistake, match="connect first"):
            directory.turn_on(ada.id)

    def test_who_lost_their_login_is_told_to_connect_again(self, database, vault, directory, connected):
        logins = SqlLogins(database, vault)
        logins.lose(logins.of_user(connected.id), "revoked")
        with pytest.raises(UserMistake, match="connect again"):
            directory.turn_on(connected.id)

    def test_a_deactivated_user_cannot_be_turned_on(self, directory, connected, deactivate):
        deactivate(connected)
        with pytest.raises(UserMistake, match="deactivated"):
            directory.turn_on(connected.id)

    def test_nobody_cannot_be_turned_on_or_off(self, directory):
        for switch in (directory.turn_on, directory.turn_off):
            with pytest.raises(NotFound):
                switch("8b0c9e5e-0000-4000-8000-000000000000")


class TestTurningOff:
    def test_nothing_is_due_any_more_and_nothing_is_lost(self, directory, connected, state):
        directory.turn_on(connected.id, now=MORNING)
        user = directory.turn_off(connected.id)
        assert (user.sync_on, user.turned_on_at) == (False, MORNING)
        assert state(user)["next_due_at"] is state(user)["again_at"] is None
        assert state(user)["place"] != {}

    def test_a_run_under_way_may_write_nothing_more(self, database, directory, syncing_ada, state):
        with database.begin() as connection:
            mine = update(run_state).where(run_state.c.user_id == syncing_ada.id)
            connection.execute(mine.values(fence=7, claim=3, claim_until=MORNING, running_since=MORNING))
        directory.turn_off(syncing_ada.id)
        row = state(syncing_ada)
        assert (row["fence"], row["claim"], row["claim_until"], row["running_since"]) == (8, None, None, None)

    def test_runs_that_wait_or_go_on_end(self, directory, syncing_ada, rows):
        directory.turn_off(syncing_ada.id)
        (run,) = rows(runs)
        assert (run["state"], run["outcome"], run["error"]) == ("failed", "off", "Sync was turned off.")
        assert run["ended_at"] is not None

    def test_turning_off_who_is_off_changes_nothing(self, directory, ada, state):
        assert directory.turn_off(ada.id) == ada
        assert state(ada)["fence"] == 0


class TestTurningOnAgain:
    def test_reading_goes_on_where_it_stood_and_every_link_is_read_again(
        self, directory, connected, state, rows, place_is
    ):
        directory.turn_on(connected.id, now=MORNING)
        place = Place(front=MORNING, swept=MORNING)
        place_is(connected, place)
        directory.turn_off(connected.id)
        user = directory.turn_on(connected.id, now=AFTERNOON)
        assert user.turned_on_at == AFTERNOON
        assert stored.place(state(user)["place"]) == place
        assert [run["kind"] for run in rows(runs, runs.c.state == "queued")] == ["full"]

    def test_tasks_edited_in_a_long_time_off_come_in(self, directory, connected, state, place_is):
        directory.turn_on(connected.id, now=MORNING)
        place_is(connected, Place(front=MORNING))
        directory.turn_off(connected.id)
        user = directory.turn_on(connected.id, now=MORNING + timedelta(days=9))
        assert stored.place(state(user)["place"]).since == MORNING

    def test_a_first_sync_that_was_cut_off_goes_on_before_every_link_is_read(
        self, directory, connected, state, rows, place_is
    ):
        directory.turn_on(connected.id, now=MORNING)
        place = Place(first=FirstSync(since=MORNING, part=2, after=("2026-11-23", "00T1"), done=40, total=90))
        place_is(connected, place)
        directory.turn_off(connected.id)
        directory.turn_on(connected.id, now=AFTERNOON)
        assert stored.place(state(connected)["place"]) == place
        assert [run["kind"] for run in rows(runs, runs.c.state == "queued")] == ["first", "full"]


class TestSyncUser:
    def test_a_run_knows_the_org_the_person_and_the_switch(self, directory, connected, grant):
        directory.turn_on(connected.id, now=MORNING)
        user = directory.sync_user(connected.id)
        assert (user.id, user.team_id, user.email) == (connected.id, connected.team_id, "ada@example.com")
        assert (user.org_id, user.salesforce_id) == (grant().org_id, grant().salesforce_id)
        assert (user.turned_on_at, user.time_zone) == (MORNING, "UTC")

    def test_who_never_synced_is_no_sync_user(self, directory, connected):
        with pytest.raises(UserMistake, match="never synced"):
            directory.sync_user(connected.id)

    def test_nobody_is_no_sync_user(self, directory):
        with pytest.raises(NotFound):
            directory.sync_user("8b0c9e5e-0000-4000-8000-000000000000")
