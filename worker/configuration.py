"""How Celery is set up. The numbers and their reasons are measured; docs/architecture.md tells them."""

from typing import Any

from celery.schedules import crontab
from kombu.entity import Exchange, Queue

from tasks import names
from worker.addresses import KEY_PREFIX, RedisAddresses
from worker.settings import Settings

FAN_OUT_SECONDS = 5
_EXCHANGE = "remindersync"
_DAY_SECONDS = 86_400
_WEBHOOK_SECONDS = 5
_USAGE_SECONDS = 60
_HEARD_SECONDS = 10


def configuration(settings: Settings, redis_url: str) -> dict[str, Any]:
    """Return Celery's settings for a broker at `redis_url`."""
    addresses = RedisAddresses.on(redis_url)
    return {
        "broker_url": addresses.broker,
        "result_backend": addresses.results,
        **_connections(settings.visibility_seconds),
        **_delivery(),
        **_limits(),
        **_content(),
        "task_queues": _queues(),
        "task_default_exchange": _EXCHANGE,
        "task_default_queue": names.SYNC,
        "task_default_routing_key": names.SYNC,
        "task_routes": {
            names.FAN_OUT: {"queue": names.TICKS},
            names.READ_ORG: {"queue": names.INTERACTIVE},
            names.SEND_WEBHOOKS: {"queue": names.SYNC},
            names.NOTE_USAGE: {"queue": names.SYNC},
            names.HOUSEKEEPING: {"queue": names.BULK},
        },
        "beat_schedule": _schedule(settings),
        "beat_scheduler": "worker.ticks:Ticks",
        "beat_schedule_filename": str(settings.home / "run" / "beat-schedule"),
    }


def _queues() -> list[Queue]:
    exchange = Exchange(_EXCHANGE, type="direct")  # type: ignore[no-untyped-call]  # kombu has no types
    return [Queue(name, exchange, routing_key=name) for name in names.QUEUES]  # type: ignore[no-untyped-call]  # kombu has no types


def _connections(visibility_seconds: int) -> dict[str, Any]:
    return {
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            # A message taken by a worker that is gone comes again after this long; no job runs nearly as long.
            "visibility_timeout": visibility_seconds,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "global_keyprefix": KEY_PREFIX,
            "socket_timeout": _HEARD_SECONDS,
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 25,
            "max_connections": 200,
            "client_name": "remindersync",
        },
        "result_backend_transport_options": {"global_keyprefix": KEY_PREFIX},
        "redis_socket_timeout": _HEARD_SECONDS,
        "result_expires": 3600,
    }


def _delivery() -> dict[str, Any]:
    return {
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # Without a bound, a job that kills its worker would come back for ever.
        "task_retry_on_worker_lost": True,
        "task_acks_on_failure": True,
        "task_acks_on_timeout": True,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": True,
        "task_ignore_result": True,
        "task_track_started": False,
        "worker_send_task_events": True,
    }


def _limits() -> dict[str, Any]:
    return {
        # A backstop on prefork only: a slice ends by its own deadline long before.
        "task_time_limit": 240,
        "task_soft_time_limit": 200,
        "worker_soft_shutdown_timeout": 20,
        "worker_enable_soft_shutdown_on_idle": True,
        "worker_max_tasks_per_child": 1000,
        "worker_max_memory_per_child": 300_000,
    }


def _content() -> dict[str, Any]:
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "timezone": "UTC",
        "enable_utc": True,
    }


def _schedule(settings: Settings) -> dict[str, Any]:
    return {
        "fan out": _tick(names.FAN_OUT, min(FAN_OUT_SECONDS, settings.poll_min_seconds)),
        # These two only send a job for each that is due; the jobs go to the queues of their routes.
        "read orgs": _tick(names.READ_ORG, settings.org_feed_seconds),
        "send webhooks": _tick(names.SEND_WEBHOOKS, _WEBHOOK_SECONDS),
        "note usage": _tick(names.NOTE_USAGE, _USAGE_SECONDS, names.SYNC),
        "housekeeping": {
            "task": names.HOUSEKEEPING,
            "schedule": crontab(hour=3, minute=17),
            "options": {"expires": _DAY_SECONDS // 2, "argsrepr": "()", "ignore_result": True},
        },
    }


def _tick(job: str, seconds: float, queue: str = names.TICKS) -> dict[str, Any]:
    """Return an entry of the schedule. A tick nobody took before the next one comes is worth nothing."""
    options = {"queue": queue, "expires": 0.8 * seconds, "argsrepr": "()", "ignore_result": True}
    return {"task": job, "schedule": seconds, "options": options}
