"""What the one door makes of every kind of answer, and that no error shows a secret."""

import logging

import pytest

from remindersync.errors import ConfigurationError, Destiny, SalesforceRefused, SalesforceUnclear
from remindersync.salesforce.connections import Http
from tests.contract.salesforce_rest.wire import EXPIRED, HTML, READ, TOKEN, WRITE, FakeTokens, Wire
from tests.fixtures.salesforce import Behaviour, answer, cut, raw_server


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
