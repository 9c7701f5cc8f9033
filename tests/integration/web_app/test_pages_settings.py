"""Settings, connecting Salesforce, and what machines ask."""

from dataclasses import replace

import httpx

from orgsim.server import Sim
from remindersync.salesforce.ids import record_id
from tests.integration.web_app.conftest import built, serving

ORG, ADA, BEN = (record_id(bare) for bare in ("00DSM0000000001", "005SM0000000001", "005SM0000000002"))
WORLD = {
    "orgs": [
        {
            "id": ORG,
            "name": "Acme",
            "users": [
                {"Id": ADA, "Username": "ada@acme.example", "Name": "Ada Acme"},
                {"Id": BEN, "Username": "ben@acme.example", "Name": "Ben Acme"},
            ],
        }
    ]
}


def log_in(sim: Sim, at_salesforce: str, username: str, **form: str) -> str:
    """Log in at Salesforce as a person would; return the path and query it sends the browser back to."""
    answer = httpx.post(at_salesforce, data={"username": username, **form})
    assert answer.status_code == 302, answer.text
    back = httpx.URL(answer.headers["Location"])
    return f"{back.path}?{back.query.decode()}"


def start(person) -> str:
    return person.http.get("/connect/salesforce").headers["Location"]


def test_a_person_connects_and_turns_sync_on_and_off(browser, ada, sim, services, queued):
    ada_s, other = browser(ada), browser(ada)
    assert "Not connected yet" in ada_s.get("/settings").text
    address = start(ada_s)
    asked = httpx.URL(address).params
    assert address.startswith(sim.url)
    assert asked["code_challenge_method"] == "S256"
    connected = ada_s.get(log_in(sim, address, "ada@acme.example"))
    assert connected.url.path == "/settings"
    assert "Connected to Salesforce as ada@acme.example" in connected.text
    assert services.directory.user_by_id(ada.id).salesforce_id == ADA
    assert other.get("/settings").url.path == "/sign-in"

    on = ada_s.post("/settings/sync", mode="on")
    assert "Sync is on" in on.text
    assert "First sync under way" in on.text
    assert queued() == [ada.id]
    assert "Sync is off" in ada_s.post("/settings/sync", mode="off").text
    assert services.directory.user_by_id(ada.id).sync_on is False


def test_a_session_that_an_admin_ends_while_its_person_connects_has_ended(browser, ada, sim, services, monkeypatch):
    ada_s = browser(ada)
    back = log_in(sim, start(ada_s), "ada@acme.example")
    connect = type(services.directory).connect

    def connect_once_ended(*given):
        services.sign_ins.end_all(ada.id)
        return connect(*given)

    monkeypatch.setattr(type(services.directory), "connect", connect_once_ended)
    assert ada_s.get(back).url.path == "/sign-in"


def test_connecting_again_leaves_the_session_and_its_forms(browser, ada, sim, services):
    ada_s = browser(ada)
    ada_s.get(log_in(sim, start(ada_s), "ada@acme.example"))
    token, other = ada_s.csrf(), browser(ada)
    ada_s.get(log_in(sim, start(ada_s), "ada@acme.example"))
    assert ada_s.csrf() == token
    assert other.get("/settings").url.path == "/settings"


def test_turning_on_without_a_connection_says_what_to_do(browser, ada):
    answer = browser(ada)
    answer.get("/settings")
    assert "connect first" in answer.post("/settings/sync", mode="on").text


def test_sync_now_queues_a_run(browser, syncing_ada, queued):
    ada_s = browser(syncing_ada)
    ada_s.get("/settings")
    assert "A run is queued." in ada_s.post("/settings/resync").text
    assert queued() == [syncing_ada.id]


def test_an_answer_that_was_not_asked_for_in_this_session_connects_nothing(browser, ada, bob, sim, services):
    ada_s, bob_s = browser(ada), browser(bob)
    start(ada_s)
    of_bob = log_in(sim, start(bob_s), "ben@acme.example")
    assert "does not belong" in ada_s.get(of_bob).text
    assert "does not belong" in ada_s.get("/oauth/callback?code=x&state=").text
    assert services.directory.user_by_id(ada.id).salesforce_id is None
    # And each answer counts once.
    bob_s.get(of_bob)
    assert "does not belong" in bob_s.get(of_bob).text


def test_a_person_is_shown_by_name_whose_salesforce_user_they_are(browser, ada, services, sim):
    ada_s = browser(ada)
    ada_s.get(log_in(sim, start(ada_s), "ada@acme.example"))
    there = services.directory.user_by_id(ada.id).salesforce_id
    shown = f'as Salesforce user <strong class="break" title="{there}">ada@acme.example</strong>.'
    assert shown in ada_s.get("/settings").text


def test_access_denied_at_salesforce_is_said_in_one_sentence(browser, ada, sim):
    ada_s = browser(ada)
    back = log_in(sim, start(ada_s), "ada@acme.example", deny="1")
    assert "Access was not allowed at Salesforce" in ada_s.get(back).text


def test_a_code_that_salesforce_refuses_is_said_in_one_sentence(browser, ada, sim):
    ada_s = browser(ada)
    state = httpx.URL(start(ada_s)).params["state"]
    answer = ada_s.get(f"/oauth/callback?code=wrong&state={state}")
    assert "Salesforce did not connect" in answer.text


def test_another_persons_login_is_refused_with_both_names(browser, ada, bob, sim):
    ada_s, bob_s = browser(ada), browser(bob)
    ada_s.get(log_in(sim, start(ada_s), "ada@acme.example"))
    answer = bob_s.get(log_in(sim, start(bob_s), "ada@acme.example"))
    assert "ada@acme.example is connected as ada@example.com already" in answer.text


def test_without_a_salesforce_app_the_operator_is_told_what_is_missing(settings, database_url, redis, redis_url):
    from tests.integration.web_app.conftest import Browser

    with (
        built(replace(settings, salesforce_client_id=None), database_url, redis_url) as parts,
        serving(parts) as url,
        httpx.Client(base_url=url) as client,
    ):
        parts.directory.add_team("Sales")
        person = Browser(client, parts).sign_in(parts.directory.add_user("ada@example.com", "Sales"))
        answer = person.get("/connect/salesforce")
    assert answer.status_code == 422
    assert "SALESFORCE_CLIENT_ID" in answer.text


def test_live_parts_do_not_use_up_what_is_said_on_the_next_page(browser, ada):
    ada_s = browser(ada)
    ada_s.post("/reminders", follow=False, name="Call")
    assert "Added Call" not in ada_s.get("/", headers={"X-Part": "1"}).text
    assert "Added Call" in ada_s.get("/").text
    assert "Added Call" not in ada_s.get("/").text
