"""The library most Python programs use, unchanged but for the scheme of its URLs."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)


class PlainHttp(HTTPAdapter):
    """simple-salesforce writes https:// into every URL; the box speaks http."""

    def send(self, request, **options):
        request.url = request.url.replace("https://", "http://", 1)
        return super().send(request, **options)


@pytest.fixture
def sf(sim):
    login = sim.door.session("ann@acme.example")
    with requests.Session() as session:
        session.mount("https://", PlainHttp())
        yield Salesforce(instance_url=sim.url, session_id=login["access_token"], version="62.0", session=session)


def test_a_record_lives_and_dies(sf):
    made = sf.Task.create({"Subject": "a"})
    assert made["success"]
    assert sf.Task.update(made["id"], {"Subject": "b"}) == 204
    assert sf.Task.get(made["id"])["Subject"] == "b"
    assert sf.Task.upsert("RemindersyncKey__c/k1", {"Subject": "c"}) == 201
    assert sf.Task.get_by_custom_id("RemindersyncKey__c", "k1")["Subject"] == "c"
    assert sf.Task.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound) as gone:
        sf.Task.get(made["id"])
    assert gone.value.content[0]["errorCode"] == "ENTITY_IS_DELETED"


def test_queries_page_and_show_the_bin(sf, sim):
    owner = sf.query("SELECT Id FROM User WHERE Username = 'ann@acme.example'")["records"][0]["Id"]
    sim.door.put_tasks([{"Subject": f"{number}", "OwnerId": owner} for number in range(2300)])
    found = sf.query_all("SELECT Id FROM Task ORDER BY Id")
    assert (found["totalSize"], len(found["records"]), found["done"]) == (2300, 2300, True)
    sf.Task.delete(found["records"][0]["Id"])
    assert len(list(sf.query_all_iter("SELECT Id FROM Task", include_deleted=True))) == 2300


def test_updated_and_deleted_are_read(sf):
    made = sf.Task.create({"Subject": "a"})["id"]
    end = datetime.now(UTC) + timedelta(minutes=2)
    start = end - timedelta(minutes=10)
    assert sf.Task.updated(start, end)["ids"] == [made]
    sf.Task.delete(made)
    assert [one["id"] for one in sf.Task.deleted(start, end)["deletedRecords"]] == [made]


def test_collections_limits_describe_and_usage(sf):
    body = {"allOrNone": False, "records": [{"attributes": {"type": "Task"}, "Subject": "a"}]}
    assert sf.restful("composite/sobjects", method="POST", json=body)[0]["success"]
    assert sf.limits()["DailyApiRequests"]["Max"] == 100_000
    assert sf.api_usage["api-usage"].total == 100_000
    assert sf.Task.describe()["keyPrefix"] == "00T"
    assert {one["name"] for one in sf.describe()["sobjects"]} >= {"Task", "Lead"}


def test_errors_become_its_exceptions(sf, sim):
    with pytest.raises(SalesforceMalformedRequest):
        sf.query("SELECT Nope FROM Task")
    sim.door.end_sessions("ann@acme.example")
    with pytest.raises(SalesforceExpiredSession):
        sf.query("SELECT Id FROM Task")
