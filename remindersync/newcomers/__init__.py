"""Plan for what has no partner yet: Tasks to import or to match, reminders to create a Task for."""

from remindersync.newcomers.importing import (
    IMPORT_SPAN,
    eligible,
    import_task,
    importable,
    imported_value,
    reminder_id,
    wanted,
)
from remindersync.newcomers.looking import Look
from remindersync.newcomers.matching import Matches, dated, match, matched_times, matches
from remindersync.newcomers.sending import (
    MAY_LAND,
    POSSIBLE_DUPLICATE,
    adopt,
    create,
    create_key,
    made_by,
    may_return,
    send,
)
from remindersync.newcomers.turning_on import begun, previewed

__all__ = [
    "IMPORT_SPAN",
    "MAY_LAND",
    "POSSIBLE_DUPLICATE",
    "Look",
    "Matches",
    "adopt",
    "begun",
    "create",
    "create_key",
    "dated",
    "eligible",
    "import_task",
    "importable",
    "imported_value",
    "made_by",
    "match",
    "matched_times",
    "matches",
    "may_return",
    "previewed",
    "reminder_id",
    "send",
    "wanted",
]
