"""How commands speak: tables for people, JSON for programs, progress on long work."""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

Command = TypeVar("Command", bound=Callable[..., Any])

# No line is broken that no terminal shows: a program or `grep` may read it.
_WIDTH = None if sys.stdout.isatty() else 10_000

console = Console(highlight=False, width=_WIDTH)
# Progress is for people: it goes beside the output, not into it.
side = Console(stderr=True, highlight=False)

json_option: Callable[[Command], Command] = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs."
)


def show(rows: Sequence[Mapping[str, Any]], *, as_json: bool, empty: str = "Nothing.") -> None:
    """Print rows as a table, or as a JSON list."""
    if as_json:
        click.echo(json.dumps(list(rows), default=_plain, ensure_ascii=False, indent=2))
    elif not rows:
        click.echo(empty)
    else:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in rows[0]:
            table.add_column(name.replace("_", " "), overflow="fold")
        for row in rows:
            table.add_row(*(_cell(value) for value in row.values()))
        console.print(table)


def say(sentence: str, *, as_json: bool = False, **facts: Any) -> None:
    """Print one sentence, or its facts as a JSON object."""
    click.echo(json.dumps(facts, default=_plain, ensure_ascii=False) if as_json else sentence)


def tell(sentence: str) -> None:
    """Say beside the output what is going on; addresses and paths stay whole."""
    side.print(sentence, soft_wrap=True, markup=False)


def progress() -> Progress:
    """Return a progress display: a bar a line, with what is done of how much."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=side, transient=False)


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
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
