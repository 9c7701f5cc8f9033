"""Pull what changed on both sides into a snapshot; the only stage that reads."""

from remindersync.pull.changing import changes, staged
from remindersync.pull.first import FIRST_PAGE_ROWS, first_page
from remindersync.pull.gathering import EDITS
from remindersync.pull.linked import (
    DELETION_LOG,
    LOG_MARGIN,
    REREAD_ROWS,
    SHORTEST_SPAN,
    by_ids,
    chosen,
    deleted_for_good,
    renewed,
    reread,
    reread_due,
)
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
    "DELETION_LOG",
    "EDITS",
    "FIRST_PAGE_ROWS",
    "LOG_MARGIN",
    "PAGE_ROWS",
    "REREAD_ROWS",
    "SHORTEST_SPAN",
    "SWEEP_DELAY",
    "Pass",
    "Pulled",
    "Sources",
    "by_ids",
    "changes",
    "chosen",
    "clock_offset",
    "deleted_for_good",
    "first_page",
    "moved_on",
    "new_pass",
    "next_part",
    "renewed",
    "reread",
    "reread_due",
    "staged",
]
