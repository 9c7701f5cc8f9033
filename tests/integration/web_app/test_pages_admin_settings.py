"""The team's template, values and rules on the admin pages: previewed, saved, refused at the form (SUBJ-5, MAP-2)."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from orgsim.server import serve
from remindersync.model import ReminderType
from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store.intake import Draft
from remindersync.store.logins import LoginGrant
from remindersync.store.tables import reminders
from tests.fixtures.pairs import link_up
from tests.fixtures.statements import counted_statements
from tests.integration.web_app.conftest import ORG

ROOT = record_id("005SM0000000009")
TEMPLATE = "[{{activity_type}}] {{activity_subject}}"
VALUES = {
    "status:Not Started": "open",
    "status:Completed": "completed",
    "write_open": "Not Started",
    "write_completed": "Completed",
    "priority:Normal": "normal",
    "priority:High": "high",
    "write_normal": "Normal",
    "write_high": "High",
    "import_condition": "",
}


@pytest.fixture(scope="module")
def sim():
    with serve() as box:
        yield box


@pytest.fixture
def settings(settings, sim):
    return replace(settings, salesforce_allowed_hosts=(sim.url.removeprefix("http://"),))


@pytest.fixture
def team_login(services, sim, chief):
    """The team's integration login, in an org whose picklists can be read."""
    root = {"Id": ROOT, "Username": "root@acme.example", "Name": "Root", "ViewAllData": True}
    sim.door.reset({"orgs": [{"id": ORG, "name": "Acme", "users": [root]}]})
    login = sim.door.session("root@acme.example")
    where = (login["instance_url"], login["access_token"], login["refresh_token"])
    services.directory.connect_team(chief.team_id, LoginGrant(ORG, ROOT, "root@acme.example", *where, Grant.REFRESH))


@pytest.fixture
def chief_s(browser, chief):
    opened = browser(chief)
    opened.get("/admin")
    return opened


@pytest.fixture
def call(services, database, syncing_ada):
    """A reminder of Ada's with a Task that shows its name and is deferred."""
    made = services.reminders.create(syncing_ada, Draft("Offer <b>", type=ReminderType.CALL.value)).reminder
    link_up(database, ORG, 1, made, Status="Deferred")
    return made


def settings_of(services, user):
    return services.directory.settings(user.team_id)


# ── Template ──


def test_a_template_is_tried_on_the_teams_own_reminders_before_it_is_saved(chief_s, call, services, chief):
    shown = chief_s.post("/admin/template/preview", subject_template=TEMPLATE, subject_inbound="1")
    assert "[Call] Offer &lt;b&gt;" in shown.text
    assert "Reads back" in shown.text
    assert settings_of(services, chief).subject_template == "{{activity_subject}}"
    saved = chief_s.post("/admin/template", subject_template=TEMPLATE, subject_inbound="1")
    assert "The template is saved" in saved.text
    assert settings_of(services, chief).subject_template == TEMPLATE


def test_typing_asks_for_the_preview_alone(chief_s, call):
    part = chief_s.http.post(
        "/admin/template/preview",
        data={"csrf": chief_s.csrf(), "subject_template": "{{activity_type}}"},
        headers={"X-Part": "1"},
    )
    assert "<html" not in part.text
    assert "One-way" in part.text
    assert "The name does not occur in it." in part.text


def test_a_button_puts_a_dynamic_field_in_without_a_script(chief_s):
    shown = chief_s.post("/admin/template/preview", subject_template="Sales: ", insert="activity_subject")
    assert "Sales: {{activity_subject}}</textarea>" in shown.text
    odd = chief_s.post("/admin/template/preview", subject_template="Sales: ", insert="<script>")
    assert "Sales: </textarea>" in odd.text


def test_an_unknown_field_is_refused_by_name_with_what_was_typed(chief_s, services, chief):
    answer = chief_s.post("/admin/template", subject_template="{{nmae}} <x>")
    assert answer.status_code == 422
    assert "nmae" in answer.text
    assert "{{nmae}} &lt;x&gt;</textarea>" in answer.text
    assert settings_of(services, chief).subject_inbound is True


def test_what_is_not_ticked_is_turned_off(chief_s, services, chief):
    chief_s.post("/admin/template", subject_template=TEMPLATE, template_on_imported="1")
    saved = settings_of(services, chief)
    assert (saved.subject_inbound, saved.template_on_imported) == (False, True)


def test_subjects_are_rendered_anew_exactly_as_the_preview_showed(chief_s, call):
    chief_s.post("/admin/template", subject_template=TEMPLATE, subject_inbound="1")
    shown = chief_s.post("/admin/actions/preview", kind="rerender_subjects")
    assert "[Call] Offer &lt;b&gt;" in shown.text
    assert "Change exactly these 1" in shown.text
    digest = shown.text.partition('name="digest" value="')[2].partition('"')[0]
    asked = chief_s.post("/admin/actions", kind="rerender_subjects", digest=digest)
    assert "0 of 1 done" in asked.text
    part = f"{asked.url.path}/part"
    assert chief_s.http.get(part, params={"seen": "1"}).status_code == 204
    assert "0 of 1 done" in chief_s.http.get(part).text
    assert "Asked for" in chief_s.get("/admin/template").text


def test_a_preview_nobody_knows_is_shown_anew(chief_s, call):
    answer = chief_s.post("/admin/actions", kind="follow_maps", digest="x")
    assert answer.status_code == 422
    assert "not known any more" in answer.text


def test_an_action_that_is_none_is_refused(chief_s):
    assert chief_s.post("/admin/actions/preview", kind="delete_all").status_code == 422


# ── Values ──


def test_values_are_chosen_from_the_orgs_own_picklists(chief_s, team_login, services, chief):
    page = chief_s.get("/admin/values").text
    for value in ("Not Started", "Waiting on someone else", "Deferred"):
        assert f'<label for="status:{value}">{value}</label>' in page
    assert '<span class="badge">closed</span>' in page
    answer = chief_s.post("/admin/values", **VALUES | {"status:Deferred": "open", "status:In Progress": ""})
    assert "Saved." in answer.text
    assert settings_of(services, chief).status_map.reads["open"] == {"Not Started", "Deferred"}


def calls(sim) -> int:
    """How many calls the org was asked so far."""
    return len(sim.door.calls(1000))


def test_the_orgs_values_are_asked_for_once_and_again_only_when_somebody_wants(chief_s, team_login, sim):
    chief_s.get("/admin/values")
    first = calls(sim)
    for _ in range(3):
        assert "Waiting on someone else" in chief_s.get("/admin/values").text
    assert calls(sim) == first
    again = chief_s.post("/admin/values", do="refresh", **VALUES | {"import_condition": "Type = 'Call'"})
    assert "Type = &#39;Call&#39;</textarea>" in again.text
    assert calls(sim) == first + 2


def test_an_org_that_is_held_is_not_asked_for_its_values(chief_s, team_login, services, sim):
    chief_s.get("/admin/people")
    services.limiter.saw(ORG, 10, 1000)
    services.limiter.hold(ORG, 90)
    before = calls(sim)
    for answer in (chief_s.get("/admin/values"), chief_s.post("/admin/values", do="refresh", **VALUES)):
        assert "could not be read: Salesforce asked for a pause" in answer.text
    assert calls(sim) == before


def test_where_a_second_look_fails_what_was_read_before_stays(chief_s, team_login, services):
    chief_s.get("/admin/values")
    services.limiter.hold(ORG, 90)
    answer = chief_s.post("/admin/values", do="refresh", **VALUES)
    assert "could not be read" in answer.text
    assert "Waiting on someone else" in answer.text


def test_without_a_login_the_page_says_what_to_connect(chief_s):
    assert "connect the integration login" in chief_s.get("/admin/values").text


def test_a_value_the_org_contradicts_is_refused_with_what_was_chosen(chief_s, team_login, services, chief):
    answer = chief_s.post("/admin/values", **VALUES | {"status:Deferred": "completed"})
    assert answer.status_code == 422
    assert "is open in your org" in answer.text
    assert '<option value="completed" selected>Completed' in answer.text.partition('id="status:Deferred"')[2]
    assert settings_of(services, chief).status_map.reads["completed"] == {"Completed"}


def test_a_written_value_that_is_not_in_its_list_is_refused_in_the_forms_words(chief_s, services, chief):
    answer = chief_s.post("/admin/values", **VALUES | {"write_open": "Completed"})
    assert answer.status_code == 422
    assert "Status: &#39;Completed&#39; is written for open but is not in its list" in answer.text


def test_a_condition_is_read_before_it_is_saved(chief_s, services, chief):
    answer = chief_s.post("/admin/values", **VALUES | {"import_condition": "Type = <"})
    assert answer.status_code == 422
    assert "Type = &lt;</textarea>" in answer.text
    chief_s.post("/admin/values", **VALUES | {"import_condition": "Type = 'Call'"})
    assert settings_of(services, chief).import_condition == "Type = 'Call'"


def test_which_reminders_could_follow_is_seen_before_saving(chief_s, call, services, chief):
    changed = VALUES | {"status:Deferred": "completed"}
    shown = chief_s.post("/admin/values", do="preview", **changed)
    assert "1 reminder could take another value" in shown.text
    assert "Offer &lt;b&gt;" in shown.text
    assert settings_of(services, chief).status_map.reads["completed"] == {"Completed"}


def test_a_picklist_of_many_values_fits_into_the_form(chief_s, services, chief):
    many = {f"status:Value {number}": "open" for number in range(500)}
    assert "Saved." in chief_s.post("/admin/values", **VALUES | many).text
    assert len(settings_of(services, chief).status_map.reads["open"]) == 501


# ── Rules ──

RULES = {
    "conflict_rule": "salesforce",
    "tie_rule": "salesforce",
    "delete_rule": "edit_wins",
    "guard_count": "7",
    "guard_percent": "8",
    "api_share_percent": "9",
}


def test_every_rule_is_saved(chief_s, services, chief):
    assert "The rules are saved" in chief_s.post("/admin/rules", import_closed_on_creation="1", **RULES).text
    saved = settings_of(services, chief)
    assert (saved.conflict_rule, saved.tie_rule, saved.deletion_wins) == ("salesforce", "salesforce", False)
    assert (saved.guard_count, saved.guard_percent, saved.api_share_percent) == (7, 8, 9)
    assert saved.import_closed_on_creation is True


def test_a_wrong_number_is_refused_with_all_that_was_typed(chief_s, services, chief):
    for wrong in ("", "-1", "101", "1.5", "many", "\uff19", "9" * 5000):
        answer = chief_s.post("/admin/rules", **RULES | {"guard_percent": wrong})
        assert answer.status_code == 422, wrong
        assert "The guard’s percentage is not a whole number from 0 to 100" in answer.text
        assert f'value="{wrong}"' in answer.text
        assert 'value="salesforce" checked' in answer.text
    assert settings_of(services, chief).guard_count == 50


def test_a_rule_that_is_none_is_refused(chief_s):
    assert chief_s.post("/admin/rules", **RULES | {"conflict_rule": "<b>"}).status_code == 422


# ── Held back ──


def test_what_is_held_is_approved_person_by_person(chief_s, call, database, services, syncing_ada):
    assert "Nothing is held back" in chief_s.get("/admin/held").text
    with database.begin() as connection:
        connection.execute(update(reminders).values(held_change="complete"))
    page = chief_s.get("/admin/held").text
    assert "Offer &lt;b&gt;" in page
    answer = chief_s.post("/admin/held", user="ada@example.com", listed=call.id)
    assert "ada@example.com: 1 change is approved" in answer.text
    assert services.approvals.waiting(syncing_ada.id) == ()


def test_nobody_of_another_team_is_approved(chief_s, services):
    services.directory.add_team("Others")
    services.directory.add_user("stranger@example.com", "Others")
    answer = chief_s.post("/admin/held", user="stranger@example.com", listed="x")
    assert (answer.status_code, "nobody called stranger@example.com in your team" in answer.text) == (422, True)


# ── However many there are ──


def test_pages_send_as_many_statements_for_many_reminders_as_for_few(chief_s, services, syncing_ada):
    def statements(path: str) -> int:
        with counted_statements(services.database) as sent:
            assert chief_s.get(path).status_code == 200
        return len(sent)

    def add(number: int) -> None:
        for place in range(number):
            services.reminders.create(syncing_ada, Draft(name=f"Call {place}", type="call"))

    add(3)
    paths = ("/settings", "/admin/people", "/admin/template", "/admin/held", "/admin/diagnostics")
    few = {path: statements(path) for path in paths}
    add(30)
    assert {path: statements(path) for path in paths} == few
