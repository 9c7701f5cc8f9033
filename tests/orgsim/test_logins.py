"""OAuth: the four grants, PKCE, rotation, collisions, revocation, sessions that end."""

import base64
import hashlib
import hmac
import re
import threading
import time
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.orgsim.acme import ANN, ORG, long, refusal

CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
APP = {"client_id": "orgsim-client", "client_secret": "orgsim-secret"}


def token(sim, headers=None, **form):
    return requests.post(f"{sim.url}/services/oauth2/token", data=form, headers=headers, timeout=10)


def authorize(sim, username="ann@acme.example", **more):
    form = {
        "response_type": "code",
        "client_id": "orgsim-client",
        "redirect_uri": CALLBACK,
        "state": "s/1 ",
        "scope": "api refresh_token",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "username": username,
        **more,
    }
    answer = requests.post(f"{sim.url}/services/oauth2/authorize", data=form, allow_redirects=False, timeout=10)
    query = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
    return answer, {name: values[0] for name, values in query.items()}


def log_in(sim, **more):
    _, found = authorize(sim, **more)
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return token(sim, code=found["code"], **form, **APP).json()


def refresh(sim, refresh_token, **more):
    return token(sim, grant_type="refresh_token", refresh_token=refresh_token, **{**APP, **more})


def description(answer):
    assert answer.status_code == 400
    return answer.json()["error"], answer.json()["error_description"]


def is_live(sim, access_token):
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(f"{sim.url}/services/data/v66.0/limits", headers=headers, timeout=10).status_code == 200


def test_the_login_page_lists_the_active_people(sim):
    query = {"response_type": "code", "client_id": "orgsim-client", "redirect_uri": CALLBACK, "state": '"><b>'}
    page = requests.get(f"{sim.url}/services/oauth2/authorize", params=query, timeout=10)
    assert page.status_code == 200
    assert "ann@acme.example" in page.text
    assert "gone@acme.example" not in page.text
    assert "<b>" not in page.text


def test_the_web_server_flow_with_pkce_gives_a_working_login(sim):
    answer, found = authorize(sim)
    assert (answer.status_code, found["state"]) == (302, "s/1 ")
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code": found["code"], **APP}
    body = token(sim, code_verifier=VERIFIER, **form).json()
    assert body["token_type"] == "Bearer"
    assert body["instance_url"] == sim.url
    assert body["id"] == f"{sim.url}/id/{ORG}/{long(ANN)}"
    assert "expires_in" not in body
    signed = hmac.new(b"orgsim-secret", (body["id"] + body["issued_at"]).encode(), hashlib.sha256)
    assert body["signature"] == base64.b64encode(signed.digest()).decode()
    assert is_live(sim, body["access_token"])
    again = token(sim, code_verifier=VERIFIER, **form)
    assert description(again) == ("invalid_grant", "invalid authorization code")


def test_a_wrong_or_missing_verifier_is_refused(sim):
    for verifier in ({"code_verifier": "w" * 64}, {}):
        _, found = authorize(sim)
        answer = token(
            sim, grant_type="authorization_code", redirect_uri=CALLBACK, code=found["code"], **verifier, **APP
        )
        assert description(answer) == ("invalid_grant", "invalid code verifier")


def test_authorize_refuses_strangers_and_tells_clients_by_redirect(sim):
    assert authorize(sim, client_id="nobody")[0].status_code == 400
    sim.door.register_app("orgsim-client", redirect_uris=["https://app.example/cb"])
    answer, _ = authorize(sim)
    assert description(answer)[0] == "redirect_uri_mismatch"
    sim.door.register_app("orgsim-client", redirect_uris=["*"], require_pkce=True)
    assert authorize(sim, code_challenge="")[1]["error"] == "invalid_request"
    assert authorize(sim, code_challenge_method="plain")[1]["error"] == "invalid_request"
    assert authorize(sim, response_type="token")[1]["error"] == "unsupported_response_type"
    assert authorize(sim, deny="1")[1] == {
        "error": "access_denied",
        "error_description": "end-user denied authorization",
        "state": "s/1 ",
    }


def test_a_code_dies_after_fifteen_minutes(sim):
    _, found = authorize(sim)
    sim.door.advance(16 * 60)
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    assert description(token(sim, code=found["code"], **form, **APP)) == ("invalid_grant", "expired authorization code")


def test_clients_and_grants_are_checked(sim):
    login = log_in(sim)
    wrong = refresh(sim, login["refresh_token"], client_secret="no")
    assert description(wrong) == ("invalid_client", "invalid client credentials")
    assert description(refresh(sim, login["refresh_token"], client_id="no"))[0] == "invalid_client_id"
    assert description(token(sim, grant_type="magic", **APP))[0] == "unsupported_grant_type"
    assert description(refresh(sim, "nope")) == ("invalid_grant", "expired access/refresh token")


def test_a_refresh_without_rotation_keeps_token_and_sessions(sim):
    login = log_in(sim)
    body = refresh(sim, login["refresh_token"]).json()
    assert "refresh_token" not in body
    assert body["access_token"] != login["access_token"]
    assert is_live(sim, login["access_token"])
    assert is_live(sim, body["access_token"])
    sim.door.set_org(beliefs={"refresh_ends_sessions": "always"})
    last = refresh(sim, login["refresh_token"]).json()
    assert not is_live(sim, body["access_token"])
    assert is_live(sim, last["access_token"])


def test_rotation_ends_the_old_pair_and_re_use_revokes_everything(sim):
    sim.door.register_app("orgsim-client", rotate=True)
    login = log_in(sim)
    second = refresh(sim, login["refresh_token"]).json()
    assert second["refresh_token"] != login["refresh_token"]
    assert not is_live(sim, login["access_token"])
    assert is_live(sim, second["access_token"])
    assert description(refresh(sim, login["refresh_token"]))[1] == "expired access/refresh token"
    assert not is_live(sim, second["access_token"])
    assert description(refresh(sim, second["refresh_token"]))[1] == "expired access/refresh token"


def collide(sim, refresh_token, count=4):
    answers = []
    start = threading.Barrier(count)

    def one():
        start.wait()
        answers.append(refresh(sim, refresh_token))

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_simultaneous_refreshes_collide_and_revoke_nothing(sim):
    sim.door.register_app("orgsim-client", rotate=True)
    sim.door.set_org(settings={"token_seconds": 0.5})
    login = log_in(sim)
    answers = collide(sim, login["refresh_token"])
    good = [answer.json() for answer in answers if answer.ok]
    assert len(good) == 1
    refused = {description(answer)[1] for answer in answers if not answer.ok}
    assert refused == {"token request is already being processed"}
    assert is_live(sim, good[0]["access_token"])


def test_the_sixth_approval_revokes_the_oldest(sim):
    logins = [log_in(sim) for _ in range(6)]
    assert description(refresh(sim, logins[0]["refresh_token"]))[0] == "invalid_grant"
    assert refresh(sim, logins[1]["refresh_token"]).ok
    minted = [sim.door.session("ann@acme.example") for _ in range(9)]
    assert all(refresh(sim, one["refresh_token"]).ok for one in minted)


@pytest.fixture(scope="module")
def key():
    return rsa.generate_private_key(public_exponent=65_537, key_size=2048)


def public_pem(key):
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


def assertion(key, **claims):
    base = {
        "iss": "jwt-app",
        "sub": "ann@acme.example",
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 170,
    }
    return jwt.encode({**base, **claims}, key, algorithm="RS256")


def bearer(sim, text):
    return token(sim, grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=text)


def test_a_signed_assertion_logs_in_without_a_refresh_token(sim, key):
    sim.door.register_app("jwt-app", public_key=public_pem(key))
    body = bearer(sim, assertion(key)).json()
    assert "refresh_token" not in body
    assert is_live(sim, body["access_token"])
    assert bearer(sim, assertion(key, aud=sim.url)).ok


def test_wrong_assertions_are_told_apart(sim, key):
    sim.door.register_app("jwt-app", public_key=public_pem(key))
    other = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    assert description(bearer(sim, "x.y.z")) == ("invalid_grant", "invalid assertion")
    assert description(bearer(sim, assertion(other))) == ("invalid_grant", "invalid assertion")
    assert description(bearer(sim, assertion(key, aud="https://x")))[1] == "Audience validation failed"
    assert description(bearer(sim, assertion(key, exp=1)))[1] == "expired authorization code"
    assert description(bearer(sim, assertion(key, exp=int(time.time()) + 3600)))[1] == "expired authorization code"
    assert description(bearer(sim, assertion(key, sub="gone@acme.example")))[1] == "inactive user"
    assert description(bearer(sim, assertion(key, sub="x@y.z")))[1] == "authentication failure"
    assert description(bearer(sim, assertion(key, iss="x")))[0] == "invalid_client_id"
    sim.door.register_app("jwt-app", preauthorized=False)
    assert description(bearer(sim, assertion(key)))[1] == "user hasn't approved this consumer"


def test_client_credentials_run_as_their_user(sim):
    sim.door.register_app("machine", client_secret="s", run_as="admin@acme.example")
    basic = base64.b64encode(b"machine:s").decode()
    body = token(sim, {"Authorization": f"Basic {basic}"}, grant_type="client_credentials").json()
    info = requests.get(
        f"{sim.url}/services/oauth2/userinfo", headers={"Authorization": f"Bearer {body['access_token']}"}, timeout=10
    )
    assert info.json()["preferred_username"] == "admin@acme.example"
    assert description(token(sim, grant_type="client_credentials", **APP))[1] == "no client credentials user enabled"


def test_login_calls_are_counted_apart(sim):
    sim.door.reset_counters()
    log_in(sim)
    counters = sim.door.counters()
    assert (counters["calls"], counters["by_kind"], counters["by_user"]) == (0, {"authorize": 1, "token": 1}, {})


def test_revoking_a_token_ends_what_came_from_it(sim):
    login = log_in(sim)
    url = f"{sim.url}/services/oauth2/revoke"
    assert requests.post(url, data={"token": login["refresh_token"]}, timeout=10).status_code == 200
    assert not is_live(sim, login["access_token"])
    assert description(refresh(sim, login["refresh_token"]))[1] == "expired access/refresh token"
    other = log_in(sim)
    requests.post(url, data={"token": other["access_token"]}, timeout=10)
    assert not is_live(sim, other["access_token"])
    assert refresh(sim, other["refresh_token"]).ok
    assert description(requests.post(url, data={"token": "x"}, timeout=10))[0] == "unsupported_token_type"


def test_introspection_knows_live_tokens(sim):
    login = log_in(sim)
    url = f"{sim.url}/services/oauth2/introspect"
    body = requests.post(url, data={"token": login["access_token"], **APP}, timeout=10).json()
    assert (body["active"], body["username"], body["client_id"]) == (True, "ann@acme.example", "orgsim-client")
    assert body["exp"] > time.time()
    assert requests.post(url, data={"token": "x", **APP}, timeout=10).json() == {"active": False}
    sim.door.advance(7201)
    assert requests.post(url, data={"token": login["access_token"], **APP}, timeout=10).json() == {"active": False}


def test_the_identity_url_tells_who_and_answers_bad_tokens_in_its_own_way(sim):
    login = log_in(sim)
    headers = {"Authorization": f"Bearer {login['access_token']}"}
    body = requests.get(login["id"], headers=headers, timeout=10).json()
    assert (body["user_id"], body["organization_id"], body["timezone"]) == (long(ANN), ORG, "Europe/Berlin")
    bad = requests.get(login["id"], headers={"Authorization": "Bearer x"}, timeout=10)
    assert (bad.status_code, bad.text) == (403, "Bad_OAuth_Token")


def test_sessions_end_after_idle_time_and_use_keeps_them(ann, sim):
    sim.door.advance(7000)
    assert ann.get("/limits").status_code == 200
    sim.door.advance(7000)
    assert ann.get("/limits").status_code == 200
    sim.door.advance(7201)
    assert refusal(ann.get("/limits")) == (401, "INVALID_SESSION_ID", "Session expired or invalid")


def test_an_admin_can_end_sessions_deactivate_users_and_close_the_org(ann, sim):
    sim.door.end_sessions("ann@acme.example")
    assert refusal(ann.get("/limits"))[0] == 401
    assert refresh(sim, ann.login["refresh_token"]).ok
    sim.door.set_user("ann@acme.example", IsActive=False)
    assert description(refresh(sim, ann.login["refresh_token"])) == ("invalid_grant", "inactive user")
    sim.door.set_user("ann@acme.example", IsActive=True)
    sim.door.set_org(settings={"is_active": False})
    assert description(refresh(sim, ann.login["refresh_token"])) == ("invalid_grant", "inactive organization")
    sim.door.set_org(settings={"is_active": True})
    sim.door.end_sessions("ann@acme.example", refresh_tokens=True)
    assert description(refresh(sim, ann.login["refresh_token"]))[1] == "expired access/refresh token"


def test_headers_of_every_kind_and_none(ann, sim):
    url, access = f"{sim.url}/services/data/v66.0/limits", ann.login["access_token"]
    for headers in (
        {"Authorization": f"OAuth {access}"},
        {"X-SFDC-Session": access},
        {"Authorization": f"bearer {access}"},
    ):
        assert requests.get(url, headers=headers, timeout=10).status_code == 200
    for headers in ({"Authorization": "Bearer"}, {"Authorization": f"Magic {access}"}):
        assert refusal(requests.get(url, headers=headers, timeout=10)) == (
            401,
            "INVALID_AUTH_HEADER",
            "INVALID_HEADER_TYPE",
        )
    assert refusal(requests.get(url, timeout=10))[1] == "INVALID_SESSION_ID"
    assert re.fullmatch(r"00D[A-Za-z0-9]{12}![A-Za-z0-9_-]+", access)
