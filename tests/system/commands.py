"""The command line as people run it: a process that knows nothing but the settings given to it."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

COMMAND = Path(sys.executable).with_name("remindersync")
KEYS = {"SECRET_KEY": "a secret key for tests only", "TOKEN_KEYS": "a token key for tests only"}
_GIVE_UP_SECONDS = 180
# So long a test waits for what a process does.
WAIT_SECONDS = 120


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    def told(self) -> str:
        """What a command that did its work printed."""
        assert self.code == 0, self.err
        assert "Warning" not in self.err
        return self.out

    def json(self) -> Any:
        return json.loads(self.told())

    def complaint(self, code: int = 1) -> str:
        """The one sentence of a command that could not do its work."""
        assert self.code == code, self
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        sentence = lines[0].removeprefix("remindersync: ")
        assert sentence != lines[0]
        assert sentence.endswith(".")
        assert not re.search(r"[.?!] [A-Z]", sentence), sentence
        # The remedy follows the cause.
        assert re.search("[:;] ", sentence), sentence
        return sentence


@dataclass(frozen=True)
class CommandLine:
    """A shell in a folder, with settings."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Where the embedded servers would be."""
        return self.folder / "home"

    @property
    def environ(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return {**inherited, "REMINDERSYNC_HOME": str(self.home), **self.settings}

    def knowing(self, **settings: str) -> "CommandLine":
        """The same with further settings; an empty one is as good as none."""
        return replace(self, settings={**self.settings, **settings})

    def run(self, *arguments: str) -> Ended:
        """Run `remindersync` to its end."""
        return self.run_program(COMMAND.name, *arguments)

    def run_program(self, name: str, *arguments: str) -> Ended:
        """Run a program that is installed beside `remindersync` to its end."""
        done = subprocess.run(
            [COMMAND.with_name(name), *arguments],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_GIVE_UP_SECONDS,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> "Running":
        """Start `remindersync` in a process group of its own, as an interactive shell does."""
        log = self.folder / "output.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [COMMAND, *arguments],
                cwd=self.folder,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Running(process, log)


@dataclass(frozen=True)
class Running:
    """A command that goes on until it is ended."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def says(self, words: str) -> bool:
        """Whether these words were printed; fails if it ended before it said them."""
        ended = self.process.poll() is not None
        output = self.output()
        assert words in output or not ended, output
        return words in output

    def output(self) -> str:
        return self.log.read_text()
