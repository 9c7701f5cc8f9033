"""How commands speak: tables for people, JSON for programs, progress on long work."""

import dataclasses
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import click
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

Command = TypeVar("Command", bound=Callable[..., Any])

# How narrow the widest column of a table may get before its rows are shown one below the other.
_FOLDED = 24
# No line is broken that no terminal shows: a program or `grep` may read it.
_WIDTH = None if sys.stdout.isatty() else 10_000

# All but the line feed and the tabulator.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

console = Console(highlight=False, width=_WIDTH)
# Progress is for people: it goes beside the output, not into it.
side = Console(stderr=True, highlight=False)

json_option: Callable[[Command], Command] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs."
)


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str = "Nothing.") -> None:
    """Print rows as a table, one below the other where a terminal is too narrow for that, or as a JSON list."""
    if as_json:
        click.echo(json.dumps(list(rows), default=_plain, ensure_ascii=False, indent=2))
    elif not rows:
        click.echo(empty)
    else:
        heads = [name.replace("_", " ") for name in rows[0]]
        cells = [[_cell(value) for value in row.values()] for row in rows]
        console.print(_table(heads, cells) if _fits(heads, cells) else _list(heads, cells))


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
    side.print(_visible(sentence), soft_wrap=True, markup=False)


def progress() -> Progress:
    """Return a progress display: a bar a line, with what is done of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=side, transient=False)


def facts(value: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the named attributes of a value."""
    return {name: getattr(value, name) for name in names}


def _fits(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> bool:
    """Whether a table is readable in this width: at most one of its columns, the widest, has to be folded."""
    widths = [
        max(cell_len(line) for text in column for line in text.splitlines() or [""])
        for column in zip(heads, *cells, strict=True)
    ]
    others = sum(widths) - max(widths) + len(widths)
    return others + min(max(widths), _FOLDED) <= console.width


def _table(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in cells:
        table.add_row(*map(Text, row))
    return table


def _list(heads: Sequence[str], cells: Sequence[Sequence[str]]) -> Table:
    """Return every value in a line of its own, after its name."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for number, row in enumerate(cells):
        if number:
            table.add_row()
        for head, text in zip(heads, row, strict=True):
            table.add_row(head, Text(text))
    return table


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
