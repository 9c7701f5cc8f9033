"""Keeps out of a first look what a team's own condition does not want imported (MAP-7)."""

from dataclasses import dataclass, replace

from remindersync import newcomers
from remindersync.errors import Category, Destiny, Fault, SalesforceRefused
from remindersync.model import Pair, SalesforceTask, Snapshot
from remindersync.ports import SalesforceTasks

REFUSED = Fault(
    code="IMPORT_CONDITION",
    message="",
    category=Category.ACCESS,
    meaning="Salesforce does not take the team's import condition, so no new Task is imported.",
    remedy="An admin corrects import_condition; a Task left out meanwhile comes in when it is edited.",
    destiny=Destiny.PARK,
)


@dataclass(frozen=True, slots=True)
class Screened:
    """A snapshot that knows which Tasks are kept out, and the fault where that could not be asked."""

    snapshot: Snapshot
    fault: Fault | None = None


def _may_come_in(pair: Pair, task: SalesforceTask, snapshot: Snapshot) -> bool:
    """Say whether a Task comes in, or in a preview may be matched though it would not come in by itself (FIRST-6)."""
    matching = snapshot.choice.match_existing and newcomers.eligible(task, snapshot.user)
    return matching or newcomers.wanted(pair, snapshot)


def screened(snapshot: Snapshot, salesforce: SalesforceTasks) -> Screened:
    """Ask Salesforce which of the Tasks that nobody here has fit the condition; linked Tasks are never asked about.

    A condition that Salesforce does not take any more keeps all of them out and ends nothing else.
    """
    condition = snapshot.user.settings.import_condition
    new = [
        pair.task.id
        for pair in snapshot.pairs
        if pair.reminder is None and pair.task is not None and _may_come_in(pair, pair.task, snapshot)
    ]
    if not condition or not new:
        return Screened(snapshot)
    try:
        fitting, fault = salesforce.fitting(new, condition), None
    except SalesforceRefused as refused:
        if refused.fault.destiny is not Destiny.PARK:
            raise
        fitting, fault = frozenset(), replace(REFUSED, message=f"{refused.fault.code}: {refused.fault.message}")
    return Screened(replace(snapshot, kept_out=frozenset(new) - fitting), fault)
