"""What Flower's configuration makes of its environment and of its log."""

import runpy
from logging import WARNING, Logger, getLogger
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from flower.inspector import Inspector

CONFIGURATION = Path(__file__).parents[2] / "worker" / "flowerconfig.py"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Logger:
    """Flower's own log of what it asks workers, without what another test made of it."""
    logger = getLogger("flower.inspector")
    monkeypatch.setattr(logger, "filters", [])
    return logger


def ask_nobody() -> None:
    """Let Flower ask for workers where there is none."""
    with Celery(broker="memory://", set_as_current=False) as app:
        Inspector(None, app, timeout=0.01)._inspect("stats", None)


@pytest.mark.usefixtures("log")
def test_flower_is_silent_about_workers_that_have_not_answered_yet(caplog):
    caplog.set_level(WARNING)
    ask_nobody()
    assert "Inspect method stats failed" in caplog.text
    caplog.clear()
    runpy.run_path(str(CONFIGURATION))
    ask_nobody()
    assert caplog.text == ""


def test_flower_goes_on_telling_why_workers_cannot_be_asked(caplog, log):
    runpy.run_path(str(CONFIGURATION))
    log.warning("Inspect method %s failed: %s", "stats", "connection refused")
    assert "connection refused" in caplog.text


@pytest.mark.parametrize(("given", "port"), [({}, 5555), ({"FLOWER_PORT": "5556"}, 5556)])
def test_flower_listens_on_the_port_that_is_set(monkeypatch, given: dict[str, str], port: int):
    monkeypatch.delenv("FLOWER_PORT", raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    configured: dict[str, Any] = runpy.run_path(str(CONFIGURATION))
    assert configured["port"] == port
