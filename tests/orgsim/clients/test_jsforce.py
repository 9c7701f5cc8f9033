"""jsforce, the library of the Node world and of Salesforce's own command line, unchanged over plain HTTP."""

from typing import Any

import pytest

from orgsim import Sim
from tests.orgsim.acme import ANN, LEAD, ORG, long
from tests.orgsim.clients import node


@pytest.fixture
def step(sim: Sim) -> Any:
    login = sim.door.session("ann@acme.example")

    def taken(name: str, **more: Any) -> Any:
        asked = {"url": sim.url, "token": login["access_token"], "username": "ann@acme.example", **more}
        return node.run("client.js", {"step": name, **asked})

    return taken


def test_soap_logs_in_and_out(step):
    found = step("soapLogin")
    assert (found["id"], found["organizationId"], found["total"]) == (long(ANN), ORG, 0)


def test_soap_login_is_refused_by_the_versions_that_lack_it(step):
    assert "The SOAP Login operation is not available" in step("refusedLogin", version="65.0")


def test_a_password_logs_in_by_oauth_and_the_identity_is_known(step):
    assert step("oauthLogin") == {"id": long(ANN), "organizationId": ORG}
    assert step("identity") == {"user": long(ANN), "org": ORG, "name": "ann@acme.example"}


def test_a_dead_token_is_refreshed_on_the_way(step, sim):
    assert step("refresh", refresh=sim.door.session("ann@acme.example")["refresh_token"]) == {
        "total": 0,
        "renewed": True,
    }


def test_a_record_lives_and_dies(step):
    found = step("record")
    assert found["made"]["success"]
    assert (found["subject"], found["text"]) == ("b", "ünï 👍")
    assert (found["upserted"]["success"], found["again"]["success"]) == (True, True)
    assert found["upserted"]["id"] == found["again"]["id"]
    assert found["gone"] == "ENTITY_IS_DELETED"


def test_queries_page_and_show_the_bin(step, sim, many):
    sim.door.as_user("ann@acme.example").delete(many[0])
    assert step("paging") == {"first": 2000, "done": False, "second": 299, "all": 2299, "bin": 1}


def test_collections_answer_record_by_record(step):
    found = step("collections")
    assert [one["success"] for one in found["made"]] == [True, True, False]
    assert found["made"][2]["errors"][0]["statusCode"] == "MALFORMED_ID"
    assert [one["id"] for one in found["updated"]] == found["ids"]
    assert found["read"] == ["High", "High"]
    assert found["upserted"][0]["success"]
    assert [one["id"] for one in found["deleted"]] == found["ids"]


def test_the_recycle_bin_gives_back(step):
    found = step("undelete")
    assert [one["success"] for one in found["results"]] == [True, False]
    assert found["subject"] == "back"
    assert found["time"].endswith("Z")


def test_a_converted_lead_hands_its_tasks_on(step):
    found = step("conversion", lead=long(LEAD))
    assert (found["done"]["success"], found["again"]["success"]) == (True, False)
    assert found["again"]["errors"][0]["statusCode"] == "CANNOT_UPDATE_CONVERTED_LEAD"
    assert found["who"] == found["done"]["contactId"]


def test_updated_and_deleted_are_read(step):
    found = step("replication")
    assert (found["updated"], found["deleted"]) == ([found["kept"]], [found["gone"]])


def test_bulk_jobs_load_and_query(step):
    found = step("bulk")
    (made,), (refused,) = found["made"]["successfulResults"], found["made"]["failedResults"]
    assert (made["sf__Created"], made["Subject"], made["Priority"]) == ("true", "one", "High")
    assert refused["sf__Error"].startswith("MALFORMED_ID:")
    assert refused["Subject"] == 'two, "three"'
    assert found["updated"]["successfulResults"][0]["sf__Created"] == "false"
    assert found["upserted"]["successfulResults"][0]["sf__Created"] == "true"
    assert [(row["Subject"], row["Owner.Name"]) for row in found["found"]] == [
        ("key", "Ann Example"),
        ("once", "Ann Example"),
    ]
    assert found["deleted"]["successfulResults"][0]["sf__Id"] == made["sf__Id"]


def test_the_org_describes_itself(step, sim):
    found = step("described")
    assert found["max"] == 100_000
    assert found["fields"] > 30
    assert found["objects"] >= 8
    assert found["versions"] > 30


def test_refusals_become_its_errors(step):
    found = step("errors")
    assert (found["query"][0], found["type"][0], found["session"][0]) == (
        "INVALID_FIELD",
        "NOT_FOUND",
        "INVALID_SESSION_ID",
    )
