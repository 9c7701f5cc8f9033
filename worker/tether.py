"""Runs a command that ends when whoever started it ends, however that happened: by `kill -9`, too.

`python tether.py COMMAND…` reads its standard input, whose other end nobody but the starter holds. When that end
closes, the command is told to end, and 25 seconds later its whole process group is killed. Nothing of the project is
imported here: there is one such process for each child, and it should be small and start at once.
"""

import os
import signal
import subprocess
import sys
import threading

STOP_SECONDS = 25


def main() -> int:
    """Run the command; return its exit status, 128 and the signal where one ended it."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)  # noqa: S603 the starter's own command
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Handed on to the command alone: it ends what it started in its own order.
        signal.signal(number, lambda number, _frame: child.send_signal(number))
    alone = threading.Event()
    threading.Thread(target=_watch, args=(child, alone), daemon=True).start()
    code = child.wait()
    if alone.is_set():
        os.killpg(0, signal.SIGKILL)
    return code if code >= 0 else 128 - code


def _watch(child: "subprocess.Popen[bytes]", alone: threading.Event) -> None:
    """End the command once the starter is gone."""
    # Not through sys.stdin, whose lock a reading thread would keep from the interpreter's end.
    while os.read(0, 1):
        pass
    alone.set()
    child.terminate()
    threading.Timer(STOP_SECONDS, os.killpg, (0, signal.SIGKILL)).start()


if __name__ == "__main__":
    sys.exit(main())
