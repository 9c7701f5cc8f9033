"""All scenarios, by name."""

from tests.crash import edits, partings, questions

SCENARIOS = {
    "first import": edits.FIRST_IMPORT,
    "create here": edits.CREATE_HERE,
    "create there": edits.CREATE_THERE,
    "edit each field here": edits.EDIT_HERE,
    "edit each field there": edits.EDIT_THERE,
    "complete and reopen here": edits.COMPLETE_REOPEN_HERE,
    "complete and reopen there": edits.COMPLETE_REOPEN_THERE,
    "delete here": partings.DELETE_HERE,
    "delete there": partings.DELETE_THERE,
    "reassign there": partings.REASSIGN_THERE,
    "reassign here": partings.REASSIGN_HERE,
    "conflict": partings.CONFLICT,
    "restore": partings.RESTORE,
    "create again": questions.CREATE_AGAIN,
    "remove there": questions.REMOVE_THERE,
    "import on condition": questions.IMPORT_ON_CONDITION,
    "delete slowly": questions.DELETE_SLOWLY,
}
