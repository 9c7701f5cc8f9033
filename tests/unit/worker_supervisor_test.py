"""What the Procfile's commands become when one terminal runs them."""

import os
import sys
from contextlib import contextmanager, redirect_stdout, suppress
from pathlib import Path

import pytest

from remindersync.errors import ConfigurationError
from worker.supervisor import Supervisor, program

# Says much, until it is told to end.
TALK = [sys.executable, "-c", "while True: print('a line of a log ' * 100)"]


@contextmanager
def unread():
    """Our output goes to a pipe whose reader is gone, as after `| head`."""
    reader, writer = os.pipe()
    os.close(reader)
    output = os.fdopen(writer, "w")
    with redirect_stdout(output):
        yield
    with suppress(BrokenPipeError):
        output.close()


def wait_for_talker(**options):
    with Supervisor(os.environ, **options) as processes:
        processes.start("talker", TALK)
        processes.wait()


@pytest.fixture
def procfile(tmp_path):
    path = tmp_path / "Procfile"
    path.write_text("web: python -m web\nworker: celery worker --pool=${POOL:-threads}\n")
    return path


def test_a_variable_is_what_the_settings_say_and_else_what_the_procfile_says(procfile):
    assert program("worker", {"POOL": "prefork"}, procfile)[-1] == "--pool=prefork"
    assert program("worker", {}, procfile)[-1] == "--pool=threads"
    assert program("worker", {"POOL": ""}, procfile)[-1] == "--pool=threads"


def test_when_nobody_reads_the_output_any_more_the_processes_end():
    with unread(), pytest.raises(BrokenPipeError):
        wait_for_talker()


def test_output_that_cannot_be_written_is_one_sentence_and_no_process_hangs_on_it():
    with (
        suppress(OSError),  # Closing it fails as well.
        Path("/dev/full").open("w", buffering=1) as full,
        pytest.raises(ConfigurationError, match="no space left"),
    ):
        wait_for_talker(quiet=True, log=full)


def test_workers_of_one_machine_can_have_names_of_their_own():
    assert "--hostname=people@%h" in program("worker", {"WORKER_NAME": "people"})
    assert "--hostname=celery@%h" in program("worker", {})
