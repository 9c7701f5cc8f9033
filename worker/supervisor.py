"""Runs the Procfile's processes as children that end when this process does."""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import click

from remindersync.errors import ConfigurationError

_STOP_SECONDS = 25
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue")
_PROCFILE = Path(__file__).resolve().parent.parent / "Procfile"


def program(name: str, procfile: Path = _PROCFILE) -> list[str]:
    """Return the command of one of the Procfile's processes. Raises `ConfigurationError`."""
    try:
        lines = procfile.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise ConfigurationError("There is no Procfile beside the packages: run from a checkout.") from None
    for line in lines:
        key, _, command = line.partition(":")
        if key.strip() == name:
            words = shlex.split(re.sub(r"\$\{(\w+):-([^}]*)\}", _or_default, command))
            return _with_this_python(words)
    raise ConfigurationError(f"The Procfile has no process {name!r}.")


def _or_default(match: re.Match[str]) -> str:
    return os.environ.get(match[1]) or match[2]


def _with_this_python(words: list[str]) -> list[str]:
    """Run Python programs by the interpreter that runs us: the virtual environment may not be on the PATH."""
    if words[0] == "python":
        return [sys.executable, *words[1:]]
    beside = Path(sys.executable).with_name(words[0])
    return [str(beside), *words[1:]] if beside.exists() else words


@dataclass
class Supervisor:
    """Children with their output, a name before each line. Leaving the block ends them all."""

    environment: Mapping[str, str]
    quiet: bool = False
    log: IO[str] | None = None
    _children: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _readers: list[threading.Thread] = field(default_factory=list)
    _one_ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._previous = {one: signal.signal(one, self._interrupt) for one in (signal.SIGTERM, signal.SIGHUP)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for one, handler in self._previous.items():
            signal.signal(one, handler)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a child under a name."""
        child = subprocess.Popen(  # noqa: S603 commands of our own Procfile
            command,
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A group of its own: Ctrl-C reaches us alone, and we end the children in order.
            start_new_session=True,
        )
        self._children[name] = child
        colour = _COLOURS[len(self._readers) % len(_COLOURS)]
        reader = threading.Thread(target=self._read, args=(name, child, colour), daemon=True)
        reader.start()
        self._readers.append(reader)

    def wait(self) -> None:
        """Wait until a child ends by itself. Raises `ConfigurationError` naming it."""
        while not self._one_ended.wait(0.5):
            pass
        self.check()

    def check(self) -> None:
        """Raise `ConfigurationError` if a child has ended by itself."""
        for name, child in self._children.items():
            if child.poll() is not None:
                raise ConfigurationError(f"{name} ended with code {child.returncode}: see its output above.")

    def stop(self) -> None:
        """End all children: first kindly, after 25 s by force. None is left."""
        for child in self._children.values():
            _signal(child, signal.SIGTERM)
        for child in self._children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(_STOP_SECONDS)
            _signal(child, signal.SIGKILL)
            child.wait()
        for reader in self._readers:
            reader.join()
        self._children.clear()
        self._readers.clear()

    def _read(self, name: str, child: subprocess.Popen[str], colour: str) -> None:
        assert child.stdout is not None
        with child.stdout:
            for line in child.stdout:
                if self.log is not None:
                    self.log.write(f"{name:<7} {line}")
                if not self.quiet:
                    click.echo(click.style(f"{name:<7}", fg=colour) + " " + line.rstrip("\n"))
        self._one_ended.set()

    def _interrupt(self, number: int, _frame: object) -> None:
        raise KeyboardInterrupt(number)


def _signal(child: subprocess.Popen[str], number: int) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return
