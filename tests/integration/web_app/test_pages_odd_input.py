"""Whatever is sent to a page is answered by a page: never an error of ours, never a trace of what broke."""

import re

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts

from remindersync.store.intake import Draft
from web.app import create_app

ODD = ("\x00", "😀" * 300, "'; DROP TABLE users; --", "9" * 400, "../..", "<script>")
FIELDS = (
    "assignee", "code", "count", "details", "digest", "do", "due_date", "email", "full", "guard_count", "import_condition",
    "kind", "listed", "login", "mode", "name", "number", "person_email", "salesforce_user", "since", "status:x",
    "subject_template", "text", "time_zone", "to", "user", "version", "write_open",
)  # fmt: skip
QUERY = ("after", "code", "look", "over", "seen", "state", "view", "error", "text")


@pytest.fixture
def routes(services) -> list[tuple[str, str]]:
    contexts = iter_route_contexts(create_app(services).routes)
    found = [
        (method, one.path) for one in contexts if isinstance(one.original_route, APIRoute) for method in one.methods
    ]
    return [one for one in found if one[1] not in {"/news", "/sign-out", "/sign-out/everywhere"}]


@pytest.mark.parametrize("odd", ODD)
def test_no_input_breaks_a_page(browser, services, chief, bob, routes, odd):
    made = services.reminders.create(bob, Draft(name="Call")).reminder
    known = {"user_id": bob.id, "reminder_id": made.id}
    chief_s, broken = browser(chief), []
    chief_s.get("/settings")
    fields = dict.fromkeys(FIELDS, odd) | {"csrf": chief_s.csrf()}
    for method, path in routes:
        unknown = "0" if "/" in odd else odd.replace("\x00", "%00")
        address = re.sub(r"{(\w+)}", lambda name: known.get(name[1], unknown), path)  # noqa: B023 used at once
        query = dict.fromkeys(QUERY, odd)
        try:
            answer = chief_s.http.request(method, address, params=query, data=fields if method == "POST" else None)
        except httpx.RemoteProtocolError:
            broken.append((method, path, "cut off"))
            continue
        if answer.status_code >= 500:
            broken.append((method, path, answer.status_code))
    assert broken == []
