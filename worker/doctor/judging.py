"""What an org's rights, picklists, clock and key field mean for a team."""

from collections.abc import Iterator

from remindersync.errors import UserMistake
from remindersync.model import TeamSettings
from remindersync.salesforce.checkup import Checkup, KeyField
from remindersync.salesforce.survey import refuse_unfit_statuses, refuse_unknown
from worker.doctor.findings import Finding, ok, problem, unknown

# MERGE-1 decides by times, and what is behind both clocks may be decided wrongly.
CLOCK_SECONDS = 60.0
_DEPLOY = "Deploy the field and its permission set from deploy/salesforce."


def rights(about: str, found: Checkup) -> Finding:
    """Judge what a login may do with Tasks."""
    if found.lacks:
        return problem(
            "rights", about, f"Tasks are not {', '.join(found.lacks)}.", "An admin grants the right on Task."
        )
    if found.hidden:
        names = ", ".join(found.hidden)
        return problem("rights", about, f"Fields are hidden: {names}.", "An admin makes them visible to this user.")
    if found.read_only:
        names = ", ".join(found.read_only)
        return problem("rights", about, f"Fields cannot be edited: {names}.", "An admin grants edit access to them.")
    return ok("rights", about, "Tasks and all fields that sync can be read and written.")


def picklists(about: str, settings: TeamSettings, found: Checkup) -> Finding:
    """Judge a team's value maps by what the org offers."""
    try:
        refuse_unfit_statuses(settings.status_map, found.statuses)
        refuse_unknown("priority_map", settings.priority_map, found.priorities)
    except UserMistake as mistake:
        cause, _, remedy = str(mistake).rpartition(": ")
        return problem("picklists", about, f"{cause}.", f"{remedy[:1].upper()}{remedy[1:]}")
    return ok("picklists", about, "Status and Priority have every value that the team's maps name.")


def clock(about: str, ahead_seconds: float) -> Finding:
    """Judge how far a clock is from this machine's."""
    if abs(ahead_seconds) <= CLOCK_SECONDS:
        return ok("clock", about, "Its clock and this machine's agree within a minute.")
    way = "ahead of" if ahead_seconds > 0 else "behind"
    said = f"Its clock is {abs(ahead_seconds):.0f} s {way} this machine's."
    return problem("clock", about, said, "Synchronise this machine's clock (NTP).")


def key_field(about: str, name: str, key: KeyField | None) -> Iterator[Finding]:
    """Judge the key field, and say which guarantee creates have by it (ONCE-2)."""
    wrong = _wrong(key)
    if key is None or wrong:
        said = f"The org has no usable {name} ({wrong}): a create whose answer is lost waits ten minutes for a look-up."
        yield problem("creates", about, said, _DEPLOY)
        return
    yield ok("creates", about, f"Creates go under {name}: never two Tasks for one reminder.")
    if key.on_layout:
        remedy = "Take it off every page layout of Task: people must not change it."
        yield problem("key field", about, f"{name} is on a page layout.", remedy)
    elif key.on_layout is None:
        yield unknown(
            "key field", about, "Its page layouts could not be read.", "See in Setup that none shows the field."
        )
    else:
        case = "with" if key.is_case_sensitive else "without"
        yield ok("key field", about, f"{name} is unique, an external id, {case} regard to case, and on no layout.")


def _wrong(key: KeyField | None) -> str:
    if key is None:
        return "there is none, or it is hidden from this user"
    reasons = {
        "it is not unique": not key.is_unique,
        "it is no external id": not key.is_external_id,
        "this user may not write it": not key.is_createable,
    }
    return ", ".join(reason for reason, holds in reasons.items() if holds)
