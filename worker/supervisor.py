"""Runs the Procfile's processes as children that end when this process does."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

import click

from remindersync.errors import ConfigurationError

_STOP_SECONDS = 25
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue")
_PROCFILE = Path(__file__).resolve().parent.parent / "Procfile"
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")
_TETHER = Path(__file__).with_name("tether.py")


def program(name: str, environ: Mapping[str, str] = os.environ, procfile: Path = _PROCFILE) -> list[str]:
    """Return the command of one of the Procfile's processes, its variables from `environ`.

    Raises `ConfigurationError`.
    """
    try:
        lines = procfile.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise ConfigurationError("There is no Procfile beside the packages: run from a checkout.") from None
    for line in lines:
        key, _, command = line.partition(":")
        if key.strip() == name:
            words = shlex.split(_VARIABLE.sub(lambda found: environ.get(found[1]) or found[2], command))
            return _with_this_python([_from_anywhere(word, procfile.parent) for word in words])
    raise ConfigurationError(f"The Procfile has no process {name!r}.")


def _from_anywhere(word: str, folder: Path) -> str:
    """Make the path in `--option=PATH` absolute if it is a file's below `folder`: we may run in any other."""
    option, equals, path = word.partition("=")
    return f"{option}={folder / path}" if equals and (folder / path).is_file() else word


def _with_this_python(words: list[str]) -> list[str]:
    """Run Python programs by the interpreter that runs us: the virtual environment may not be on the PATH."""
    if words[0] == "python":
        return [sys.executable, *words[1:]]
    beside = Path(sys.executable).with_name(words[0])
    return [str(beside), *words[1:]] if beside.exists() else words


@dataclass
class Supervisor:
    """Children with their output, a name before each line. Leaving the block ends them all.

    Within the block SIGINT, SIGTERM and SIGHUP raise `KeyboardInterrupt`, once; a further one kills the children.
    `log` gets the output; `quiet` keeps it from being shown; `as_json` shows each line as an object. Were this process
    killed outright, the children would end by themselves (worker/tether.py).
    """

    environment: Mapping[str, str]
    quiet: bool = False
    as_json: bool = False
    log: IO[str] | None = None
    _children: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    _readers: list[threading.Thread] = field(default_factory=list)
    _last_lines: dict[str, str] = field(default_factory=dict)
    _unheard: OSError | None = None
    _one_ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        # One that is ignored stays so: by nohup, or in the background of a shell.
        self._before = {one: signal.getsignal(one) for one in _ENDING if signal.getsignal(one) != signal.SIG_IGN}
        self._handle(self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for one, handler in self._before.items():
            signal.signal(one, handler or signal.SIG_DFL)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a child under a name."""
        child = self._children[name] = subprocess.Popen(  # noqa: S603 commands of our own Procfile
            [sys.executable, "-I", "-S", str(_TETHER), *command],
            env={**self.environment, "PYTHONUNBUFFERED": "1"},
            # Held open and never written to: it closes when this process ends, however it does.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # A group of its own: Ctrl-C reaches us alone, and we end the children in order.
            start_new_session=True,
        )
        colour = _COLOURS[len(self._readers) % len(_COLOURS)]
        reader = threading.Thread(target=self._read, args=(name, child, colour), daemon=True)
        reader.start()
        self._readers.append(reader)

    def wait(self) -> None:
        """Wait until a child ends by itself. Raises as `check` does."""
        while not self._one_ended.wait(0.5):
            pass
        self.check()

    def check(self) -> None:
        """Raise `ConfigurationError` if a child has ended by itself or its output cannot be written.

        Raises `BrokenPipeError` where whoever read the output is gone.
        """
        if isinstance(self._unheard, BrokenPipeError):
            raise self._unheard
        if self._unheard is not None:
            reason = (self._unheard.strerror or "no reason given").lower()
            raise ConfigurationError(f"The processes' output cannot be written ({reason}): make room for it.")
        for name, child in self._children.items():
            if child.poll() is not None:
                raise ConfigurationError(self._ending(name, child.returncode))

    @property
    def output(self) -> str:
        """Where the children's output is to be read, in words."""
        return f"its output in {self.log.name}" if self.log is not None else "its output above"

    def stop(self) -> None:
        """End all children: first kindly, after 25 s or at a further signal by force. None is left."""
        self._handle(self._kill)
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self._children.values():
            with suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
        self._kill()
        for child in self._children.values():
            child.wait()
            if child.stdin is not None:
                child.stdin.close()
        for reader in self._readers:
            reader.join()
        self._children.clear()
        self._readers.clear()

    def _read(self, name: str, child: subprocess.Popen[str], colour: str) -> None:
        assert child.stdout is not None
        with child.stdout:
            for line in child.stdout:
                self._last_lines[name] = line.strip() or self._last_lines.get(name, "")
                self._pass_on(name, line, colour)
        child.wait()
        self._one_ended.set()

    def _pass_on(self, name: str, line: str, colour: str) -> None:
        """Keep and show a line. Where nobody takes it any more the children end, read on until they have."""
        if self._unheard is not None:
            return
        try:
            if self.log is not None:
                self.log.write(f"{name:<7} {line}")
            if not self.quiet:
                click.echo(self._shown(name, line.rstrip("\n"), colour))
        except OSError as error:
            self._unheard = error
            self._one_ended.set()

    def _shown(self, name: str, line: str, colour: str) -> str:
        if self.as_json:
            return json.dumps({"process": name, "line": line}, ensure_ascii=False)
        return click.style(f"{name:<7}", fg=colour) + " " + line

    def _ending(self, name: str, code: int) -> str:
        said = self._last_lines.get(name, "").rstrip(".")
        return f"The process {name} ended with code {code}{f' ({said})' if said else ''}: read {self.output}."

    def _handle(self, handler: Callable[[int, FrameType | None], None]) -> None:
        for one in self._before:
            signal.signal(one, handler)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        # Whatever comes next may not break into the end of the children.
        self._handle(self._kill)
        raise KeyboardInterrupt(number)

    def _kill(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        for child in self._children.values():
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
