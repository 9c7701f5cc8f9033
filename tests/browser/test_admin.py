"""An admin's pages at work: the template with its preview, and an error that is retried."""

import pytest
from playwright.sync_api import expect

from remindersync.store.app_reminders import Draft
from tests.fixtures.waiting import eventually

ADA = "Ada Admin"
REFUSED = "Call Zoe"


@pytest.fixture
def team(stack):
    made = stack.team(ADA)
    made.sync(ADA)
    return made


@pytest.fixture
def refusal(stack):
    """Let Salesforce refuse one Task by its Subject, until it is taken back."""
    number = stack.sim.door.add_fault(
        "record_error", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", where={"Subject": REFUSED}, times=None
    )
    yield lambda: stack.sim.door.clear_faults(number)
    stack.sim.door.clear_faults()


def add(team, name: str, **fields) -> None:
    changed = team.stack.parts.reminders.create(team.user(ADA), Draft(name, **fields))
    team.stack.parts.send(changed.due_user_id)


def test_a_template_is_seen_on_real_reminders_while_it_is_typed_and_shapes_what_is_made_next(window, team):
    add(team, "Ask Lea", type="call")
    eventually(lambda: team.subjects() == ["Ask Lea"])
    page = window(team.user(ADA))
    page.goto("/admin/template")
    page.get_by_label("Template", exact=True).fill("{{activity_type}}: {{activity_subject}}")
    expect(page.get_by_role("cell", name="Call: Ask Lea")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Template", exact=True)).to_have_value("{{activity_type}}: {{activity_subject}}")
    add(team, "Write to Lea", type="email")
    eventually(lambda: "Email: Write to Lea" in team.subjects())
    assert "Ask Lea" in team.subjects()


def test_a_template_that_cannot_be_read_back_is_called_one_way_before_it_is_saved(window, team):
    add(team, "Ask Lea")
    page = window(team.user(ADA))
    page.goto("/admin/template")
    page.get_by_label("Template", exact=True).fill("Reminder")
    expect(page.get_by_text("One-way", exact=False).first).to_be_visible()


def test_an_error_is_explained_and_retried_once_its_cause_is_gone(window, team, refusal):
    add(team, REFUSED)
    page = window(team.user(ADA))
    reminders = team.stack.parts.reminders
    eventually(lambda: reminders.list(team.user(ADA)).items[0].sync.state == "parked")
    page.goto("/?view=all")
    expect(page.get_by_role("listitem").filter(has_text=REFUSED).get_by_text("Refused", exact=True)).to_be_visible()
    refusal()
    page.goto("/admin/diagnostics")
    page.get_by_role("button", name="Retry all of FIELD_CUSTOM_VALIDATION_EXCEPTION").click()
    eventually(lambda: REFUSED in team.subjects())
    page.goto("/?view=all")
    expect(page.get_by_role("listitem").filter(has_text=REFUSED).get_by_text("Synced")).to_be_visible()
