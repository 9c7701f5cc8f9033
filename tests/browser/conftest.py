"""One stack and one browser for the package; people at it, each in a window of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from remindersync.store.people import AppUser
from tests.browser import chromium
from tests.browser.stack import Stack, running
from worker.sign_in import sign_in_link

# A loaded machine needs longer than a person's patience; no test asserts how long something took.
_PATIENCE_MS = 30_000
expect.set_options(timeout=_PATIENCE_MS)


# The browser and htmx note every answer of 400 and above; a test that asks for one expects it.
_EXPECTED = ("Failed to load resource", "Response Status Error Code")


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.skip(chromium.MISSING)
    with chromium.launched(path) as browser:
        yield browser


@pytest.fixture(scope="package")
def whole_stack(chrome, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("stack"), postgres_url) as stack:
        yield stack


@pytest.fixture
def stack(whole_stack: Stack) -> Iterator[Stack]:
    """The product; whom a test turned on is turned off again."""
    yield whole_stack
    for team in whole_stack.teams:
        team.rest()
    whole_stack.teams.clear()


class Open(Protocol):
    """Open a window, signed in where a person is named; options are those of a browser context."""

    def __call__(self, user: AppUser | None = None, **options: object) -> Page: ...


@pytest.fixture
def window(chrome: Browser, stack: Stack) -> Iterator[Open]:
    """Open windows. A script that fails in one of them, or that the page's policy refuses, fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_window(user: AppUser | None = None, **options: object) -> Page:
        context = chrome.new_context(base_url=stack.url, locale="en-GB", **options)
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if _is_complaint(line.type, line.text) else None)
        if user:
            page.goto(sign_in_link(stack.parts.settings, stack.parts.directory.user_by_id(user.id)))
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert complaints == []


def _is_complaint(kind: str, text: str) -> bool:
    return kind == "error" and not text.startswith(_EXPECTED)


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's own source."""
    return (Path(__file__).parent / "axe" / "axe-4.14.1.min.js").read_text(encoding="utf-8")
