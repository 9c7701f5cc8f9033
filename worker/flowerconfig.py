"""How Flower shows the fleet: in words, and to nobody but this machine unless it asks for a login.

With FLOWER_BASIC_AUTH (`name:password`, several separated by commas) it listens on every interface and may steer
workers; without, it listens on the loopback interface only and shows.
"""

import os
from logging import LogRecord, getLogger
from typing import Any

from tasks import names
from worker.reading import Reader

_WORDS = {
    names.FAN_OUT: "Send everybody who is due",
    names.SYNC_USER: "Sync one user",
    names.READ_ORG: "Read an org for all its users",
    names.SEND_WEBHOOKS: "Tell webhooks what is new",
    names.NOTE_USAGE: "Note what calls were used for",
    names.HOUSEKEEPING: "Clean up",
}


def _tells(record: LogRecord) -> bool:
    """Whether a line of Flower's says more than that no worker has answered yet, as at every start (flower 2.2.0)."""
    return record.msg != "Inspect method %s failed"


getLogger("flower.inspector").addFilter(_tells)

port = Reader(os.environ).number("FLOWER_PORT", 5555, 1, 65535)
address = os.environ.get("FLOWER_ADDRESS") or ("0.0.0.0" if os.environ.get("FLOWER_BASIC_AUTH") else "127.0.0.1")  # noqa: S104 behind a login only
read_only = not os.environ.get("FLOWER_BASIC_AUTH")
# Its memory grows with what it remembers: 20,000 jobs took 80 MB.
max_tasks = 10_000


def format_task(task: Any) -> Any:
    """Say what a job does instead of its name on the wire."""
    task.name = _WORDS.get(task.name, task.name)
    return task
