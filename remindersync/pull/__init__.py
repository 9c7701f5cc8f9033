"""Pull what changed on both sides into a snapshot; the only stage that reads."""

from remindersync.pull.changing import changes, staged
from remindersync.pull.first import FIRST_PAGE_ROWS, first_page
from remindersync.pull.gathering import EDITS
from remindersync.pull.linked import REREAD_ROWS, by_ids, chosen, renewed, reread, reread_due
from remindersync.pull.reading import (
    CLOCK_ERROR_SECONDS,
    PAGE_ROWS,
    SWEEP_DELAY,
    Pass,
    Pulled,
    Sources,
    clock_offset,
    moved_on,
    new_pass,
    next_part,
)

__all__ = [
    "CLOCK_ERROR_SECONDS",
    "EDITS",
    "FIRST_PAGE_ROWS",
    "PAGE_ROWS",
    "REREAD_ROWS",
    "SWEEP_DELAY",
    "Pass",
    "Pulled",
    "Sources",
    "by_ids",
    "changes",
    "chosen",
    "clock_offset",
    "first_page",
    "moved_on",
    "new_pass",
    "next_part",
    "renewed",
    "reread",
    "reread_due",
    "staged",
]
