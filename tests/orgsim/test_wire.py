"""What surrounds a call: encodings, content types, methods, and a certificate of the box's own."""

import gzip
import json
import subprocess
import sys

import pytest
import requests

from orgsim.__main__ import main
from tests.orgsim.acme import ANN, refusal


def raw(caller, method, path, body=b"", **headers):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return caller.http.request(method, caller.base + path, data=body, headers=sent, timeout=10)


def test_long_answers_come_gzipped_to_those_who_take_it(ann, sim):
    sim.door.put_tasks([{"Subject": "s" * 200, "OwnerId": ANN} for _ in range(20)])
    path = "/query?q=SELECT+Subject+FROM+Task"
    plain = raw(ann, "GET", path, Accept_Encoding="identity")
    packed = raw(ann, "GET", path, Accept_Encoding="br, gzip;q=0.5")
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 10
    assert packed.json() == plain.json()
    assert "Content-Encoding" not in raw(ann, "GET", path, Accept_Encoding="gzip;q=0").headers


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate"])
def test_bodies_may_come_packed(ann, sim, encoding):
    body = gzip.compress(json.dumps({"Subject": "packed"}).encode())
    answer = raw(ann, "POST", "/sobjects/Task", body, Content_Encoding=encoding, Content_Type="application/json")
    assert answer.status_code == 201, answer.text
    assert sim.door.tasks()[0]["Subject"] == "packed"


def test_broken_and_unknown_encodings_are_refused(ann):
    broken = raw(ann, "POST", "/sobjects/Task", b"not gzip", Content_Encoding="gzip", Content_Type="application/json")
    assert refusal(broken)[0] == 400
    unknown = raw(ann, "POST", "/sobjects/Task", b"{}", Content_Encoding="br", Content_Type="application/json")
    assert refusal(unknown)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("given", ["application/x-www-form-urlencoded", "application/xml", "multipart/form-data"])
def test_bodies_that_are_no_json_are_415(ann, given):
    assert refusal(raw(ann, "POST", "/sobjects/Task", b"Subject=a", Content_Type=given))[:2] == (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )


def test_json_is_taken_with_a_charset_and_without_a_type(ann):
    for headers in ({"Content_Type": "application/json; charset=UTF-8"}, {}):
        assert raw(ann, "POST", "/sobjects/Task", b'{"Subject": "a"}', **headers).status_code == 201


def test_answers_that_the_box_can_not_give_are_406(ann):
    assert refusal(raw(ann, "GET", "/limits", Accept="image/png"))[:2] == (406, "NOT_ACCEPTABLE")
    for accepted in ("application/json", "*/*", "text/html, application/json;q=0.9", "text/csv"):
        assert raw(ann, "GET", "/limits", Accept=accepted).status_code == 200


def test_a_method_that_a_resource_lacks_is_405(ann):
    assert refusal(raw(ann, "PUT", "/sobjects/Task", b"{}"))[:2] == (405, "METHOD_NOT_ALLOWED")
    assert refusal(raw(ann, "DELETE", "/composite/graph"))[0] == 405


def test_a_query_can_be_asked_for_its_columns(ann):
    soql = "SELECT Id, Task.Subject, Owner.Name, CallDurationInSeconds FROM Task"
    body = ann.get("/query", params={"q": soql, "columns": "true"}).json()
    assert (body["entityName"], body["idSelected"], body["groupBy"], body["keyPrefix"]) == ("Task", True, False, "00T")
    shown = {column["columnName"]: column for column in body["columnMetadata"]}
    assert shown["Id"]["apexType"] == "Id"
    assert shown["CallDurationInSeconds"]["numberType"]
    assert [column["aggregate"] for column in shown.values()] == [False] * 4
    grouped = ann.get("/query", params={"q": "SELECT OwnerId, COUNT(Id) n FROM Task GROUP BY OwnerId", "columns": True})
    assert [column["columnName"] for column in grouped.json()["columnMetadata"]] == ["OwnerId", "n"]
    assert refusal(ann.get("/query", params={"q": "SELECT Nope FROM Task", "columns": "true"}))[1] == "INVALID_FIELD"


def test_the_program_speaks_tls_and_names_its_authority_and_proxy(tmp_path):
    command = [sys.executable, "-m", "orgsim", "--port", "0", "--tls", str(tmp_path / "tls"), "--proxy", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            told = dict(line.strip().rsplit(" ", 1) for line in (running.stdout.readline() for _ in range(3)))
            url, authority = told["orgsim ready at"], told["orgsim's CA file is"]
            assert url.startswith("https://127.0.0.1:")
            assert requests.get(f"{url}/services/data", verify=authority, timeout=10).status_code == 200
            proxies = {"https": told["orgsim's proxy for salesforce.com is"]}
            for host, status in (("login.salesforce.com", 200), ("example.com", None)):
                try:
                    answer = requests.get(
                        f"https://{host}/services/data", verify=authority, proxies=proxies, timeout=10
                    ).status_code
                except requests.exceptions.ProxyError:
                    answer = None
                assert answer == status
            with pytest.raises(requests.exceptions.SSLError):
                requests.get(f"{url}/services/data", timeout=10)
        finally:
            running.terminate()
    assert (tmp_path / "tls" / "orgsim-server.key").stat().st_mode & 0o077 == 0


def test_a_proxy_without_tls_is_refused_in_one_sentence(capsys):
    assert main(["--port", "0", "--proxy", "0"]) == 1
    assert capsys.readouterr().err == (
        "orgsim can't start: --proxy needs --tls: clients that go through it insist on https.\n"
    )
