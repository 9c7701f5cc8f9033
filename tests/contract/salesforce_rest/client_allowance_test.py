"""What a call asks the limiter before it is sent, and what it reports after it."""

import pytest

from remindersync.errors import AllowanceSpent, Category, Destiny, SalesforceRefused, Unsafe
from remindersync.salesforce.connections import Http
from tests.contract.salesforce_rest.wire import READ, WRITE, Wire
from tests.fixtures.salesforce import ORG, Box, answer, raw_server


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
