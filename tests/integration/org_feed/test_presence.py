"""Users for whom the team's login acts and who are not active in Salesforce any more: the org feed finds them."""

import pytest

from remindersync.model import Outcome, RunKind
from remindersync.ports import SalesforceUser
from remindersync.store.requests import RunRequests
from tests.integration.org_feed.conftest import NAMES, SALESFORCE_IDS, STRANGER

TOLD = "SELECT u.email, d.code, d.state, d.count FROM diagnostics d JOIN users u ON u.id = d.user_id ORDER BY d.id"


def put_on_integration(world, *names):
    for name in names:
        person = SalesforceUser(SALESFORCE_IDS[name], f"{name}@acme.example")
        world.directory.put_on_integration(world.ids[name], person)


def active_there(world, name, active):
    world.sim.door.set_user(f"{name}@acme.example", IsActive=active)


def states(world):
    return {one.email.split("@")[0]: one.state.value for one in world.directory.status()}


@pytest.fixture
def acted_for(pair):
    """The team's login acts for user0, and user1 has a login of their own."""
    put_on_integration(pair, "user0")
    pair.settle()
    return pair


def test_sync_10_who_is_not_active_is_found_by_the_ten_minute_check_and_told_of_once(acted_for):
    active_there(acted_for, "user0", active=False)
    assert acted_for.tick().outcome is Outcome.DONE
    assert states(acted_for)["user0"] != "deactivated"
    for _ in range(3):
        assert acted_for.tick(check=True).outcome is Outcome.DONE
        assert states(acted_for)["user0"] == "deactivated"
        assert [tuple(row) for row in acted_for.rows(TOLD)] == [("user0@acme.example", "NOT_ACTIVE_THERE", "open", 1)]
    assert acted_for.engine.sync_user(acted_for.ids["user0"]).outcome is Outcome.OFF


def test_sync_10_active_again_is_found_too_and_everything_is_read_again(acted_for):
    active_there(acted_for, "user0", active=False)
    acted_for.tick(check=True)
    active_there(acted_for, "user0", active=True)
    acted_for.tick(check=True)
    assert [row.state for row in acted_for.rows(TOLD)] == ["resolved"]
    assert acted_for.woken() == {"user0"}
    assert [row.kind for row in acted_for.rows("SELECT kind FROM runs WHERE state = 'queued'")] == ["full"]
    assert acted_for.sync("user0").outcome is Outcome.DONE


def test_sync_10_one_call_tells_of_everybody_and_none_is_made_for_nobody(world):
    world.join(*NAMES)
    world.connect_team()
    world.settle()
    without = world.tick(seconds=600, check=True).calls
    put_on_integration(world, *NAMES)
    assert world.tick(seconds=600, check=True).calls == without + 1
    assert world.tick(seconds=60).calls == 1


def test_sync_10_who_has_a_login_of_their_own_is_not_asked_about(acted_for):
    active_there(acted_for, "user1", active=False)
    acted_for.tick(check=True)
    assert (acted_for.rows(TOLD), states(acted_for)["user1"]) == ([], "idle")


def test_sync_10_who_may_not_read_users_reads_tasks_all_the_same(acted_for):
    acted_for.sim.door.add_fault("error", code="INVALID_TYPE", path="/query", method="GET", times=1)
    active_there(acted_for, "user0", active=False)
    assert acted_for.tick(check=True).outcome is Outcome.DONE
    assert states(acted_for)["user0"] == "idle"


def test_sync_10_a_login_that_may_not_see_all_tells_of_users_all_the_same(world):
    world.join("user0")
    world.connect_team("stranger", STRANGER)
    put_on_integration(world, "user0")
    active_there(world, "user0", active=False)
    assert world.tick().outcome is Outcome.FAILED
    assert states(world) == {"user0": "deactivated"}


def test_sync_10_a_run_asked_for_of_who_is_paused_ends_at_once_and_says_why(acted_for):
    active_there(acted_for, "user0", active=False)
    acted_for.tick(check=True)
    requests = RunRequests(acted_for.database)
    run = requests.run(requests.queue(acted_for.ids["user0"], RunKind.FULL))
    assert (run.state, "not active in Salesforce" in run.error) == ("failed", True)
    assert acted_for.woken() == set()


def test_sync_10_put_on_a_login_of_their_own_it_is_that_login_s_to_tell(acted_for):
    active_there(acted_for, "user0", active=False)
    acted_for.tick(check=True)
    acted_for.directory.put_on_own(acted_for.ids["user0"])
    assert [row.state for row in acted_for.rows(TOLD)] == ["resolved"]
    assert states(acted_for)["user0"] == "idle"


def test_sync_10_who_turned_sync_off_while_paused_stays_off_when_they_are_active_again(acted_for):
    active_there(acted_for, "user0", active=False)
    acted_for.tick(check=True)
    acted_for.directory.turn_off(acted_for.ids["user0"])
    active_there(acted_for, "user0", active=True)
    acted_for.tick(check=True)
    assert [row.state for row in acted_for.rows(TOLD)] == ["resolved"]
    assert states(acted_for)["user0"] == "off"
