"""Tells webhooks what happened: signed, in order, again until it is taken; to public https addresses only (SAFE-3).

The signature is the one of the Standard Webhooks specification (https://www.standardwebhooks.com), so that receivers
have libraries for it.
"""

import base64
import hashlib
import hmac
import json
import logging
import random
import time
from collections.abc import Callable

from remindersync.store.telling import Delivery, Event, SqlDeliveries
from worker.outside import Outside, RefusedTargetError

logger = logging.getLogger(__name__)

_SLICE_SECONDS = 20.0
_FIRST_WAIT_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 3600.0


class Webhooks:
    """Delivers what webhooks are due. Safe to share between threads."""

    def __init__(self, book: SqlDeliveries, outside: Outside, jitter: Callable[[], float] = random.random) -> None:
        """Take the book, the way out, and a source of numbers in [0, 1)."""
        self._book = book
        self._outside = outside
        self._jitter = jitter

    def due(self) -> list[str]:
        """Return the webhooks that have something to be told now."""
        return self._book.due()

    def deliver(self, webhook_id: str) -> int:
        """Tell a webhook all that is new, in batches, for 20 seconds at most; return how many events it took."""
        taken, deadline = 0, time.monotonic() + _SLICE_SECONDS
        while time.monotonic() < deadline:
            delivery = self._book.begin(webhook_id)
            if delivery is None or not self._send(delivery):
                break
            taken += len(delivery.events)
        return taken

    def _send(self, delivery: Delivery) -> bool:
        body = _body(delivery.events)
        try:
            status = self._outside.post(delivery.url, body, _headers(delivery, body, int(time.time())))
        except (RefusedTargetError, OSError) as error:
            self._book.failed(delivery, str(error), self._wait(delivery))
            return False
        if 200 <= status < 300:  # noqa: PLR2004 the successes of HTTP
            self._book.delivered(delivery, f"HTTP {status}")
            return True
        self._book.failed(delivery, f"HTTP {status}", self._wait(delivery))
        return False

    def _wait(self, delivery: Delivery) -> float:
        longest = min(_FIRST_WAIT_SECONDS * 2.0**delivery.failures, _LONGEST_WAIT_SECONDS)
        return longest * (0.5 + self._jitter() / 2)


def _body(events: tuple[Event, ...]) -> bytes:
    items = [
        {
            "id": str(event.id),
            "happened": event.happened.value,
            "at": event.at.isoformat().replace("+00:00", "Z"),
            "reminder": event.reminder_id,
            "version": event.version,
            "assignee": event.owner_email,
        }
        for event in events
    ]
    kind = "reminders.changed" if items else "test"
    return json.dumps({"type": kind, "items": items}, separators=(",", ":")).encode()


def _headers(delivery: Delivery, body: bytes, now: int) -> dict[str, str]:
    # The same batch has the same id however often it is sent: receivers drop what they have seen.
    batch = f"{delivery.events[0].id}-{delivery.events[-1].id}" if delivery.events else f"test-{delivery.fence}"
    message = f"{delivery.webhook_id}.{batch}"
    signed = f"{message}.{now}.".encode() + body
    return {
        "Content-Type": "application/json",
        "User-Agent": "remindersync",
        "webhook-id": message,
        "webhook-timestamp": str(now),
        "webhook-signature": " ".join(_signature(secret, signed) for secret in delivery.secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"
