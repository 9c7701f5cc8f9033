"""The commands for what changes many reminders at once: shown first, then exactly that is asked for."""

from remindersync.store.app_reminders import AppReminders, Draft
from tests.fixtures.pairs import link_up
from tests.system.conftest import Office

TEMPLATE = "[{{activity_type}}] {{activity_subject}}"
MAP = '{"open": ["Not Started"], "completed": ["Completed", "Deferred"], "write_open": "Not Started", "write_completed": "Completed"}'


def _paired(office: Office, name: str) -> str:
    """Add a reminder whose Task is deferred; return its id."""
    office.connect()
    office.directory.turn_on(office.user().id)
    made = AppReminders(office.database).create(office.user(), Draft(name)).reminder
    link_up(office.database, office.directory.team(office.team).org_id, 1, made, Status="Deferred")
    return made.id


def test_a_template_is_shown_on_the_teams_reminders_before_it_is_saved(office: Office) -> None:
    _paired(office, "Offer")
    run = office.line.run
    shown = run("settings", office.team, "subject_template", TEMPLATE, "--preview", "--json").json()
    assert [(one["subject"], one["reads_as"], one["readable"]) for one in shown["examples"]] == [
        ("[Custom] Offer", "Offer", True)
    ]
    assert "one-way" in run("settings", office.team, "subject_template", "Call", "--preview").told()
    assert "follow-maps" in run("settings", office.team, "status_map", MAP, "--preview").told()
    assert run("settings", office.team, "subject_template", "--json").json()[0]["value"] == "{{activity_subject}}"


def test_subjects_are_shown_and_then_asked_for(office: Office) -> None:
    reminder = _paired(office, "Offer")
    run = office.line.run
    assert "Nothing would change" in run("rerender", office.team).told()
    assert "asked for yet" in run("rerender", office.team, "--progress").told()
    run("settings", office.team, "subject_template", TEMPLATE).told()
    shown = run("rerender", office.team, "--list", "--json").json()
    assert [(one["reminder"], one["after"]) for one in shown["lines"]] == [(reminder, "Subject: [Custom] Offer")]
    assert "Subject: [Custom] Offer" in run("rerender", office.team, "--list").told()
    assert run("rerender", office.team).code != 0
    asked = run("rerender", office.team, "--digest", shown["digest"], "--json").json()
    assert (asked["total"], asked["waiting"], asked["left"]) == (1, 1, [])
    assert "0 of 1 are done" in run("rerender", office.team, "--progress").told()


def test_reminders_that_follow_are_shown_and_then_asked_for(office: Office) -> None:
    _paired(office, "Offer")
    run = office.line.run
    run("settings", office.team, "status_map", MAP).told()
    assert "status: completed" in run("follow-maps", office.team, "--list").told()
    assert run("follow-maps", office.team, "--yes", "--json").json()["waiting"] == 1
    assert "no admin" in run("follow-maps", office.team, "--yes", "--as", office.email()).complaint(code=2)
    assert "not known any more" in run("follow-maps", office.team, "--digest", "0").complaint()
