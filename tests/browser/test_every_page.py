"""What holds on every page: no barrier that WCAG A and AA name, light and dark, and nothing wider than a phone."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from playwright.sync_api import Page

from remindersync.store.listing import ListQuery
from tests.browser import sample
from tests.browser.stack import Stack, Team
from web.app import create_app
from web.pages import views
from worker.sign_in import sign_in_link

_LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What reaches out of the window, unless it is only read out, or scrolls within something.
_WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
  [...document.body.querySelectorAll("*")]
    .filter((each) => each.getBoundingClientRect().right > document.documentElement.clientWidth && !each.closest(".scroll *"))
    .map((each) => each.outerHTML.slice(0, 120))"""
_DESK = {"width": 1280, "height": 860}
_PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def team(whole_stack) -> Iterator[Team]:
    made = sample.build(whole_stack)
    whole_stack.teams.clear()
    yield made
    made.rest()


@pytest.fixture(scope="module")
def addresses(whole_stack, team) -> list[str]:
    """Every address of the site that shows a page, the Command Center's views, and two reminders."""
    plain = set(_plain_paths(whole_stack))
    assert {"/", "/settings", "/sign-in"} <= plain
    ada = team.user(sample.ADA)
    listed = whole_stack.parts.reminders.list(ada, ListQuery(include_deleted=True)).items
    of_something = [f"/reminders/{each.reminder.id}" for each in listed[:2]]
    of_something += [f"{of_something[0]}/why", f"/admin/people/{ada.id}"]
    of_something += [f"/admin/programs/webhooks/{one.id}" for one in whole_stack.parts.hooks.of(ada)]
    of_views = {views.address(view) for view in (views.START, "all", "bin")}
    return sorted(plain | {"/api/v1/docs"} | of_views) + of_something


def _plain_paths(stack: Stack) -> Iterator[str]:
    for route in iter_route_contexts(create_app(stack.parts).routes):
        if isinstance(route.original_route, APIRoute) and "GET" in route.methods and "{" not in route.path:
            yield route.path


@dataclass
class Seen:
    """What was found on every page."""

    pages: list[str] = field(default_factory=list)
    barriers: list[str] = field(default_factory=list)
    dark_barriers: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def seen(chrome, whole_stack, team, addresses, axe) -> Seen:
    """Look at every page once."""
    # What fades in is looked at when it is there.
    context = chrome.new_context(base_url=whole_stack.url, viewport=_DESK, reduced_motion="reduce")
    page, seen = context.new_page(), Seen()
    page.goto(sign_in_link(whole_stack.parts.settings, whole_stack.parts.directory.user(team.email(sample.ADA))))
    page.get_by_role("button", name="Sign in").click()
    for address in pages(page, addresses, whole_stack.url):
        seen.pages.append(address)
        page.evaluate(axe)
        seen.barriers += barriers(page, address, {"type": "tag", "values": _LEVELS})
        page.emulate_media(color_scheme="dark")
        seen.dark_barriers += barriers(page, address, {"type": "rule", "values": ["color-contrast"]})
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(_PHONE)
        seen.wide += [f"{address}: {element}" for element in page.evaluate(_WIDE)]
        page.set_viewport_size(_DESK)
    context.close()
    return seen


def pages(page: Page, addresses: list[str], url: str) -> Iterator[str]:
    """Go to each address that answers with a page, and tell which."""
    cookies = {each["name"]: each["value"] for each in page.context.cookies()}
    with httpx.Client(base_url=url, cookies=cookies) as client:
        for address in addresses:
            if _is_page(client, address):
                page.goto(address)
                yield address


def _is_page(client: httpx.Client, address: str) -> bool:
    # A stream of news never ends: only its head is asked for.
    with client.stream("GET", address) as answer:
        is_html = answer.headers.get("content-type", "").startswith("text/html")
        return answer.status_code == httpx.codes.OK and is_html and "<html" in answer.read().decode()


def test_every_kind_of_page_was_looked_at(seen):
    assert {"/", "/?view=bin", "/settings", "/sign-in", "/admin/template", "/api/v1/docs"} <= set(seen.pages)
    assert {"/settings/programs", "/admin/programs"} <= set(seen.pages)
    for kind in ("/reminders/", "/admin/programs/webhooks/"):
        assert any(address.startswith(kind) for address in seen.pages)


def test_no_page_has_a_barrier(seen):
    assert seen.barriers == []


def test_no_page_has_too_little_contrast_in_the_dark(seen):
    assert seen.dark_barriers == []


def test_no_page_is_wider_than_a_phone(seen):
    assert seen.wide == []


def barriers(page: Page, address: str, rules: dict[str, object]) -> list[str]:
    """Tell each violation with where it is."""
    result = page.evaluate("rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", rules)
    return [
        f"{address}: {each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for each in result["violations"]
        for node in each["nodes"]
    ]


def test_what_opens_on_a_page_has_no_barrier_either(window, team, axe):
    page = window(team.user(sample.ADA), reduced_motion="reduce")
    page.evaluate(axe)
    page.get_by_text("All fields", exact=True).click()
    page.get_by_role("link", name="Edit Follow up on the demo").click()
    page.locator("[data-editing] input[name=name]").wait_for()
    found = barriers(page, "row", {"type": "tag", "values": _LEVELS})
    page.keyboard.press("Escape")
    page.locator("[data-editing]").wait_for(state="detached")
    page.keyboard.press("?")
    assert found + barriers(page, "sheet", {"type": "tag", "values": _LEVELS}) == []


def test_what_is_shown_once_has_no_barrier_and_fits_a_phone(window, team, axe):
    page = window(team.user(sample.ADA), viewport=_PHONE)
    page.goto("/settings/programs")
    page.get_by_label("What it is for").fill("Invoices")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="Copy").wait_for()
    page.evaluate(axe)
    found = barriers(page, "token", {"type": "tag", "values": _LEVELS}) + page.evaluate(_WIDE)
    page.goto("/admin/programs")
    page.get_by_role("link", name="https://dialler.example/reminders").click()
    page.get_by_role("button", name="New secret").click()
    page.get_by_role("button", name="Copy").wait_for()
    page.evaluate(axe)
    assert found + barriers(page, "secret", {"type": "tag", "values": _LEVELS}) + page.evaluate(_WIDE) == []
