"""All sessions of a person end at one moment: when who they are changes, and when they or an admin say so (SAFE-3)."""

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import update

from remindersync.errors import UserMistake
from remindersync.ports import Grant, SalesforceUser
from remindersync.store.logins import LoginGrant
from remindersync.store.sign_ins import Session
from remindersync.store.tables import users
from tests.fixtures.statements import counted_statements
from tests.integration.web_app.conftest import ORG
from web import sessions
from worker.sign_in import sign_in_link

ADAS_ID, BOBS_ID = "005000000000001AAA", "005000000000002AAA"
GRANT = LoginGrant(ORG, ADAS_ID, "ada@org", "https://acme.my.salesforce.com", "t", "r", Grant.REFRESH)


@pytest.fixture
def change(services, database, ada, chief, browser):
    """Do what ends sessions, or does not, to Ada."""

    def by_hand(**values):
        with database.begin() as connection:
            connection.execute(update(users).where(users.c.id == ada.id).values(values))

    def on_page(person, page, path, **fields):
        opened = browser(person)
        opened.get(page)
        assert opened.post(path, **fields).status_code == 200

    here, admin = services.directory, f"/admin/people/{ada.id}"
    acts = {
        "connects": lambda: here.connect(ada.id, GRANT),
        "reconnects": lambda: here.connect(ada.id, replace(GRANT, access_token="another")),
        "on integration": lambda: here.put_on_integration(ada.id, SalesforceUser(ADAS_ID, "ada@org")),
        "deactivated": lambda: here.deactivate(ada.id),
        "erased": lambda: here.erase(ada.id),
        "address": lambda: by_hand(email="ada@new.example"),
        "made admin": lambda: by_hand(is_admin=True),
        "described": lambda: here.describe(ada.id, name="Ada L.", time_zone="UTC"),
        "operator": lambda: services.sign_ins.end_all(ada.id),
        "admin": lambda: on_page(chief, admin, f"{admin}/sign-out"),
        "herself": lambda: on_page(ada, "/settings", "/sign-out/everywhere"),
        "another session": lambda: on_page(ada, "/settings", "/sign-out"),
    }
    return lambda name: acts[name]()


def link_of(services, user) -> str:
    return httpx.URL(sign_in_link(services.settings, services.directory.user_by_id(user.id))).path


@pytest.mark.parametrize(
    "name", ["connects", "on integration", "deactivated", "erased", "address", "operator", "admin", "herself"]
)
def test_every_session_and_link_of_a_person_ends_and_nobody_elses(name, browser, ada, bob, services, change):
    before, other, link = browser(ada), browser(bob), link_of(services, ada)
    change(name)
    told = before.get("/settings")
    assert told.url.path == "/sign-in"
    assert "You were signed out: sign in again to go on." in told.text
    assert browser().get(link).status_code == 422
    assert other.get("/settings").url.path == "/settings"


@pytest.mark.parametrize("name", ["connects", "on integration", "address", "operator", "admin", "herself"])
def test_who_signs_in_again_goes_on_where_they_wanted_to_be(name, browser, ada, services, change):
    before = browser(ada)
    change(name)
    before.get("/settings")
    assert before.sign_in(ada).page.url.path == "/settings"


@pytest.mark.parametrize("name", ["reconnects", "made admin", "described", "another session"])
def test_what_leaves_the_person_who_they_are_ends_no_session(name, browser, ada, services, change):
    change("connects")
    before, link = browser(ada), link_of(services, ada)
    change(name)
    assert before.get("/settings").url.path == "/settings"
    assert browser().get(link).status_code == 200


def test_a_login_that_is_refused_ends_no_session(browser, ada, bob, services):
    services.directory.connect(bob.id, GRANT)
    before = browser(ada)
    with pytest.raises(UserMistake):
        services.directory.connect(ada.id, GRANT)
    assert before.get("/settings").url.path == "/settings"


def test_a_link_made_before_the_end_and_opened_before_it_signs_nobody_in_after_it(browser, ada, services):
    path, somebody = link_of(services, ada), browser()
    assert somebody.get(path).status_code == 200
    services.sign_ins.end_all(ada.id)
    assert "does not count any more" in somebody.post(path).text
    assert somebody.get("/").url.path == "/sign-in"


@pytest.mark.parametrize("ahead_seconds", [-3600, 3600])
def test_sessions_end_whatever_the_clock_of_the_process_that_began_them(
    browser, ada, services, monkeypatch, ahead_seconds
):
    now = sessions.time.time
    monkeypatch.setattr(sessions.time, "time", lambda: now() + ahead_seconds)
    before = browser(ada)
    assert before.get("/").url.path == "/"
    services.sign_ins.end_all(ada.id)
    assert before.get("/").url.path == "/sign-in"
    assert browser(ada).get("/").url.path == "/"


def test_signing_out_leaves_the_persons_other_sessions(browser, ada):
    here, elsewhere = browser(ada), browser(ada)
    here.get("/")
    here.post("/sign-out")
    assert here.get("/").url.path == "/sign-in"
    assert elsewhere.get("/").url.path == "/"


def test_who_it_is_costs_a_request_one_statement(services, ada):
    with counted_statements(services.database) as statements:
        assert services.sign_ins.in_session(Session(ada.id, "any", 1)).id == ada.id
    assert len(statements) == 1


def test_which_of_many_sessions_stand_is_asked_in_one_statement(services, ada, bob):
    here, ended, old = Session(ada.id, "here", 1), Session(ada.id, "ended", 1), Session(bob.id, "old", 1)
    services.sign_ins.use(ended.id, keep_seconds=60)
    services.sign_ins.end_all(bob.id)
    with counted_statements(services.database) as statements:
        assert services.sign_ins.standing({here, ended, old}) == {here}
    assert len(statements) == 1
    assert services.sign_ins.standing(()) == frozenset()
