"""Carry out what an admin asked for after a preview, a page at a time."""

from remindersync import pull
from remindersync.mapping import following
from remindersync.model import AskedItem, RunKind
from remindersync.ports import AskedPlace
from remindersync.pull import Sources
from remindersync.slices.steps import Steps
from remindersync.subject import renewing


def carry_out(steps: Steps, sources: Sources) -> bool:
    """Carry out what the run is asked for; say whether some is left for later."""
    run = steps.run
    if run.asked and run.kind is RunKind.EDIT:
        # It is background work, which stops before people's own edits do (DIAG-3): the next run's.
        steps.read_again = True
        return False
    after: AskedPlace | None = None
    while run.asked and steps.dry_plan is None:
        if not steps.in_time():
            return True
        with sources.runs.transaction(run) as tx:
            items = tx.asked.waiting(after, pull.EDITS)
            followed = following.take(tx, items, run.user)
        if not items:
            return False
        steps.tally.add("updated_here", followed)
        _render_anew(steps, sources, items)
        after = items[-1].reminder_id, items[-1].action_id
        if steps.edits_wait():
            return True
    return False


def _render_anew(steps: Steps, sources: Sources, items: list[AskedItem]) -> None:
    run = steps.run
    with sources.runs.transaction(run) as tx:
        links = renewing.take(tx, items, run.user)
    if not links:
        return
    steps.step(pull.renewed(sources, run, steps.place, links))
    with sources.runs.transaction(run) as tx:
        renewing.take(tx, items, run.user)
