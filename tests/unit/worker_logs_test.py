"""One line an event, as text or as JSON."""

import json
import logging

from worker.logs import JsonFormatter, OneLine, TextFormatter, without_stack


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


def test_ticks_that_cannot_be_sent_are_told_in_one_line_a_minute():
    seconds = iter([100.0, 105.0, 161.0])
    terse = OneLine(lambda: next(seconds))
    lines = [record("Message Error: %s\n%s", exc_info=(OSError, OSError("where"), None)) for _ in range(3)]
    assert [terse.filter(line) for line in lines] == [True, False, True]
    assert TextFormatter().format(lines[0]).endswith("A tick could not be sent (OSError): a later one does its work.")


def test_what_else_beat_says_is_told_whole():
    line = record("Removing corrupted schedule file", exc_info=(OSError, OSError("where"), None))
    assert OneLine().filter(line)
    assert "OSError: where" in TextFormatter().format(line)


def test_a_message_that_could_not_be_acknowledged_is_a_line_without_a_stack():
    line = record("Couldn't ack %r, reason:%r", exc_info=(OSError, OSError("where"), None))
    line.levelno, line.levelname, line.args = 50, "CRITICAL", ("a tag", OSError("gone"))
    assert without_stack(line)
    told = TextFormatter().format(line)
    assert told.endswith("WARNING Couldn't ack 'a tag', reason:OSError('gone')")
    other = record("Couldn't think", exc_info=(OSError, OSError("where"), None))
    assert without_stack(other)
    assert "OSError: where" in TextFormatter().format(other)
