"""A client in front of a server that behaves as told, and calls to send through it."""

from dataclasses import replace

import pytest

from remindersync.errors import SyncError
from remindersync.ports import Grant, Login
from remindersync.salesforce.client import Call, Client, Door
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from tests.fixtures.salesforce import ADA, ORG, USERNAMES, FakeLimiter, RawServer

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
        self.client = Client(login_at(server.url), self.tokens, door, background=True)

    def fails(self, call: Call) -> SyncError:
        with pytest.raises(SyncError) as caught:
            self.client.ask(call)
        return caught.value


def login_at(url: str) -> Login:
    return Login("1", "team", "ada", ORG, ADA, USERNAMES[ADA], url, TOKEN, None, Grant.REFRESH)


def head(request: str) -> dict[str, str]:
    lines = request.partition("\r\n\r\n")[0].split("\r\n")[1:]
    return {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
