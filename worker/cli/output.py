"""How commands speak: tables for people, JSON for programs, progress on long work."""

import dataclasses
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

Command = TypeVar("Command", bound=Callable[..., Any])

# No line is broken that no terminal shows: a program or `grep` may read it.
_WIDTH = None if sys.stdout.isatty() else 10_000

# All but the line feed and the tabulator.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

json_option: Callable[[Command], Command] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs."
)


@cache
def console() -> "Console":
    """Return what prints tables and coloured text."""
    from rich.console import Console  # noqa: PLC0415 --help and --json do without it

    return Console(highlight=False, width=_WIDTH)


@cache
def side() -> "Console":
    """Return what prints progress, which is for people: it goes beside the output, not into it."""
    from rich.console import Console  # noqa: PLC0415 --help and --json do without it

    return Console(stderr=True, highlight=False)


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str = "Nothing.") -> None:
    """Print rows as a table, one below the other where a terminal is too narrow for that, or as a JSON list."""
    if as_json:
        click.echo(json.dumps(list(rows), default=_plain, ensure_ascii=False, indent=2))
    elif not rows:
        click.echo(empty)
    else:
        from worker.cli import tables  # noqa: PLC0415 see `console`

        heads = [name.replace("_", " ") for name in rows[0]]
        cells = [[_cell(value) for value in row.values()] for row in rows]
        console().print(tables.fitting(heads, cells, console().width))


def ask(question: str) -> None:
    """Ask a person for a yes. Raises `Exit` with 1 at a no, and `UsageError` where nobody answers, as under cron."""
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)
        raise click.UsageError("Nobody is there to answer: say --yes to go on without a question") from None
    if not agreed:
        raise click.exceptions.Exit(1)


def say(sentence: str, *, as_json: bool = False, **facts: Any) -> None:
    """Print one sentence, or its facts as a JSON object."""
    click.echo(json.dumps(facts, default=_plain, ensure_ascii=False) if as_json else _visible(sentence))


def tell(sentence: str) -> None:
    """Say beside the output what is going on; addresses and paths stay whole."""
    side().print(_visible(sentence), soft_wrap=True, markup=False)


def progress() -> "Progress":
    """Return a progress display: a bar a line, with what is done of how much."""
    from rich.progress import (  # noqa: PLC0415 see `console`
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=side(), transient=False)


def facts(value: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the named attributes of a value."""
    return {name: getattr(value, name) for name in names}


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return _visible(str(value))


def _visible(text: str) -> str:
    """Show control characters instead of sending them: whoever may write a Subject does not steer a terminal."""
    return _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
