"""This process's settings and servers, read and started on first use."""

from functools import cache

from worker import embedded
from worker.settings import Settings


@cache
def present_settings() -> Settings:
    """Return this process's settings. Raises `ConfigurationError`."""
    return Settings.from_env()


@cache
def present_servers() -> embedded.Servers:
    """Return the servers in use, started if they are embedded. Raises `ConfigurationError`."""
    return embedded.servers(present_settings())
