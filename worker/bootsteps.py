"""Tells from outside the process whether a worker lives: a file that is touched again and again."""

from pathlib import Path
from typing import Any, ClassVar

from celery import bootsteps

from worker.present import present_settings

_TOUCH_SECONDS = 10.0


class Heartbeat(bootsteps.StartStopStep):
    """Touches `run/worker-NODE.alive` under REMINDERSYNC_HOME every ten seconds from the worker's own timer.

    The file is there while the worker is ready. It grows old when the worker hangs, and while Redis is away, so a probe
    should allow two minutes.
    """

    requires: ClassVar = {"celery.worker.components:Timer"}

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._timer: Any = None
        self._file = Path()

    def start(self, worker: Any) -> None:
        self._file = present_settings().home / "run" / f"worker-{worker.hostname}.alive"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.touch()
        self._timer = worker.timer.call_repeatedly(_TOUCH_SECONDS, self._file.touch)

    def stop(self, worker: Any) -> None:
        del worker
        if self._timer is not None:
            self._timer.cancel()
        self._file.unlink(missing_ok=True)

    terminate = stop
