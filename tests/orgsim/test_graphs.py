"""Composite graphs and sObject trees: whole or not at all."""

import pytest

from orgsim.rest import graph as limits
from tests.orgsim.acme import refusal

BASE = "/services/data/v66.0/sobjects"


def node(name, method="POST", path="/Task", body=None):
    return {
        "referenceId": name,
        "method": method,
        "url": BASE + path,
        "body": {"Subject": name} if body is None else body,
    }


def graphs(caller, *named):
    sent = [{"graphId": name, "compositeRequest": nodes} for name, nodes in named]
    return caller("POST", "/composite/graph", {"graphs": sent})


def test_a_graph_saves_its_nodes_and_refers_among_them(ann, sim):
    nodes = [node("a"), node("b", "PATCH", "/Task/@{a.id}", {"Priority": "High"})]
    (answer,) = graphs(ann, ("g1", nodes)).json()["graphs"]
    assert (answer["graphId"], answer["isSuccessful"]) == ("g1", True)
    codes = [one["httpStatusCode"] for one in answer["graphResponse"]["compositeResponse"]]
    assert codes == [201, 204]
    assert sim.door.tasks()[0]["Priority"] == "High"


def test_a_failed_graph_takes_its_own_nodes_back_and_leaves_the_others(ann, sim):
    bad = [node("a"), node("b", body={"OwnerId": "x"}), node("c")]
    good, failed = graphs(ann, ("good", [node("kept")]), ("bad", bad)).json()["graphs"]
    assert (good["isSuccessful"], failed["isSuccessful"]) == (True, False)
    codes = [one["body"][0]["errorCode"] for one in failed["graphResponse"]["compositeResponse"]]
    assert codes == ["PROCESSING_HALTED", "MALFORMED_ID", "PROCESSING_HALTED"]
    assert [task["Subject"] for task in sim.door.tasks()] == ["kept"]


def test_after_fourteen_failures_the_rest_is_halted(ann, sim):
    wrong = [(f"g{number}", [node("a", body={"OwnerId": "x"})]) for number in range(limits.MAX_FAILURES)]
    found = graphs(ann, *wrong, ("last", [node("a")])).json()["graphs"]
    assert not found[-1]["isSuccessful"]
    assert found[-1]["graphResponse"]["compositeResponse"][0]["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert sim.door.tasks() == []


def test_a_graph_of_500_nodes_is_one_call(ann, sim):
    sim.door.reset_counters()
    answer = graphs(ann, ("big", [node(f"n{number}") for number in range(limits.MAX_NODES)]))
    assert answer.json()["graphs"][0]["isSuccessful"]
    assert (sim.door.counters()["calls"], sim.door.counters()["records"]["created"]) == (1, 500)


def chain(length):
    return [node("n0"), *(node(f"n{step}", body={"Subject": f"@{{n{step - 1}.id}}"}) for step in range(1, length))]


@pytest.mark.parametrize(
    "named",
    [
        [(f"g{number}", [node("a")]) for number in range(76)],
        [("g", [node(f"n{number}") for number in range(501)])],
        [("g", chain(16))],
        [("g", [node("a")]), ("g", [node("a")])],
        [("bad id", [node("a")])],
        [("g", [node("a"), node("a")])],
        [("g", [{"referenceId": "q", "method": "GET", "url": "/services/data/v66.0/query?q=x"}])],
        [("g", [])],
    ],
)
def test_what_a_graph_may_not_be_is_refused(ann, sim, named):
    assert refusal(graphs(ann, *named))[0] == 400
    assert sim.door.tasks() == []


def test_a_chain_of_fifteen_is_deep_enough(ann):
    assert graphs(ann, ("g", chain(15))).json()["graphs"][0]["isSuccessful"]


def tree(caller, *records, object_name="Account"):
    return caller("POST", f"/composite/tree/{object_name}/", {"records": list(records)})


def branch(kind, reference, **more):
    return {"attributes": {"type": kind, "referenceId": reference}, **more}


def test_a_tree_is_created_with_its_children(ann, sim):
    task = branch("Task", "t", Subject="call")
    contact = branch("Contact", "c", LastName="Bea", Tasks={"records": [task]})
    answer = tree(ann, branch("Account", "a", Name="Acme", Contacts={"records": [contact]}))
    assert answer.status_code == 201
    ids = {one["referenceId"]: one["id"] for one in answer.json()["results"]}
    stored = sim.door.task(ids["t"])
    assert (stored["WhoId"], stored["AccountId"]) == (ids["c"], ids["a"])


def test_one_bad_record_takes_the_tree_back(ann, sim):
    bad = branch("Task", "bad", Subject="x" * 256)
    answer = tree(ann, branch("Account", "a", Name="Acme", Tasks={"records": [bad, branch("Task", "ok")]}))
    assert (answer.status_code, answer.json()["hasErrors"]) == (400, True)
    (failed,) = answer.json()["results"]
    assert (failed["referenceId"], failed["errors"][0]["statusCode"]) == ("bad", "STRING_TOO_LONG")
    assert sim.door.tasks() == []
    assert sim.door.counters()["records"]["created"] == 0


@pytest.mark.parametrize(
    "records",
    [
        [branch("Task", f"t{number}") for number in range(201)],
        [branch("Task", "t"), branch("Task", "t")],
        [{"Subject": "no attributes"}],
        [branch("Task", "t", Nope={"records": []})],
        [branch("Contact", "c", LastName="x")],
        ["Task"],
        [],
    ],
)
def test_what_a_tree_may_not_be_is_refused(ann, sim, records):
    assert refusal(tree(ann, *records, object_name="Task"))[0] == 400
    assert sim.door.tasks() == []
