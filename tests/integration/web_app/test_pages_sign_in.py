"""Logging in with Salesforce, through its page; sessions that begin, turn over and end."""

import time
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest

from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store.logins import LoginGrant
from tests.integration.web_app.conftest import Browser, built, serving
from web import sessions
from web.pages import oauth
from worker.sign_in import sign_in_link

ORG, OTHER_ORG = record_id("00DSM0000000001"), record_id("00DSM0000000002")
ADA, BEN, EVE = (record_id(f"005SM000000000{number}") for number in (1, 2, 3))


def person(identifier, name, email):
    return {"Id": identifier, "Username": f"{name}@org.example", "Name": name, "Email": email}


WORLD = {
    "orgs": [
        {
            "id": ORG,
            "name": "Acme",
            "users": [person(ADA, "ada", "Ada@Example.com"), person(BEN, "ben", "ben@elsewhere.example")],
        },
        {"id": OTHER_ORG, "name": "Rival", "users": [person(EVE, "eve", "ada@example.com")]},
    ]
}


@pytest.fixture
def team_of_acme(services, chief):
    """Let the team be of the org Acme, as its admin's connecting makes it."""
    grant = LoginGrant(
        ORG, record_id("005SM0000000009"), "chief@org.example", "http://127.0.0.1", "t", "r", Grant.REFRESH
    )
    services.directory.connect(chief.id, grant)


def at_salesforce(browser: Browser, name: str, **form: str) -> str:
    """Go to Salesforce's page and log in there; return where it sends the browser back to."""
    there = browser.http.get("/sign-in/salesforce").headers["Location"]
    answer = httpx.post(there, data={"username": f"{name}@org.example", **form})
    back = httpx.URL(answer.headers["Location"])
    return f"{back.path}?{back.query.decode()}"


def log_in(browser: Browser, name: str) -> httpx.Response:
    return browser.get(at_salesforce(browser, name))


def test_a_person_known_by_verified_address_logs_in_and_is_connected(browser, team_of_acme, ada, services, sim):
    ada_s = browser()
    assert ada_s.get("/settings").url.path == "/sign-in"
    assert "Log in with Salesforce" in ada_s.page.text
    there = httpx.URL(ada_s.http.get("/sign-in/salesforce").headers["Location"])
    assert str(there).startswith(sim.url)
    assert (there.params["code_challenge_method"], bool(there.params["code_challenge"])) == ("S256", True)
    assert log_in(ada_s, "ada").url.path == "/settings"
    known = services.directory.user_by_id(ada.id)
    assert known.salesforce_id == ADA
    assert services.logins.of_user(ada.id).username == "ada@org.example"


def test_who_is_known_by_salesforce_user_logs_in_whatever_their_address(browser, team_of_acme, bob, services):
    grant = LoginGrant(ORG, BEN, "ben@org.example", "http://127.0.0.1", "t", "r", Grant.REFRESH)
    services.directory.connect(bob.id, grant)
    bob_s = browser()
    assert "bob@example.com" in log_in(bob_s, "ben").text


@pytest.mark.parametrize("name", ["ben", "eve"])
def test_a_stranger_and_somebody_of_another_org_with_a_known_address_stay_outside(browser, team_of_acme, ada, name):
    stranger = browser()
    answer = log_in(stranger, name)
    assert answer.url.path == "/sign-in"
    assert (
        "Nobody in the team of ben@org.example&#39;s Salesforce org" if name == "ben" else "No team here belongs to"
    ) in answer.text
    assert stranger.get("/").url.path == "/sign-in"


def test_a_deactivated_person_cannot_log_in_with_salesforce(browser, team_of_acme, ada, services):
    services.directory.deactivate(ada.id)
    assert "deactivated" in log_in(browser(), "ada").text


def test_who_is_somebody_else_in_salesforce_is_refused_with_both_names(browser, team_of_acme, ada, services):
    grant = LoginGrant(ORG, EVE, "other@org.example", "http://127.0.0.1", "t", "r", Grant.REFRESH)
    services.directory.connect(ada.id, grant)
    answer = log_in(browser(), "ada")
    assert "ada@example.com is other@org.example in Salesforce, but the login is ada@org.example" in answer.text


def test_an_address_that_salesforce_has_not_verified_is_nobodys(services, team_of_acme, ada, browser, monkeypatch):
    identity = services.oauth.identity
    monkeypatch.setattr(
        type(services.oauth), "identity", lambda _, granted: replace(identity(granted), email_verified=False)
    )
    assert "an address that Salesforce has verified" in log_in(browser(), "ada").text


def test_an_answer_counts_once_even_for_a_copy_of_its_cookie(browser, team_of_acme, ada):
    ada_s, thief = browser(), browser()
    back = at_salesforce(ada_s, "ada")
    thief.http.cookies.update(ada_s.http.cookies)
    assert ada_s.get(back).url.path == "/"
    assert "does not belong" in thief.get(back).text
    assert thief.get("/").url.path == "/sign-in"


def test_an_answer_to_another_browser_or_without_its_state_signs_nobody_in(browser, team_of_acme, ada):
    ada_s, other = browser(), browser()
    back = at_salesforce(ada_s, "ada")
    assert other.get(back).url.path == "/sign-in"
    at_salesforce(other, "ada")
    assert "does not belong" in other.get(back).text
    code = httpx.URL(back).params["code"]
    assert "does not belong" in ada_s.get(f"/oauth/callback?{urlencode({'code': code})}").text


def test_an_answer_that_comes_too_late_is_refused(browser, team_of_acme, ada, monkeypatch):
    ada_s = browser()
    back = at_salesforce(ada_s, "ada")
    later = time.time() + oauth.ANSWER_SECONDS + 1
    monkeypatch.setattr(oauth.time, "time", lambda: later)
    assert "does not belong" in ada_s.get(back).text


def test_denied_at_salesforce_leads_back_to_signing_in(browser, team_of_acme, ada):
    ada_s = browser()
    answer = ada_s.get(at_salesforce(ada_s, "ada", deny="1"))
    assert answer.url.path == "/sign-in"
    assert "Access was not allowed" in answer.text


def test_signing_in_turns_the_session_over(browser, team_of_acme, ada, bob):
    bob_s = browser(bob)
    before, token = bob_s.http.cookies["remindersync"], bob_s.csrf()
    assert "ada@example.com" in log_in(bob_s, "ada").text
    assert bob_s.csrf() != token
    assert bob_s.http.cookies["remindersync"] != before


def test_without_a_salesforce_app_only_links_are_offered(settings, database_url, redis, redis_url):
    with (
        built(replace(settings, salesforce_client_id=None), database_url, redis_url) as parts,
        serving(parts) as url,
    ):
        page, refused = httpx.get(f"{url}/sign-in"), httpx.get(f"{url}/sign-in/salesforce")
    assert "Log in with Salesforce" not in page.text
    assert refused.status_code == 422


def test_a_copy_of_the_cookie_ends_with_the_session(browser, ada, web):
    ada_s = browser(ada)
    copy = {"remindersync": ada_s.http.cookies["remindersync"]}
    assert httpx.get(web, cookies=copy).status_code == 200
    ada_s.get("/")
    ada_s.post("/sign-out")
    assert httpx.get(web, cookies=copy).headers["Location"] == "/sign-in"


def test_sessions_of_who_was_deactivated_stay_ended_when_they_are_active_again(browser, ada, services):
    before = browser(ada)
    services.directory.deactivate(ada.id)
    assert before.get("/").url.path == "/sign-in"
    services.directory.activate(ada.id)
    assert before.get("/").url.path == "/sign-in"
    assert browser(ada).get("/").url.path == "/"


def test_a_session_ends_after_its_time(browser, ada, monkeypatch):
    ada_s = browser(ada)
    later = time.time() + sessions.SESSION_SECONDS + 1
    monkeypatch.setattr(sessions.time, "time", lambda: later)
    assert ada_s.get("/").url.path == "/sign-in"


def test_a_link_stays_used_when_redis_is_emptied(browser, ada, services, redis):
    path = httpx.URL(sign_in_link(services.settings, ada)).path
    first, second = browser(), browser()
    first.get(path)
    assert first.post(path).url.path == "/"
    redis.flushall()
    second.get(path)
    assert "used already" in second.post(path).text


def test_signing_out_asks_for_the_sessions_token(browser, ada):
    ada_s = browser(ada)
    assert ada_s.http.post("/sign-out", data={"csrf": "guess"}).status_code == 403
    assert ada_s.get("/").url.path == "/"
