"""One line an event, as text or as JSON."""

import json
import logging

from worker.logs import JsonFormatter, TextFormatter


def record(message="synced", *, level=logging.INFO, exc_info=None, **fields):
    made = logging.LogRecord("tasks.sync_user", level, __file__, 1, message, (), exc_info)
    made.created = 0
    if fields:
        made.fields = fields
    return made


def test_a_line_of_text_tells_time_level_event_and_fields():
    line = TextFormatter().format(record(user="ada", outcome="done"))
    assert line == "1970-01-01T00:00:00.000Z INFO synced user=ada outcome=done"


def test_a_line_of_json_tells_the_same():
    assert json.loads(JsonFormatter().format(record(user="ada", calls=3))) == {
        "at": "1970-01-01T00:00:00.000Z",
        "level": "INFO",
        "logger": "tasks.sync_user",
        "event": "synced",
        "user": "ada",
        "calls": 3,
    }


def test_json_stays_on_one_line_whatever_the_message_holds():
    assert "\n" not in JsonFormatter().format(record("two\nlines"))


def test_an_exception_comes_along_in_both():
    trouble = (ValueError, ValueError("why"), None)
    assert "ValueError: why" in TextFormatter().format(record(exc_info=trouble))
    assert "ValueError: why" in json.loads(JsonFormatter().format(record(exc_info=trouble)))["exception"]
