"""What commands print for people: readable in any terminal, and what others wrote as they wrote it."""

import io

import click
import pytest
from rich.console import Console

from worker.cli import output

ROW = {"email": "ada@example.com", "last_run_at": None, "sync_on": True, "count": 12}


@pytest.fixture
def screen(monkeypatch):
    """Return a terminal of a given width, and what is printed to it."""

    def of_width(columns):
        console = Console(highlight=False, width=columns, file=io.StringIO())
        monkeypatch.setattr(output, "console", lambda: console)
        return console.file

    return of_width


def shown(file):
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_rows_are_a_table_where_it_fits(screen):
    terminal = screen(60)
    output.show([ROW], as_json=False)
    assert shown(terminal) == [
        "email            last run at  sync on  count",
        "ada@example.com  –            yes      12",
    ]


def test_where_a_terminal_is_too_narrow_every_value_has_a_line_of_its_own(screen):
    terminal = screen(36)
    output.show([ROW, ROW | {"count": 3}], as_json=False)
    first, second = shown(terminal)[:4], shown(terminal)[5:]
    assert first == ["email        ada@example.com", "last run at  –", "sync on      yes", "count        12"]
    assert second == [*first[:3], "count        3"]


def test_one_long_text_is_folded_within_the_table(screen):
    terminal = screen(60)
    output.show([{"number": 1, "reason": "much to say " * 20}], as_json=False)
    assert shown(terminal)[0].split() == ["number", "reason"]
    assert len(shown(terminal)) > 4


def test_what_people_wrote_is_shown_as_they_wrote_it(screen):
    terminal = screen(60)
    output.show([{"name": "[urgent] call [/b] \\[x]", "id": 1}], as_json=False)
    assert "[urgent] call [/b] \\[x]" in terminal.getvalue()


def test_what_people_wrote_steers_no_terminal(screen, capsys):
    terminal = screen(60)
    output.show([{"name": "\x1b[2Jgone\r\x9b1m", "id": 1}], as_json=False)
    output.say("it was \x1b]0;title\x07,\nand more")
    assert "\\x1b[2Jgone\\r\\x9b1m" in terminal.getvalue()
    assert capsys.readouterr().out == "it was \\x1b]0;title\\x07,\nand more\n"


@pytest.mark.parametrize(("answer", "status"), [("n\n", 1), ("\n", 1)])
def test_a_no_ends_a_command_as_one_that_did_nothing(monkeypatch, answer, status):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    with pytest.raises(click.exceptions.Exit) as ended:
        output.ask("Go on?")
    assert ended.value.exit_code == status


def test_a_question_that_nobody_can_answer_names_the_option_that_does(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(click.UsageError, match="--yes"):
        output.ask("Go on?")
