"""Several calls in one, and conditional writes."""

import pytest

from tests.orgsim.acme import ANN, refusal

BASE = "/services/data/v66.0"


def part(name, method, path, body=None, **headers):
    made = {"referenceId": name, "method": method, "url": BASE + path}
    if body is not None:
        made["body"] = body
    if headers:
        made["httpHeaders"] = {key.replace("_", "-"): value for key, value in headers.items()}
    return made


def composite(caller, *parts, **more):
    answer = caller("POST", "/composite", {"compositeRequest": list(parts), **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["compositeResponse"]


@pytest.fixture
def edited(ann, sim):
    """Give a Task that was changed again after its reader read it, and the HTTP date of the reading."""
    sim.door.freeze()
    record_id = ann.create(Subject="read")
    read_at = ann.get(f"/sobjects/Task/{record_id}").headers["Date"]
    sim.door.advance(2)
    sim.door.as_user("ann@acme.example").update(record_id, Subject="changed")
    return record_id, read_at


def test_a_write_and_its_read_back_are_one_call(ann, sim):
    record_id = ann.create(Subject="a")
    sim.door.reset_counters()
    path = f"/sobjects/Task/{record_id}"
    written, read = composite(
        ann, part("w", "PATCH", path, {"Subject": "b"}), part("r", "GET", f"{path}?fields=Subject,SystemModstamp")
    )
    assert (written["httpStatusCode"], written["body"]) == (204, None)
    assert read["body"]["Subject"] == "b"
    assert sim.door.counters()["calls"] == 1


def test_a_part_refers_to_the_answer_of_another(ann):
    first, second = composite(
        ann,
        part("new", "POST", "/sobjects/Task", {"Subject": "a"}),
        part("got", "GET", "/sobjects/Task/@{new.id}?fields=Subject"),
    )
    assert second["body"]["Id"] == first["body"]["id"]


def test_a_reference_to_a_failed_part_halts_that_part(ann):
    first, second = composite(
        ann,
        part("new", "POST", "/sobjects/Task", {"OwnerId": "x"}),
        part("got", "GET", "/sobjects/Task/@{new.id}"),
    )
    assert first["httpStatusCode"] == 400
    assert (second["httpStatusCode"], second["body"][0]["errorCode"]) == (400, "PROCESSING_HALTED")


def test_all_or_none_takes_everything_back(ann, sim):
    results = composite(
        ann,
        part("a", "POST", "/sobjects/Task", {"Subject": "a"}),
        part("b", "POST", "/sobjects/Task", {"OwnerId": "x"}),
        part("c", "POST", "/sobjects/Task", {"Subject": "c"}),
        allOrNone=True,
    )
    assert [result["body"][0]["errorCode"] for result in results] == [
        "PROCESSING_HALTED",
        "MALFORMED_ID",
        "PROCESSING_HALTED",
    ]
    assert sim.door.tasks() == []
    assert sim.door.counters()["records"]["created"] == 0


def test_conditional_parts_fail_one_by_one(ann, edited, sim):
    record_id, read_at = edited
    fresh = ann.create(Subject="fresh")
    since = {"If_Unmodified_Since": read_at}
    stale, good = composite(
        ann,
        part("a", "PATCH", f"/sobjects/Task/{record_id}", {"Subject": "lost"}, **since),
        part(
            "b",
            "PATCH",
            f"/sobjects/Task/{fresh}",
            {"Subject": "B"},
            If_Unmodified_Since=ann.get("/limits").headers["Date"],
        ),
    )
    assert (stale["httpStatusCode"], stale["body"][0]["errorCode"]) == (412, "PRECONDITION_FAILED")
    assert good["httpStatusCode"] == 204
    sim.door.set_org(beliefs={"composite_conditional_headers": False})
    (blind,) = composite(ann, part("a", "PATCH", f"/sobjects/Task/{record_id}", {"Subject": "lost"}, **since))
    assert blind["httpStatusCode"] == 204


def test_a_single_conditional_write_is_412_when_the_record_moved(ann, edited):
    record_id, read_at = edited
    answer = ann.update(record_id, {"If-Unmodified-Since": read_at}, Subject="lost")
    assert refusal(answer)[:2] == (412, "PRECONDITION_FAILED")
    now = ann.get("/limits").headers["Date"]
    assert ann.update(record_id, {"If-Unmodified-Since": now}, Subject="won").status_code == 204
    assert refusal(ann.update(record_id, {"If-Unmodified-Since": "soon"}, Subject="x"))[0] == 400


def test_the_stamp_that_counts_is_a_belief(ann, sim):
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    then = ann.get("/limits").headers["Date"]
    sim.door.advance(60)
    sim.door.touch(record_id)
    assert ann.update(record_id, {"If-Unmodified-Since": then}, Subject="b").status_code == 204
    sim.door.touch(record_id)
    sim.door.set_org(beliefs={"unmodified_since_compares": "SystemModstamp"})
    assert ann.update(record_id, {"If-Unmodified-Since": then}, Subject="c").status_code == 412


def test_two_edits_in_one_second_pass_the_check(ann, sim):
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    then = ann.get("/limits").headers["Date"]
    sim.door.as_user("ann@acme.example").update(record_id, Subject="unseen")
    assert ann.update(record_id, {"If-Unmodified-Since": then}, Subject="b").status_code == 204


def test_a_read_can_be_conditional(ann, edited):
    record_id, read_at = edited
    path = f"/sobjects/Task/{record_id}"
    assert ann.get(path, headers={"If-Modified-Since": read_at}).status_code == 200
    assert ann.get(path, headers={"If-Modified-Since": ann.get("/limits").headers["Date"]}).status_code == 304
    assert ann.get(path, headers={"If-Unmodified-Since": read_at}).status_code == 412


def test_the_limits_of_a_composite(ann):
    reads = [part(f"p{number}", "GET", "/limits") for number in range(26)]
    assert refusal(ann("POST", "/composite", {"compositeRequest": reads}))[0] == 400
    queries = [part(f"q{number}", "GET", "/query?q=SELECT+Id+FROM+Task") for number in range(6)]
    assert refusal(ann("POST", "/composite", {"compositeRequest": queries}))[0] == 400
    assert len(composite(ann, *queries[:5], *reads[:20])) == 25
    assert refusal(ann("POST", "/composite", {"compositeRequest": [part("bad-id", "GET", "/limits")]}))[0] == 400
    assert refusal(ann("POST", "/composite", {"compositeRequest": [reads[0], reads[0]]}))[0] == 400
    assert refusal(ann("POST", "/composite", {}))[0] == 400


def test_a_batch_counts_each_part_and_goes_on_after_failures(ann, sim):
    sim.door.reset_counters()
    parts = [
        {"method": "POST", "url": "v66.0/sobjects/Task", "richInput": {"Subject": "a", "OwnerId": ANN}},
        {"method": "PATCH", "url": "v66.0/sobjects/Task/00T00000000zzzzEAA", "richInput": {"Subject": "b"}},
        {"method": "GET", "url": f"{BASE}/query?q=SELECT+COUNT()+FROM+Task"},
    ]
    body = ann("POST", "/composite/batch", {"batchRequests": parts}).json()
    assert body["hasErrors"]
    assert [result["statusCode"] for result in body["results"]] == [201, 404, 200]
    assert sim.door.counters()["calls"] == 3
    halted = ann("POST", "/composite/batch/", {"batchRequests": parts, "haltOnError": True}).json()["results"]
    assert [result["statusCode"] for result in halted] == [201, 404, 412]
    assert halted[2]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"
