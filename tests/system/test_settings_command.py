"""The command that shows and changes a team's settings, held against the team's org."""

import pytest

from tests.system.conftest import Office


@pytest.fixture
def held_against_the_org(office: Office) -> Office:
    """A team with an integration login."""
    office.line.run("teams", "connect", office.team, *office.token_options("root")).told()
    return office


def test_settings_are_shown_all_or_one(office):
    listed = office.line.run("settings", office.team, "--json").json()
    assert {"setting": "conflict_rule", "value": "latest"} in listed
    assert "write_completed" in office.line.run("settings", office.team, "status_map").told()


def test_a_setting_is_changed_from_text_or_json(office):
    set_to = office.line.run("settings", office.team, "conflict_rule", "app", "--json").json()
    assert set_to == {"team": office.team, "name": "conflict_rule", "value": "app", "note": None}
    assert "true" in office.line.run("settings", office.team, "import_closed_on_creation", "true").told()
    settings = office.directory.settings(office.directory.team(office.team).id)
    assert (settings.conflict_rule, settings.import_closed_on_creation) == ("app", True)


def test_a_template_that_cannot_be_read_back_is_said_to_be_one_way(office):
    assert "one-way" in office.line.run("settings", office.team, "subject_template", "Call").told()
    assert (
        "one-way" not in office.line.run("settings", office.team, "subject_template", "x {{activity_subject}}").told()
    )


def test_what_makes_no_sense_is_refused(office):
    run = office.line.run
    assert "no setting 'colour'" in run("settings", office.team, "colour", "red").complaint(code=2)
    assert "no JSON" in run("settings", office.team, "api_share_percent", "much").complaint(code=2)
    assert "character 11" in run("settings", office.team, "import_condition", "Priority =").complaint()


def test_a_condition_is_tried_in_the_org_before_it_is_saved(held_against_the_org):
    office = held_against_the_org
    run = office.line.run
    assert "no field 'Colour'" in run("settings", office.team, "import_condition", "Colour = 'red'").complaint()
    run("settings", office.team, "import_condition", "Priority = 'High'").told()
    assert office.directory.settings(office.directory.team(office.team).id).import_condition == "Priority = 'High'"


def test_a_map_that_contradicts_the_org_is_refused(held_against_the_org):
    office = held_against_the_org
    wrong = '{"open": ["Not Started"], "completed": ["Deferred"], "write_open": "Not Started", "write_completed": "Deferred"}'
    assert "'Deferred' is open in your org" in office.line.run("settings", office.team, "status_map", wrong).complaint()
