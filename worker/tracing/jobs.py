"""Jobs and their messages, followed by Celery's signals.

What a person's request sends is part of the request's trace. What a job sends has a trace of its own with a link to
the sender's: a tick that sends thousands of users would else be one huge trace, and so would a long first sync.
"""

from typing import Any

from celery import current_task, signals

from worker import tracing
from worker.tracing import spans

# Message headers. The first is the W3C's; the other means: not within, but because of.
PARENT = "traceparent"
LINK = "tracelink"


def connect() -> None:
    """Answer Celery's signals in this process; asked twice, it does so once."""
    signals.before_task_publish.connect(_publish)
    signals.task_prerun.connect(_begin)
    signals.task_failure.connect(_fail)
    signals.task_postrun.connect(_end)


def _publish(headers: dict[str, Any], **_: Any) -> None:
    # One message of a batch is as good as one alone: the signal comes for each.
    sender = spans.departing()
    if sender is not None:
        headers[LINK if current_task else PARENT] = sender


def _begin(task: Any, task_id: str, **_: Any) -> None:
    tracer = tracing.tracer()
    if tracer is None:
        return
    request = task.request
    came = request.delivery_info or {}
    facts = {"job": task_id, "queue": came.get("routing_key") or "", "redelivered": bool(came.get("redelivered"))}
    span = tracer.begin_job(task.name, request.get(PARENT), request.get(LINK), facts)
    request.followed = span, spans.enter(span)


def _fail(sender: Any, exception: BaseException, **_: Any) -> None:
    followed = sender.request.get("followed")
    if followed is not None:
        spans.fail_job(followed[0], exception)


def _end(task: Any, **_: Any) -> None:
    followed = task.request.get("followed")
    if followed is not None:
        spans.leave(*followed)
