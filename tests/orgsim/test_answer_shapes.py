"""What succeeds about Tasks and what a login call answers, in their exact shapes."""

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest
import requests

from tests.orgsim.acme import ANN, Caller, long

TASK = "/sobjects/Task"


def span(start, end):
    return {"start": start.isoformat(), "end": end.isoformat()}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (
            {"grant_type": "client_credentials", "client_id": "orgsim-client", "client_secret": "wrong"},
            {"error": "invalid_client", "error_description": "invalid client credentials"},
        ),
        (
            {"grant_type": "client_credentials", "client_id": "orgsim-client"},
            {"error": "invalid_client", "error_description": "invalid client credentials"},
        ),
        (
            {
                "grant_type": "refresh_token",
                "refresh_token": "dead",
                "client_id": "orgsim-client",
                "client_secret": "orgsim-secret",
            },
            {"error": "invalid_grant", "error_description": "expired access/refresh token"},
        ),
    ],
)
def test_a_refused_token_call_answers_two_words(sim, form, expected):
    answer = requests.post(f"{sim.url}/services/oauth2/token", data=form, timeout=10)
    assert (answer.status_code, answer.json()) == (400, expected)


def test_an_unknown_grant_is_unsupported(sim):
    form = {"grant_type": "magic", "client_id": "orgsim-client", "client_secret": "orgsim-secret"}
    answer = requests.post(f"{sim.url}/services/oauth2/token", data=form, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")
    assert answer.json()["error_description"]


def test_a_token_answer_is_signed_with_the_secret(sim):
    login = sim.door.session("ann@acme.example")
    form = {"grant_type": "refresh_token", "refresh_token": login["refresh_token"], "client_id": "orgsim-client"}
    answer = requests.post(
        f"{sim.url}/services/oauth2/token", data={**form, "client_secret": "orgsim-secret"}, timeout=10
    )
    body = answer.json()
    assert body["token_type"] == "Bearer"
    assert body["issued_at"].isdigit()
    assert body["id"].endswith(long(ANN))
    digest = hmac.new(b"orgsim-secret", (body["id"] + body["issued_at"]).encode(), hashlib.sha256).digest()
    assert body["signature"] == base64.b64encode(digest).decode()


def test_successes_have_their_shapes(ann: Caller):
    made = ann("POST", TASK, {"Subject": "a"})
    record_id = made.json()["id"]
    assert (made.status_code, made.json()) == (201, {"id": record_id, "success": True, "errors": []})
    for answer in (ann.update(record_id, Subject="b"), ann.delete(record_id)):
        assert (answer.status_code, answer.content) == (204, b"")
    key = TASK + "/RemindersyncKey__c/k"
    new, again = ann("PATCH", key, {"Subject": "a"}), ann("PATCH", key, {"Subject": "b"})
    body = {"id": new.json()["id"], "success": True, "errors": []}
    assert (new.status_code, new.json()) == (201, {**body, "created": True})
    assert (again.status_code, again.json()) == (200, {**body, "created": False})
    old = ann("PATCH", f"/services/data/v45.0{key}", {"Subject": "c"})
    assert (old.status_code, old.content) == (204, b"")


def test_a_query_answer_has_its_shape_and_limit_bounds_its_size(ann):
    for name in ("a", "B", "b"):
        ann.create(Subject=name)
    found = ann.query("SELECT Id, Who.Name FROM Task WHERE Subject LIKE 'B%' LIMIT 1")
    (record,) = found.pop("records")
    assert found == {"totalSize": 1, "done": True}
    url = f"/services/data/v66.0/sobjects/Task/{record['Id']}"
    assert record["attributes"] == {"type": "Task", "url": url}
    assert record["Who"] is None
    assert ann.query("SELECT Id FROM Task WHERE Subject LIKE 'B%'")["totalSize"] == 2


def test_the_next_page_is_under_query_for_query_all_too(ann, sim):
    sim.door.put_tasks([{"OwnerId": ANN, "Subject": str(number)} for number in range(201)])
    options = {"headers": {"Sforce-Query-Options": "batchSize=200"}}
    found = ann.query("SELECT Id FROM Task", "queryAll", **options)
    assert (found["done"], len(found["records"])) == (False, 200)
    assert found["nextRecordsUrl"].startswith("/services/data/v66.0/query/01g")
    rest = ann.get(found["nextRecordsUrl"], **options).json()
    assert (rest["done"], len(rest["records"]), "nextRecordsUrl" in rest) == (True, 1, False)


def test_replication_answers_have_their_shapes_and_every_answer_the_usage(ann, sim):
    sim.door.freeze()
    gone = ann.create(Subject="a")
    ann.delete(gone)
    live = ann.create(Subject="b")
    now = sim.door.now()
    asked = span(now - timedelta(minutes=5), now + timedelta(minutes=5))
    updated, deleted = (ann.get(f"{TASK}/{name}", params=asked) for name in ("updated", "deleted"))
    assert updated.json()["ids"] == [live]
    assert [one["id"] for one in deleted.json()["deletedRecords"]] == [gone]
    assert set(updated.json()) == {"ids", "latestDateCovered"}
    assert set(deleted.json()) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert deleted.json()["deletedRecords"][0]["deletedDate"].endswith(".000+0000")
    used = [one.headers["Sforce-Limit-Info"] for one in (updated, deleted)]
    assert all(one.startswith("api-usage=") and one.endswith("/100000") for one in used)
