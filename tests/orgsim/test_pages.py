"""The pages for people."""

import pytest
import requests

from tests.orgsim.acme import ANN, BOB, ORG, QUEUE, long


def page(sim, path="/", **query):
    return requests.get(sim.url + path, params=query, timeout=10)


def send(sim, **form):
    sent = {"org": ORG, "as": long(ANN), **form}
    return requests.post(f"{sim.url}/task", data=sent, timeout=10)


def test_tasks_are_listed_escaped_and_filtered(sim, ann):
    ann.create(Subject="<script>alert(1)</script>", Status="Completed")
    ann.create(Subject="plain")
    ann.delete(ann.create(Subject="binned"))
    text = page(sim).text
    assert "&lt;script&gt;" in text
    assert "<script>" not in text
    assert "binned" not in text
    assert "plain" not in page(sim, status="Completed").text.split("<tbody>")[1]
    assert "binned" in page(sim, bin="1").text
    assert "plain" in page(sim, text="PLAI", owner=long(ANN)).text


@pytest.mark.parametrize("path", ["/", "/users", "/calls", "/faults", "/task"])
def test_pages_answer_in_html_and_load_nothing_from_elsewhere(sim, ann, path):
    ann.create(Subject="a")
    sim.door.add_fault("quota", kind="none")
    answer = page(sim, path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert "prefers-color-scheme:dark" in answer.text


def test_a_person_creates_edits_deletes_and_undeletes(sim):
    made = send(
        sim,
        id="",
        Subject="New",
        Status="Not Started",
        Priority="High",
        ActivityDate="2026-05-01",
        Description="a\r\nb",
        OwnerId=long(ANN),
    )
    assert made.status_code == 200
    (row,) = sim.door.tasks()
    assert (row["Subject"], row["ActivityDate"], row["IsHighPriority"]) == ("New", "2026-05-01", True)
    send(
        sim,
        id=row["Id"],
        Subject="Renamed",
        Status="Completed",
        Priority="High",
        ActivityDate="",
        Description="a\r\nb",
        OwnerId=long(ANN),
    )
    (row,) = sim.door.tasks()
    assert (row["Subject"], row["IsClosed"], row.get("ActivityDate")) == ("Renamed", True, None)
    send(sim, id=row["Id"], action="delete")
    assert sim.door.tasks() == []
    assert "in the recycle bin" in page(sim, "/task", id=row["Id"]).text
    send(sim, id=row["Id"], action="undelete")
    assert len(sim.door.tasks()) == 1
    assert sim.door.counters()["calls"] == 0


def test_saving_the_form_changes_only_what_was_changed(sim, ann):
    record_id = ann.create(Subject="a", Description="one\ntwo", OwnerId=ANN)
    send(
        sim,
        id=record_id,
        Subject="b",
        Status="Not Started",
        Priority="Normal",
        ActivityDate="",
        Description="one\r\ntwo",
        OwnerId=long(ANN),
    )
    assert sim.door.task(record_id)["Description"] == "one\ntwo"
    assert sim.door.task(record_id)["Subject"] == "b"


def test_a_refusal_is_shown_to_the_person(sim, ann):
    record_id = ann.create(Subject="a")
    answer = send(sim, **{"id": record_id, "as": long(BOB), "Subject": "stolen"})
    assert "INVALID_CROSS_REFERENCE_KEY" in answer.text
    assert sim.door.task(record_id)["Subject"] == "a"


def test_an_empty_box_and_unknown_pages_say_so(sim):
    assert page(sim, "/nothing").status_code == 404
    assert page(sim, "/task", id="00T000000000099").status_code == 404
    sim.door.reset()
    assert "holds no org yet" in page(sim).text


def post(sim, path, **form):
    return requests.post(sim.url + path, data=form, timeout=10)


def test_every_page_keeps_scripts_out_and_shows_hostile_text_as_text(sim, ann):
    hostile = '"><script>alert(1)</script>'
    record_id = ann.create(Subject=hostile, Description=hostile)
    sim.door.as_user("ann@acme.example").update(record_id, Subject=hostile + "2")
    ann.update(record_id, Subject=hostile + "3")
    sim.door.add_fault("error", code=hostile, user=hostile, times=None, kind="none")
    sim.door.add_rule("validation", name=hostile, message=hostile, where="Subject = 'none'")
    for path in ("/", "/users", "/calls", "/faults", f"/task?id={record_id}&problem={hostile}", f"/?text={hostile}"):
        answer = requests.get(sim.url + path, timeout=10)
        assert "<script" not in answer.text
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_task_is_completed_from_the_list_and_reassigned_in_its_form(sim, ann):
    record_id = ann.create(Subject="a", ActivityDate="2026-05-01")
    post(sim, "/quick", org=ORG, complete=record_id, back="/")
    row = sim.door.task(record_id)
    assert (row["IsClosed"], row["LastModifiedById"]) == (True, long(ANN))
    send(sim, id=record_id, OwnerId=long(BOB))
    assert sim.door.task(record_id)["OwnerId"] == long(BOB)
    other = ann.create(Subject="b")
    send(sim, id=other, action="complete")
    assert sim.door.task(other)["IsClosed"]
    send(sim, id=other, action="delete")
    post(sim, "/quick", org=ORG, undelete=other, back="/?bin=1")
    assert not sim.door.task(other)["IsDeleted"]


def test_a_refusal_in_the_list_is_told_there(sim, ann):
    record_id = ann.create(Subject="a")
    sim.door.lock_records(record_id)
    answer = post(sim, "/quick", org=ORG, complete=record_id, back="/?status=Not+Started")
    assert "ENTITY_IS_LOCKED" in answer.text
    assert "status=Not+Started" in answer.url
    assert "in approval" in answer.text


def test_the_clock_moves_stops_and_runs(sim):
    before = sim.door.now()
    post(sim, "/clock", seconds="86400", back="/")
    assert (sim.door.now() - before).total_seconds() >= 86_400
    post(sim, "/clock", run="stop", back="/")
    assert sim.door.clock()["frozen"]
    assert "Stopped: run" in page(sim).text
    post(sim, "/clock", run="go", back="/")
    assert not sim.door.clock()["frozen"]
    now = sim.door.now()
    post(sim, "/clock", seconds="-99999", back="/")
    assert sim.door.now() >= now


def test_faults_are_switched_on_and_off(sim, ann):
    assert "None: every call is answered" in page(sim, "/faults").text
    post(sim, "/fault", preset="quota", back="/faults")
    assert ann.get("/limits").status_code == 403
    assert "struck 1 times" in page(sim, "/faults").text
    post(sim, "/fault", preset="quota", back="/faults")
    assert ann.get("/limits").status_code == 200
    post(sim, "/fault", action="error", code="SERVER_UNAVAILABLE", kind="limits", times="2", back="/faults")
    assert [ann.get("/limits").status_code for _ in range(3)] == [503, 503, 200]
    (rule,) = sim.door.faults()
    post(sim, "/fault", clear=str(rule["number"]), back="/faults")
    assert sim.door.faults() == []


def test_late_commits_reach_the_pages_too(sim, ann):
    sim.door.freeze()
    record_id = ann.create(Subject="a")
    post(sim, "/fault", preset="late", back="/faults")
    send(sim, id=record_id, Subject="later")
    assert ann.read(record_id)["Subject"] == "a"
    sim.door.advance(31)
    assert ann.read(record_id)["Subject"] == "later"


def test_a_task_of_a_queue_is_completed_by_who_changed_it_last(sim, ann):
    record_id = ann.create(Subject="a", OwnerId=QUEUE)
    post(sim, "/quick", org=ORG, complete=record_id, back="/")
    assert sim.door.task(record_id)["LastModifiedById"] == long(ANN)


def test_maintenance_is_a_switch(sim, ann):
    answer = post(sim, "/fault", org=ORG, read_only="1", back="/faults")
    assert "everything is read, nothing is written" in answer.text
    assert ann("POST", "/sobjects/Task", {}).status_code == 503
    post(sim, "/fault", org=ORG, read_only="0", back="/faults")
    assert ann("POST", "/sobjects/Task", {}).status_code == 201


@pytest.mark.parametrize(
    ("form", "words"),
    [({"action": "explode"}, "No fault is called"), ({"action": "slow", "seconds": "soon"}, "could not convert")],
)
def test_a_fault_that_cannot_be_is_told(sim, form, words):
    assert words in post(sim, "/fault", back="/faults", **form).text
    assert sim.door.faults() == []


def test_counters_and_races_are_shown_and_set_back(sim, ann):
    record_id = ann.create(Subject="a")
    sim.door.as_user("ann@acme.example").update(record_id, Subject="theirs")
    ann.update(record_id, Subject="mine")
    text = page(sim, "/calls").text
    assert "Edits that a client overwrote" in text
    assert "theirs" in text
    post(sim, "/counters", back="/calls")
    assert "Edits that a client overwrote" not in page(sim, "/calls").text
    assert sim.door.counters()["calls"] == 0


def test_a_form_of_another_site_is_refused_and_leads_nowhere_else(sim):
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{sim.url}/clock", data={"seconds": "3600"}, headers=headers, timeout=10)
    assert answer.status_code == 403
    answer = requests.post(f"{sim.url}/clock", data={"back": "//evil.example/x?a=1"}, allow_redirects=False, timeout=10)
    assert answer.headers["Location"] == "/evil.example/x?a=1"
