"""What guards make of a plan (DIAG-6): what waits for approval, what was done before, what is exempt."""

from dataclasses import replace

import pytest

from remindersync.guards import judge
from remindersync.model import GuardedChange, Ledger, Pair, Status, TeamSettings
from remindersync.plan import plan
from tests.unit.test_plan import AGREED, BASE, GONE, LINK, OURS, SHOWN, TASK, at, snapshot, task

FEW = TeamSettings(guard_count=1, guard_percent=50)
MANY = Ledger(open=2, done=0, waiting=0)


def judged(*pairs, ledger=MANY, settings=FEW, **given):
    seen = replace(snapshot(None, settings=settings, **given), pairs=pairs)
    return judge(plan(seen), seen, lambda: ledger)


def pair(number, shown=GONE, link=LINK, **changes):
    """A pair of its own; the Task as given."""
    known = replace(OURS, id=f"r{number}", **changes)
    return Pair(known, replace(link, reminder_id=f"r{number}", task_id=f"t{number}"), replace(shown, id=f"t{number}"))


def test_what_waits_is_skipped_with_its_reason_and_nothing_of_its_pair_is_done():
    other = pair(3, task(Subject="theirs"))
    verdict = judged(pair(1), pair(2), other)
    assert verdict.hold == {"r1": GuardedChange.DELETE, "r2": GuardedChange.DELETE}
    assert verdict.plan.skipped == (
        ("r1", "Waits for approval: too many of its kind"),
        ("r2", "Waits for approval: too many of its kind"),
    )
    assert [one.reminder_id for one in verdict.plan.inbound] == ["r3"]


@pytest.mark.parametrize(
    ("ledger", "waits"),
    [
        (Ledger(open=2, done=0, waiting=0), True),
        (Ledger(open=4, done=0, waiting=0), False),  # two are half of four, not more
        (Ledger(open=3, done=1, waiting=0), True),  # three of the four there were
        (Ledger(open=5, done=1, waiting=0), False),
        (Ledger(open=5, done=0, waiting=1), True),
        (Ledger(open=6, done=0, waiting=1), False),
    ],
)
def test_what_was_done_and_what_waits_count_against_what_was_open(ledger, waits):
    assert bool(judged(pair(1), pair(2), ledger=ledger).hold) is waits


def test_what_waits_already_counts_once():
    waiting = pair(1, held_change=GuardedChange.DELETE)
    verdict = judged(waiting, pair(2), ledger=Ledger(open=4, done=0, waiting=1))
    assert verdict.hold == {"r1": GuardedChange.DELETE}
    assert [one.reminder_id for one in verdict.plan.inbound] == ["r2"]


def test_a_completion_written_there_is_guarded_unless_a_person_set_the_status_here():
    done = {"status": Status.COMPLETED, "version": 4}
    by_nobody = [pair(number, TASK, **done) for number in (1, 2)]
    assert judged(*by_nobody).hold == {"r1": GuardedChange.COMPLETE, "r2": GuardedChange.COMPLETE}
    by_hand = [pair(number, TASK, edited_at={"status": at(-1)}, **done) for number in (1, 2)]
    assert judged(*by_hand).hold == {}
    other_edits = [pair(number, TASK, details="ours", version=4) for number in (1, 2)]
    assert judged(*other_edits).hold == {}
    reopened = replace(
        LINK, base=replace(BASE, agreed={**AGREED, "status": "completed"}, raw={**SHOWN, "Status": "Completed"})
    )
    shown = replace(TASK, values={**SHOWN, "Status": "Completed"}, is_closed=True)
    assert judged(*[pair(number, shown, reopened, version=4) for number in (1, 2)]).hold == {}


@pytest.mark.parametrize(
    ("stamp", "offset", "exempt"), [(-601, 0, True), (-600, 0, False), (-599, 120, True), (-601, -120, False)]
)
def test_what_was_deleted_before_the_switch_is_exempt_on_salesforces_clock(stamp, offset, exempt):
    gone = replace(GONE, stamp=at(stamp))
    verdict = judged(pair(1, gone), pair(2, gone), clock_offset_seconds=float(offset))
    assert (verdict.hold == {}) is exempt
    assert [one.reason for one in verdict.plan.inbound] == ["Deleted in Salesforce while sync was off"] * 2 * exempt


def test_a_rebase_of_a_pair_that_waits_is_left_out_and_that_of_another_is_not():
    both = pair(3, GONE, deleted_at=at(-1), version=4)
    verdict = judged(pair(1), pair(2), both)
    assert [type(one).__name__ for one in verdict.plan.inbound] == ["Rebase", "Settle"]
