"""Where nobody knows what is left of the day, the org's limits are asked for first."""

import pytest

from remindersync.errors import AllowanceSpent, SalesforceRefused
from remindersync.salesforce.connections import Http
from tests.contract.salesforce_rest.wire import EXPIRED, READ, WRITE, Wire
from tests.fixtures.salesforce import Box, answer, cut, raw_server


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
