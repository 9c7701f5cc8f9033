"""Salesforce logins at the command line: of a person and of a team, from tokens and by a signed login."""

from tests.fixtures.salesforce import _key_pair


def test_connect_without_tokens_prints_where_people_do_it_themselves(office):
    line = office.line.knowing(PUBLIC_URL="https://sync.example.com")
    address = "https://sync.example.com/connect/salesforce"
    assert address in line.run("connect", office.email()).told()
    assert line.run("connect", office.email(), "--json").json() == {"url": address}


def test_connect_stores_the_login_of_given_tokens(office):
    connected = office.line.run("connect", office.email(), *office.token_options(), "--json").json()
    assert connected == {"username": office.email(), "org_id": office.org_id}
    login = office.logins().of_user(office.user().id)
    assert (login.username, login.org_id, login.grant.value) == (office.email(), office.org_id, "refresh")
    assert office.email() in office.line.run("connect", office.email(), *office.token_options()).told()


def test_connect_without_a_refresh_token_stores_a_login_that_ends(office):
    office.line.run("connect", office.email(), *office.token_options()[:4]).told()
    assert office.logins().of_user(office.user().id).grant.value == "none"


def test_a_teams_integration_login_is_stored_from_tokens(office):
    connected = office.line.run("teams", "connect", office.team, *office.token_options("root"), "--json").json()
    assert connected == {"team": office.team, "username": office.email("root"), "org_id": office.org_id}
    assert office.logins().of_team(office.directory.team(office.team).id).username == office.email("root")


def test_a_teams_integration_login_is_stored_from_a_signed_login(office, tmp_path):
    public, private = _key_pair()
    office.sim.door.register_app("signing", public_key=public)
    key = tmp_path / "key.pem"
    key.write_text(private)
    line = office.line.knowing(SALESFORCE_CLIENT_ID="signing", SALESFORCE_PRIVATE_KEY_FILE=str(key))
    said = line.run("teams", "connect", office.team, "--jwt-user", office.email("root")).told()
    assert office.email("root") in said
    login = office.logins().of_team(office.directory.team(office.team).id)
    assert (login.username, login.grant.value) == (office.email("root"), "jwt")
