"""The SOAP endpoint: logins of old clients, undelete, and faults in its own shape."""

import re
from xml.sax.saxutils import escape

import pytest
import requests

from tests.orgsim.acme import ANN, ORG, long

ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/">'
    '<se:Header><SessionHeader xmlns="urn:partner.soap.sforce.com"><sessionId>{session}</sessionId></SessionHeader>'
    '</se:Header><se:Body><{name} xmlns="urn:partner.soap.sforce.com">{body}</{name}></se:Body></se:Envelope>'
)


def soap(sim, name, body="", session="", version="62.0"):
    text = ENVELOPE.format(name=name, body=body, session=escape(session))
    headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
    return requests.post(f"{sim.url}/services/Soap/u/{version}", text, headers=headers, timeout=10)


def log_in(sim, username="ann@acme.example", password="pw", version="62.0"):
    body = f"<username>{username}</username><password>{escape(password)}</password>"
    return soap(sim, "login", body, version=version)


def found(answer, name):
    return re.findall(rf"<{name}[^>]*>([^<]*)</{name}>", answer.text)


def fault(answer):
    assert (answer.status_code, answer.headers["Content-Type"][:8]) == (500, "text/xml")
    (code,), (told,) = found(answer, "faultcode"), found(answer, "faultstring")
    assert (found(answer, "sf:exceptionCode"), told.split(": ")[0]) == (
        [code.partition(":")[2]],
        code.partition(":")[2],
    )
    return code, found(answer, "sf:exceptionMessage")[0]


def test_a_login_gives_a_session_that_rest_takes_too(sim):
    answer = log_in(sim)
    assert answer.status_code == 200
    assert found(answer, "userId")[0] == long(ANN)
    assert found(answer, "serverUrl") == [f"{sim.url}/services/Soap/u/62.0/{ORG}"]
    assert found(answer, "sessionSecondsValid") == ["7200"]
    headers = {"Authorization": f"Bearer {found(answer, 'sessionId')[0]}"}
    assert requests.get(f"{sim.url}/services/data/v62.0/limits", headers=headers, timeout=10).status_code == 200


def test_logins_are_refused_in_the_platforms_words(sim):
    code, message = fault(log_in(sim, "nobody@acme.example"))
    assert (code, message[:17]) == ("sf:INVALID_LOGIN", "Invalid username,")
    assert fault(log_in(sim, "gone@acme.example"))[0] == "sf:INVALID_LOGIN"
    sim.door.set_org(settings={"password": "right"})
    assert fault(log_in(sim, password="wrong"))[0] == "sf:INVALID_LOGIN"
    assert log_in(sim, password="right" + "SecurityToken").status_code == 200
    sim.door.set_org(settings={"soap_login": False})
    code, message = fault(log_in(sim, password="right"))
    assert (code, message[:52]) == ("sf:INVALID_OPERATION", "SOAP API login() is disabled by default in this org.")


@pytest.mark.parametrize("version", ["65.0", "67.0"])
def test_login_ended_with_version_65(sim, version):
    assert fault(log_in(sim, version=version)) == (
        "sf:INVALID_OPERATION",
        f"The SOAP Login operation is not available in the API version specified ({version}).",
    )


def test_unknown_versions_and_operations_and_broken_envelopes_are_faults(ann, sim):
    assert fault(log_in(sim, version="99.0"))[0] == "sf:UNSUPPORTED_API_VERSION"
    session = ann.login["access_token"]
    assert "<faultcode>soapenv:Client</faultcode>" in soap(sim, "explode", session=session).text
    for body in ("<a", "", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "<a/>"):
        answer = requests.post(f"{sim.url}/services/Soap/u/62.0", body, timeout=10)
        assert (answer.status_code, "soapenv:Fault" in answer.text) == (500, True)


def test_undelete_answers_record_by_record(ann, sim):
    binned, live = ann.create(Subject="back"), ann.create(Subject="never away")
    ann.delete(binned)
    ids = "".join(f"<ids>{one}</ids>" for one in (binned, live, "x"))
    answer = soap(sim, "undelete", ids, ann.login["access_token"])
    assert found(answer, "success") == ["true", "false", "false"]
    assert found(answer, "statusCode") == ["UNDELETE_FAILED", "MALFORMED_ID"]
    assert not ann.read(binned)["IsDeleted"]


def test_undelete_of_someone_elses_record_is_not_possible(ann, callers, sim):
    record_id = ann.create(Subject="ann's")
    ann.delete(record_id)
    answer = soap(sim, "undelete", f"<ids>{record_id}</ids>", callers("bob").login["access_token"])
    assert found(answer, "success") == ["false"]


def test_an_emptied_bin_gives_nothing_back(ann, sim):
    record_id = ann.create(Subject="gone")
    session = ann.login["access_token"]
    assert found(soap(sim, "delete", f"<ids>{record_id}</ids>", session), "success") == ["true"]
    assert found(soap(sim, "emptyRecycleBin", f"<ids>{record_id}</ids>", session), "success") == ["true"]
    assert found(soap(sim, "undelete", f"<ids>{record_id}</ids>", session), "success") == ["false"]


def test_logout_ends_the_session(ann, sim):
    session = ann.login["access_token"]
    sim.door.freeze()
    (stamp,) = found(soap(sim, "getServerTimestamp", session=session), "timestamp")
    assert stamp == sim.door.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert found(soap(sim, "getUserInfo", session=session), "userName") == ["ann@acme.example"]
    assert soap(sim, "logout", session=session).status_code == 200
    assert fault(soap(sim, "getServerTimestamp", session=session))[0] == "sf:INVALID_SESSION_ID"
    assert ann.get("/limits").status_code == 401


def test_soap_calls_meet_faults_and_count_but_logins_cost_nothing(ann, sim):
    sim.door.reset_counters()
    log_in(sim)
    sim.door.add_fault("quota", kind="undelete")
    record_id = ann.create(Subject="a")
    assert fault(soap(sim, "undelete", f"<ids>{record_id}</ids>", ann.login["access_token"]))[0] == (
        "sf:REQUEST_LIMIT_EXCEEDED"
    )
    assert sim.door.counters()["by_kind"] == {"soap_login": 1, "create": 1, "undelete": 1}
    assert sim.door.counters()["calls"] == 2
