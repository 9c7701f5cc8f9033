"""The app's processes as the Procfile starts them, which may be killed and frozen, and begin again."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from worker.supervisor import program

ROOT = Path(__file__).resolve().parents[2]
TETHER = ROOT / "worker" / "tether.py"


class Program:
    """One process of the house. It ends when the tests' own process does, however that ended."""

    def __init__(self, name: str, command: list[str], log: Path, environ: dict[str, str]) -> None:
        self.name, self.log = name, log
        self.wanted = False
        self._command, self._environ = command, environ
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin, once more if need be."""
        self.wanted = True
        if self.runs:
            return
        self._let_go()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(TETHER), *self._command],
                cwd=ROOT,
                env=self._environ,
                # Held open and never written to: it closes with this process.
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End all of it at once, in the middle of whatever it does."""
        self.wanted = False
        if self._process is None:
            return
        self._send(signal.SIGKILL)
        self._let_go()

    def freeze(self) -> None:
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._send(signal.SIGCONT)

    def said(self) -> list[str]:
        """Return its lines so far."""
        return self.log.read_text(errors="replace").splitlines() if self.log.exists() else []

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.wait()
            self._process.stdin.close()

    def _send(self, number: int) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def of_procfile(name: str, process: str, folder: Path, environ: dict[str, str], *more: str) -> Program:
    """Return a process of the Procfile under a name of its own, not started yet."""
    return Program(name, [*program(process), *more], folder / f"{name}.log", environ)
