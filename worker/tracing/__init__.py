"""Traces: one edit followed through web, queue, worker and Salesforce, for OpenTelemetry's collectors.

Nothing of OpenTelemetry's is loaded by this package's own doing before the first piece of work of a process that was
told to trace. Each process has a tracer of its own, made on first use, after the fork.
"""

import logging
import os
import threading
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from remindersync.ports import UNWATCHED, Fact, Watch
from worker.tracing.wanted import Wanted, wanted

if TYPE_CHECKING:
    from worker.tracing.spans import Spans

__all__ = ["Wanted", "begin", "end", "trace_id", "tracer", "wanted", "watch"]

logger = logging.getLogger(__name__)

_told: dict[str, Wanted] = {}
_made: "dict[int, Spans | None]" = {}
_ended: set[int] = set()
_making = threading.Lock()
os.register_at_fork(before=_making.acquire, after_in_parent=_making.release, after_in_child=_making.release)


def begin(process: str, what: Wanted | None) -> None:
    """Have this process and its children trace what they do, if that is wanted; `process` is "web" or "worker"."""
    _told.clear()
    _ended.discard(os.getpid())
    if what is not None:
        _told[process] = what
        for name, value in what.variables.items():
            # Those of `.env` too: the SDK reads the environment alone.
            os.environ.setdefault(name, value)
        _connect_jobs()


def end() -> None:
    """Send what is left, for a few seconds at most, and trace no more in this process."""
    with _making:
        made = _made.pop(os.getpid(), None)
        _ended.add(os.getpid())
    if made is not None:
        made.close()


def watch() -> Watch:
    """Return what follows this process's work: nothing where `begin` was not called or traces are not wanted."""
    return _HERE if _told else UNWATCHED


def tracer() -> "Spans | None":
    """Return this process's tracer, made now if it has to be; None where nothing is traced."""
    made = _made.get(os.getpid())
    return made if made is not None or not _told else _first()


def trace_id() -> str | None:
    """Return the trace that the work at hand belongs to, for a line of the log."""
    made = _made.get(os.getpid())
    return made.trace_id() if made is not None else None


def _first() -> "Spans | None":
    with _making:
        if os.getpid() not in _made and os.getpid() not in _ended:
            _made[os.getpid()] = _new()
        return _made.get(os.getpid())


def _new() -> "Spans | None":
    from worker.tracing.spans import Spans  # noqa: PLC0415 a quarter of a second and 15 MB, and few want it

    ((process, what),) = _told.items()
    try:
        return Spans.sending(what, f"remindersync-{process}")
    except Exception as error:  # noqa: BLE001 a tracer that cannot be made must not keep a job from running
        logger.warning("Nothing is traced here (%s): check OpenTelemetry's variables.", type(error).__name__)
        return None


def _connect_jobs() -> None:
    from worker.tracing import jobs  # noqa: PLC0415 OpenTelemetry's API alone takes its time, and few want it

    jobs.connect()


class _Here:
    """The port Watch of whichever process this is."""

    def during(self, work: str, **facts: Fact) -> AbstractContextManager[None]:
        return (tracer() or UNWATCHED).during(work, **facts)

    def note(self, **facts: Fact) -> None:
        (tracer() or UNWATCHED).note(**facts)

    def fail(self, code: str) -> None:
        (tracer() or UNWATCHED).fail(code)


_HERE = _Here()
