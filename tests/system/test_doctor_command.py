"""The command that tells how everything stands, also when half of it is down."""

import json

import pytest

from tests.system.conftest import Office
from worker.redis_server import free_port


@pytest.fixture
def well(office: Office) -> Office:
    """A team with an integration login and one user who syncs."""
    office.line.run("teams", "connect", office.team, *office.token_options("root")).told()
    office.connect("ada")
    office.directory.turn_on(office.user("ada").id)
    return office


def examined(office: Office, line=None, *, code: int = 0) -> dict[tuple[str, str], list[dict[str, str]]]:
    """Run the doctor for the team; return its findings by check and verdict."""
    ended = (line or office.line).run("doctor", "--team", office.team, "--json")
    assert ended.code == code, ended
    found: dict[tuple[str, str], list[dict[str, str]]] = {}
    for one in json.loads(ended.out):
        assert one["said"].endswith("."), one
        assert one["remedy"].endswith(".") or one["verdict"] != "problem", one
        found.setdefault((one["check"], one["verdict"]), []).append(one)
    return found


def problems(found) -> list[str]:
    return [check for check, verdict in found if verdict == "problem"]


def test_all_is_well_where_all_is_well(well):
    found = examined(well)
    assert problems(found) == []
    assert {check for check, verdict in found if verdict == "ok"} >= {
        "settings", "database", "redis", "clock", "logins", "login", "rights", "picklists", "creates", "org feed",
    }  # fmt: skip
    assert len(found["login", "ok"]) == 2
    assert "never two Tasks" in found["creates", "ok"][0]["said"]


def test_it_is_said_line_by_line_with_what_to_do(well):
    well.directory.turn_on(well.user("ada").id)
    ended = well.line.run("doctor", "--team", well.team)
    assert ended.code == 0
    assert "OK       database (PostgreSQL): It answers" in ended.out
    assert "No problem was found." in ended.err


def test_an_org_without_the_key_field_has_the_weaker_guarantee(well):
    well.sim.door.set_org(well.org_id, settings={"key_field": None})
    found = examined(well, code=1)
    assert problems(found) == ["creates"]
    assert "ten minutes" in found["creates", "problem"][0]["said"]
    assert "deploy/salesforce" in found["creates", "problem"][0]["remedy"]


def test_rights_that_are_missing_are_named(well):
    well.sim.door.set_user(well.email("ada"), ReadOnlyFields=["Description"])
    well.sim.door.set_user(well.email("root"), HiddenFields=["Priority"])
    said = " ".join(one["said"] for one in examined(well, code=1)["rights", "problem"])
    assert "cannot be edited: Description" in said
    assert "hidden: Priority" in said


def test_a_picklist_without_a_mapped_value_is_named(well):
    well.sim.door.rename_value("Status", "Completed", "Done", well.org_id)
    (finding,) = {one["said"] for one in examined(well, code=1)["picklists", "problem"]}
    assert "'Completed'" in finding


def test_who_has_to_connect_again_is_named(well):
    well.sim.door.end_sessions(well.email("ada"), refresh_tokens=True)
    assert problems(examined(well, code=1)) == ["org"]
    found = examined(well, code=1)
    assert well.email("ada") in found["logins", "problem"][0]["said"]


def test_an_integration_login_that_may_not_see_all_is_named(office):
    office.line.run("teams", "connect", office.team, *office.token_options("ben")).told()
    assert "View All Data" in examined(office, code=1)["org feed", "problem"][0]["remedy"]


def test_a_clock_that_is_off_is_named(well):
    well.sim.door.add_fault("skew", seconds=7200, times=None, path="describe")
    try:
        (first, *_) = examined(well, code=1)["clock", "problem"]
    finally:
        well.sim.door.clear_faults()
    assert "ahead of this machine's" in first["said"]
    assert "NTP" in first["remedy"]


def test_without_redis_the_rest_is_looked_at(well):
    found = examined(well, well.line.knowing(REDIS_URL=f"redis://127.0.0.1:{free_port()}"), code=1)
    assert problems(found) == ["redis"]
    assert ("database", "ok") in found
    assert "Redis" in found["org", "unknown"][0]["said"]


def test_without_a_database_the_rest_is_looked_at(well):
    found = examined(well, well.line.knowing(DATABASE_URL=f"postgresql://me:hush@127.0.0.1:{free_port()}/x"), code=1)
    assert problems(found) == ["database"]
    assert ("redis", "ok") in found
    assert ("teams", "unknown") in found


def test_without_salesforce_one_login_is_tried_and_no_more(well):
    well.sim.door.add_fault("html", times=None, path="/data/")
    well.sim.door.reset_counters()
    try:
        found = examined(well, code=1)
    finally:
        well.sim.door.clear_faults()
    assert problems(found) == ["org"]
    assert len(found["org", "problem"]) == 1


def test_a_wrong_setting_is_one_finding(well):
    found = examined(well, well.line.knowing(SALESFORCE_LOGIN_URL="https://salesforce.example.com"), code=1)
    assert problems(found) == ["settings"]
    assert "SALESFORCE_LOGIN_URL" in found["settings", "problem"][0]["said"]


def test_keys_that_open_no_stored_token_are_told(well):
    found = examined(well, well.line.knowing(TOKEN_KEYS="quite another key for tests"), code=1)
    assert "TOKEN_KEYS" in str(found["logins", "problem"])


def test_no_token_is_named_whatever_is_down(well):
    tokens = [well.tokens("ada"), well.tokens("root")]
    secrets = {one[name] for one in tokens for name in ("access_token", "refresh_token")} | {"orgsim-secret", "hush"}
    broken = (
        {"DATABASE_URL": f"postgresql://me:hush@127.0.0.1:{free_port()}/x"},
        {"REDIS_URL": f"redis://:hush@127.0.0.1:{free_port()}"},
        {"SALESFORCE_LOGIN_URL": "https://me:hush@salesforce.example.com"},
    )
    for settings in broken:
        ended = well.line.knowing(**settings).run("doctor")
        assert ended.code == 1
        assert not [secret for secret in secrets if secret in ended.out + ended.err]
