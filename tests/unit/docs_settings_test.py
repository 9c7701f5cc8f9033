"""The settings page tells what the code reads: every name, and every default as it is."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from remindersync.errors import ConfigurationError
from remindersync.model import TeamSettings
from remindersync.store import team_settings
from worker.settings import Settings
from worker.tracing import wanted

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
KEYS = {"SECRET_KEY": "s" * 32, "TOKEN_KEYS": "t" * 32}


class Watched(Mapping):
    """An environment that notes which names were asked for."""

    def __init__(self, values):
        self.values, self.asked = values, set()

    def __getitem__(self, name):
        self.asked.add(name)
        return self.values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def __len__(self) -> int:
        return len(self.values)


def table(heading):
    """Return the rows below a heading as name and default, as they are written."""
    part = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    rows = [line.strip("| ").split(" | ") for line in part.splitlines() if line.startswith("| `")]
    return {cells[0].strip("`"): cells[-1] for cells in rows}


OPERATORS = table("For the operator")
PROCESSES = table("For single processes")


def test_the_page_lists_exactly_the_variables_that_are_read():
    watched = Watched(KEYS)
    Settings.from_env(watched)
    assert set(OPERATORS) == watched.asked


@pytest.mark.parametrize("name", [name for name, default in OPERATORS.items() if default.startswith("`")])
def test_a_default_on_the_page_is_the_codes(name):
    written = OPERATORS[name].strip("`")
    assert Settings.from_env(KEYS | {name: written}) == Settings.from_env(KEYS)


@pytest.mark.parametrize("name", [name for name, default in OPERATORS.items() if default == "not set"])
def test_what_is_not_set_by_default_is_nothing(name):
    assert not getattr(Settings.from_env(KEYS), name.lower())


@pytest.mark.parametrize("name", [name for name, default in OPERATORS.items() if default == "required"])
def test_what_is_required_stops_the_process_by_name(name):
    with pytest.raises(ConfigurationError, match=name):
        Settings.from_env({key: value for key, value in KEYS.items() if key != name})


def test_every_default_is_of_one_of_these_kinds():
    assert all(default in {"not set", "required"} or default.startswith("`") for default in OPERATORS.values())


def test_the_page_lists_what_single_processes_read():
    read = {}
    for name in ["web/__main__.py", "worker/flowerconfig.py"]:
        source = (ROOT / name).read_text(encoding="utf-8")
        read |= dict.fromkeys(re.findall(r'environ\.get\("(\w+)"', source), None)
        read |= dict(re.findall(r'\.number\("(\w+)", (\d+)', source))
    read |= dict(re.findall(r"\$\{(\w+):-([^}]*)\}", (ROOT / "Procfile").read_text(encoding="utf-8")))
    assert set(PROCESSES) == set(read)
    assert all(PROCESSES[name] == f"`{default}`" for name, default in read.items() if default is not None)


def test_the_page_lists_the_variables_of_traces_that_are_checked_and_the_defaults_they_have():
    source = (ROOT / "worker" / "tracing" / "wanted.py").read_text(encoding="utf-8")
    checked = set(re.findall(r'"(OTEL_[A-Z_]+)"', source))
    listed = {
        name: default.strip("`") for names, default in table("For traces").items() for name in names.split("`, `")
    }
    in_words = {"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"}
    assert set(listed) == checked - in_words | {"OTEL_SERVICE_NAME", "OTEL_EXPORTER_OTLP_HEADERS"}
    set_so = {name: default for name, default in listed.items() if default != "not set"}
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    assert wanted(endpoint | set_so).endpoint == wanted(endpoint).endpoint


def test_the_page_lists_a_teams_settings_with_their_defaults():
    listed = {name: json.loads(default.strip("`")) for name, default in table("For a team").items()}
    assert listed == team_settings.to_json(TeamSettings())
