"""The team's people on the admin pages: added, deactivated, given links and logins, handed over (SYNC-9, SYNC-10)."""

import re

import pytest

from remindersync.store.intake import Draft


@pytest.fixture
def chief_s(browser, chief):
    opened = browser(chief)
    opened.get("/admin")
    return opened


def test_the_first_tab_lists_the_team_and_how_each_ones_sync_stands(chief_s, syncing_ada, bob):
    page = chief_s.get("/admin")
    assert page.url.path == "/admin/people"
    rows = dict(
        re.findall(r'href="/admin/people/([^"]+)">[^<]+</a>.*?<span class="badge [^"]*">([^<]+)', page.text, re.DOTALL)
    )
    assert rows[syncing_ada.id] == "First sync under way"
    assert rows[bob.id] == "Off"


def test_somebody_is_added_to_the_admins_own_team(chief_s, services):
    answer = chief_s.post("/admin/people", email="New@Example.com", name="New", time_zone="Europe/Paris", is_admin="1")
    assert "new@example.com is in the team" in answer.text
    added = services.directory.user("new@example.com")
    assert (added.is_admin, added.time_zone, added.sync_on) == (True, "Europe/Paris", False)
    assert added.team_id == services.directory.user("chief@example.com").team_id


def test_a_mistake_is_said_at_the_form_and_keeps_what_was_typed(chief_s):
    answer = chief_s.post("/admin/people", email="no address", name='A "B" <c>', time_zone="")
    assert answer.status_code == 422
    assert 'value="no address"' in answer.text
    assert 'value="A &#34;B&#34; &lt;c&gt;"' in answer.text
    assert 'role="alert"' in answer.text


def test_an_address_of_another_team_is_refused_without_saying_so_and_logged_for_the_operator(
    chief_s, chief, services, caplog
):
    others = services.directory.add_team("Rivals")
    services.directory.add_user("eve@example.com", "Rivals")
    refused = chief_s.post("/admin/people", email="eve@example.com", name="", time_zone="")
    assert refused.status_code == 422
    assert "The address eve@example.com cannot be used here: use another, or ask your operator." in refused.text
    assert "Rivals" not in refused.text
    (line,) = [record.getMessage() for record in caplog.records if record.name == "web.staff"]
    assert line == f"The user {chief.id} was refused what the team {others.id} has."


def test_a_person_is_shown_with_name_and_id_of_whom_they_are_in_salesforce(chief_s, syncing_ada, bob):
    page = chief_s.get(f"/admin/people/{syncing_ada.id}").text
    assert f'<span class="break">ada@org</span> <code class="soft small">{syncing_ada.salesforce_id}</code>' in page
    assert "<dt>In Salesforce</dt><dd>not connected</dd>" in chief_s.get(f"/admin/people/{bob.id}").text


def test_an_address_of_the_own_team_is_told_as_such(chief_s, bob):
    refused = chief_s.post("/admin/people", email=bob.email, name="", time_zone="")
    assert "There is a user bob@example.com already in the team: use another address." in refused.text


def test_a_link_is_shown_once_and_signs_in_as_that_person(chief_s, browser, bob):
    page = chief_s.get(f"/admin/people/{bob.id}")
    assert "/sign-in/" not in page.text
    made = chief_s.post(f"/admin/people/{bob.id}/link").text
    path = re.search(r"https?://[^/]+(/sign-in/[^\"]+)", made)[1]
    somebody = browser()
    somebody.get(path)
    assert "bob@example.com" in somebody.post(path).text
    assert "/sign-in/" not in chief_s.get(f"/admin/people/{bob.id}").text


def test_an_admin_makes_no_link_for_who_is_known_in_salesforce(chief_s, syncing_ada):
    answer = chief_s.post(f"/admin/people/{syncing_ada.id}/link")
    assert answer.status_code == 422
    assert "only an operator can make a link" in answer.text
    assert "/sign-in/" not in answer.text


def test_a_deactivated_person_gets_no_link_and_can_be_activated_again(chief_s, bob, services):
    assert "bob@example.com is deactivated" in chief_s.post(f"/admin/people/{bob.id}/active", active="no").text
    assert not services.directory.user_by_id(bob.id).active
    assert chief_s.post(f"/admin/people/{bob.id}/link").status_code == 422
    chief_s.get(f"/admin/people/{bob.id}")
    assert "is active again" in chief_s.post(f"/admin/people/{bob.id}/active", active="yes").text
    assert services.directory.user_by_id(bob.id).active


def test_nobody_deactivates_themselves(chief_s, chief, services):
    answer = chief_s.post(f"/admin/people/{chief.id}/active", active="no")
    assert (answer.status_code, "ask another admin" in answer.text) == (422, True)
    assert services.directory.user_by_id(chief.id).active


def test_exactly_the_listed_reminders_are_handed_over(chief_s, ada, bob, services):
    services.reminders.create(ada, Draft(name="Call <Ada>"))
    page = chief_s.get(f"/admin/people/{ada.id}")
    assert "Call &lt;Ada&gt;" in page.text
    services.reminders.create(ada, Draft(name="Later"))
    late = chief_s.post(f"/admin/people/{ada.id}/hand-over", count="1", to=bob.email)
    assert (late.status_code, "has 2 open reminders now" in late.text) == (422, True)
    assert "2 open reminders of ada@example.com are handed over to bob@example.com" in (
        chief_s.post(f"/admin/people/{ada.id}/hand-over", count="2", to=bob.email).text
    )
    assert len(services.reminders.left_by(bob.id)) == 2


def test_nothing_is_handed_over_to_another_team(chief_s, ada, services):
    services.directory.add_team("Others")
    services.directory.add_user("stranger@example.com", "Others")
    services.reminders.create(ada, Draft(name="Call"))
    answer = chief_s.post(f"/admin/people/{ada.id}/hand-over", count="1", to="stranger@example.com")
    assert answer.status_code == 422
    assert len(services.reminders.left_by(ada.id)) == 1


def test_the_integration_login_is_chosen_only_where_there_is_one(chief_s, bob):
    answer = chief_s.post(f"/admin/people/{bob.id}/login", login="integration", salesforce_user="bob@org")
    assert answer.status_code == 422
    assert "connect one first" in answer.text
    assert 'value="bob@org"' in answer.text
    looked = chief_s.get(f"/admin/people/{bob.id}?look=1")
    assert "connect one first" in looked.text


def test_runs_are_queued_for_one_and_for_everybody_who_syncs(chief_s, syncing_ada, bob, services, queued):
    assert "is queued" in chief_s.post(f"/admin/people/{syncing_ada.id}/resync").text
    assert "A run is queued for 1 person" in chief_s.post("/admin/people/resync", full="1").text
    assert {run.kind for run in services.requests.runs_of(syncing_ada.id)} >= {"poll", "full"}
    assert set(queued()) == {syncing_ada.id}
    answer = chief_s.post(f"/admin/people/{bob.id}/resync")
    assert (answer.status_code, "turn sync on first" in answer.text) == (422, True)


def test_a_run_that_takes_much_of_what_is_left_is_agreed_to_first(chief_s, syncing_ada, services):
    services.limiter.saw(services.directory.status(syncing_ada.id)[0].org_id, 499, 1000)
    for path in ("/admin/people/resync", f"/admin/people/{syncing_ada.id}/resync"):
        chief_s.get("/admin/people")
        assert chief_s.post(path, full="1").status_code == 422
        assert chief_s.post(path, full="1", agreed="1").status_code == 200


def test_other_teams_people_are_not_there(chief_s, services):
    services.directory.add_team("Others")
    stranger = services.directory.add_user("stranger@example.com", "Others")
    assert "stranger@example.com" not in chief_s.get("/admin/people").text
    assert chief_s.get(f"/admin/people/{stranger.id}").status_code == 404
    for path in ("active", "login", "hand-over", "resync", "link"):
        chief_s.get("/admin/people")
        assert chief_s.post(f"/admin/people/{stranger.id}/{path}").status_code == 404
