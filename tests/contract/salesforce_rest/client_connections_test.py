"""Connections that fail, are cut, fall silent or rest: what was surely not done, and what may have been."""

import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from remindersync.errors import Destiny, SalesforceRefused, SalesforceUnclear
from remindersync.salesforce.client import Client, Door
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from tests.contract.salesforce_rest.wire import READ, WRITE, FakeTokens, Wire, login_at
from tests.fixtures.salesforce import Behaviour, FakeLimiter, answer, cut, raw_server, read_request, stop_halfway


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
    with raw_server(answer("200 OK", "[]")) as server:
        assert Wire(server, http).client.ask(WRITE).body == []


def test_an_unknown_name_means_nothing_was_done(http: Http) -> None:
    door = Door(http, FakeLimiter(), Hosts(["nowhere.invalid"]))
    client = Client(login_at("https://nowhere.invalid"), FakeTokens(), door, background=False)
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
        client = Client(login_at(server.url.replace("http:", "https:")), FakeTokens(), door, background=False)
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
