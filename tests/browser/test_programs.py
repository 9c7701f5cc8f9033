"""Programs and polling in a browser: a token is copied, a webhook's test awaited, and nothing asked while nobody looks."""

from contextlib import ExitStack

import httpx
import pytest
from playwright.sync_api import Page, expect

from remindersync.store.app_reminders import Draft
from remindersync.store.webhooks import Scope
from tests.fixtures.waiting import eventually
from web.news import MOST_OF_ONE

ADA = "Ada Admin"
# Playwright's windows are all in front: what the browser says of that is put in its place.
_LOOKS = """(where) => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => where === "away"});
  document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def team(stack):
    return stack.team(ADA)


@pytest.fixture
def page(window, team) -> Page:
    return window(team.user(ADA), permissions=["clipboard-read", "clipboard-write"])


def test_a_token_is_made_and_copied_with_the_keyboard_alone(page, team):
    page.goto("/settings/programs")
    page.get_by_label("What it is for").focus()
    page.keyboard.type("Nightly export")
    page.keyboard.press("Enter")
    shown = page.get_by_label("Shown this once")
    expect(shown).to_be_visible()
    page.get_by_role("button", name="Copy").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown.input_value()
    assert team.stack.parts.directory.user_of_token(shown.input_value()).email == team.email(ADA)
    page.goto("/settings/programs")
    page.get_by_role("button", name="Revoke Nightly export").click()
    expect(page.get_by_text("No program has a token of yours.")).to_be_visible()


def test_a_webhooks_test_is_sent_by_a_worker_and_its_answer_appears_on_the_open_page(page, team):
    # Whatever an address was judged when it was added, it is judged again when it is called.
    made, _ = team.stack.parts.hooks.add(team.user(ADA), "https://127.0.0.1:1/", Scope.TEAM)
    page.goto(f"/admin/programs/webhooks/{made.id}")
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("A test is on its way: a worker")).to_be_visible()
    page.evaluate("window.sameLoad = true")
    expect(page.get_by_role("row").filter(has_text="test").filter(has_text="not public")).to_be_visible()
    assert page.evaluate("window.sameLoad")


def test_the_fleet_is_not_asked_for_while_nobody_looks_and_at_once_when_somebody_does(page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/admin/fleet")
    page.evaluate("window.polls = 0")
    page.evaluate("document.addEventListener('htmx:beforeRequest', () => { window.polls += 1; })")
    page.evaluate(_LOOKS, "away")
    asked.clear()
    eventually(lambda: page.evaluate("window.polls >= 2"))
    assert [url for url in asked if "/admin/fleet" in url or url.endswith("/news")] == []
    with page.expect_request("**/admin/fleet/part"), page.expect_request("**/news"):
        page.evaluate(_LOOKS, "here")


def test_a_page_that_had_to_make_room_asks_again_once_somebody_looks_at_it(page, team):
    page.goto("/?view=all")
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    with httpx.Client(base_url=team.stack.url, cookies=cookies) as client, ExitStack() as others:
        for _ in range(MOST_OF_ONE):
            others.enter_context(client.stream("GET", "/news"))
        eventually(lambda: page.evaluate("news === null"))
    team.stack.parts.reminders.create(team.user(ADA), Draft("Call Lea"))
    page.evaluate(_LOOKS, "here")
    expect(page.get_by_role("link", name="Call Lea", exact=True)).to_be_visible()
