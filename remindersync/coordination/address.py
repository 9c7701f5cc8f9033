"""A Redis address, told without its password."""

from urllib.parse import urlsplit


def place(url: str) -> str:
    """Return host and port of an address, without its password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else parts.path
