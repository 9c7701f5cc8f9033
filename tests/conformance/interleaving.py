"""Two runs at once, taken apart at chosen points: one at a time works, in an order that is the same each time."""

import threading

from tests.conformance.hooks import COMMIT


class Runner(threading.Thread):
    """Does something in a thread that stops at one point, counted from 0, until told to go on."""

    def __init__(self, work, stop_at):
        super().__init__(daemon=True)
        self._work = work
        self._stop_at = stop_at
        self._waits, self._go = threading.Event(), threading.Event()
        self._error = None
        self.points = 0

    def run(self):
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 told to whoever waits
            self._error = error
        finally:
            self._waits.set()

    def point(self):
        """Be at a point: every call, and every transaction that opens or is over."""
        self.points += 1
        if self.points == self._stop_at + 1:
            self._waits.set()
            self._go.wait()

    def start_and_wait(self):
        """Work until the point, or to the end."""
        self.start()
        self._waits.wait()

    def finish(self):
        """Work to the end."""
        self._go.set()
        self.join()
        if self._error is not None:
            raise self._error


def interleaved(scene, one, other, points):
    """Run slices of two people, the first until a point, the second until one, then each to its end.

    Returns how many points each passed.
    """
    runners = [Runner(lambda who=who: scene.slice(who), at) for who, at in zip((one, other), points, strict=True)]

    def point(name, *, opening):
        runner = threading.current_thread()
        # Inside a transaction nobody may stop: it holds rows for which the other would wait for ever.
        if isinstance(runner, Runner) and not (name == COMMIT and opening):
            runner.point()

    scene.hooks.before = lambda name: point(name, opening=True)
    scene.hooks.after = lambda name: point(name, opening=False)
    for runner in runners:
        runner.start_and_wait()
    for runner in runners:
        runner.finish()
    scene.hooks.reset()
    return tuple(runner.points for runner in runners)
