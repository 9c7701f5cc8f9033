"""Whose login acts, leaving, handing over, and full resyncs at the command line."""

import pytest
from sqlalchemy import insert, update

from remindersync.store.app_reminders import AppReminders, Draft
from remindersync.store.tables import links, reminders


@pytest.fixture
def leaving(office):
    """Ada, who syncs, with one reminder that has a Task and one that has none; Ben is connected."""
    for name in ("ada", "ben"):
        office.connect(name)
        office.directory.turn_on(office.user(name).id)
    app = AppReminders(office.database)
    task, _ = (app.create(office.user(), Draft(name)).reminder for name in ("with a Task", "without"))
    row = {"org_id": office.org_id, "task_id": f"00T{office.number:012}AAA", "reminder_id": task.id}
    with office.database.begin() as connection:
        connection.execute(insert(links).values(row | {"base": {"agreed": {}, "raw": {}}}))
        connection.execute(update(reminders).where(reminders.c.id == task.id).values(synced_version=1))
    return task.id


def connect_team(office):
    tokens = office.tokens("root")
    options = [f"--{key.replace('_', '-')}={tokens[key]}" for key in ("access_token", "instance_url", "refresh_token")]
    office.line.run("teams", "connect", office.team, *options).told()


def test_a_user_is_put_on_the_integration_login_and_back(office):
    refused = office.line.run("users", "login", office.email(), "integration")
    assert "connect one first" in refused.complaint()
    connect_team(office)
    told = office.line.run("users", "login", office.email(), "integration").told()
    assert f"{office.email()} is {office.email()} in Salesforce" in told
    assert office.user().on_integration_login
    assert office.line.run("users", "login", office.email(), "own", "--json").json()["login"] == "own"
    assert not office.user().on_integration_login


def test_a_user_is_added_on_the_integration_login_under_the_name_an_admin_gives(office):
    connect_team(office)
    email = f"adam{office.number}@example.com"
    added = ("users", "add", email, "--team", office.team, "--integration-login")
    assert "name one by their username" in office.line.run(*added).complaint()
    office.line.run(*added, "--salesforce-user", office.email()).told()
    assert office.directory.user(email).salesforce_id == office.person_id()
    (listed,) = (one for one in office.line.run("users", "list", "--json").json() if one["email"] == email)
    assert listed["salesforce_username"] == office.email()
    office.line.run("sync", "on", email).told()


def test_a_user_is_deactivated_and_activated_again(office, leaving):
    told = office.line.run("users", "deactivate", office.email()).told()
    assert "is deactivated and has 2 open reminders" in told
    assert not office.user().active
    assert "sync is on" in office.line.run("users", "activate", office.email()).told()
    assert office.user().sync_on


def test_the_operator_ends_all_sessions_and_links_of_a_user(office):
    before = office.user().session_number
    told = office.line.run("users", "sign-out", office.email()).told()
    assert f"{office.email()} is signed out everywhere." in told
    assert office.user().session_number == before + 1


def test_the_operator_is_told_which_team_an_address_is_in(office):
    office.directory.add_team(f"Rivals {office.number}")
    refused = office.line.run("users", "add", office.email(), "--team", f"Rivals {office.number}")
    assert f"There is a user {office.email()} already in the team {office.team}: " in refused.complaint()


def test_what_somebody_leaves_is_shown_and_handed_over(office, leaving):
    office.line.run("users", "deactivate", office.email()).told()
    given = ("users", "hand-over", office.email(), office.email("ben"))
    assert [one["name"] for one in office.line.run(*given, "--list", "--json").json()] == ["with a Task", "without"]
    assert office.line.run(*given).code != 0  # nobody is there to agree
    done = office.line.run(*given, "--yes")
    assert "2 open reminders" in done.told()
    assert "with a Task" in done.err
    app = AppReminders(office.database)
    assert app.get(office.user("ben"), leaving).reminder.assign_to == office.user("ben").id


def test_what_somebody_has_is_not_handed_over_to_themselves_and_nobody_is_asked(office, leaving):
    refused = office.line.run("users", "hand-over", office.email(), office.email())
    assert f"{office.email()} has these reminders already: " in refused.complaint()


def test_a_full_resync_says_what_it_costs_and_a_dry_one_too(office, leaving):
    full = office.line.run("resync", office.email(), "--full")
    full.told()
    assert "about 2 calls to read" in full.err
    assert "not known" in full.err


def test_one_reminder_is_resynced_for_the_user_whose_it_is(office, leaving):
    queued = office.line.run("resync", office.email(), "--reminder", leaving, "--json").json()
    assert list(queued) == ["runs"]
    of_ben = office.line.run("resync", office.email("ben"), "--reminder", leaving)
    assert "has no such reminder" in of_ben.complaint()
    assert office.line.run("resync", "--all", "--reminder", leaving).complaint(2)
    assert office.line.run("resync", office.email(), "--full", "--reminder", leaving).complaint(2)


def test_status_shows_the_shortest_interval_the_allowance_yields(office, leaving):
    (shown,) = office.line.run("status", office.email(), "--json").json()
    assert shown["least_poll_seconds"] == 15
