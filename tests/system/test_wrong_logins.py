"""A login that is none, or of another org or person, connects nobody and leaves nothing half-done."""

import pytest

from tests.fixtures.salesforce import answer, cut, raw_server
from tests.system.circumstances import unchanged
from tests.system.commands import CommandLine, Ended
from tests.system.conftest import Office
from worker.redis_server import free_port


def test_a_token_nobody_issued_connects_nobody(office):
    with unchanged(office.database):
        sentence = _connect(office, "no-such-token", office.sim.url).complaint()
    assert "token" in sentence
    assert "no-such-token" not in sentence


def test_an_expired_token_connects_nobody(office):
    tokens = office.tokens()
    office.sim.door.end_sessions(office.email())
    with unchanged(office.database):
        assert "token" in _connect(office, tokens["access_token"], tokens["instance_url"]).complaint()


def test_a_server_that_is_not_salesforce_gets_no_token(office):
    with raw_server(cut) as other, unchanged(office.database):
        sentence = _connect(
            office, "a-token", other.url, line=office.line.knowing(SALESFORCE_ALLOWED_HOSTS=_host(office.sim.url))
        ).complaint()
        assert other.requests == []
    assert "is not a Salesforce server" in sentence
    assert "SALESFORCE_ALLOWED_HOSTS" in sentence


@pytest.mark.parametrize("url", ["http://example.my.salesforce.com", "https://me@x.salesforce.com", "https://[", "sf"])
def test_an_address_that_cannot_be_an_orgs_is_refused(office, url):
    with unchanged(office.database):
        assert "Salesforce" in _connect(office, "a-token", url).complaint()


def test_a_login_server_that_is_not_salesforces_is_refused(office):
    line = office.line.knowing(SALESFORCE_LOGIN_URL="https://salesforce.example.com")
    sentence = line.run("status").complaint()
    assert sentence.startswith("SALESFORCE_LOGIN_URL: salesforce.example.com is not a Salesforce server")
    assert "SALESFORCE_ALLOWED_HOSTS" in sentence


def test_a_salesforce_out_of_reach_connects_nobody(office):
    with unchanged(office.database):
        assert "could not be reached" in _connect(office, "a-token", f"http://127.0.0.1:{free_port()}").complaint()


@pytest.mark.parametrize("behaviour", [cut, answer("503 Service Unavailable", "<html>later</html>")])
def test_a_salesforce_that_answers_nonsense_connects_nobody(office, behaviour):
    with raw_server(behaviour) as broken, unchanged(office.database):
        assert "try again" in _connect(office, "a-token", broken.url).complaint()


def test_a_login_of_another_org_is_refused_with_both_named(office, sim):
    office.connect("ben")
    strangers = _other_org(sim, office)
    with unchanged(office.database):
        user = _connect(office, strangers["access_token"], strangers["instance_url"]).complaint()
        whole_team = _connect(office, strangers["access_token"], strangers["instance_url"], team=True).complaint()
    for sentence in (user, whole_team):
        assert office.org_id in sentence
        assert "stranger@elsewhere.example" in sentence


def test_an_org_of_another_team_is_refused_with_the_team_named(office):
    office.connect("ben")
    tokens = office.tokens()
    office.directory.add_team(f"Rivals {office.number}")
    office.directory.add_user(f"eve{office.number}@acme.example", f"Rivals {office.number}")
    with unchanged(office.database):
        ended = _connect(
            office, tokens["access_token"], tokens["instance_url"], email=f"eve{office.number}@acme.example"
        )
    assert f"belongs to the team {office.team}" in ended.complaint()


def test_another_persons_login_is_refused_with_both_named(office):
    office.connect("ada")
    tokens = office.tokens("ben")
    with unchanged(office.database):
        sentence = _connect(office, tokens["access_token"], tokens["instance_url"]).complaint()
    assert office.email("ada") in sentence
    assert office.email("ben") in sentence


def test_a_signed_login_without_a_key_is_told(office):
    with unchanged(office.database):
        ended = office.line.run("teams", "connect", office.team, "--jwt-user", office.email("root"))
    assert "SALESFORCE_PRIVATE_KEY_FILE" in ended.complaint()


def test_a_signed_login_with_a_key_that_is_none_is_told(office, tmp_path):
    (tmp_path / "key.pem").write_text("not a key")
    line = office.line.knowing(SALESFORCE_PRIVATE_KEY_FILE=str(tmp_path / "key.pem"))
    with unchanged(office.database):
        ended = line.run("teams", "connect", office.team, "--jwt-user", office.email("root"))
    assert ended.complaint().startswith(
        "SALESFORCE_PRIVATE_KEY_FILE holds no RSA key in PEM form: name the private key"
    )


def _connect(
    office: Office,
    access_token: str,
    instance_url: str,
    *,
    line: CommandLine | None = None,
    email: str = "",
    team: bool = False,
) -> Ended:
    whom = ["teams", "connect", office.team] if team else ["connect", email or office.email()]
    return (line or office.line).run(*whom, "--access-token", access_token, "--instance-url", instance_url)


def _other_org(sim, office: Office) -> dict[str, str]:
    number = f"{office.number:06}"
    user = {"Id": f"005ZZ0000{number}", "Username": "stranger@elsewhere.example", "Name": "Stranger"}
    sim.door.load({"orgs": [{"id": f"00DZZ0000{number}", "name": "Elsewhere", "users": [user]}]})
    return sim.door.session("stranger@elsewhere.example")


def _host(url: str) -> str:
    return url.removeprefix("http://")
