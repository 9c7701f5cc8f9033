"""A wrong setting stops every command in one sentence that names it, before anything starts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import worker
from tests.system.circumstances import AWAY, own_ports
from tests.system.commands import KEYS, CommandLine, Ended

WRONG_SETTINGS = [
    ("DATABASE_URL", "mysql://localhost/app"),
    ("DATABASE_URL", "postgresql://localhost:port/app"),
    ("REDIS_URL", "http://localhost"),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "short"),
    ("TOKEN_KEYS", ""),
    ("TOKEN_KEYS", "a token key for tests only, short"),
    ("PUBLIC_URL", "http://sync.example.com"),
    ("PORT", "web"),
    ("PORT", "65536"),
    ("SALESFORCE_LOGIN_URL", "login.salesforce.com"),
    ("SALESFORCE_PRIVATE_KEY_FILE", "/no/such/file"),
    ("SALESFORCE_API_VERSION", "newest"),
    ("SALESFORCE_ALLOWED_HOSTS", "https://sf.example.com"),
    ("POLL_MIN_SECONDS", "0"),
    ("POLL_MAX_SECONDS", "1"),
    ("ORG_FEED_SECONDS", "often"),
    ("API_SHARE_PERCENT", "150"),
    ("REQUESTS_PER_MINUTE", "0"),
    ("WEBHOOK_ALLOWED_HOSTS", "a b"),
    ("HISTORY_DAYS", "-1"),
    ("BIN_DAYS", "1.5"),
    ("RUN_DAYS", "ever"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], tuple[Ended, Path]]]:
    """How `status` ended under each wrong setting, and where its home would be."""

    # Made beforehand: pytest makes no folders for several threads at once.
    lines = {
        wrong: CommandLine(tmp_path_factory.mktemp("wrong"), AWAY).knowing(**dict([wrong])) for wrong in WRONG_SETTINGS
    }
    with ThreadPoolExecutor(2) as pool:
        asked = {wrong: pool.submit(line.run, "status") for wrong, line in lines.items()}
        yield {wrong: (ended.result(), lines[wrong].home) for wrong, ended in asked.items()}


@pytest.mark.parametrize("wrong", WRONG_SETTINGS, ids="=".join)
def test_a_wrong_setting_stops_every_command_by_name(refusals, wrong):
    ended, home = refusals[wrong]
    assert wrong[0] in ended.complaint()
    assert not home.exists()
    assert ended.out == ""


def test_flowers_wrong_port_is_told_by_name_where_it_runs_alone(line):
    wrong = line.knowing(FLOWER_PORT="abc", **AWAY)
    conf = Path(worker.__path__[0]) / "flowerconfig.py"
    ended = wrong.run_program("celery", "-A", "worker", "flower", f"--conf={conf}")
    assert (ended.code, ended.err) == (1, "FLOWER_PORT is 'abc': set it to a whole number from 1 to 65535.\n")


def test_a_wrong_home_is_told_though_root_may_write_anywhere(line):
    line.home.write_text("a file in its place")
    for arguments in (("db", "upgrade"), ("demo",), ("up",)):
        sentence = line.knowing(**KEYS, **own_ports()).run(*arguments).complaint()
        assert "REMINDERSYNC_HOME" in sentence
        assert "choose another folder" in sentence
    assert line.home.read_text() == "a file in its place"


def test_a_settings_file_that_is_no_text_is_told(line):
    (line.folder / ".env").write_bytes(b"\xff\xfe\x00PORT=1")
    assert ".env" in line.knowing(**AWAY).run("status").complaint()


def test_a_demo_needs_no_setting_but_refuses_a_wrong_one(line):
    assert "LOG_LEVEL" in line.knowing(LOG_LEVEL="LOUD").run("demo", "--check").complaint()
