"""simple-salesforce over TLS and through the proxy: nothing in it is changed, only the environment is."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceResourceNotFound

BY_KEY = "RemindersyncKey__c"


@pytest.fixture
def trusted(secure, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(secure.ca_file))
    return secure


@pytest.fixture
def proxied(trusted, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", trusted.proxy_url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return trusted


@pytest.fixture
def sf(trusted):
    login = trusted.door.session("ann@acme.example")
    client = Salesforce(instance_url=trusted.url, session_id=login["access_token"], version="62.0")
    with client.session:
        yield client


def test_a_user_name_and_password_log_in_by_soap_at_login_salesforce_com(proxied):
    made = Salesforce(username="ann@acme.example", password="pw", security_token="x")
    with made.session:
        assert made.sf_instance == "login.salesforce.com"
        assert made.query("SELECT Id FROM Task")["totalSize"] == 0
        created = made.Task.create({"Subject": "by proxy"})
    assert proxied.door.task(created["id"])["Subject"] == "by proxy"


def test_a_new_version_refuses_the_soap_login(proxied):
    with pytest.raises(SalesforceAuthenticationFailed, match=r"INVALID_OPERATION.*SOAP Login operation"):
        SalesforceLogin(username="ann@acme.example", password="pw", security_token="x", sf_version="65.0")


def test_the_password_grant_logs_in_until_it_is_switched_off(proxied):
    app = {"consumer_key": "orgsim-client", "consumer_secret": "orgsim-secret"}
    token, host = SalesforceLogin(username="ann@acme.example", password="pw", **app)
    assert (token[:3], host) == ("00D", "login.salesforce.com")
    proxied.door.set_org(settings={"password_grant": False})
    with pytest.raises(SalesforceAuthenticationFailed, match="authentication failure"):
        SalesforceLogin(username="ann@acme.example", password="pw", **app)


def test_client_credentials_log_in_at_a_domain_of_ones_own(proxied):
    proxied.door.register_app("machine", client_secret="s", run_as="admin@acme.example")
    made = Salesforce(consumer_key="machine", consumer_secret="s", domain="acme.my")
    with made.session:
        assert made.sf_instance == "acme.my.salesforce.com"
        assert made.query("SELECT COUNT() FROM User")["totalSize"] == 6


def test_a_signed_assertion_logs_in_though_it_spells_its_expiry_as_text(proxied):
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    public = key.public_key().public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    proxied.door.register_app("jwt", public_key=public.decode())
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain).decode()
    token, _ = SalesforceLogin(username="ann@acme.example", consumer_key="jwt", privatekey=private)
    assert token.startswith("00D")


def test_a_record_lives_and_dies(sf):
    made = sf.Task.create({"Subject": "a"})
    assert sf.Task.update(made["id"], {"Subject": "b"}) == 204
    assert sf.Task.get(made["id"])["Subject"] == "b"
    assert sf.Task.upsert(f"{BY_KEY}/k1", {"Subject": "c"}) == 201
    assert sf.Task.upsert(f"{BY_KEY}/k1", {"Subject": "d"}) == 200
    assert sf.Task.delete(made["id"]) == 204
    with pytest.raises(SalesforceResourceNotFound, match="ENTITY_IS_DELETED"):
        sf.Task.get(made["id"])


def test_queries_page_deletions_are_told_and_collections_work(sf, trusted):
    owner = sf.query("SELECT Id FROM User WHERE Username = 'ann@acme.example'")["records"][0]["Id"]
    ids = trusted.door.put_tasks([{"Subject": f"{number}", "OwnerId": owner} for number in range(2300)])
    assert len(sf.query_all("SELECT Id FROM Task")["records"]) == 2300
    end = datetime.now(UTC) + timedelta(minutes=2)
    results = sf.restful("composite/sobjects", {"ids": ",".join(ids[:3])}, method="DELETE")
    assert [one["success"] for one in results] == [True, True, True]
    told = sf.Task.deleted(end - timedelta(minutes=10), end)["deletedRecords"]
    assert {one["id"] for one in told} == set(ids[:3])
    assert sf.query("SELECT COUNT() FROM Task WHERE IsDeleted = true", include_deleted=True)["totalSize"] == 3


def test_bulk_loads_records_and_tells_which_failed(sf):
    (done,) = sf.bulk2.Task.insert(
        records=[{"Subject": "one", "Priority": "High"}, {"Subject": "x" * 256, "Priority": "Low"}], wait=0.01
    )
    assert (done["numberRecordsFailed"], done["numberRecordsProcessed"], done["numberRecordsTotal"]) == (1, 2, 2)
    failed = sf.bulk2.Task.get_failed_records(done["job_id"])
    assert '"STRING_TOO_LONG:' in failed
    made = sf.query("SELECT Id, Priority FROM Task")["records"]
    assert [row["Priority"] for row in made] == ["High"]
    (upserted,) = sf.bulk2.Task.upsert(records=[{BY_KEY: "k", "Subject": "key"}], external_id_field=BY_KEY, wait=0.01)
    assert '"true"' in sf.bulk2.Task.get_successful_records(upserted["job_id"])
    sf.bulk2.Task.update(records=[{"Id": made[0]["Id"], "Subject": "once"}], wait=0.01)
    assert sf.Task.get(made[0]["Id"])["Subject"] == "once"
    sf.bulk2.Task.delete(records=[{"Id": made[0]["Id"]}], wait=0.01)
    assert sf.query("SELECT Subject FROM Task")["records"][0]["Subject"] == "key"


def test_bulk_queries_come_in_pages(sf, trusted):
    ann = sf.query("SELECT Id FROM User WHERE Username = 'ann@acme.example'")["records"][0]["Id"]
    trusted.door.put_tasks([{"Subject": f"t{number:03}", "OwnerId": ann} for number in range(450)])
    pages = list(
        sf.bulk2.Task.query(
            "SELECT Subject, IsClosed, CreatedDate, WhoId FROM Task ORDER BY Subject", max_records=200, wait=0.01
        )
    )
    assert [page.count("\n") - 1 for page in pages] == [200, 200, 50]
    head, first = pages[0].splitlines()[:2]
    assert head == '"Subject","IsClosed","CreatedDate","WhoId"'
    assert first.startswith('"t000","false","20')
    assert first.endswith('.000Z",""')
