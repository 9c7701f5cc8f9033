"""The one door: what it sends, what it makes of every kind of answer, and what it counts."""

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from remindersync.errors import (
    AllowanceSpent,
    Category,
    ConfigurationError,
    Destiny,
    LoginLost,
    SalesforceRefused,
    SalesforceUnclear,
    SyncError,
    Unsafe,
)
from remindersync.ports import Grant, Login
from remindersync.salesforce.client import Call, Client, Door
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from tests.fixtures.salesforce import (
    ADA,
    ORG,
    USERNAMES,
    Behaviour,
    Box,
    FakeLimiter,
    RawServer,
    answer,
    cut,
    raw_server,
    read_request,
    stop_halfway,
)

READ = Call("GET", "queryAll", params={"q": "SELECT Id FROM Task WHERE Subject = 'secret subject'"})
WRITE = Call("POST", "composite/sobjects", body={"allOrNone": False, "records": []})
EXPIRED = '[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
HTML = "<html><h1>Service Unavailable</h1></html>"
TOKEN = "00DSM0000000001!the-token"


class FakeTokens:
    """Hands out numbered tokens."""

    def __init__(self, instance_url: str | None = None) -> None:
        self.renewals = 0
        self.lost: list[str] = []
        self._instance_url = instance_url

    def renew(self, login: Login) -> Login:
        self.renewals += 1
        url = self._instance_url or login.instance_url
        return replace(login, access_token=f"{TOKEN}-{self.renewals}", instance_url=url)

    def lose(self, login: Login, reason: str) -> None:
        self.lost.append(reason)


class Wire:
    """A client in front of a server that behaves as told."""

    def __init__(self, server: RawServer, http: Http, tokens: FakeTokens | None = None) -> None:
        self.server, self.limiter, self.tokens = server, FakeLimiter(), tokens or FakeTokens()
        door = Door(http, self.limiter, Hosts(["127.0.0.1"]))
        self.client = Client(_login(server.url), self.tokens, door, background=True)

    def fails(self, call: Call) -> SyncError:
        with pytest.raises(SyncError) as caught:
            self.client.ask(call)
        return caught.value


def _login(url: str) -> Login:
    return Login("1", "team", "ada", ORG, ADA, USERNAMES[ADA], url, TOKEN, None, Grant.REFRESH)


@pytest.fixture
def http() -> Iterator[Http]:
    http = Http(read_seconds=5)
    yield http
    http.close()


@pytest.fixture
def own_certificate(tmp_path: Path) -> Path:
    """A certificate for loopback that it signed itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    draft = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = draft.not_valid_before(now).not_valid_after(now + timedelta(days=1)).sign(key, hashes.SHA256())
    pem, nobody = serialization.Encoding.PEM, serialization.NoEncryption()
    found = tmp_path / "own.pem"
    found.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, nobody) + made.public_bytes(pem))
    return found


def head(request: str) -> dict[str, str]:
    lines = request.partition("\r\n\r\n")[0].split("\r\n")[1:]
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}


# ── What is sent ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_request_names_the_app_and_leaves_the_recently_viewed_list_alone(http: Http) -> None:
    with raw_server(answer("200 OK", "{}")) as server:
        Wire(server, http).client.ask(READ)
        sent = head(server.requests[0])
        assert server.requests[0].startswith("GET /services/data/v66.0/queryAll?q=SELECT+Id+FROM")
    assert sent["authorization"] == f"Bearer {TOKEN}"
    assert sent["sforce-call-options"] == "client=remindersync"
    assert sent["sforce-mru"] == "updateMru=false"
    assert sent["accept"] == "application/json"
    assert "x-prettyprint" not in sent


def test_the_token_is_sent_even_where_a_netrc_file_knows_the_host(
    http: Http, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with raw_server(answer("200 OK", "{}")) as server:
        Wire(server, http).client.ask(READ)
        assert head(server.requests[0])["authorization"] == f"Bearer {TOKEN}"


def test_cookies_are_not_sent_back(http: Http) -> None:
    with raw_server(answer("200 OK", "{}", Set_Cookie="BrowserId=1; path=/")) as server:
        wire = Wire(server, http)
        wire.client.ask(READ)
        wire.client.ask(READ)
        assert "cookie" not in head(server.requests[1])


def test_every_call_asks_the_limiter_and_reports_the_usage(box: Box) -> None:
    client = box.client(background=True)
    client.ask(READ)
    client.ask(WRITE)
    assert box.limiter.admitted == [(ORG, True), (ORG, True)]
    assert [allowed for _, allowed in box.limiter.usage] == [100_000, 100_000]
    assert client.calls == 2


def test_the_usage_is_read_from_an_error_and_beside_the_apps_own(http: Http) -> None:
    info = "api-usage=100001/100000; per-app-api-usage=17/250(appName=sample)"
    with raw_server(answer("403 Forbidden", "[]", Sforce_Limit_Info=info)) as server:
        wire = Wire(server, http)
        wire.fails(READ)
        assert wire.limiter.usage == [(100_001, 100_000)]


def test_without_the_limiter_nothing_is_sent(box: Box) -> None:
    client = box.client()
    box.sim.door.reset_counters()
    box.limiter.gone = True
    with pytest.raises(Unsafe):
        client.ask(WRITE)
    assert (client.calls, box.calls()) == (0, 0)


def test_a_limiter_that_goes_away_during_a_call_does_not_cost_its_answer(box: Box) -> None:
    client = box.client()
    admit = box.limiter.admit

    def admit_and_go(org_id: str, *, background: bool) -> None:
        admit(org_id, background=background)
        box.limiter.gone = True

    box.limiter.admit = admit_and_go  # type: ignore[method-assign]  # the service dies in between
    assert client.ask(WRITE).body == []


def test_a_login_of_a_strange_server_gets_no_request(http: Http) -> None:
    door = Door(http, FakeLimiter(), Hosts())
    with pytest.raises(ConfigurationError, match="evil"):
        Client(_login("https://evil.example"), FakeTokens(), door, background=False)


# ── Times ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_read_is_dated_before_it_was_sent_and_a_write_by_its_answer() -> None:
    ticks = iter([100.0, 103.25])
    slow = Http(monotonic=lambda: next(ticks))
    with raw_server(answer("200 OK", "{}", Date="Sun, 22 Nov 2026 10:00:05 GMT")) as server:
        found = Wire(server, slow).client.ask(READ)
    assert found.at == datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)
    assert found.read_at == datetime(2026, 11, 22, 10, 0, 1, tzinfo=UTC)


def test_a_read_is_never_dated_later_than_what_it_may_have_missed(box: Box) -> None:
    client = box.client()
    for _ in range(20):
        before = box.sim.door.now()
        assert client.ask(READ).read_at <= before + timedelta(seconds=1)
        assert client.ask(READ).read_at.microsecond == 0


def test_a_date_without_a_zone_is_greenwichs(http: Http) -> None:
    with raw_server(answer("200 OK", "[]", Date="Sun, 22 Nov 2026 10:00:05 -0000")) as server:
        assert Wire(server, http).client.ask(WRITE).at == datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026 10:00:05 GMT"])
def test_an_answer_without_a_date_is_nobodys(date: str, http: Http) -> None:
    with raw_server(answer("200 OK", "[]", Date=date)) as server:
        wire = Wire(server, http)
        assert isinstance(wire.fails(WRITE), SalesforceUnclear)
        assert isinstance(wire.fails(READ), SalesforceRefused)


# ── Connections ─────────────────────────────────────────────────────────────────────────────────────────────


def test_nobody_listening_means_nothing_was_done(http: Http) -> None:
    with raw_server(cut) as server:
        wire = Wire(server, http)
    for call in (READ, WRITE):
        error = wire.fails(call)
        assert isinstance(error, SalesforceRefused)
        assert (error.fault.code, error.fault.destiny) == ("UNREACHABLE", Destiny.RETRY)


def test_beyond_as_many_as_may_wait_nothing_is_sent_and_the_error_says_so(http: Http) -> None:
    http.serve_people(at_once=1, read_seconds=5)
    room = http._room
    assert room is not None
    with raw_server(cut) as server, room.taken():
        error = Wire(server, http).fails(WRITE)
        assert server.requests == []
    assert isinstance(error, SalesforceRefused)
    assert (error.fault.code, error.fault.destiny) == ("CROWDED_HERE", Destiny.RETRY)
    with room.taken():
        """The place that was held is free again."""


def test_an_unknown_name_means_nothing_was_done(http: Http) -> None:
    door = Door(http, FakeLimiter(), Hosts(["nowhere.invalid"]))
    client = Client(_login("https://nowhere.invalid"), FakeTokens(), door, background=False)
    with pytest.raises(SalesforceRefused) as caught:
        client.ask(WRITE)
    assert caught.value.fault.code == "UNREACHABLE"


def test_a_certificate_nobody_vouches_for_means_nothing_was_done(http: Http, own_certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate)

    def greet(peer: socket.socket, request: bytes) -> None:
        with pytest.raises(ssl.SSLError), context.wrap_socket(peer, server_side=True):
            """The client breaks off in here."""

    with raw_server(greet, reads=False) as server:
        door = Door(http, FakeLimiter(), Hosts(["127.0.0.1"]))
        client = Client(_login(server.url.replace("http:", "https:")), FakeTokens(), door, background=False)
        with pytest.raises(SalesforceRefused) as caught:
            client.ask(WRITE)
    assert caught.value.fault.code == "UNREACHABLE"


@pytest.mark.parametrize("behaviour", [cut, stop_halfway])
def test_a_cut_connection_leaves_a_write_open_and_lets_a_read_be_repeated(behaviour: Behaviour, http: Http) -> None:
    with raw_server(behaviour) as server:
        wire = Wire(server, http)
        assert isinstance(wire.fails(WRITE), SalesforceUnclear)
        error = wire.fails(READ)
        assert isinstance(error, SalesforceRefused)
        assert (error.fault.code, error.fault.destiny) == ("FAILED_WRITE", Destiny.RETRY)
        assert len(server.requests) == 2


def test_a_silent_server_is_waited_for_no_longer_than_the_time_out() -> None:
    gone = threading.Event()

    def say_nothing(peer: socket.socket, request: bytes) -> None:
        gone.wait()

    with raw_server(say_nothing) as server:
        wire = Wire(server, Http(read_seconds=0.05))
        assert isinstance(wire.fails(WRITE), SalesforceUnclear)
        gone.set()
        assert len(server.requests) == 1


def keep_answering(peer: socket.socket, request: bytes) -> None:
    while request:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: Sun, 22 Nov 2026 10:00:05 GMT\r\n\r\n[]")
        request = read_request(peer)


@pytest.mark.parametrize(("idle_seconds", "connections"), [(3600, 1), (0, 3)])
def test_a_connection_is_used_again_unless_it_rested_too_long(idle_seconds: float, connections: int) -> None:
    http = Http(idle_seconds=idle_seconds)
    with raw_server(keep_answering) as server:
        wire = Wire(server, http)
        for call in (READ, WRITE, READ):
            wire.client.ask(call)
        http.close()
        assert len(server.requests) == connections


# ── Answers ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "broken",
    [
        answer("200 OK", HTML),
        answer("200 OK", ""),
        answer("404 Not Found", HTML),
        answer("500 Internal Server Error", HTML),
        answer("500 Internal Server Error", '[{"errorCode":"UNKNOWN_EXCEPTION","message":"1-2"}]'),
        answer("502 Bad Gateway", ""),
        answer("503 Service Unavailable", HTML),
        answer("504 Gateway Timeout", ""),
    ],
)
def test_an_answer_that_does_not_say_what_was_done_leaves_a_write_open(broken: Behaviour, http: Http) -> None:
    with raw_server(broken) as server:
        wire = Wire(server, http)
        assert isinstance(wire.fails(WRITE), SalesforceUnclear)
        error = wire.fails(READ)
        assert isinstance(error, SalesforceRefused)
        assert error.fault.destiny is Destiny.RETRY


@pytest.mark.parametrize(
    ("status", "code", "destiny"),
    [
        ("400 Bad Request", "JSON_PARSER_ERROR", Destiny.PARK),
        ("403 Forbidden", "API_CURRENTLY_DISABLED", Destiny.PARK),
        ("500 Internal Server Error", "UNABLE_TO_LOCK_ROW", Destiny.RETRY),
        ("503 Service Unavailable", "SERVER_UNAVAILABLE", Destiny.RETRY),
        ("418 New", "SOMETHING_NEW", Destiny.PARK),
    ],
)
def test_a_clear_refusal_of_a_write_says_why(status: str, code: str, destiny: Destiny, http: Http) -> None:
    with raw_server(answer(status, f'[{{"errorCode":"{code}","message":"m"}}]')) as server:
        error = Wire(server, http).fails(WRITE)
    assert isinstance(error, SalesforceRefused)
    assert (error.fault.code, error.fault.destiny) == (code, destiny)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed_and_costs_nobody_their_login(status: str, http: Http) -> None:
    with raw_server(answer("200 OK", "[]")) as elsewhere, raw_server(answer(status, Location=elsewhere.url)) as server:
        wire = Wire(server, http)
        error = wire.fails(WRITE)
        assert elsewhere.requests == []
        assert len(server.requests) == 2
    assert isinstance(error, SalesforceRefused)
    assert (error.fault.destiny, wire.tokens.lost) == (Destiny.RETRY, [])


def test_an_org_that_moved_is_found_by_the_address_of_its_next_token(http: Http) -> None:
    moved = answer("400 Bad Request", '[{"errorCode":"ORG_NOT_OWNED_BY_INSTANCE","message":"m"}]')
    with raw_server(answer("200 OK", "[]")) as new, raw_server(moved) as old:
        wire = Wire(old, http, FakeTokens(new.url))
        assert wire.client.ask(WRITE).body == []
        assert len(new.requests) == 1


def test_a_renewed_login_that_names_a_strange_server_gets_no_request(http: Http) -> None:
    with raw_server(answer("401 Unauthorized", EXPIRED)) as server:
        wire = Wire(server, http, FakeTokens("https://evil.example"))
        assert isinstance(wire.fails(READ), ConfigurationError)


# ── The session ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("call", [READ, WRITE])
@pytest.mark.parametrize(
    "body", [EXPIRED, '[{"message":"INVALID_JWT_FORMAT","errorCode":"INVALID_AUTH_HEADER"}]', HTML]
)
def test_an_expired_session_is_renewed_once_and_the_same_request_sent_again(call: Call, body: str, http: Http) -> None:
    with raw_server(answer("401 Unauthorized", body), answer("200 OK", "[]")) as server:
        wire = Wire(server, http)
        assert wire.client.ask(call).body == []
        first, second = (head(request) for request in server.requests)
    assert second.pop("authorization") == f"Bearer {TOKEN}-1"
    assert first.pop("authorization") == f"Bearer {TOKEN}"
    assert first == second
    assert (wire.tokens.renewals, wire.client.calls, len(wire.limiter.admitted)) == (1, 2, 2)


def test_a_session_that_is_never_taken_ends_after_two_calls(http: Http) -> None:
    with raw_server(answer("401 Unauthorized", EXPIRED)) as server:
        wire = Wire(server, http)
        error = wire.fails(READ)
        assert isinstance(error, LoginLost)
        assert len(server.requests) == 2
    assert error.fault.destiny is Destiny.RECONNECT
    assert (wire.tokens.renewals, len(wire.tokens.lost)) == (1, 1)


def test_a_login_that_is_never_taken_is_marked_lost(box: Box) -> None:
    client = box.client()
    box.sim.door.add_fault("unauthorized", path="/data/", times=None)
    with pytest.raises(LoginLost):
        client.ask(WRITE)
    assert [one for one, _ in box.logins.lost] == [client.login.id]
    assert (client.calls, box.logins.renewed) == (2, 1)


def test_a_refusal_that_ends_the_login_is_one(http: Http) -> None:
    with raw_server(answer("403 Forbidden", '[{"errorCode":"INACTIVE_USER","message":"m"}]')) as server:
        wire = Wire(server, http)
        assert isinstance(wire.fails(WRITE), LoginLost)
        assert len(wire.tokens.lost) == 1


def test_the_next_call_uses_the_renewed_token_at_once(box: Box) -> None:
    client = box.client()
    box.sim.door.end_sessions(USERNAMES[ADA])
    client.ask(READ)
    client.ask(READ)
    assert (client.calls, box.logins.renewed) == (3, 1)


# ── The allowance ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("background", "seconds"), [(True, 900), (False, 60)])
def test_a_spent_day_stops_background_work_for_long_and_edits_for_a_minute(
    background: bool, seconds: float, box: Box
) -> None:
    client = box.client(background=background)
    box.sim.door.set_org(api_used=100_000)
    with pytest.raises(AllowanceSpent) as caught:
        client.ask(WRITE)
    assert caught.value.fault.destiny is Destiny.ALLOWANCE
    assert caught.value.wait_seconds == seconds
    assert box.limiter.held == [(ORG, 900, True), (ORG, 60, False)]


@pytest.mark.parametrize(
    "text", ["ConcurrentPerOrgLongTxn Limit exceeded.", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."]
)
def test_too_many_slow_requests_at_once_make_background_work_pause_for_moments(text: str, box: Box) -> None:
    client = box.client()
    box.sim.door.add_fault("quota", message=text)
    with pytest.raises(SalesforceRefused) as caught:
        client.ask(WRITE)
    assert (caught.value.fault.destiny, caught.value.fault.category) == (Destiny.RETRY, Category.INTERMITTENT)
    ((org, seconds, background_only),) = box.limiter.held
    assert (org, background_only) == (ORG, True)
    assert 20 <= seconds <= 30


def test_a_row_lock_holds_nobody_else(box: Box) -> None:
    client = box.client()
    box.sim.door.add_fault("error", code="UNABLE_TO_LOCK_ROW")
    with pytest.raises(SalesforceRefused) as caught:
        client.ask(WRITE)
    assert (caught.value.fault.destiny, box.limiter.held) == (Destiny.RETRY, [])


def told(box: Box) -> list[str]:
    """Return the paths of the calls the org saw, without its version."""
    return [call["path"].rpartition("v66.0/")[2].partition("?")[0] for call in box.sim.door.calls()]


def test_where_nobody_knows_what_is_left_one_call_asks_for_the_limits_first(box: Box) -> None:
    client = box.client()
    box.limiter.unknown = True
    client.ask(READ)
    client.ask(READ)
    assert told(box) == ["limits", "queryAll", "queryAll"]
    assert (client.calls, len(box.limiter.admitted), box.limiter.usage[0]) == (3, 3, (1, 100_000))


def test_what_the_limits_say_decides_about_the_call_itself(box: Box) -> None:
    client = box.client()
    box.limiter.unknown = True
    saw = box.limiter.saw

    def saw_and_stop(org_id: str, used: int, allowed: int) -> None:
        saw(org_id, used, allowed)
        box.limiter.spent = True

    box.limiter.saw = saw_and_stop  # type: ignore[method-assign]  # what was told is too much
    with pytest.raises(AllowanceSpent):
        client.ask(READ)
    assert told(box) == ["limits"]


def test_limits_that_tell_nothing_let_the_call_itself_find_out(http: Http) -> None:
    dumb = answer("403 Forbidden", '[{"errorCode":"INSUFFICIENT_ACCESS","message":"m"}]')
    with raw_server(dumb, answer("200 OK", "[]", Sforce_Limit_Info="api-usage=7/10")) as server:
        wire = Wire(server, http)
        wire.limiter.unknown = True
        assert wire.client.ask(READ).body == []
        assert len(server.requests) == 2
    assert (len(wire.limiter.admitted), wire.limiter.usage) == (1, [(7, 10)])


def test_the_limits_are_read_from_their_body_where_no_header_tells(http: Http) -> None:
    limits = answer("200 OK", '{"DailyApiRequests":{"Max":100,"Remaining":40}}')
    with raw_server(limits, answer("200 OK", "[]")) as server:
        wire = Wire(server, http)
        wire.limiter.unknown = True
        wire.client.ask(READ)
    assert wire.limiter.usage == [(60, 100)]


def test_an_expired_session_is_renewed_before_the_limits_are_told(http: Http) -> None:
    told = answer("200 OK", "[]", Sforce_Limit_Info="api-usage=7/10")
    with raw_server(answer("401 Unauthorized", EXPIRED), told) as server:
        wire = Wire(server, http)
        wire.limiter.unknown = True
        wire.client.ask(WRITE)
        assert [request.split()[1].rpartition("/")[2] for request in server.requests] == [
            "limits",
            "limits",
            "sobjects",
        ]
    assert (wire.tokens.renewals, len(wire.limiter.admitted)) == (1, 2)


def test_a_write_is_not_sent_where_the_limits_could_not_be_asked_for(http: Http) -> None:
    with raw_server(cut) as server:
        wire = Wire(server, http)
        wire.limiter.unknown = True
        assert isinstance(wire.fails(WRITE), SalesforceRefused)
        assert len(server.requests) == 1
        wire.limiter.unknown = False
        wire.fails(WRITE)
    assert len(wire.limiter.admitted) == 2


# ── Secrets ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "behaviour", [cut, answer("400 Bad Request", "[]"), answer("401 Unauthorized", EXPIRED), answer("503 Busy", HTML)]
)
def test_no_error_and_no_log_holds_the_token_or_a_subject(
    behaviour: Behaviour, http: Http, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with raw_server(behaviour) as server:
        wire = Wire(server, http)
        error: BaseException | None = wire.fails(READ)
        shown = caplog.text + repr(wire.client.login)
        while error is not None:
            shown += repr(error) + str(error)
            error = error.__cause__ or error.__context__
    assert TOKEN not in shown
    assert "secret" not in shown
