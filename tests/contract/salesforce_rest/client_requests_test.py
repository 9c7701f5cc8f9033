"""What every request holds, and where none is sent to."""

from pathlib import Path

import pytest

from remindersync.errors import ConfigurationError
from remindersync.salesforce.client import Client, Door
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from tests.contract.salesforce_rest.wire import READ, TOKEN, FakeTokens, Wire, head, login_at
from tests.fixtures.salesforce import FakeLimiter, answer, raw_server


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


def test_a_login_of_a_strange_server_gets_no_request(http: Http) -> None:
    door = Door(http, FakeLimiter(), Hosts())
    with pytest.raises(ConfigurationError, match="evil"):
        Client(login_at("https://evil.example"), FakeTokens(), door, background=False)
