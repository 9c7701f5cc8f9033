"""What a worker does besides its jobs: it shows that it lives, and cancels no job that cannot be cancelled."""

from pathlib import Path
from typing import Any, ClassVar

from celery import bootsteps
from celery.concurrency.prefork import TaskPool as Prefork

from remindersync.coordination.server import open_redis
from worker.addresses import RedisAddresses
from worker.present import present_servers, present_settings
from worker.tally import Tally

_TOUCH_SECONDS = 10.0


class Cancelling(bootsteps.Step):
    """Has a lost broker cancel the jobs under way only where the pool can stop them.

    Threads go on anyway; Celery would tell of each in a traceback, and drop its message when that comes again.
    """

    requires: ClassVar = {"celery.worker.components:Pool"}

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        can_stop = issubclass(worker.pool_cls, Prefork)
        worker.app.conf.worker_cancel_long_running_tasks_on_connection_loss = can_stop


class Heartbeat(bootsteps.StartStopStep):
    """Touches `run/worker-NODE.alive` under REMINDERSYNC_HOME, and is seen in the fleet, every ten seconds.

    The file is there while the worker is ready. It grows old when the worker hangs, and while Redis is away, so a probe
    should allow two minutes.
    """

    requires: ClassVar = {"celery.worker.components:Timer"}

    def __init__(self, worker: Any, **kwargs: Any) -> None:
        super().__init__(worker, **kwargs)
        self._timer: Any = None
        self._file = Path()
        self._name = worker.hostname
        self._tally: Tally | None = None

    def start(self, worker: Any) -> None:
        self._file = present_settings().home / "run" / f"worker-{worker.hostname}.alive"
        self._file.parent.mkdir(parents=True, exist_ok=True)
        addresses = RedisAddresses.on(present_servers().redis_url)
        self._tally = Tally(open_redis(addresses.broker, timeout_seconds=1))
        self._beat()
        self._timer = worker.timer.call_repeatedly(_TOUCH_SECONDS, self._beat)

    def stop(self, worker: Any) -> None:
        del worker
        if self._timer is not None:
            self._timer.cancel()
        if self._tally is not None:
            self._tally.left(self._name)
        self._file.unlink(missing_ok=True)

    def _beat(self) -> None:
        self._file.touch()
        if self._tally is not None:
            self._tally.lives(self._name)

    terminate = stop
