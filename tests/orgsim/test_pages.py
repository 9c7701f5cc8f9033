"""The pages for people."""

import pytest
import requests

from tests.orgsim.acme import ANN, BOB, ORG, long


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


@pytest.mark.parametrize("path", ["/", "/users", "/calls", "/task"])
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
