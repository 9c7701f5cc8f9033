"""What `--help` promises of every command."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from worker.cli import cli


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command and group below."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


EVERY = tuple(commands(cli))


def helps(*words: str) -> str:
    return CliRunner().invoke(cli, [*words, "--help"], prog_name="remindersync", terminal_width=80).output


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_every_command_takes_json_and_its_list_cuts_no_sentence_off(words: tuple[str, ...]) -> None:
    told = helps(*words)
    assert "--json" in told or "Commands:" in told
    assert "..." not in told.replace("[OPTIONS] COMMAND [ARGS]...", "")


def test_the_first_list_is_alphabetical_and_cuts_no_sentence_off() -> None:
    names = [words[0] for words in EVERY if len(words) == 1]
    assert names == sorted(names)
    assert "..." not in helps().replace("[OPTIONS] COMMAND [ARGS]...", "")


def test_a_former_name_still_works_and_is_shown_no_more() -> None:
    assert "sign-in " not in helps("users")
    assert "signs EMAIL in" in helps("users", "sign-in")
