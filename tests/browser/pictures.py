"""Takes pictures of every page, light, dark and as on a phone: `make pictures`, or with a folder to put them in."""

import base64
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser import chromium, sample
from tests.browser.stack import Stack, Team, running
from tests.fixtures.database import _embedded_server
from worker.sign_in import sign_in_link

IMAGES = Path(__file__).parents[2] / "docs" / "images"
_QUALITY = 82
_WINDOWS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 860}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 860}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True},
}


@dataclass(frozen=True)
class Picture:
    """A page under a name, after what is done on it."""

    name: str
    path: str
    act: Callable[[Page], object] = lambda _: None
    whole: bool = False
    windows: tuple[str, ...] = tuple(_WINDOWS)


_TABS = ("people", "template", "values", "rules", "held", "allowance", "diagnostics", "programs", "fleet")


def _quick_add(page: Page) -> None:
    page.get_by_label("New reminder").press_sequentially("Call Sam in 3 days !high @bob")
    expect(page.get_by_text("Understood as")).to_be_attached()


def _edit(page: Page) -> None:
    page.get_by_role("link", name="Edit Follow up on the demo").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()


def _keys(page: Page) -> None:
    page.keyboard.press("?")


def _conflict(page: Page) -> None:
    page.get_by_role("link", name="Call Lea about the offer before noon").first.click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()


def _why(page: Page) -> None:
    _conflict(page)
    page.get_by_role("link", name="Why is it so?").click()
    expect(page.get_by_role("heading", name="Name is")).to_be_visible()


def _token(page: Page) -> None:
    page.get_by_label("What it is for").fill("Invoices")
    page.get_by_role("button", name="Make a token").click()
    # Nobody's: what is in a picture is no secret any more, and looks like one to scanners.
    page.get_by_label("Shown this once").evaluate("(field) => { field.value = 'rs_' + '·'.repeat(43); }")


def _hook(page: Page) -> None:
    page.get_by_role("link", name="https://warehouse.example/reminders").click()
    expect(page.get_by_role("heading", name="Last deliveries")).to_be_visible()


PICTURES = (
    Picture("command-center", "/"),
    Picture("quick-add", "/", _quick_add),
    Picture("edit-in-row", "/", _edit),
    Picture("keyboard", "/", _keys, windows=("light", "dark")),
    Picture("all", "/?view=all"),
    Picture("bin", "/?view=bin"),
    Picture("reminder", "/?view=all", _conflict),
    Picture("why", "/?view=all", _why),
    Picture("settings", "/settings", whole=True),
    Picture("programs", "/settings/programs", _token, whole=True),
    Picture("webhook", "/admin/programs", _hook, whole=True),
    *(Picture(f"admin-{tab}", f"/admin/{tab}", whole=True) for tab in _TABS),
    Picture("sign-in", "/sign-in"),
)


def take(stack: Stack, team: Team, browser: Browser, folder: Path, wanted: tuple[str, ...] = ()) -> None:
    """Take each picture in each window; `wanted` names those to take, all without it."""
    for window, options in _WINDOWS.items():
        context = browser.new_context(base_url=stack.url, locale="en-GB", reduced_motion="reduce", **options)
        page = context.new_page()
        page.goto(sign_in_link(stack.parts.settings, stack.parts.directory.user(team.email(sample.ADA))))
        page.get_by_role("button", name="Sign in").click()
        for picture in PICTURES:
            if window in picture.windows and (not wanted or picture.name in wanted):
                page.goto(picture.path)
                picture.act(page)
                (folder / f"{picture.name}-{window}.webp").write_bytes(_shot(page, whole=picture.whole))
        context.close()


def _shot(page: Page, *, whole: bool) -> bytes:
    """Return what is shown as WebP, a third of what a PNG takes; `whole` is down to the page's end."""
    devtools = page.context.new_cdp_session(page)
    size = devtools.send("Page.getLayoutMetrics")["cssContentSize" if whole else "cssLayoutViewport"]
    width, height = size.get("width") or size["clientWidth"], size.get("height") or size["clientHeight"]
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    how = {"format": "webp", "quality": _QUALITY, "clip": clip, "captureBeyondViewport": whole}
    return base64.b64decode(devtools.send("Page.captureScreenshot", how)["data"])


def main(folder: Path, wanted: tuple[str, ...]) -> None:
    """Run the product with a sample and take its pictures."""
    path = chromium.find()
    if path is None:
        sys.exit(chromium.MISSING)
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as home,
        _embedded_server() as postgres_url,
        running(Path(home), postgres_url) as stack,
        chromium.launched(path) as browser,
    ):
        take(stack, sample.build(stack), browser, folder, wanted)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES, tuple(sys.argv[2:]))
