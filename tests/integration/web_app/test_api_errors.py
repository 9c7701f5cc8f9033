"""What the HTTP API says when it does not do what was asked."""

import json
import re

import httpx

from web.shield import MAX_BODY_BYTES

NOWHERE = "/reminders/00000000-0000-4000-8000-000000000000"


def assert_problem(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"].endswith(".")
    return problem


SAMPLES = {"external_key": "k", "event": "1", "number": "1", "email": "nobody@example.com"}


def operations(client):
    """Every operation of the document, as (method, path) with ids of nothing."""
    found = client.get("/openapi.json").json()["paths"]
    nothing = NOWHERE.removeprefix("/reminders/")
    return [
        (method.upper(), re.sub(r"{(\w+)}", lambda name: SAMPLES.get(name[1], nothing), path))
        for path, methods in found.items()
        for method in methods
    ]


def test_nobody_gets_in_without_a_token(api):
    client = api()
    assert len(operations(client)) > 30
    for method, path in operations(client):
        answer = client.request(method, path)
        assert_problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert_problem(client.request(method, path, headers={"Authorization": "Bearer rs_guessed"}), 401)
        assert_problem(client.request(method, path, headers={"Authorization": "Basic YTpi"}), 401)


def test_a_session_cookie_opens_no_api(browser, ada):
    signed_in = browser(ada)
    assert_problem(signed_in.http.get("/api/v1/reminders"), 401)


def test_a_deactivated_users_token_is_worth_nothing(api, ada, deactivate):
    client = api(ada)
    deactivate(ada)
    assert_problem(client.get("/reminders"), 401)


def test_somebody_elses_reminder_looks_like_none(api, ada, bob):
    made = api(ada).post("/reminders", json={"name": "Secret"}).json()
    path, other = f"/reminders/{made['id']}", api(bob)
    attempts = [
        other.get(path),
        other.patch(path, json={"name": "Mine"}),
        other.delete(path),
        other.post(f"{path}/restore"),
        other.post(f"{path}/push"),
        other.get(f"{path}/history"),
    ]
    for answer in attempts:
        assert assert_problem(answer, 404) == assert_problem(other.get(NOWHERE), 404)
    assert api(ada).get(path).json()["name"] == "Secret"


def test_what_is_nowhere_or_not_done_so_is_a_problem_too(api, ada):
    client = api(ada)
    assert_problem(client.get("/nothing"), 404)
    assert_problem(client.get("/reminders/not-an-id"), 404)
    assert_problem(client.get("/runs/not-an-id"), 404)
    wrong = client.put("/reminders")
    assert_problem(wrong, 405)
    assert "GET" in wrong.headers["Allow"]


def test_what_is_wrong_is_named_by_pointer_and_not_repeated(api, ada):
    client = api(ada)
    sent = {"name": "ok", "due_date": "someday", "colour": "red", "person": {"salesforce_id": "x" * 30}}
    problem = assert_problem(client.post("/reminders", json=sent), 422)
    assert {each["pointer"] for each in problem["errors"]} == {"#/due_date", "#/colour", "#/person/salesforce_id"}
    assert "someday" not in str(problem)
    wrong_query = assert_problem(client.get("/reminders", params={"due": "never", "page": 2}), 422)
    assert {each["pointer"] for each in wrong_query["errors"]} == {"query due", "query page"}


UNKEPT = [
    {"name": "a\x00b"},
    {"name": "\ud800"},
    {"name": "line\nbreak"},
    {"name": "x" * 2001},
    {"name": "x", "details": "\x07"},
    {"name": "x", "details": "y" * 100_001},
    {"name": "x", "campaign": {"day": 2**40}},
    {"name": "x", "campaign": {"day": -1}},
    {"name": "x", "person": {"salesforce_id": "005000000000001AAA"}},
    {"name": "x", "assignee": "not an address"},
    {"name": None},
    {"name": "x", "status": None},
]


def test_what_cannot_be_kept_is_refused(api, ada):
    client = api(ada)
    path = f"/reminders/{client.post('/reminders', json={'name': 'There'}).json()['id']}"
    for sent in UNKEPT:
        # Escaped: JSON can spell halves of characters that no UTF-8 can.
        body = {"content": json.dumps(sent), "headers": {"Content-Type": "application/json"}}
        assert_problem(client.post("/reminders", **body), 422)
        assert_problem(client.patch(path, **body), 422)


def test_a_body_that_is_no_json_is_a_400(api, ada):
    headers = {"Content-Type": "application/json"}
    assert_problem(api(ada).post("/reminders", content=b'{"name": ', headers=headers), 400)


def test_a_body_that_is_too_large_is_a_413_announced_or_not(api, ada):
    client = api(ada)
    headers = {"Content-Type": "application/json"}
    whole = b'{"name": "' + b"x" * MAX_BODY_BYTES + b'"}'
    assert_problem(client.post("/reminders", content=whole, headers=headers), 413)
    chunks = (whole[start : start + 65536] for start in range(0, len(whole), 65536))
    assert_problem(client.post("/reminders", content=chunks, headers=headers), 413)


def test_a_cursor_of_somebody_elses_making_is_refused(api, ada):
    assert_problem(api(ada).get("/reminders", params={"cursor": "???"}), 422)
    assert_problem(api(ada).get("/reminders", params={"cursor": "bm90IG9uZQ"}), 422)
