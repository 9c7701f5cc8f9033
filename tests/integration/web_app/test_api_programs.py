"""What programs rely on: keys that make repeating safe, tokens of teams, and a bound on requests."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text, update

from remindersync.store.tables import kept_answers
from tests.integration.web_app.conftest import serving
from tests.integration.web_app.test_api_errors import assert_problem
from worker.throttle import Throttle

CALL = {"name": "Call Ada"}


def once(key="order 66"):
    return {"Idempotency-Key": key}


def names(client):
    return [each["name"] for each in client.get("/reminders").json()["items"]]


# ── Idempotency-Key ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_repeated_request_gets_the_first_answer_and_does_nothing(api, ada):
    client = api(ada)
    first = client.post("/reminders", json=CALL, headers=once())
    again = client.post("/reminders", json=CALL, headers=once())
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert names(client) == ["Call Ada"]


def test_the_same_key_for_another_request_is_refused(api, ada):
    client = api(ada)
    client.post("/reminders", json=CALL, headers=once())
    refused = client.post("/reminders", json={"name": "Other"}, headers=once())
    assert "new key" in assert_problem(refused, 422)["detail"]
    assert names(client) == ["Call Ada"]


def test_keys_of_two_people_have_nothing_to_do_with_each_other(api, ada, bob):
    mine = api(ada).post("/reminders", json=CALL, headers=once()).json()
    theirs = api(bob).post("/reminders", json=CALL, headers=once()).json()
    assert mine["id"] != theirs["id"]


def test_a_refused_request_may_be_sent_again_under_its_key(api, ada):
    client = api(ada)
    assert_problem(client.post("/reminders", json={"name": ""}, headers=once()), 422)
    assert client.post("/reminders", json=CALL, headers=once()).status_code == 201


def test_of_two_at_once_one_is_done(api, ada):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: api(ada).post("/reminders", json=CALL, headers=once()), range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert names(api(ada)) == ["Call Ada"]


def test_what_a_process_saved_before_it_died_is_found_again(api, ada, services):
    """The answer was never kept: the second try makes the same reminder, not a twin."""
    client = api(ada)
    made = client.post("/reminders", json=CALL, headers=once()).json()
    lost = {"status": None, "body": None, "headers": None}
    with services.database.begin() as connection:
        connection.execute(update(kept_answers).values(lost))
    assert_problem(client.post("/reminders", json=CALL, headers=once()), 409)
    with services.database.begin() as connection:
        connection.execute(update(kept_answers).values(taken_at=text("now() - interval '3 minutes'")))
    again = client.post("/reminders", json=CALL, headers=once())
    assert (again.status_code, again.json()["id"]) == (201, made["id"])
    assert names(client) == ["Call Ada"]


def test_a_batch_is_done_once_too(api, ada, services):
    client, items = api(ada), {"items": [CALL, {"name": "Write"}]}
    first = client.post("/reminders/batch", json=items, headers=once())
    assert client.post("/reminders/batch", json=items, headers=once()).json() == first.json()
    with services.database.begin() as connection:
        connection.execute(text("DELETE FROM kept_answers"))
    again = client.post("/reminders/batch", json=items, headers=once())
    assert [each["reminder"]["id"] for each in again.json()["items"]] == [
        each["reminder"]["id"] for each in first.json()["items"]
    ]
    assert sorted(names(client)) == ["Call Ada", "Write"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_is_none_is_refused(api, ada, key):
    assert_problem(api(ada).post("/reminders", json=CALL, headers=once(key)), 422)


def test_a_key_without_a_token_keeps_nothing(api, services, ada):
    assert_problem(api().post("/reminders", json=CALL, headers=once()), 401)
    with services.database.begin() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kept_answers")) == 0


# ── Tokens of teams ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def program(api, services, ada):
    """A client with the team's token that acts for somebody."""
    client = api()
    client.headers["Authorization"] = f"Bearer {services.directory.issue_team_token('Sales')}"

    def acting(email=None):
        client.headers.pop("X-Act-For", None)
        if email is not None:
            client.headers["X-Act-For"] = email
        return client

    return acting


def test_a_teams_token_acts_for_the_user_it_names(program, api, ada, bob):
    assert program("ada@example.com").post("/reminders", json=CALL).json()["assignee"] == "ada@example.com"
    assert program("BOB@example.com").post("/reminders", json=CALL).json()["assignee"] == "bob@example.com"
    assert (names(api(ada)), names(api(bob))) == (["Call Ada"], ["Call Ada"])


def test_a_teams_token_acts_for_nobody_else(program, services, api, ada):
    services.directory.add_team("Others")
    services.directory.add_user("stranger@example.com", "Others")
    for email in ("stranger@example.com", "nobody@example.com", ""):
        assert_problem(program(email).get("/reminders"), 403)
    assert "X-Act-For" in assert_problem(program().get("/reminders"), 403)["detail"]


def test_a_users_own_token_acts_for_no_other(api, ada, bob):
    client = api(ada)
    assert client.get("/reminders", headers={"X-Act-For": "ada@example.com"}).status_code == 200
    assert_problem(client.get("/reminders", headers={"X-Act-For": "bob@example.com"}), 403)


def test_a_teams_token_has_the_rights_of_whom_it_acts_for(program, ada, chief):
    assert_problem(program("ada@example.com").get("/team/settings"), 403)
    assert program("chief@example.com").get("/team/settings").status_code == 200


# ── How many requests ───────────────────────────────────────────────────────────────────────────────────────


def test_who_asks_too_often_is_told_when_to_go_on_and_others_are_not(services, redis_url, redis, api, ada, bob):
    few = services.but(throttle=Throttle(redis_url, 5))
    with serving(few) as url:
        client, other = api(ada), api(bob)
        client.base_url = other.base_url = f"{url}/api/v1"
        answers = [client.get("/reminders") for _ in range(7)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
        assert_problem(answers[-1], 429)
        assert other.get("/reminders").status_code == 200


def test_without_redis_nobody_is_kept_out(services, api, ada):
    away = services.but(throttle=Throttle("redis://127.0.0.1:1", 1))
    with serving(away) as url:
        client = api(ada)
        client.base_url = f"{url}/api/v1"
        assert [client.get("/reminders").status_code for _ in range(3)] == [200] * 3
