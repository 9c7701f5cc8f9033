"""Signing in, sessions, forged forms and the headers that protect pages."""

from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from itsdangerous import TimestampSigner

from tests.integration.web_app.conftest import Browser
from worker.sign_in import LINK_SECONDS, sign_in_link


def link_path(services, user):
    return httpx.URL(sign_in_link(services.settings, user)).path


def test_a_link_signs_in_once(browser, services, ada):
    path, first, second = link_path(services, ada), browser(), browser()
    assert "ada@example.com" in first.get(path).text
    assert "ada@example.com" in second.get(path).text
    assert "Command Center" in first.post(path).text
    assert "used already" in second.post(path).text
    assert second.get("/").url.path == "/sign-in"


def test_looking_at_a_link_does_not_use_it_up(browser, services, ada):
    path, scanner, person = link_path(services, ada), browser(), browser()
    scanner.get(path)
    scanner.get(path)
    assert scanner.get("/").url.path == "/sign-in"
    person.get(path)
    assert person.post(path).url.path == "/"


def test_a_link_that_is_old_forged_or_nobodys_opens_nothing(browser, services, ada, monkeypatch):
    path = link_path(services, ada)
    for wrong in (path[:-2], "/sign-in/guess", link_path(services, replace(ada, id=str(uuid4())))):
        assert browser().get(wrong).status_code == 422
    now = TimestampSigner.get_timestamp
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now(self) + LINK_SECONDS + 1)
    late = browser().get(path)
    assert late.status_code == 422
    assert "more than 15 minutes old" in late.text


def test_a_deactivated_person_is_out_at_once(browser, services, ada, deactivate):
    ada_s = browser(ada)
    assert ada_s.get("/").url.path == "/"
    deactivate(ada)
    assert ada_s.get("/").url.path == "/sign-in"
    assert browser().get(link_path(services, ada)).status_code == 422


@pytest.mark.parametrize("path", ["/", "/settings", "/connect/salesforce", "/oauth/callback", "/reminders/x"])
def test_nobody_is_sent_to_sign_in_and_comes_back_to_where_they_wanted(browser, services, ada, path):
    somebody = browser()
    assert somebody.get(path).url.path == "/sign-in"
    if path == "/settings":
        assert somebody.sign_in(ada).page.url.path == "/settings"


def test_signing_out_ends_the_session(browser, ada):
    ada_s = browser(ada)
    ada_s.get("/")
    assert "signed out" in ada_s.post("/sign-out").text
    assert ada_s.get("/").url.path == "/sign-in"


FORMS = [
    "/reminders",
    "/reminders/00000000-0000-4000-8000-000000000000",
    "/reminders/00000000-0000-4000-8000-000000000000/delete",
    "/settings/sync",
    "/settings/resync",
    "/sign-out",
]


def test_a_form_without_the_sessions_token_does_nothing(browser, ada, bob, services):
    ada_s, bob_s = browser(ada), browser(bob)
    foreign = Browser.csrf(bob_s)
    for path in [*FORMS, link_path(services, ada)]:
        for token in ({}, {"csrf": ""}, {"csrf": "guess"}, {"csrf": foreign}):
            answer = ada_s.http.post(path, data={"name": "Forged", "mode": "on", **token})
            assert answer.status_code == 403, path
            assert "reload the page" in answer.text
    assert services.reminders.list(ada).items == ()
    assert ada_s.get("/").url.path == "/"


def test_the_session_cookie_is_signed_and_out_of_reach_of_scripts(browser, ada, web):
    ada_s = browser()
    answer = ada_s.http.get("/sign-in")
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    signed_in = browser(ada)
    value = signed_in.http.cookies["remindersync"]
    forged = value.replace(value[5], "A" if value[5] != "A" else "B", 1)
    assert httpx.get(web, cookies={"remindersync": forged}).status_code == 303
    assert httpx.get(web, cookies={"remindersync": value}).status_code == 200


def test_behind_https_the_cookie_is_for_https_only(settings, database_url, redis, redis_url):
    from tests.integration.web_app.conftest import built, serving

    with (
        built(replace(settings, public_url="https://sync.example.com"), database_url, redis_url) as parts,
        serving(parts) as url,
    ):
        answer = httpx.get(f"{url}/sign-in")
    assert answer.headers["Set-Cookie"].startswith("__Host-remindersync=")
    assert "secure" in answer.headers["Set-Cookie"].lower()
    assert "Strict-Transport-Security" in answer.headers


def test_every_answer_carries_the_protecting_headers(browser, api, ada):
    ada_s = browser(ada)
    answers = [
        ada_s.get("/"),
        ada_s.get("/nothing"),
        ada_s.get("/static/app.css"),
        ada_s.get("/healthz"),
        api().get("/reminders"),
        api().get("/docs"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
    assert answers[0].headers["Cache-Control"] == "no-store"
    assert "no-store" not in answers[2].headers.get("Cache-Control", "")


def test_pages_hold_no_inline_script_or_style_and_load_nothing_from_elsewhere(browser, ada):
    ada_s = browser(ada)
    for path in ("/", "/?view=all", "/settings", "/sign-in", "/api/v1/docs"):
        page = ada_s.get(path).text
        assert page.count("<script") == page.count('<script src="/static/')
        assert "<style" not in page
        assert " style=" not in page
        assert 'src="http' not in page
        assert 'rel="stylesheet" href="/static/app.css' in page


@pytest.mark.parametrize(
    "back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: y"]
)
def test_going_back_never_leaves_the_site(browser, ada, back):
    ada_s = browser(ada)
    answer = ada_s.post("/reminders", follow=False, name="Call", back=back)
    assert answer.headers["Location"] == "/"
