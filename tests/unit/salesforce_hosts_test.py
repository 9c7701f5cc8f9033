import pytest

from remindersync.errors import ConfigurationError
from remindersync.salesforce.hosts import Hosts


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://ACME.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com:443", "https://acme.my.salesforce.com:443"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://acme--dev.sandbox.my.salesforce.com"),
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://acme.my.salesforce.mil", "https://acme.my.salesforce.mil"),
        ("https://acme.cloudforce.com", "https://acme.cloudforce.com"),
        ("https://acme.force.com", "https://acme.force.com"),
    ],
)
def test_salesforces_own_servers_are_taken(url: str, base: str) -> None:
    assert Hosts().instance(url) == base


@pytest.mark.parametrize(
    "url",
    [
        "http://acme.my.salesforce.com",
        "https://evil.example",
        "https://salesforce.com.evil.example",
        "https://evilsalesforce.com",
        "https://salesforce.com",
        "https://acme.my.salesforce.com:8443",
        "https://evil.example#.salesforce.com",
        "https://evil.example\\.salesforce.com",
        "https://evil.example/.salesforce.com",
        "https://evil.example?.salesforce.com",
        "https://user@acme.my.salesforce.com",
        "https://user:secret@evil.example",
        "https://acme .salesforce.com",
        "https://аcme.salesforce.com",
        "https://..salesforce.com",
        "https://127.0.0.1",
        "http://127.0.0.1:8080",
        "http://localhost",
        "https://169.254.169.254",
        "https://[::1]",
        "https://[::1",
        "https://acme.my.salesforce.com:notaport",
        "ftp://acme.my.salesforce.com",
        "acme.my.salesforce.com",
        "//acme.my.salesforce.com",
        "",
    ],
)
def test_any_other_server_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        Hosts().instance(url)


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("127.0.0.1:8001", "http://127.0.0.1:8001"),
        ("127.0.0.1", "http://127.0.0.1:8001"),
        ("localhost:8001", "http://localhost:8001"),
        ("[::1]:8001", "http://[::1]:8001"),
        ("proxy.acme.example", "https://proxy.acme.example:8443"),
        (" Proxy.Acme.example:8443 ", "https://proxy.acme.example:8443"),
    ],
)
def test_a_listed_host_is_taken(listed: str, url: str) -> None:
    assert Hosts([listed]).instance(url) == url


def test_a_listed_port_lets_no_other_port_of_the_host_in() -> None:
    with pytest.raises(ConfigurationError, match="SALESFORCE_ALLOWED_HOSTS"):
        Hosts(["127.0.0.1:8001"]).instance("http://127.0.0.1:6379")


def test_plain_http_is_for_this_machine_even_when_the_host_is_listed() -> None:
    with pytest.raises(ConfigurationError, match="https"):
        Hosts(["proxy.acme.example"]).instance("http://proxy.acme.example")


def test_an_empty_entry_lists_nothing() -> None:
    with pytest.raises(ConfigurationError):
        Hosts(["", " "]).instance("https://")
