"""Which Redis database holds what: broker 0, results 1, locks and limiter 2.

An address that names a database keeps all three in it. Nothing meets there either: every key begins with
`remindersync:`, and then a queue's name, `celery-task-meta-`, `lock:`, `allowance:` or `tally:`.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

KEY_PREFIX = "remindersync:"


@dataclass(frozen=True, slots=True)
class RedisAddresses:
    """The three addresses on one Redis server; each may hold a password."""

    broker: str = field(repr=False)
    results: str = field(repr=False)
    coordination: str = field(repr=False)

    @classmethod
    def on(cls, url: str) -> "RedisAddresses":
        """Give each purpose its database on the server at `url`."""
        parts = urlsplit(url)
        if parts.path.strip("/"):
            return cls(url, url, url)
        return cls(*(urlunsplit(parts._replace(path=f"/{number}")) for number in range(3)))
