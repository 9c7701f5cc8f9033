"""From a user to their Salesforce, and one refresh for however many workers."""

import threading
from dataclasses import replace

import pytest

from remindersync.errors import Destiny, LoginLost, SalesforceRefused, Superseded
from remindersync.model import ActsAs
from remindersync.ports import Connect, Grant, Login, SalesforceUser, TaskWrite, Window
from remindersync.salesforce.sessions import ATTEMPTS
from tests.fixtures.salesforce import ADA, BEN, ORG, ROOT, USERNAMES, Box, FakeLease, sync_user

BUSY = "token request is already being processed"


def rotate(box: Box) -> None:
    box.sim.door.register_app(box.app.client_id, client_secret=box.app.client_secret, rotate=True)


def renewals_told(box: Box) -> int:
    """How many token requests the login server saw."""
    return int(box.sim.door.counters()["by_kind"].get("token", 0))


def lost(box: Box, login: Login) -> LoginLost:
    with pytest.raises(LoginLost) as caught:
        box.refresher.renew(login)
    assert caught.value.fault.destiny is Destiny.RECONNECT
    return caught.value


# ── Connecting ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_user_gets_their_salesforce_with_their_own_login(box: Box) -> None:
    box.login()
    connect: Connect = box.sessions
    tasks = connect(sync_user(), background=True)
    assert tasks.login == USERNAMES[ADA]
    assert tasks.facts().key_field == "RemindersyncKey__c"
    assert box.limiter.admitted == [(ORG, True)]


def test_describing_is_done_once_for_all_runs_of_a_process(box: Box) -> None:
    box.login()
    sessions = box.sessions
    assert [sessions(sync_user(), background=False).facts().key_field for _ in range(3)] == ["RemindersyncKey__c"] * 3
    assert len(box.limiter.admitted) == 1


def test_a_user_on_the_integration_login_acts_through_it_for_their_own_tasks(box: Box) -> None:
    box.login(ROOT, user_id=ADA)
    made = box.person().create(Subject="Ada's")
    box.person(BEN).create(Subject="Ben's")
    tasks = box.sessions(sync_user(), background=False)
    assert tasks.login == USERNAMES[ROOT]
    page = tasks.changed([Window(sync_user().turned_on_at)])
    assert [task.id for task in page.tasks] == [made]


@pytest.mark.parametrize("there", [True, False])
def test_a_user_without_a_working_login_is_asked_to_connect(box: Box, there: bool) -> None:
    if there:
        box.login(active=False)
    with pytest.raises(LoginLost, match="Connect under Settings") as caught:
        box.sessions(sync_user(), background=False)
    assert caught.value.fault.destiny is Destiny.RECONNECT
    assert box.limiter.admitted == []


def test_a_login_of_another_org_is_refused(box: Box) -> None:
    box.login()
    with pytest.raises(LoginLost, match="another Salesforce org"):
        box.sessions(sync_user(org_id="00DSM0000000002"), background=False)


# ── Renewing ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_goes_on_when_its_session_ends(box: Box) -> None:
    rotate(box)
    login = box.login()
    tasks = box.sessions(sync_user(), background=False)
    box.sim.door.end_sessions(USERNAMES[ADA])
    assert tasks.facts().key_field == "RemindersyncKey__c"
    stored = box.logins.rows[login.id]
    assert stored.version == 2
    assert stored.refresh_token not in (None, login.refresh_token)


def test_workers_that_find_a_session_ended_at_once_refresh_it_once(box: Box) -> None:
    rotate(box)
    login = box.login()
    box.sim.door.reset_counters()
    together = threading.Barrier(8)
    found: list[Login] = []

    def renew() -> None:
        together.wait()
        found.append(box.refresher.renew(login))

    threads = [threading.Thread(target=renew) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.access_token for one in found} == {box.logins.rows[login.id].access_token}
    assert len(found) == 8
    assert (renewals_told(box), box.logins.renewed) == (1, 1)


def test_new_tokens_are_stored_before_anyone_uses_them(box: Box) -> None:
    login = box.login()
    renewed = box.refresher.renew(login)
    assert box.logins.rows[login.id] == renewed
    assert renewed.refresh_token == login.refresh_token
    assert renewed.access_token != login.access_token


def test_a_token_somebody_else_stored_meanwhile_is_used(box: Box) -> None:
    login = box.login()
    theirs = box.logins.add(replace(login, access_token="theirs", version=2))
    assert box.refresher.renew(login) == theirs
    assert box.logins.renewed == 0


def test_a_signed_login_renews_itself_by_signing_again(box: Box) -> None:
    login = box.login(grant=Grant.JWT, refresh_token=None)
    box.sign_logins()
    renewed = box.refresher.renew(login)
    assert renewed.access_token != login.access_token
    assert renewed.refresh_token is None


def test_a_login_that_cannot_renew_itself_is_lost(box: Box) -> None:
    login = box.login(grant=Grant.NONE, refresh_token=None)
    assert lost(box, login).fault.code == "INVALID_SESSION_ID"
    assert [one for one, _ in box.logins.lost] == [login.id]


def test_a_revoked_login_is_lost_and_asked_for_no_more(box: Box) -> None:
    login = box.login()
    box.sim.door.end_sessions(USERNAMES[ADA], refresh_tokens=True)
    assert lost(box, login).fault.code == "EXPIRED_ACCESS"
    assert not box.logins.rows[login.id].active
    box.sim.door.reset_counters()
    assert lost(box, login).fault.code == "NOT_CONNECTED"
    assert renewals_told(box) == 0


def test_a_token_of_another_person_is_never_taken(box: Box) -> None:
    login = box.login(refresh_token=box.sim.door.session(USERNAMES[BEN])["refresh_token"])
    assert lost(box, login).fault.code == "WRONG_ORG"
    assert box.logins.renewed == 0


def test_a_login_somebody_removed_meanwhile_is_lost(box: Box) -> None:
    login = box.login()
    del box.logins.rows[login.id]
    lost(box, login)


def test_a_user_who_connected_anew_meanwhile_goes_on_with_that_login(box: Box) -> None:
    old = box.login()
    del box.logins.rows[old.id]
    new = box.login(id="another")
    assert box.refresher.renew(old) == new


def test_a_user_who_connected_as_somebody_else_meanwhile_goes_on_in_the_next_run(box: Box) -> None:
    old = box.login()
    del box.logins.rows[old.id]
    box.login(BEN, user_id=ADA)
    with pytest.raises(SalesforceRefused) as caught:
        box.refresher.renew(old)
    assert not isinstance(caught.value, LoginLost)


# ── Not now ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_request_that_collides_is_repeated_after_a_pause(box: Box) -> None:
    login = box.login()
    box.sim.door.add_fault("error", kind="token", code="invalid_grant", message=BUSY, times=ATTEMPTS - 1)
    assert box.refresher.renew(login).version == 2
    assert len(box.pauses) == ATTEMPTS - 1
    assert all(0 < pause <= 1 for pause in box.pauses)


def test_a_token_request_that_keeps_colliding_is_given_up_for_now_and_the_login_kept(box: Box) -> None:
    login = box.login()
    box.sim.door.add_fault("error", kind="token", code="invalid_grant", message=BUSY, times=None)
    with pytest.raises(SalesforceRefused) as caught:
        box.refresher.renew(login)
    assert not isinstance(caught.value, LoginLost)
    assert caught.value.fault.destiny is Destiny.RETRY
    assert (len(box.pauses), box.logins.lost) == (ATTEMPTS - 1, [])


def test_a_login_server_in_trouble_is_asked_once_and_the_login_kept(box: Box) -> None:
    login = box.login()
    box.sim.door.reset_counters()
    box.sim.door.add_fault("html", kind="token")
    with pytest.raises(SalesforceRefused) as caught:
        box.refresher.renew(login)
    assert caught.value.fault.destiny is Destiny.RETRY
    assert (box.pauses, box.logins.lost) == ([], [])


def test_a_refresh_that_takes_too_long_elsewhere_is_waited_for_only_so_long(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    login = box.login()
    monkeypatch.setattr("remindersync.salesforce.sessions.LOCK_WAIT_SECONDS", 0.01)
    lease = box.locks.acquire(f"login:{login.id}")
    assert lease is not None
    with pytest.raises(SalesforceRefused) as caught:
        box.refresher.renew(login)
    assert caught.value.fault.code == "TOKEN_BUSY"
    lease.release()
    assert box.refresher.renew(login).version == 2


def test_a_lock_lost_meanwhile_sends_no_token_request(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(_: FakeLease) -> None:
        raise Superseded

    login = box.login()
    box.sim.door.reset_counters()
    monkeypatch.setattr(FakeLease, "check", taken)
    with pytest.raises(SalesforceRefused) as caught:
        box.refresher.renew(login)
    assert caught.value.fault.destiny is Destiny.RETRY
    assert renewals_told(box) == 0


def test_the_lock_is_given_back_after_a_failure(box: Box) -> None:
    login = box.login(grant=Grant.NONE)
    lost(box, login)
    lease = box.locks.acquire(f"login:{login.id}")
    assert lease is not None
    lease.release()


# ── Whose login acts ──


def team_login(box: Box, **changes: object) -> Login:
    return box.login(ROOT, id="team-login", user_id=None, **changes)


def test_who_is_put_on_the_integration_login_acts_through_it_and_owns_what_they_create(box: Box) -> None:
    box.login()
    team_login(box)
    tasks = box.sessions(replace(sync_user(), acts_as=ActsAs.INTEGRATION), background=False)
    assert tasks.login == USERNAMES[ROOT]
    (answer,) = tasks.create([TaskWrite({"Subject": "Call"}, key="a key")])
    made = box.sim.door.task(answer.id or "")
    assert made is not None
    assert (made["OwnerId"], made["CreatedById"]) == (ADA, ROOT)


def test_the_integration_login_is_never_a_fall_back(box: Box) -> None:
    box.login(active=False)
    team_login(box)
    with pytest.raises(LoginLost, match="Connect under Settings"):
        box.sessions(sync_user(), background=False)


@pytest.mark.parametrize("there", [True, False])
def test_without_a_working_integration_login_an_admin_is_asked_to_connect_it(box: Box, there: bool) -> None:
    box.login()
    if there:
        team_login(box, active=False)
    with pytest.raises(LoginLost, match="An admin connects it again") as caught:
        box.sessions(replace(sync_user(), acts_as=ActsAs.INTEGRATION), background=False)
    assert caught.value.fault.code == "NO_INTEGRATION_LOGIN"


def test_an_integration_login_that_is_lost_while_it_acts_is_the_admins_to_connect(box: Box) -> None:
    login = team_login(box)
    tasks = box.sessions(replace(sync_user(), acts_as=ActsAs.INTEGRATION), background=False)
    box.sim.door.end_sessions(USERNAMES[ROOT], refresh_tokens=True)
    with pytest.raises(LoginLost) as caught:
        tasks.facts()
    assert caught.value.fault.code == "NO_INTEGRATION_LOGIN"
    assert not box.logins.rows[login.id].active


def test_what_is_handed_over_goes_with_the_own_login_while_it_works_then_with_the_team_s(box: Box) -> None:
    leaving = replace(sync_user(), acts_as=ActsAs.EITHER)
    own = box.login()
    team = team_login(box)
    assert box.sessions(leaving, background=True).login == USERNAMES[ADA]
    box.logins.rows[own.id] = replace(own, active=False)
    assert box.sessions(leaving, background=True).login == USERNAMES[ROOT]
    box.logins.rows[team.id] = replace(team, active=False)
    with pytest.raises(LoginLost, match="hands the reminders over again") as caught:
        box.sessions(leaving, background=True)
    assert caught.value.fault.code == "NO_LOGIN_LEFT"


def test_a_login_whose_user_is_inactive_is_kept_apart_from_one_that_expired(box: Box) -> None:
    told: list[bool] = []
    lose = box.logins.lose

    def listen(login: Login, reason: str, *, inactive: bool = False) -> None:
        told.append(inactive)
        lose(login, reason)

    box.logins.lose = listen  # type: ignore[method-assign]  # a fake that tells what it was told
    login = box.login()
    box.sim.door.set_user(USERNAMES[ADA], IsActive=False)
    assert lost(box, login).fault.code == "INACTIVE_USER"
    expired = box.login(BEN, user_id=BEN)
    box.sim.door.end_sessions(USERNAMES[BEN], refresh_tokens=True)
    lost(box, expired)
    assert told == [True, False]


# ── Who somebody is in Salesforce ──


def names(found: list[SalesforceUser]) -> list[str]:
    return [one.username for one in found]


def test_active_users_are_found_by_username_and_by_e_mail_address(box: Box) -> None:
    team_login(box)
    org = box.sessions.org("team", ORG)
    box.sim.door.set_user(USERNAMES[BEN], Email="ada@acme.example")
    assert names(org.users_called(USERNAMES[ADA])) == [USERNAMES[ADA], USERNAMES[BEN]]
    assert names(org.users_called("nobody@acme.example")) == []
    box.sim.door.set_user(USERNAMES[BEN], IsActive=False)
    (ada,) = org.users_called(USERNAMES[ADA])
    assert (ada.id, ada.name, ada.email) == (ADA, "Ada Acme", "ada@acme.example")


def test_a_user_is_named_by_username_or_id_and_by_nothing_else(box: Box) -> None:
    team_login(box)
    org = box.sessions.org("team", ORG)
    assert names(org.user_named(USERNAMES[BEN])) == names(org.user_named(BEN)) == [USERNAMES[BEN]]
    for text in ("ada", "' OR Username != '", "x\\", BEN[:14]):
        assert org.user_named(text) == []
