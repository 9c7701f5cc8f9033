"""The command that shows how all work stands."""

from datetime import UTC, datetime, timedelta

from remindersync.model import UsageSample
from remindersync.store.usage import SqlUsage
from tests.system.conftest import Office


def test_the_fleet_is_shown_in_words_and_as_json(office: Office) -> None:
    office.connect()
    office.directory.turn_on(office.user().id)
    words = office.line.run("fleet").told()
    assert f"Longest overdue: {office.email()}" in words
    assert "first_sync" in words
    now = office.line.run("fleet", "--json").json()
    assert {queue["name"] for queue in now["queues"]} == {"ticks", "interactive", "sync", "bulk"}
    assert now["redis"]
    assert now["users"]["first_sync"] == 1


def test_usage_tells_what_calls_were_used_for(office: Office) -> None:
    assert "connect somebody first" in office.line.run("usage", office.team).complaint()
    office.connect()
    org_id = office.directory.team(office.team).org_id
    assert org_id is not None
    at = datetime.now(UTC) - timedelta(minutes=20)
    SqlUsage(office.database).keep([UsageSample(org_id, at, background=7, edits=2, used=30, allowed=1000)])
    told = office.line.run("usage", office.team, "--days", "--json").json()
    assert (told["background"], told["edits"], len(told["series"])) == (7, 2, 30)
    assert (told["series"][-1]["others"], told["series"][-1]["allowed"]) == (21, 1000)
    assert "21" in office.line.run("usage", office.team).told().splitlines()[-1]
