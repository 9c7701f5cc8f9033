"""Reads one setting of each kind, or says in one sentence what is wrong with it and what would be right."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from remindersync.errors import ConfigurationError

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(:\d{1,5})?")


def environment() -> dict[str, str]:
    """Return the process's environment over what `.env` in the working directory sets.

    Raises `ConfigurationError` where that file cannot be read.
    """
    try:
        stored = dotenv_values(Path(".env"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The file .env cannot be read ({type(error).__name__}): mend or remove it.") from None
    return {name: value for name, value in stored.items() if value is not None} | dict(os.environ)


class Reader:
    """Reads variables by name; an empty one counts as not set. Every method raises `ConfigurationError`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def optional(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def text(self, name: str, default: str) -> str:
        return self.optional(name) or default

    def flag(self, name: str) -> bool:
        return self.choice(name, "0", ("0", "1")) == "1"

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of `allowed`, whatever its case."""
        value = self.text(name, default)
        for word in allowed:
            if value.lower() == word.lower():
                return word
        raise ConfigurationError(f"{name} is {value!r}: set it to {_either(allowed)}.")

    def number(self, name: str, default: int, lowest: int, highest: int) -> int:
        """Return a whole number from `lowest` to `highest`."""
        value = self.text(name, str(default))
        if value.isascii() and value.isdigit() and lowest <= int(value) <= highest:
            return int(value)
        raise ConfigurationError(f"{name} is {value!r}: set it to a whole number from {lowest} to {highest}.")

    def days(self, name: str, default: int) -> int | None:
        """Return a number of days, None for 0: keep everything."""
        return self.number(name, default, 0, 36_500) or None

    def names(self, name: str) -> tuple[str, ...]:
        """Return the parts of a list separated by commas."""
        return tuple(part.strip() for part in self.text(name, "").split(",") if part.strip())

    def hosts(self, name: str) -> tuple[str, ...]:
        """Return host names, in lower case, each perhaps with a port."""
        hosts = self.names(name)
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ConfigurationError(f"{name}: {host!r} is no host name: list bare names, such as sf.example.com.")
        return tuple(host.lower() for host in hosts)

    def url(self, name: str, schemes: tuple[str, ...]) -> str | None:
        """Return a server's address with one of `schemes`. The message never shows it: it may hold a password."""
        value = self.optional(name)
        if value is not None and not _is_address(value, schemes):
            raise ConfigurationError(f"{name} is no address of its kind: write it as {schemes[0]}://HOST:PORT/NAME.")
        return value

    def web_address(self, name: str, default: str) -> str:
        """Return an https address without a path's end; plain http is for this machine only."""
        value = self.text(name, default).rstrip("/")
        if not _is_address(value, ("https", "http")):
            raise ConfigurationError(f"{name} is {value!r}: write it as https://HOST.")
        parts = urlsplit(value)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ConfigurationError(f"{name} is {value!r}: outside this machine only https:// is safe.")
        return value

    def file(self, name: str) -> Path | None:
        value = self.optional(name)
        if value is None:
            return None
        if not (Path(value).is_file() and os.access(value, os.R_OK)):
            raise ConfigurationError(f"{name} names {value!r}, which is no file that can be read: correct the path.")
        return Path(value)

    def version(self, name: str, default: str) -> str:
        """Return a Salesforce API version such as 67.0, given with or without a `v`."""
        value = self.text(name, default).removeprefix("v")
        if not re.fullmatch(r"\d{2,3}\.0", value):
            raise ConfigurationError(f"{name} is {value!r}: write it as {default}.")
        return value


def _is_address(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    # A server on a Unix socket has no host: postgresql:///name?host=/run/postgresql
    return parts.scheme in schemes and bool(parts.hostname or parts.query)


def _either(words: tuple[str, ...]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
