"""Tables for people, in the form that their terminal is wide enough for."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

# How narrow the widest column of a table may get before its rows are shown one below the other.
_FOLDED = 24


def fitting(heads: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> Table:
    """Return rows as a table, or one below the other where `width` characters are too few for that."""
    return _table(heads, cells) if _fits(heads, cells, width) else _list(heads, cells)


def _fits(heads: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> bool:
    """Whether a table is readable in this width: at most one of its columns, the widest, has to be folded."""
    widths = [
        max(cell_len(line) for text in column for line in text.splitlines() or [""])
        for column in zip(heads, *cells, strict=True)
    ]
    others = sum(widths) - max(widths) + len(widths)
    return others + min(max(widths), _FOLDED) <= width


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
