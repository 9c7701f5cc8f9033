"""A session that ended is renewed once; a login that is never taken is lost."""

import pytest

from remindersync.errors import Destiny, LoginLost
from remindersync.salesforce.client import Call
from remindersync.salesforce.connections import Http
from tests.contract.salesforce_rest.wire import EXPIRED, HTML, READ, TOKEN, WRITE, Wire, head
from tests.fixtures.salesforce import ADA, USERNAMES, Box, answer, raw_server


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
