"""Which servers may be an org's instance: a token is sent to no other (SAFE-3)."""

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from remindersync.errors import ConfigurationError

_SALESFORCE = (".salesforce.com", ".force.com", ".cloudforce.com", ".salesforce.mil")
_SECURE_PORT = 443


@dataclass(frozen=True, slots=True)
class Hosts:
    """Salesforce's own hosts and those of `further`, each a `host` (any port) or a `host:port`."""

    further: Collection[str] = ()

    def instance(self, url: str) -> str:
        """Return `url` as `scheme://host[:port]`.

        Raises:
            ConfigurationError: the server is not Salesforce's and not allow-listed, or not spoken to by https.

        """
        parts, port = _split(url)
        host = (parts.hostname or "").rstrip(".")
        if not self._is_listed(host, port) and not _is_salesforce(host, port, parts.scheme):
            raise ConfigurationError(
                f"{host or 'An empty host name'} is not a Salesforce server; "
                "if it is yours, add it to SALESFORCE_ALLOWED_HOSTS."
            )
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
            raise ConfigurationError(f"{host} must be reached by https; http is for this machine itself only.")
        return f"{parts.scheme}://{_with_port(host, port)}"

    def login_server(self, url: str) -> str:
        """Return SALESFORCE_LOGIN_URL as `instance` does, and raise as it does, with the setting's name."""
        try:
            return self.instance(url)
        except ConfigurationError as error:
            raise ConfigurationError(f"SALESFORCE_LOGIN_URL: {error}") from None

    def _is_listed(self, host: str, port: int | None) -> bool:
        listed = {name.strip().lower() for name in self.further if name.strip()}
        return bool(host) and not listed.isdisjoint({host, _with_brackets(host), _with_port(host, port)})


def _split(url: str) -> tuple[SplitResult, int | None]:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise ConfigurationError("The Salesforce instance address cannot be read; connect again.") from None
    if parts.username is not None or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ConfigurationError("A Salesforce instance address is only https:// and a host; this one has more in it.")
    return parts, port


def _is_salesforce(host: str, port: int | None, scheme: str) -> bool:
    return scheme == "https" and port in (None, _SECURE_PORT) and host.endswith(_SALESFORCE) and _is_name(host)


def _is_name(host: str) -> bool:
    return all(label and label.replace("-", "").isalnum() and label.isascii() for label in host.split("."))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _with_brackets(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _with_port(host: str, port: int | None) -> str:
    return _with_brackets(host) + (f":{port}" if port else "")
