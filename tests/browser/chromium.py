"""The machine's Chromium, driven by Playwright: nothing is downloaded."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome")
# As root in a container there is no sandbox; the rest keeps it from asking the world outside for anything.
_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MISSING = "No Chromium is on the PATH: install it, for instance with apt-get install chromium."


def find() -> str | None:
    """Return where a Chromium is, None without one."""
    return next((path for path in map(shutil.which, _NAMES) if path), None)


@contextmanager
def launched(path: str) -> Iterator[Browser]:
    """Run a browser without a window; it ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_OPTIONS))
        try:
            yield browser
        finally:
            browser.close()
