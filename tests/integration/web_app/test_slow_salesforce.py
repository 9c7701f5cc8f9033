"""While Salesforce is slow, pages that ask it end in bounded time with a clear sentence, and all others answer."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from orgsim.server import serve
from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store.logins import LoginGrant
from tests.fixtures.waiting import eventually
from tests.integration.web_app.conftest import ORG
from tests.integration.web_app.test_api_errors import assert_problem
from web.app import SALESFORCE_SECONDS

ROOT = record_id("005SM0000000009")
# Longer than any page waits, and than these tests.
SLOW_SECONDS = 40
# Less than the web's own patience, so that the tests need not have as much.
READ_SECONDS = 5
SAID = ("cut before the answer was complete", "as many pages as may be wait for it already")


@pytest.fixture
def sim():
    with serve() as box:
        yield box


@pytest.fixture
def settings(settings, sim):
    hosts = (sim.url.removeprefix("http://"),)
    return replace(settings, salesforce_allowed_hosts=hosts, salesforce_read_seconds=READ_SECONDS)


@pytest.fixture
def slow(services, sim, chief, web):
    """An org whose every answer takes forty seconds, with the team's integration login."""
    root = {"Id": ROOT, "Username": "root@acme.example", "Name": "Root", "ViewAllData": True}
    sim.door.reset({"orgs": [{"id": ORG, "name": "Acme", "users": [root]}]})
    login = sim.door.session("root@acme.example")
    where = (login["instance_url"], login["access_token"], login["refresh_token"])
    services.directory.connect_team(chief.team_id, LoginGrant(ORG, ROOT, "root@acme.example", *where, Grant.REFRESH))
    services.limiter.saw(ORG, 10, 100_000)
    sim.door.add_fault("slow", seconds=SLOW_SECONDS, times=None)
    return sim


def test_however_many_wait_for_a_slow_org_other_pages_answer_meanwhile(browser, services, chief, ada, bob, slow):
    """More visits than the web has threads: without a bound on those that wait, nobody else would be answered."""
    opened, other, visits = browser(chief), browser(bob), 45
    address = f"{opened.http.base_url}/admin/people/{ada.id}?look=1"
    with ThreadPoolExecutor(visits) as pool:
        waiting = [pool.submit(httpx.get, address, cookies=opened.http.cookies, timeout=60) for _ in range(visits)]
        eventually(lambda: services.http._room._places._value == 0)
        assert other.http.get("/settings", timeout=60).status_code == 200
        assert not all(one.done() for one in waiting)
        answers = [one.result() for one in waiting]
    assert {answer.status_code for answer in answers} == {422}
    assert [answer.text for answer in answers if not any(sentence in answer.text for sentence in SAID)] == []


def test_a_program_is_told_that_it_is_salesforce_that_does_not_answer(api, chief, ada, services, slow):
    client = api(chief)
    problem = assert_problem(client.get(f"/team/users/{ada.email}/salesforce-users", timeout=60), 503)
    assert "Salesforce did not answer this request: The connection to Salesforce was cut" in problem["detail"]
    services.limiter.hold(ORG, 90, background_only=False)
    held = assert_problem(client.get(f"/team/users/{ada.email}/salesforce-users"), 503)
    assert "Salesforce asked for a pause" in held["detail"]


def test_a_page_of_values_that_could_not_be_read_is_shown_at_once_the_next_time(browser, chief, slow):
    chief_s = browser(chief)
    assert "could not be read: The connection" in chief_s.get("/admin/values", timeout=60).text
    asked = slow.door.calls(1000)
    assert "could not be read: The connection" in chief_s.get("/admin/values").text
    assert slow.door.calls(1000) == asked


def test_a_template_or_a_first_sync_is_previewed_without_asking_a_slow_org(
    browser, chief, ada, turn_on, services, slow
):
    chief_s, turned_on = browser(chief), turn_on(ada)
    services.directory.turn_off(turned_on.id)
    chief_s.get("/admin/template")
    shown = chief_s.post("/admin/template/preview", subject_template="{{activity_subject}}")
    assert shown.status_code == 200
    ada_s = browser(ada)
    ada_s.get("/settings")
    assert "Both sides are being read" in ada_s.post("/settings/sync", mode="on", import_open="1").text
    assert slow.door.calls(1000) == []


def test_a_web_process_waits_no_longer_than_a_person_would(services, web):
    connect_seconds, read_seconds = services.http.session()._timeouts
    assert (connect_seconds, read_seconds) == (5.0, min(SALESFORCE_SECONDS, READ_SECONDS))
    assert services.http.session(patient=True)._timeouts[1] == READ_SECONDS
