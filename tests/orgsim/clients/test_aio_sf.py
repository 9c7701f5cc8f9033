"""aio-sf, the asynchronous client, unchanged over plain HTTP."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

pytest.importorskip("aio_sf", reason="aio-sf is not installed: pip install -e '.[clients]'")

from aio_sf import (
    ClientCredentialsAuth,
    RefreshTokenAuth,
    SalesforceAuthError,
    SalesforceClient,
    StaticTokenAuth,
    bulk_query,
)

BY_KEY = "RemindersyncKey__c"


@pytest.fixture
def machine(sim):
    sim.door.register_app("machine", client_secret="s", run_as="ann@acme.example")
    return ClientCredentialsAuth(sim.url, "machine", "s")


def in_session(auth, work):
    """Run an async function with a client that has logged in."""

    async def session():
        client = SalesforceClient(auth, version="v62.0")
        try:
            await client.ensure_authenticated()
            return await work(client)
        finally:
            # As a context it would leave its connection open when the login is refused.
            await client.close()

    return asyncio.run(session())


def test_client_credentials_log_in_and_know_when_they_end(machine):
    async def work(client):
        return await client.query.soql("SELECT Id FROM Task"), client.auth_strategy.expires_at

    _, expires_at = in_session(machine, work)
    assert expires_at > 0


def test_a_wrong_secret_is_refused(sim, machine):
    with pytest.raises(SalesforceAuthError, match="400"):
        in_session(ClientCredentialsAuth(sim.url, "machine", "wrong"), lambda client: None)


def test_a_dead_token_is_refreshed_on_the_way(sim):
    login = sim.door.session("ann@acme.example")
    auth = RefreshTokenAuth(sim.url, "dead", login["refresh_token"], "orgsim-client", "orgsim-secret")

    async def work(client):
        answer = await client.get(f"{client.get_base_url()}/limits")
        return answer.status_code

    assert in_session(auth, work) == 200
    assert auth.access_token != "dead"


def test_queries_page_to_the_end(sim, machine, many):
    async def work(client):
        found = await client.query.soql("SELECT Id FROM Task")
        return [record["Id"] async for record in found]

    assert sorted(in_session(machine, work)) == sorted(many)


def test_the_bin_is_read_by_query_all(sim, machine, many):
    sim.door.as_user("ann@acme.example").delete(many[0])

    async def work(client):
        found = await client.query.soql("SELECT Id FROM Task WHERE IsDeleted = true", include_deleted=True)
        return [record["Id"] async for record in found]

    assert in_session(machine, work) == [many[0]]


def test_collections_create_update_upsert_and_delete(machine, sim):
    async def work(client):
        collections = client.collections
        made = await collections.insert([{"Subject": "a"}, {"Subject": "x" * 256}], "Task", all_or_none=False)
        await collections.update([{"Id": made[0]["id"], "Subject": "b"}], "Task")
        upserted = await collections.upsert([{BY_KEY: "k", "Subject": "c"}], BY_KEY, "Task")
        await collections.delete([made[0]["id"]])
        return made, upserted

    made, upserted = in_session(machine, work)
    assert [one["success"] for one in made] == [True, False]
    assert made[1]["errors"][0]["statusCode"] == "STRING_TOO_LONG"
    assert upserted[0]["created"]
    assert [task["Subject"] for task in sim.door.tasks()] == ["c"]


def test_all_or_none_is_its_default_and_takes_everything_back(machine, sim):
    async def work(client):
        return await client.collections.insert([{"Subject": "a"}, {"Subject": "x" * 256}], "Task")

    results = in_session(machine, work)
    assert [one["errors"][0]["statusCode"] for one in results] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "STRING_TOO_LONG",
    ]
    assert sim.door.tasks() == []


def test_bulk_queries_stream_records(sim, machine, many):
    async def work(client):
        found = await bulk_query(client, "SELECT Id, Subject FROM Task", batch_size=1000, poll_interval=0)
        return [record async for record in found]

    found = in_session(machine, work)
    assert sorted(record["Id"] for record in found) == sorted(many)
    assert found[0].keys() == {"Id", "Subject"}


def test_the_org_describes_itself_and_tells_what_was_deleted(sim):
    login, ann = sim.door.session("ann@acme.example"), sim.door.as_user("ann@acme.example")
    gone = ann.create(Subject="gone")
    ann.delete(gone)
    now = datetime.now(UTC)
    span = {"start": (now - timedelta(minutes=9)).isoformat(), "end": (now + timedelta(minutes=2)).isoformat()}

    async def work(client):
        deleted = await client.get(f"{client.get_sobject_url('task')}/deleted/", params=span)
        return await client.describe.sobject("Task"), await client.describe.get_limits(), deleted.json()

    described, limits, deleted = in_session(StaticTokenAuth(sim.url, login["access_token"]), work)
    assert (described["keyPrefix"], limits["DailyApiRequests"]["Max"]) == ("00T", 100_000)
    assert [one["id"] for one in deleted["deletedRecords"]] == [gone]
