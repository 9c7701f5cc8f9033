"""People look after programs: their own tokens in the settings, the team's tokens and webhooks as admins (FACE-4)."""

import re

import pytest

from remindersync.store.changes import Happened
from remindersync.store.webhooks import Scope
from tests.integration.web_app.test_webhooks import Post, Receiver, edit, known_as
from tests.integration.web_app.test_webhooks import receiver as receiver  # noqa: PLC0414 a fixture, used by name

SHOWN = re.compile(r'id="secret"[^>]*value="([^"]+)"')


def shown(page) -> str:
    """What a page shows this once."""
    found = SHOWN.search(page.text)
    assert found, page.text
    return found[1]


def field(page, name: str) -> str:
    return page.text.partition(f'name="{name}" value="')[2].partition('"')[0]


@pytest.fixture
def ada_s(browser, ada):
    opened = browser(ada)
    opened.get("/settings/programs")
    return opened


@pytest.fixture
def chief_s(browser, chief):
    opened = browser(chief)
    opened.get("/admin/programs")
    return opened


# ── Own tokens ──


def test_a_token_is_made_shown_once_used_and_revoked(ada_s, ada, services):
    token = shown(ada_s.post("/settings/programs/tokens", name="Nightly <export>", once="a"))
    assert services.directory.user_of_token(token) == ada
    listed = ada_s.get("/settings/programs")
    assert "Nightly &lt;export&gt;" in listed.text
    assert token not in listed.text
    (made,) = services.directory.tokens_of(ada.id)
    said = ada_s.post(f"/settings/programs/tokens/{made.id}/revoke")
    assert "is revoked and counts no more" in said.text
    assert "No program has a token of yours." in said.text
    assert services.directory.user_of_token(token) is None


def test_a_form_sent_twice_leaves_one_token_the_one_shown_last(ada_s, ada, services):
    once = field(ada_s.page, "once")
    first, second = (shown(ada_s.post("/settings/programs/tokens", name="Export", once=once)) for _ in range(2))
    assert services.directory.user_of_token(first) is None
    assert services.directory.user_of_token(second) == ada
    assert len(services.directory.tokens_of(ada.id)) == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 101])
def test_a_token_needs_a_name_to_be_known_again(ada_s, ada, services, name):
    answer = ada_s.post("/settings/programs/tokens", name=name)
    assert answer.status_code == 422
    assert services.directory.tokens_of(ada.id) == []


def test_the_key_of_one_persons_form_reaches_no_other_persons_token(ada_s, browser, bob, services, ada):
    mine = shown(ada_s.post("/settings/programs/tokens", name="Mine", once="same"))
    other = browser(bob)
    other.get("/settings/programs")
    theirs = shown(other.post("/settings/programs/tokens", name="Theirs", once="same"))
    assert services.directory.user_of_token(mine) == ada
    assert services.directory.user_of_token(theirs) == bob


# ── The team's tokens ──


def test_an_admin_sees_and_revokes_the_teams_tokens_and_is_told_who_makes_them(chief_s, ada, services):
    token = services.directory.issue_team_token("Sales", "Dialler")
    services.directory.issue_token(ada.id, "Ada's own")
    page = chief_s.get("/admin/programs").text
    assert "Dialler" in page
    assert "Ada&#39;s own" not in page
    assert "only an operator makes one" in page
    (made,) = services.directory.team_tokens(ada.team_id)
    assert "Dialler is revoked" in chief_s.post(f"/admin/programs/tokens/{made.id}/revoke").text
    assert services.directory.user_of_token(token, "ada@example.com") is None


# ── Webhooks ──


def add(opened, services, **fields):
    with known_as(services, "93.184.216.34"):
        new = {"url": "https://example.com/hook", "event": ["created", "deleted"], "once": "a"} | fields
        return opened.post("/admin/programs/webhooks", **new)


def test_a_webhook_of_the_team_is_added_with_its_events_and_its_secret_shown_once(chief_s, chief, services):
    secret = shown(add(chief_s, services))
    assert secret.startswith("whsec_")
    (made,) = services.hooks.of(chief)
    assert (made.url, made.scope) == ("https://example.com/hook", Scope.TEAM)
    assert made.events == (Happened.CREATED, Happened.DELETED)
    for address in ("/admin/programs", f"/admin/programs/webhooks/{made.id}"):
        page = chief_s.get(address).text
        assert "https://example.com/hook" in page
        assert secret not in page
    again = shown(add(chief_s, services))
    assert again != secret
    assert len(services.hooks.of(chief)) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "http://example.com/"}, "The address: only https:// is safe"),
        ({"url": "nonsense <x>"}, "The address: it is no web address"),
        ({"url": "https://example.com/" + "x" * 2000}, "The address: it is longer than 2000"),
        ({"event": []}, "The events: choose some of"),
        ({"event": ["sync", "<x>"]}, "The events: choose some of"),
    ],
)
def test_what_is_wrong_is_said_at_the_form_with_what_was_typed(chief_s, chief, services, fields, said):
    answer = add(chief_s, services, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<x>" not in answer.text
    assert services.hooks.of(chief) == []


def test_a_host_that_is_not_public_is_refused_here_too(chief_s, chief, services):
    with known_as(services, "169.254.169.254"):
        answer = chief_s.post("/admin/programs/webhooks", url="https://example.com/", event="created")
    assert "not public" in answer.text
    assert services.hooks.of(chief) == []


@pytest.fixture
def hook(services, chief, receiver):
    """A webhook of the team at a server of the test's."""
    made, _ = services.hooks.add(chief, receiver.url, Scope.TEAM)
    return made


@pytest.fixture
def press(chief_s, hook):
    """Open the webhook's page and press one of its buttons."""

    def pressed(do: str):
        chief_s.get(f"/admin/programs/webhooks/{hook.id}")
        return chief_s.post(f"/admin/programs/webhooks/{hook.id}", do=do)

    return pressed


def test_a_test_is_awaited_by_the_page_and_shown_with_its_answer(chief_s, hook, press, services, receiver: Receiver):
    part = f"/admin/programs/webhooks/{hook.id}/part?seen=waits"
    assert "A test is on its way: a worker sends it" in press("test").text
    assert chief_s.http.get(part).status_code == 204
    Post(services, receiver)()
    ended = chief_s.http.get(part).text
    assert "every 2s" not in ended
    assert re.search(r"<td>test</td>\s*<td class=\"break\"><span class=\"badge good\">taken</span> HTTP 200", ended)


def test_deliveries_are_listed_with_answers_and_nothing_of_reminders(press, api, ada, services, receiver: Receiver):
    receiver.status = 503
    edit(api(ada), "A secret meeting")
    Post(services, receiver)()
    page = press("nonsense")
    assert page.status_code == 422
    assert "not taken</span> HTTP 503" in page.text
    assert "after 1 that failed" in page.text
    assert "secret meeting" not in page.text


def test_a_webhook_is_paused_resumed_given_a_new_secret_and_removed(hook, press, chief, services):
    assert "It is paused" in press("pause").text
    assert services.hooks.one(chief, hook.id).is_paused
    press("resume")
    assert services.hooks.one(chief, hook.id).stopped is None
    assert shown(press("secret")).startswith("whsec_")
    assert "The webhook is removed." in press("remove").text
    assert services.hooks.of(chief) == []


def test_an_admin_stops_a_colleagues_webhook_and_cannot_take_its_secret(chief_s, ada, services, receiver: Receiver):
    theirs, _ = services.hooks.add(ada, receiver.url, Scope.OWN)
    address = f"/admin/programs/webhooks/{theirs.id}"
    page = chief_s.get(address).text
    assert "those of Ada" in page
    assert "New secret" not in page
    refused = chief_s.post(address, do="secret")
    assert (refused.status_code, SHOWN.search(refused.text)) == (422, None)
    chief_s.post(address, do="pause")
    assert services.hooks.one(ada, theirs.id).is_paused


def test_the_webhook_of_somebody_deactivated_is_said_to_rest(chief_s, ada, services, deactivate):
    hook, _ = services.hooks.add(ada, "https://example.com/adas", Scope.OWN)
    pages = ("/admin/programs", f"/admin/programs/webhooks/{hook.id}")
    assert ["nothing told yet" in chief_s.http.get(page).text for page in pages] == [True, True]
    deactivate(ada)
    assert ["rests: they are deactivated" in chief_s.http.get(page).text for page in pages] == [True, True]
