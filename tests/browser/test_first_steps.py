"""From a sign-in link to two lists in step, as a person does it."""

import pytest
from playwright.sync_api import expect

from tests.fixtures.waiting import eventually


@pytest.fixture
def team(stack):
    made = stack.team("Ada Admin")
    made.there("Ada Admin").create(Subject="Call Lea about the offer", Status="Not Started", Priority="High")
    made.there("Ada Admin").create(Subject="Send the contract", Status="In Progress", Priority="Normal")
    return made


def test_a_person_logs_in_at_salesforce_turns_sync_on_and_watches_it_finish(window, team):
    page = window(team.user("Ada Admin"))
    page.goto("/settings")
    page.get_by_role("link", name="Connect Salesforce").click()
    page.get_by_role("row", name=team.email("Ada Admin")).get_by_role("button").click()
    expect(page.get_by_text(f"Connected to Salesforce as {team.email('Ada Admin')}")).to_be_visible()
    page.get_by_role("radio", name="Sync", exact=False).last.check()
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_text("In step")).to_be_visible()
    page.get_by_role("link", name="Command Center").click()
    page.goto("/?view=all")
    expect(page.get_by_role("link", name="Call Lea about the offer", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Send the contract", exact=True)).to_be_visible()


def test_a_person_whom_the_team_knows_signs_in_with_salesforce(window, team):
    team.connect("Ada Admin")
    page = window()
    page.goto("/?view=all")
    page.get_by_role("link", name="Log in with Salesforce").click()
    page.get_by_role("row", name=team.email("Ada Admin")).get_by_role("button").click()
    expect(page.get_by_role("heading", name="Command Center")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Log in with Salesforce")).to_be_visible()


def test_what_is_added_here_is_seen_there_and_what_is_edited_there_is_seen_here_without_reloading(window, team):
    page = window(team.sync("Ada Admin"))
    page.goto("/?view=all")
    page.get_by_label("New reminder").fill("Ask Bo for the numbers")
    page.get_by_role("button", name="Add").click()
    eventually(lambda: "Ask Bo for the numbers" in team.subjects())
    page.goto("/?view=all")
    page.evaluate("window.sameLoad = true")
    (task,) = (task for task in team.tasks() if task["Subject"] == "Ask Bo for the numbers")
    team.there("Ada Admin").update(task["Id"], Subject="Ask Bo for all the numbers")
    expect(page.get_by_role("link", name="Ask Bo for all the numbers", exact=True)).to_be_visible()
    assert page.evaluate("window.sameLoad")
