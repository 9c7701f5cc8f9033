"""Whose login acts for a user, who leaves and comes back, and what becomes of what they leave (SYNC-9, SYNC-10)."""

import pytest

from remindersync.errors import UserMistake
from remindersync.model import ActsAs, RunKind, RunRef
from remindersync.ports import SalesforceUser
from remindersync.store.app_reminders import Draft
from remindersync.store.due import SqlDue
from remindersync.store.leaving import Recounted
from remindersync.store.logins import SqlLogins
from remindersync.store.requests import RunRequests
from remindersync.store.runs import SqlRuns
from remindersync.store.tables import reminders, runs, users
from worker.services import SystemClock

ADA, BOB, ROOT = "005000000000001AAA", "005000000000002AAA", "005000000000009AAA"


@pytest.fixture
def team_login(directory, team, grant):
    """Connect the team's integration login."""
    return lambda: directory.connect_team(team.id, grant(salesforce_id=ROOT, username="root@org"))


@pytest.fixture
def bob_there():
    return SalesforceUser(BOB, "bob@org", "Bob", "bob@example.com")


# ── Whose login acts ──


def test_a_user_put_on_the_integration_login_syncs_without_a_login_of_their_own(
    directory, bob, team_login, bob_there, rows
):
    team_login()
    user = directory.put_on_integration(bob.id, bob_there)
    assert (user.salesforce_id, user.salesforce_username, user.on_integration_login) == (BOB, "bob@org", True)
    assert directory.turn_on(bob.id).sync_on
    assert directory.sync_user(bob.id).acts_as is ActsAs.INTEGRATION
    (status,) = directory.status(bob.id)
    assert status.state == "first_sync"


def test_without_a_working_integration_login_their_sync_is_not_turned_on(directory, bob, team, team_login, bob_there):
    team_login()
    directory.put_on_integration(bob.id, bob_there)
    lose_team_login(directory, team)
    with pytest.raises(UserMistake, match="connect it first"):
        directory.turn_on(bob.id)


def lose_team_login(directory, team):
    logins = SqlLogins(directory._database, directory._vault)
    logins.lose(logins.of_team(team.id), "It was revoked.")


def test_a_lost_integration_login_shows_for_whom_it_acts_and_for_nobody_else(
    directory, team, syncing_ada, bob, team_login, bob_there
):
    team_login()
    directory.put_on_integration(bob.id, bob_there)
    directory.turn_on(bob.id)
    lose_team_login(directory, team)
    assert {one.email: one.state for one in directory.status()} == {
        "ada@example.com": "first_sync",
        "bob@example.com": "reconnect",
    }


def test_connecting_the_integration_login_again_makes_them_due(directory, bob, team_login, bob_there, make_idle, state):
    team_login()
    directory.put_on_integration(bob.id, bob_there)
    directory.turn_on(bob.id)
    make_idle(bob)
    team_login()
    assert state(bob)["next_due_at"].year < 2100


def test_a_salesforce_user_is_one_app_user(directory, syncing_ada, bob, bob_there):
    with pytest.raises(UserMistake, match=r"bob@org is ada@example\.com here already"):
        directory.put_on_integration(bob.id, SalesforceUser(syncing_ada.salesforce_id, "bob@org"))


def test_an_app_user_is_one_salesforce_user(directory, syncing_ada):
    with pytest.raises(UserMistake, match="is ada@org in Salesforce, not bob@org"):
        directory.put_on_integration(syncing_ada.id, SalesforceUser(BOB, "bob@org"))


def test_a_change_of_login_ends_a_run_under_way_and_makes_another_due(
    directory, syncing_ada, team_login, make_idle, state
):
    team_login()
    make_idle(syncing_ada)
    fence = state(syncing_ada)["fence"]
    directory.put_on_integration(syncing_ada.id, SalesforceUser(ADA, "ada@org"))
    assert (state(syncing_ada)["fence"], state(syncing_ada)["next_due_at"].year < 2100) == (fence + 1, True)
    assert directory.put_on_own(syncing_ada.id).on_integration_login is False
    assert directory.sync_user(syncing_ada.id).acts_as is ActsAs.OWN


def test_after_a_change_of_login_nobody_waits_for_the_lease_of_the_run_it_ended(
    database, directory, syncing_ada, team_login
):
    team_login()
    due, lived = SqlDue(database), SqlRuns(database, SystemClock())
    lived.start(syncing_ada.id, None)
    assert due.claim(10, 60) == []
    directory.put_on_integration(syncing_ada.id, SalesforceUser(ADA, "ada@org"))
    (claim,) = due.claim(10, 60)
    lived.start(syncing_ada.id, claim.claim)
    directory.put_on_own(syncing_ada.id)
    assert [one.user_id for one in due.claim(10, 60)] == [syncing_ada.id]


def test_a_claim_no_run_has_started_outlives_a_change_of_login(database, directory, syncing_ada, team_login):
    team_login()
    (claim,) = SqlDue(database).claim(10, 60)
    directory.put_on_integration(syncing_ada.id, SalesforceUser(ADA, "ada@org"))
    assert SqlDue(database).claim(10, 60) == []
    assert isinstance(SqlRuns(database, SystemClock()).start(syncing_ada.id, claim.claim), RunRef)


def test_a_reminder_tells_the_state_of_the_login_that_acts(app, directory, team, bob, team_login, bob_there):
    team_login()
    directory.put_on_integration(bob.id, bob_there)
    directory.turn_on(bob.id)
    reminder = app.create(bob, Draft("Call")).reminder
    assert app.get(bob, reminder.id).sync.state == "pending"
    lose_team_login(directory, team)
    assert app.get(bob, reminder.id).sync.state == "reconnect"


# ── Leaving and coming back ──


def test_who_is_deactivated_runs_no_more_and_keeps_everything(app, directory, syncing_bob, rows, state):
    reminder = app.create(syncing_bob, Draft("Call")).reminder
    fence = state(syncing_bob)["fence"]
    user = directory.deactivate(syncing_bob.id)
    assert (user.active, user.sync_on, user.sync_when_active) == (False, False, True)
    assert (state(user)["next_due_at"], state(user)["fence"]) == (None, fence + 1)
    assert [row["id"] for row in rows(reminders)] == [reminder.id]
    assert directory.status(user.id)[0].state == "deactivated"


def test_who_is_active_again_goes_on_as_after_the_switch(directory, syncing_bob, rows):
    directory.deactivate(syncing_bob.id)
    user = directory.activate(syncing_bob.id)
    assert (user.active, user.sync_on, user.sync_when_active) == (True, True, False)
    assert [row["state"] for row in rows(runs, runs.c.state == "queued")] != []


def test_whose_sync_was_off_stays_off(directory, bob):
    directory.deactivate(bob.id)
    assert directory.activate(bob.id).sync_on is False


def test_whose_login_was_lost_is_active_and_has_to_connect(directory, syncing_bob, lose):
    directory.deactivate(syncing_bob.id)
    lose(syncing_bob)
    user = directory.activate(syncing_bob.id)
    assert (user.active, user.sync_on) == (True, False)


def test_doing_either_twice_is_doing_it_once(directory, syncing_bob):
    directory.deactivate(syncing_bob.id)
    assert directory.deactivate(syncing_bob.id).sync_when_active
    directory.activate(syncing_bob.id)
    assert directory.activate(syncing_bob.id).sync_on


def test_who_was_erased_does_not_come_back(directory, bob):
    directory.erase(bob.id)
    with pytest.raises(UserMistake, match="was erased"):
        directory.activate(bob.id)


def test_a_login_lost_because_its_user_is_inactive_shows_so_and_begins_anew_once_connected(
    directory, database, vault, syncing_bob, grant, rows
):
    logins = SqlLogins(database, vault)
    logins.lose(logins.of_user(syncing_bob.id), "The Salesforce user is not active.", inactive=True)
    assert directory.status(syncing_bob.id)[0].state == "deactivated"
    turned_on_at = directory.user_by_id(syncing_bob.id).turned_on_at
    directory.connect(syncing_bob.id, grant(salesforce_id=BOB, username="bob@org"))
    user = directory.user_by_id(syncing_bob.id)
    assert (user.sync_on, user.turned_on_at > turned_on_at) == (True, True)


# ── Handing over ──


@pytest.fixture
def left(app, syncing_bob, link):
    """An open reminder of Bob's with a Task, one without, and a completed one."""
    with_task, without, done = (app.create(syncing_bob, Draft(name)).reminder for name in ("Task", "None", "Done"))
    link(with_task)
    app.complete(syncing_bob, done.id)
    return with_task.id, without.id


def test_open_reminders_go_at_once_or_with_the_run_that_gives_their_tasks_away(  # noqa: PLR0917 one for each part of the scene
    app, directory, chief, syncing_ada, syncing_bob, left, database
):
    directory.deactivate(syncing_bob.id)
    assert {one.reminder_id for one in app.left_by(syncing_bob.id)} == set(left)
    given = app.hand_over(chief, syncing_bob.id, "ada@example.com")
    assert given.count == 2
    run = RunRequests(database).run(given.run_id)
    assert (run.kind, run.state, run.user) == (RunKind.HAND_OVER, "queued", "bob@example.com")
    with_task, without = (app.get(chief, one).reminder for one in left)
    assert (with_task.owner_id, with_task.assign_to) == (syncing_bob.id, syncing_ada.id)
    assert (without.owner_id, without.assign_to) == (syncing_ada.id, None)


def test_without_tasks_nothing_is_asked_of_salesforce(app, chief, ada, bob):
    app.create(bob, Draft("Call"))
    given = app.hand_over(chief, bob.id, "ada@example.com")
    assert (given.count, given.run_id) == (1, None)


def test_sync_10_what_came_since_it_was_shown_is_handed_over_to_nobody(app, chief, ada, bob):
    for name in ("shown", "came since"):
        app.create(bob, Draft(name))
    with pytest.raises(Recounted, match="has 2 open reminders now"):
        app.hand_over(chief, bob.id, "ada@example.com", count=1)
    assert len(app.left_by(bob.id)) == 2
    assert app.hand_over(chief, bob.id, "ada@example.com", count=2).count == 2


def test_handing_over_twice_is_one_run(app, directory, chief, syncing_ada, syncing_bob, left):
    directory.deactivate(syncing_bob.id)
    first = app.hand_over(chief, syncing_bob.id, "ada@example.com")
    assert app.hand_over(chief, syncing_bob.id, "ada@example.com").run_id == first.run_id


def test_where_no_login_works_it_is_refused_and_nothing_changes(  # noqa: PLR0917 one for each part of the scene
    app, directory, chief, syncing_ada, syncing_bob, left, lose, team_login
):
    directory.deactivate(syncing_bob.id)
    lose(syncing_bob)
    with pytest.raises(UserMistake, match="has no integration login: connect one"):
        app.hand_over(chief, syncing_bob.id, "ada@example.com")
    assert {one.reminder_id for one in app.left_by(syncing_bob.id)} == set(left)
    team_login()
    assert app.hand_over(chief, syncing_bob.id, "ada@example.com").run_id


@pytest.mark.parametrize("to", ["bob@example.com", "nobody@example.com", "stranger@example.com"])
def test_only_a_colleague_gets_what_somebody_leaves(app, chief, syncing_bob, stranger, left, to):
    with pytest.raises(UserMistake):
        app.hand_over(chief, syncing_bob.id, to)
    assert len(app.left_by(syncing_bob.id)) == 2


def test_who_hands_over_is_claimed_though_their_sync_is_off(  # noqa: PLR0917 one for each part of the scene
    app, directory, chief, syncing_ada, syncing_bob, left, database
):
    due = SqlDue(database)
    directory.deactivate(syncing_bob.id)
    assert due.claim_user(syncing_bob.id, 60) is None
    app.hand_over(chief, syncing_bob.id, "ada@example.com")
    assert due.claim_user(syncing_bob.id, 60) is not None


# ── What a full run costs ──


def test_the_price_of_a_full_run_is_a_call_and_one_for_every_200_linked_tasks(
    app, database, syncing_ada, syncing_bob, link
):
    requests = RunRequests(database)
    assert requests.price([syncing_ada.id, syncing_bob.id]) == {"00D000000000001EAA": 2}
    for number in range(201):
        link(app.create(syncing_ada, Draft(str(number))).reminder, task_id=f"00T{number:015}")
    assert requests.price([syncing_ada.id, syncing_bob.id]) == {"00D000000000001EAA": 4}


def test_one_reminder_is_resynced_if_it_is_the_user_s_and_shared(app, database, syncing_ada, syncing_bob, set_reminder):
    requests = RunRequests(database)
    mine, theirs = (app.create(one, Draft("Call")).reminder for one in (syncing_ada, syncing_bob))
    run = requests.run(requests.queue(syncing_ada.id, RunKind.ONE, reminder_id=mine.id))
    assert (run.kind, run.reminder_id, run.full) == (RunKind.ONE, mine.id, False)
    with pytest.raises(UserMistake, match="no such reminder"):
        requests.queue(syncing_ada.id, RunKind.ONE, reminder_id=theirs.id)
    set_reminder(mine, shared=False)
    with pytest.raises(UserMistake, match="push it"):
        requests.queue(syncing_ada.id, RunKind.ONE, reminder_id=mine.id)


def test_a_dry_run_that_is_full_is_another_request_than_a_plain_one(database, syncing_ada):
    requests = RunRequests(database)
    plain = requests.queue(syncing_ada.id, RunKind.DRY)
    full = requests.queue(syncing_ada.id, RunKind.DRY, full=True)
    assert plain != full == requests.queue(syncing_ada.id, RunKind.DRY, full=True)
    assert requests.run(full).full


def test_who_syncs_in_an_org_is_counted(database, directory, syncing_ada, syncing_bob, stranger):
    due = SqlDue(database)
    assert due.syncing("00D000000000001EAA") == 2
    directory.turn_off(syncing_bob.id)
    assert due.syncing("00D000000000001EAA") == 1
    assert due.syncing("00D000000000009EAA") == 0


def test_users_are_known_by_address_within_their_team_only(directory, ada, bob, stranger, rows):
    assert [one.email for one in directory.colleagues(ada.team_id)] == ["ada@example.com", "bob@example.com"]
    assert [one.email for one in directory.colleagues(ada.team_id, ["BOB@example.com "])] == ["bob@example.com"]
    with pytest.raises(UserMistake, match=r"stranger@example\.com"):
        directory.colleagues(ada.team_id, ["stranger@example.com"])
    assert len(rows(users)) == 3
