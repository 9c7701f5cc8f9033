"""The Celery app. Importing it reads no setting and starts no server: its configuration is made on first use."""

from typing import Any

from celery import Celery

from worker import broker
from worker.bootsteps import Cancelling, Heartbeat
from worker.configuration import configuration
from worker.present import present_servers, present_settings

app = Celery(
    "remindersync",
    include=[
        "tasks.fan_out",
        "tasks.sync_user",
        "tasks.read_org",
        "tasks.send_webhooks",
        "tasks.note_usage",
        "tasks.housekeeping",
    ],
)


def _defaults() -> dict[str, Any]:
    return configuration(present_settings(), present_servers().redis_url)


broker.install()
app.add_defaults(_defaults)
app.steps["worker"].update({Cancelling, Heartbeat})
