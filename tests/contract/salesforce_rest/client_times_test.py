"""The time of an answer by the org's own clock."""

from datetime import UTC, datetime

import pytest

from remindersync.errors import SalesforceRefused, SalesforceUnclear
from remindersync.salesforce.connections import Http
from tests.contract.salesforce_rest.wire import READ, WRITE, Wire
from tests.fixtures.salesforce import Box, answer, raw_server


def test_a_read_is_dated_before_it_was_sent_and_a_write_by_its_answer() -> None:
    ticks = iter([100.0, 103.25])
    slow = Http(monotonic=lambda: next(ticks))
    with raw_server(answer("200 OK", "{}", Date="Sun, 22 Nov 2026 10:00:05 GMT")) as server:
        found = Wire(server, slow).client.ask(READ)
    assert found.at == datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)
    assert found.read_at == datetime(2026, 11, 22, 10, 0, 1, tzinfo=UTC)


def test_a_read_is_never_dated_later_than_what_it_may_have_missed(box: Box) -> None:
    client = box.client()
    box.sim.door.freeze(datetime(2026, 11, 22, 12, tzinfo=UTC))
    for _ in range(20):
        found = client.ask(READ).read_at
        assert (found <= box.sim.door.now(), found.microsecond) == (True, 0)
        box.sim.door.advance(0.15)


def test_a_date_without_a_zone_is_greenwichs(http: Http) -> None:
    with raw_server(answer("200 OK", "[]", Date="Sun, 22 Nov 2026 10:00:05 -0000")) as server:
        assert Wire(server, http).client.ask(WRITE).at == datetime(2026, 11, 22, 10, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize("date", ["", "yesterday", "Sun, 99 Nov 2026 10:00:05 GMT"])
def test_an_answer_without_a_date_is_nobodys(date: str, http: Http) -> None:
    with raw_server(answer("200 OK", "[]", Date=date)) as server:
        wire = Wire(server, http)
        assert isinstance(wire.fails(WRITE), SalesforceUnclear)
        assert isinstance(wire.fails(READ), SalesforceRefused)
