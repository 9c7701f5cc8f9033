"""OAuth against an org in a box: sign-in, signed logins, refreshing, identity, revoking."""

import json
import time
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from remindersync.errors import ConfigurationError, Destiny, SalesforceRefused
from remindersync.salesforce.auth import App, Granted, OAuth, new_verifier
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from tests.fixtures.salesforce import ADA, ORG, USERNAMES, Behaviour, Box, answer, cut, raw_server, stop_halfway


def sign_in(address: str) -> dict[str, str]:
    """Be Ada at Salesforce's sign-in page; what she brings back."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    page = address.partition("?")[0]
    back = requests.post(page, data=asked | {"username": USERNAMES[ADA]}, allow_redirects=False, timeout=5)
    return {name: values[0] for name, values in parse_qs(urlsplit(back.headers["Location"]).query).items()}


@pytest.fixture
def signing(box: Box) -> Box:
    """A box that knows an app by its key."""
    box.sign_logins()
    return box


def refused(box: Box, refresh_token: str = "none") -> SalesforceRefused:
    with pytest.raises(SalesforceRefused) as caught:
        box.oauth.refresh(refresh_token)
    return caught.value


# ── Signing in ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sign_in_ends_in_tokens_and_an_identity(box: Box) -> None:
    box.sim.door.register_app("pkce", client_secret="secret", require_pkce=True)
    box.app = App("pkce", "secret", "https://app.example/back")
    verifier = new_verifier()
    back = sign_in(box.oauth.authorize_url("the-state", verifier))
    assert back["state"] == "the-state"
    granted = box.oauth.exchange_code(back["code"], verifier)
    assert (granted.org_id, granted.salesforce_id, granted.instance_url) == (ORG, ADA, box.sim.url)
    identity = box.oauth.identity(granted)
    assert (identity.org_id, identity.salesforce_id) == (ORG, ADA)
    assert (identity.username, identity.email, identity.name) == (USERNAMES[ADA], "ada@acme.example", "Ada Acme")
    assert box.oauth.refresh(str(granted.refresh_token)).access_token != granted.access_token


def test_a_stolen_code_is_worth_nothing_without_its_verifier(box: Box) -> None:
    back = sign_in(box.oauth.authorize_url("the-state", new_verifier()))
    with pytest.raises(SalesforceRefused) as caught:
        box.oauth.exchange_code(back["code"], new_verifier())
    assert caught.value.fault.destiny is Destiny.RECONNECT


def test_the_address_to_sign_in_at_holds_the_challenge_and_not_the_verifier(box: Box) -> None:
    # The verifier and challenge of RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    address = box.oauth.authorize_url("a b", verifier)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge"] == ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"]
    assert asked["state"] == ["a b"]
    assert verifier not in address
    assert "orgsim-secret" not in address


def test_two_verifiers_are_never_the_same() -> None:
    assert 43 <= len(new_verifier()) <= 128
    assert new_verifier() != new_verifier()


# ── Signed logins ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_signed_login_gives_a_token_for_its_user(signing: Box) -> None:
    granted = signing.oauth.jwt_bearer(USERNAMES[ADA])
    assert (granted.salesforce_id, granted.refresh_token) == (ADA, None)


def test_a_signed_login_of_an_app_nobody_approved_needs_an_admin(signing: Box) -> None:
    signing.sim.door.register_app("signing", preauthorized=False)
    with pytest.raises(SalesforceRefused) as caught:
        signing.oauth.jwt_bearer(USERNAMES[ADA])
    assert (caught.value.fault.code, caught.value.fault.destiny) == ("INVALID_GRANT", Destiny.RECONNECT)
    assert "approve" in caught.value.fault.remedy


@pytest.mark.parametrize("private_key", [None, "", "no key"])
def test_a_signed_login_without_a_key_names_the_setting(box: Box, private_key: str | None) -> None:
    box.app = App("signing", private_key=private_key)
    with pytest.raises(ConfigurationError, match="SALESFORCE_PRIVATE_KEY_FILE"):
        box.oauth.jwt_bearer(USERNAMES[ADA])


@pytest.mark.parametrize(
    ("login_url", "audience"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://test.salesforce.com", "https://test.salesforce.com"),
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_an_assertion_is_for_the_general_login_server_and_for_three_minutes(
    signing: Box, login_url: str, audience: str
) -> None:
    oauth = OAuth(login_url, signing.app, signing.http, Hosts())
    claims = jwt.decode(oauth._assertion(USERNAMES[ADA]), options={"verify_signature": False})
    assert (claims["aud"], claims["iss"], claims["sub"]) == (audience, "signing", USERNAMES[ADA])
    assert claims["exp"] - int(time.time()) <= 180


# ── Refreshing ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rotating_app_gets_its_next_refresh_token(box: Box) -> None:
    box.sim.door.register_app(box.app.client_id, client_secret=box.app.client_secret, rotate=True)
    first = str(box.login().refresh_token)
    second = box.oauth.refresh(first).refresh_token
    assert second not in (None, first)
    assert refused(box, first).fault.code == "EXPIRED_ACCESS"


def test_an_app_that_does_not_rotate_gets_none(box: Box) -> None:
    assert box.oauth.refresh(str(box.login().refresh_token)).refresh_token is None


@pytest.mark.parametrize(
    ("changes", "code", "destiny"),
    [
        ({"client_secret": "wrong"}, "INVALID_CLIENT", Destiny.RETRY),
        ({"client_id": "unknown"}, "INVALID_CLIENT", Destiny.RETRY),
    ],
)
def test_a_wrong_app_is_the_operators_to_mend(box: Box, changes: dict[str, str], code: str, destiny: Destiny) -> None:
    token = str(box.login().refresh_token)
    box.app = replace(box.app, **changes)
    error = refused(box, token)
    assert (error.fault.code, error.fault.destiny) == (code, destiny)


def test_a_user_who_left_is_told_from_a_revoked_token(box: Box) -> None:
    token = str(box.login().refresh_token)
    box.sim.door.set_user(USERNAMES[ADA], IsActive=False)
    assert refused(box, token).fault.code == "INACTIVE_USER"
    assert refused(box, "never given").fault.code == "EXPIRED_ACCESS"


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        (cut, "FAILED_WRITE"),
        (stop_halfway, "FAILED_WRITE"),
        (answer("503 Busy", "<html>"), "NOT_AN_ANSWER"),
        (answer("200 OK", "<html>"), "NOT_AN_ANSWER"),
        (answer("200 OK", "{}"), "NOT_AN_ANSWER"),
        (answer("200 OK", '{"id": 7}'), "NOT_AN_ANSWER"),
        (answer("200 OK", '{"id": "https://x/id/00D/005", "access_token": "t"}'), "NOT_AN_ANSWER"),
        (answer("302 Found", Location="https://evil.example"), "NOT_AN_ANSWER"),
        (answer("429 Slow down"), "HTTP_429"),
    ],
)
def test_trouble_on_the_way_is_tried_again_and_costs_nobody_their_login(
    box: Box, behaviour: Behaviour, code: str
) -> None:
    with raw_server(behaviour) as server:
        oauth = OAuth(server.url, box.app, box.http, Hosts(["127.0.0.1"]))
        with pytest.raises(SalesforceRefused) as caught:
            oauth.refresh("token")
    assert (caught.value.fault.code, caught.value.fault.destiny) == (code, Destiny.RETRY)


def test_a_login_server_that_is_down_is_tried_again(box: Box) -> None:
    with raw_server(cut) as server:
        oauth = OAuth(server.url, box.app, box.http, Hosts(["127.0.0.1"]))
    with pytest.raises(SalesforceRefused) as caught:
        oauth.refresh("token")
    assert caught.value.fault.code == "UNREACHABLE"


def test_a_silent_login_server_is_waited_for_no_longer_than_the_time_out(box: Box) -> None:
    def say_nothing(peer, request) -> None:
        peer.recv(1)

    with raw_server(say_nothing) as server:
        oauth = OAuth(server.url, box.app, Http(read_seconds=0.05), Hosts(["127.0.0.1"]))
        with pytest.raises(SalesforceRefused) as caught:
            oauth.refresh("token")
    assert caught.value.fault.code == "FAILED_WRITE"


# ── Strange servers ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_login_server_that_is_not_salesforces_is_refused(box: Box) -> None:
    with pytest.raises(ConfigurationError):
        OAuth("https://evil.example", box.app, box.http, Hosts())


def test_an_instance_that_is_not_salesforces_gets_no_token(box: Box) -> None:
    body = {"id": f"https://x/id/{ORG}/{ADA}", "access_token": "t", "instance_url": "https://evil.example"}
    with raw_server(answer("200 OK", json.dumps(body))) as server:
        oauth = OAuth(server.url, box.app, box.http, Hosts(["127.0.0.1"]))
        with pytest.raises(ConfigurationError, match="evil"):
            oauth.refresh("token")


def test_an_identity_that_is_not_the_tokens_is_refused(box: Box) -> None:
    login = box.login()
    granted = Granted(login.access_token, box.sim.url, ORG, "005SM0000000009")
    with pytest.raises(SalesforceRefused):
        box.oauth.identity(granted)


def test_an_identity_with_parts_missing_is_none(box: Box) -> None:
    with raw_server(answer("200 OK", "{}")) as server:
        granted = Granted("token", server.url, ORG, ADA)
        oauth = OAuth(server.url, box.app, box.http, Hosts(["127.0.0.1"]))
        with pytest.raises(SalesforceRefused) as caught:
            oauth.identity(granted)
    assert caught.value.fault.code == "NOT_AN_ANSWER"


def test_a_token_that_could_not_be_revoked_is_an_error(box: Box) -> None:
    with raw_server(answer("503 Busy", "<html>")) as server:
        oauth = OAuth(server.url, box.app, box.http, Hosts(["127.0.0.1"]))
        with pytest.raises(SalesforceRefused):
            oauth.revoke("token")


# ── Revoking and secrets ────────────────────────────────────────────────────────────────────────────────────


def test_a_revoked_token_is_dead_and_revoking_it_again_is_no_error(box: Box) -> None:
    token = str(box.login().refresh_token)
    box.oauth.revoke(token)
    box.oauth.revoke(token)
    assert refused(box, token).fault.code == "EXPIRED_ACCESS"


def test_no_secret_shows(box: Box) -> None:
    login = box.login()
    granted = box.oauth.refresh(str(login.refresh_token))
    shown = repr(granted) + repr(box.app) + repr(App("a", "the-secret", private_key="the-key")) + repr(login)
    for secret in (granted.access_token, login.refresh_token, box.app.client_secret, "the-secret", "the-key"):
        assert str(secret) not in shown
