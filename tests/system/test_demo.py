"""The demo says where things are, leaves nothing behind however it ends, and its check sees what differs."""

import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import requests

from remindersync.errors import ConfigurationError
from tests.fixtures.waiting import eventually
from tests.system.commands import CommandLine, Running
from worker import cli
from worker.demo import check, stage
from worker.demo.check import Found
from worker.demo.script import Person
from worker.demo.sides import CheckFailed
from worker.demo.verify import differences

WAIT_SECONDS = 180

# How far a demo is when it is ended: the words it has said by then.
STARTING, IMPORTING, READY = "PostgreSQL is", "The Salesforce org in a box is at", "remindersync is running."


@pytest.fixture
def start(line: CommandLine) -> Iterator[Callable[..., Running]]:
    """Start a demo and wait until it said something; whatever a test left of it is killed."""
    started: list[Running] = []

    def begin(*options: str, until: str) -> Running:
        running = line.start("demo", *options)
        started.append(running)
        eventually(lambda: running.says(until), give_up_seconds=WAIT_SECONDS)
        return running

    yield begin
    for running in started:
        running.process.kill()
        running.process.wait()
    for process in processes_of(line):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def processes_of(line: CommandLine) -> list[psutil.Process]:
    """Every process that has to do with a home: by its command, its settings or its folder."""
    return [process for process in psutil.process_iter() if _belongs(process, str(line.home))]


def _belongs(process: psutil.Process, home: str) -> bool:
    try:
        if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
            return False
        told = [*process.cmdline(), *process.environ().values(), process.cwd()]
    except psutil.Error:
        return False
    return any(home in words for words in told)


def test_a_demo_says_where_everything_is_and_ctrl_c_in_its_terminal_ends_it_well(line, start):
    demo = start("--json", until='"output"')
    told = json.loads(re.search(r"^\{.*\}$", demo.output(), re.MULTILINE)[0])
    assert set(told) == {"command_center", "salesforce", "flower", "home", "output"}
    page = requests.get(told["command_center"], timeout=WAIT_SECONDS)
    assert page.ok
    assert "Sign in" in page.text
    for address in (told["salesforce"], told["flower"]):
        assert requests.get(address, timeout=WAIT_SECONDS).ok
    assert "web" in Path(told["output"]).read_text()
    there = CommandLine(Path(told["home"]), {"REMINDERSYNC_HOME": told["home"]})
    assert [one["state"] for one in there.run("status", "--json").json()] == ["idle"] * 12
    assert there.run("doctor").code == 0
    names = " ".join(" ".join(process.cmdline()) for process in processes_of(line))
    for part in ("-m web", "worker worker", "worker beat", "worker flower", "-m orgsim", "postgres", "valkey"):
        assert part in names or (part == "valkey" and "redis-server" in names), names
    os.killpg(demo.process.pid, signal.SIGINT)
    _expect_nothing_left(line, demo)
    assert demo.process.returncode == 0
    assert "Traceback" not in demo.output()


@pytest.mark.parametrize(
    ("until", "signals"),
    [
        pytest.param(READY, [signal.SIGTERM], id="a SIGTERM"),
        pytest.param(IMPORTING, [signal.SIGHUP], id="a SIGHUP while people are imported"),
        pytest.param(IMPORTING, [signal.SIGINT, signal.SIGINT], id="an impatient Ctrl-C"),
        pytest.param(STARTING, [signal.SIGINT], id="a Ctrl-C during the start"),
        pytest.param(READY, [signal.SIGKILL], id="kill -9"),
    ],
)
def test_nothing_is_left_after(line, start, until, signals):
    demo = start(until=until)
    assert len(processes_of(line)) > 1
    for number in signals:
        demo.process.send_signal(number)
    _expect_nothing_left(line, demo)
    assert "Traceback" not in demo.output()


def test_a_second_demo_in_the_same_home_is_refused_and_the_first_goes_on(line, start):
    demo = start(until=STARTING)
    assert "A demo is running" in line.run("demo").complaint()
    assert demo.process.poll() is None


def test_a_demo_uses_no_database_that_the_settings_name(line, start):
    (line.folder / ".env").write_text("DATABASE_URL=postgresql://127.0.0.1:1/real\nREDIS_URL=redis://127.0.0.1:1\n")
    demo = start(until=STARTING)
    assert f"embedded under {line.home / 'demo'}" in demo.output()


def test_a_process_that_fails_ends_the_demo_with_where_to_read_why(line, start):
    demo = start(until=READY)
    (web,) = (
        process for process in processes_of(line) if process.cmdline()[-2:] == ["-m", "web"] and _is_child(process)
    )
    web.kill()
    _expect_nothing_left(line, demo)
    assert demo.process.returncode == 1
    last = demo.output().splitlines()[-1]
    assert last.startswith("remindersync: The process web ended with code 137")
    assert str(line.home / "demo" / "processes.log") in last


def _is_child(process: psutil.Process) -> bool:
    """Whether it is the program itself, not the tether that holds it."""
    return "tether.py" not in " ".join(process.cmdline())


def _expect_nothing_left(line: CommandLine, demo: Running) -> None:
    demo.process.wait(WAIT_SECONDS)
    eventually(lambda: processes_of(line) == [], pause_seconds=0.1)


# ── The check ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Here:
    """One person's side of the app, as the check sees it."""

    items: list[dict[str, Any]]

    def reminders(self):
        return iter(self.items)


@dataclass
class There:
    """One person's side of Salesforce, as the check sees it."""

    items: list[dict[str, Any]]

    def tasks(self, where: str):
        assert where == "OwnerId = '005' AND IsDeleted = false"
        return iter(self.items)


def reminder(**changes: Any) -> dict[str, Any]:
    told = {
        "id": "r1",
        "name": "Call Ada",
        "status": "open",
        "priority": "high",
        "due_date": "2026-11-23",
        "details": "one\ntwo",
        "person": {"salesforce_id": "003"},
        "sync": {"salesforce_id": "00T1"},
    }
    return told | changes


def task(**changes: Any) -> dict[str, Any]:
    told = {
        "Id": "00T1",
        "Subject": "Call Ada",
        "Status": "Not Started",
        "Priority": "High",
        "ActivityDate": "2026-11-23",
        "Description": "one\r\ntwo",
        "WhoId": "003",
    }
    return told | changes


def compared(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> tuple[int, list[str]]:
    return differences(Here(here), There(there), "005")


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({}, {}),
        ({"priority": "normal"}, {"Priority": "Low"}),
        ({"status": "completed"}, {"Status": "Deferred"}),
        ({"name": "two\nlines"}, {"Subject": "two lines"}),
        ({"name": "n" * 300}, {"Subject": "n" * 255}),
        ({"details": "d" * 40_000}, {"Description": "d" * 32_000}),
        ({"details": None}, {"Description": None}),
        ({"details": "Zoe\u0308"}, {"Description": "Zoë"}),
        ({"name": "(no subject)"}, {"Subject": None}),
        ({"person": None}, {"WhoId": None}),
    ],
)
def test_the_check_takes_equal_pairs_for_equal(here, there):
    assert compared([reminder(**here)], [task(**there)]) == (1, [])


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Subject": "Call Bob"}, "name: 'Call Ada' here, 'Call Bob' in Salesforce"),
        ({"Status": "Completed"}, "status: 'open' here, 'completed' in Salesforce"),
        ({"Priority": "Normal"}, "priority: 'high' here, 'normal' in Salesforce"),
        ({"ActivityDate": None}, "due date: '2026-11-23' here, None in Salesforce"),
        ({"Description": "one"}, "details: 'one\\ntwo' here, 'one' in Salesforce"),
        ({"WhoId": None}, "person: '003' here, None in Salesforce"),
    ],
)
def test_the_check_names_each_field_that_differs(changed, told):
    assert compared([reminder()], [task(**changed)]) == (1, [f"00T1 {told}"])


def test_the_check_sees_a_task_that_is_gone_and_a_reminder_without_one():
    pairs, found = compared([reminder(), reminder(id="r2", sync={"salesforce_id": None})], [])
    assert pairs == 1
    assert [one.split()[0] for one in found] == ["r2", "00T1"]


def person(here: Here, there: There) -> Person:
    actor = SimpleNamespace(user=SimpleNamespace(email="ada@acme.example"), sample={"salesforce_user_id": "005"})
    return Person(actor, here, None, there)


def test_sides_that_differ_fail_the_check_with_the_first_difference_named():
    different = person(Here([reminder()]), There([task(Subject="Call Bob", WhoId=None)]))
    with pytest.raises(CheckFailed) as failed:
        check._compare([different])
    said = "The two sides differ in 2 places, the first: ada@acme.example: 00T1 name: 'Call Ada' here, 'Call Bob' in"
    assert str(failed.value) == f"{said} Salesforce."


def test_sides_that_agree_pass_the_check_with_how_many_pairs_there_are():
    assert check._compare([person(Here([reminder()]), There([task()]))] * 2) == "2 pairs agree"


COLUMNS = ["part", "result", "records_written", "calls", "seconds"]
SEEN = [Found("first sync", "3 Tasks imported", 0, 7, 1.26), Found("a scene", "both edits stand", None, None, 0.5)]


@pytest.fixture
def checking(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Run `demo --check` in this process on a stage without processes; tell exit code, output and errors."""

    @contextmanager
    def empty_stage(**_: Any) -> Iterator[None]:
        yield None

    def run(outcome: Callable[..., list[Found]], *options: str) -> tuple[int, str, str]:
        monkeypatch.setattr(stage, "stage", empty_stage)
        monkeypatch.setattr(check, "check", outcome)
        monkeypatch.setattr(sys, "argv", ["remindersync", "demo", "--check", *options])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


def test_the_checks_json_has_a_row_for_each_part(checking):
    code, out, _ = checking(lambda *_: SEEN, "--json")
    assert code == 0
    rows = json.loads(out)
    assert [list(row) for row in rows] == [COLUMNS, COLUMNS]
    assert rows[0] == dict(zip(COLUMNS, ["first sync", "3 Tasks imported", 0, 7, 1.3], strict=True))


def test_the_checks_table_has_the_same_columns_and_ends_with_what_it_took(checking):
    code, out, _ = checking(lambda *_: SEEN)
    assert code == 0
    lines = [text.rstrip() for text in out.splitlines() if text.strip()]
    assert re.split(r"\s{2,}", lines[0]) == [name.replace("_", " ") for name in COLUMNS]
    assert re.split(r"\s{2,}", lines[1]) == ["first sync", "3 Tasks imported", "0", "7", "1.3"]
    assert re.split(r"\s{2,}", lines[2]) == ["a scene", "both edits stand", "–", "–", "0.5"]
    assert re.fullmatch(r"All agree\. 7 Salesforce calls, \d+ s in all\.", lines[-1])


@pytest.mark.parametrize("trouble", [CheckFailed, ConfigurationError])
def test_a_check_that_fails_says_why_in_one_sentence_and_exits_1(checking, trouble):
    def fail(*_: Any) -> list[Found]:
        raise trouble("The two sides differ in 1 places, the first: this.")

    assert checking(fail) == (1, "", "remindersync: The two sides differ in 1 places, the first: this.\n")
    assert checking(fail, "--json")[:2] == (1, "")
