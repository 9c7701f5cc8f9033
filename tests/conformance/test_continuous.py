"""Section 4, continuous sync: what a run reads, when it comes, and what becomes of Tasks that move."""

from datetime import date
from itertools import count, pairwise

import pytest

from remindersync.errors import SyncError
from remindersync.model import LinkState, Outcome, Priority, Status
from remindersync.pull import reading
from tests.conformance.hooks import COMMIT, Killed
from tests.conformance.scene import ADA, BOB, CARL
from tests.fixtures.salesforce_calls import READS

MINUTE, HOUR = 60, 3600


# ── SYNC-1 ──


def test_sync_1_what_happens_in_salesforce_reaches_the_app(scene):
    task = scene.create(Subject="Call", ActivityDate="2026-01-06")
    steps = [
        (lambda: None, lambda one: (one.name, one.due_date) == ("Call", date(2026, 1, 6))),
        (lambda: scene.edit(task, Subject="Visit"), lambda one: one.name == "Visit"),
        (lambda: scene.edit(task, Status="Completed"), lambda one: one.completed_at is not None),
        (lambda: scene.edit(task, Status="Not Started"), lambda one: (one.status, one.completed_at) == ("open", None)),
        (lambda: scene.delete(task), lambda one: one.deleted_at is not None),
    ]
    for do, shows in steps:
        do()
        with scene.cost() as cost:
            scene.run()
        (reminder,) = scene.everything()
        assert shows(reminder)
        assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()


def test_sync_1_what_happens_in_the_app_reaches_salesforce(scene):
    reminder = scene.add("Call", due_date=date(2026, 1, 6))
    steps = [
        (lambda: None, {"Subject": "Call", "ActivityDate": "2026-01-06"}),
        (lambda: scene.change(reminder, name="Visit"), {"Subject": "Visit"}),
        (lambda: scene.change(reminder, status=Status.COMPLETED), {"Status": "Completed"}),
        (lambda: scene.change(reminder, status=Status.OPEN), {"Status": "Not Started"}),
        (lambda: scene.bin(reminder), {"IsDeleted": True}),
    ]
    for do, shown in steps:
        do()
        with scene.cost() as cost:
            scene.run()
        (task,) = scene.every_task().values()
        assert shown.items() <= task.items()
        assert (cost.calls, cost.writes_here, cost.writes_there) == (2, 0, 1)
    scene.quiet()


# ── SYNC-2 ──


def test_sync_2_an_edit_makes_its_owner_due_at_once(scene):
    reminder, _ = scene.pair(Subject="Call")
    assert scene.rest("ada") > 0
    scene.change(reminder, details="note")
    assert scene.rest("ada") <= 0
    assert scene.rest("bob") > 0


def test_sync_2_a_job_that_finds_the_lock_taken_asks_for_another_run_and_ends(scene):
    reminder = scene.add("Call")
    lease = scene.take_lock("ada")
    with scene.cost() as cost:
        assert scene.slice("ada").outcome is Outcome.BUSY
    assert (cost.calls, cost.nothing) == (0, True)
    assert scene.rest("ada") <= 0
    lease.release()
    assert scene.run()[0].outcome is Outcome.DONE
    assert scene.task_of(reminder) in scene.live()


def test_sync_2_an_edit_during_a_run_makes_another_due_at_once(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.hooks.once(lambda: scene.change(reminder, details="meanwhile"), at=("changed",), when="after")
    scene.wait(5)
    scene.slice("ada")
    assert scene.rest("ada") <= 0
    scene.run()
    assert scene.task(task)["Description"] == "meanwhile"


def test_sync_2_an_import_does_not_delay_an_edit(off):
    for number in range(450):
        off.store_task(Subject=str(number))
    off.turn_on("ada")
    off.hooks.once(lambda: off.add("urgent"), at=("first",), when="after")
    off.run()
    calls = off.hooks.calls
    assert calls.count("first") == 4
    assert calls.index("create") < [at for at, name in enumerate(calls) if name == "first"][1]
    assert len(off.reminders()) == 451


def test_sync_2_a_run_is_slices_of_20_seconds_that_save_their_place(off):
    for number in range(450):
        off.store_task(Subject=str(number))
    off.turn_on("ada")
    off.hooks.before = lambda name: off.wait(11) if name in READS else None
    reports = off.run()
    assert [one.outcome for one in reports[:-1]] == [Outcome.MORE] * (len(reports) - 1)
    assert len(reports) > 3
    assert off.hooks.calls.count("first") == 4
    assert sum(one.counts.created_here for one in reports) == len(off.reminders()) == 450
    off.hooks.reset()
    off.quiet("ada")


def test_sync_2_rests_grow_while_nothing_happens_and_shrink_when_something_does(scene):
    rests = []
    for _ in range(14):
        scene.run()
        rests.append(scene.rest("ada"))
    assert all(before <= after + 1 for before, after in pairwise(rests))
    assert rests[0] < MINUTE
    assert 890 < rests[-1] <= 990
    scene.add("Call")
    scene.run()
    assert scene.rest("ada") < 20


# ── SYNC-4 ──


def test_sync_4_a_run_may_be_cut_off_anywhere_and_repeated(scene):
    for step in range(60):
        theirs, ours = f"theirs {step}", f"ours {step}"
        task = scene.create(Subject=theirs)
        changed, its_task = scene.pair(Subject=f"pair {step}")
        scene.add(ours)
        scene.edit(its_task, Priority="High")
        scene.change(changed, details="note")
        scene.hooks.kill_at(step)
        try:
            scene.run()
            killed = False
        except Killed:
            killed = True
        scene.hooks.reset()
        scene.run()
        scene.run()
        assert sorted(one["Subject"] for one in scene.live().values() if one["Subject"] in (theirs, ours)) == [
            ours,
            theirs,
        ]
        assert [one.name for one in scene.reminders() if one.name in (theirs, ours)].count(theirs) == 1
        assert scene.reminder(scene.reminder_of(task)).name == theirs
        assert scene.task(its_task)["Description"] == "note"
        assert scene.reminder(changed).priority is Priority.HIGH
        if not killed:
            break
    assert not killed
    assert step > 12
    scene.settle(hours=1)
    assert scene.open_intents() == 0
    scene.quiet()


def test_sync_4_an_edit_made_while_a_run_reads_is_not_overwritten(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Subject="theirs", Priority="High")
    scene.hooks.once(lambda: scene.change(reminder, name="mine"), at=("changed",), when="after")
    scene.run()
    assert scene.reminder(reminder).name == "mine"
    scene.run()
    found = scene.reminder(reminder)
    assert (found.name, found.priority) == ("mine", Priority.HIGH)
    assert scene.task(task)["Subject"] == "mine"
    assert [one[:2] for one in scene.lost(reminder)] == [("name", "theirs")]
    scene.quiet()


def test_sync_4_a_row_read_before_our_own_write_was_answered_is_not_used(scene):
    reminder, task = scene.pair_from_here("A")
    # All in the second in which our write was answered: what is read now may be older than that.
    scene.edit(task, Subject="C")
    scene.change(reminder, name="B")
    with scene.cost() as cost:
        scene.slice("ada")
    assert (cost.calls, cost.nothing) == (1, True)
    assert scene.rest("ada") <= 2
    scene.run()
    assert scene.task(task)["Subject"] == scene.reminder(reminder).name == "B"
    assert [one[:2] for one in scene.lost(reminder)] == [("name", "C")]
    scene.quiet()


# ── SYNC-5 ──


def test_sync_5_the_front_reads_its_last_second_again(scene):
    scene.run()
    scene.create(Subject="in the same second")
    scene.slice("ada")
    assert [one.name for one in scene.reminders()] == ["in the same second"]
    scene.quiet()


def test_sync_5_the_sweep_finds_rows_that_became_visible_late(scene):
    task = scene.create_late(10 * MINUTE, Subject="late")
    scene.run()
    scene.wait(16 * MINUTE)
    scene.run()
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(scene.reminder_of(task)).name == "late"
    assert (cost.calls, cost.writes_here) == (1, 1)


def test_sync_5_a_row_already_seen_costs_nothing_further(scene):
    for number in range(5):
        scene.create(Subject=str(number))
    scene.run()
    scene.quiet("ada")
    scene.wait(16 * MINUTE)
    scene.quiet("ada")


@pytest.mark.parametrize("ahead", [-MINUTE, 0, MINUTE])
def test_sync_5_now_is_salesforce_s(off, ahead):
    off.skew(ahead)
    off.begin()
    reminder, task = off.pair(Subject="Call")
    off.edit(task, Subject="Visit")
    off.run()
    off.change(reminder, details="note")
    off.run()
    assert (off.reminder(reminder).name, off.task(task)["Description"]) == ("Visit", "note")
    off.quiet()


def test_sync_5_our_own_writes_are_no_edits_when_they_come_back(scene):
    reminder, task = scene.pair_from_here("Call", details=" one\r\ntwo ")
    scene.quiet("ada")
    scene.wait(16 * MINUTE)
    scene.quiet("ada")
    scene.change(reminder, details="three")
    scene.run()
    scene.quiet("ada")
    assert scene.task(task)["Description"] == "three"


# ── SYNC-6 ──


def test_sync_6_a_run_that_finds_nothing_changes_nothing(scene):
    scene.quiet()
    scene.pair(Subject="theirs")
    scene.pair_from_here("ours")
    scene.quiet()
    scene.quiet()


# ── SYNC-7 ──


def test_sync_7_a_task_given_to_another_syncing_user_moves_its_reminder_with_what_is_pending(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=BOB)
    scene.change(reminder, details="said before the move")
    for person in ("bob", "ada", "bob"):
        scene.run(person)
    assert scene.owner(reminder) == "bob"
    found = scene.task(task)
    assert (found["OwnerId"], found["Description"]) == (BOB, "said before the move")
    assert len(scene.everything()) == len(scene.every_task()) == 1
    scene.quiet()


@pytest.mark.parametrize("refused_first", [False, True])
def test_sync_7_a_deletion_that_is_pending_goes_with_the_task_and_is_carried_out_by_its_new_owner(scene, refused_first):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=BOB, Priority="High")
    scene.bin(reminder)
    if refused_first:
        scene.run("ada")  # who does not see the Task any more
        assert scene.faults() == [("INVALID_CROSS_REFERENCE_KEY", reminder)]
    with scene.cost() as cost:
        for person in ("bob", "ada", "bob"):
            scene.run(person)
    assert scene.task(task)["IsDeleted"]
    assert (scene.owner(reminder), scene.reminder(reminder).deleted_at is not None) == ("bob", True)
    assert (cost.deleted_there, cost.writes_there) == (1, 1)
    assert [one.new or one.old for one in scene.history(reminder) if one.field == "priority"] == ["normal", "high"]
    assert scene.faults() == []
    scene.quiet()


def test_sync_7_an_edit_refused_because_the_task_was_gone_already_goes_with_it(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=BOB)
    scene.change(reminder, details="said before the move")
    for person in ("ada", "bob", "ada", "bob"):
        scene.run(person)
    assert scene.owner(reminder) == "bob"
    assert scene.task(task)["Description"] == "said before the move"
    assert scene.faults() == []
    scene.quiet()


def test_sync_7_a_pair_is_changed_by_its_owner_s_run_only(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.run("ada")
    scene.edit(task, OwnerId=BOB)
    before = scene.reminder(reminder)
    with scene.cost() as cost:
        scene.run("bob")
    assert scene.reminder(reminder) == before
    assert (cost.calls, cost.nothing) == (1, True)
    assert scene.rest("ada") <= 0
    scene.run("ada")
    assert scene.owner(reminder) == "bob"


def test_sync_7_a_task_given_to_somebody_who_does_not_sync_puts_its_link_to_sleep(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=CARL, Subject="Carl's now")
    scene.settle("ada", hours=1)
    assert scene.link(task).state is LinkState.ASLEEP
    assert scene.reminder(reminder).deleted_at is None
    scene.change(reminder, details="too late")
    with scene.cost() as cost:
        scene.run()
    assert (cost.writes_there, scene.task(task)["Description"]) == (0, None)


def test_sync_7_a_task_given_back_wakes_its_link(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=CARL)
    scene.settle("ada", hours=1)
    scene.edit(task, OwnerId=ADA, Subject="Back")
    with scene.cost() as cost:
        scene.run()
    assert scene.link(task).state is LinkState.ACTIVE
    assert (scene.reminder(reminder).name, scene.owner(reminder)) == ("Back", "ada")
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()


def test_sync_7_a_reminder_assigned_here_gives_its_task_away_by_the_old_owner_s_login(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, details="please")
    scene.assign(reminder, "bob")
    with scene.cost() as cost:
        scene.run("ada")
    assert (scene.task(task)["OwnerId"], scene.task(task)["Description"]) == (BOB, "please")
    assert scene.owner(reminder) == "bob"
    assert (cost.calls, cost.updated_there) == (2, 1)
    owner = [one for one in scene.history(reminder) if one.field == "OwnerId"]
    assert [(one.old, one.new) for one in owner] == [(ADA, BOB)]
    assert owner[0].login == scene.session("ada").login
    scene.run("bob")
    scene.quiet()


def test_sync_7_open_linked_tasks_not_seen_for_an_hour_are_read_by_id(scene):
    for number in range(3):
        scene.create(Subject=str(number))
    scene.run()
    scene.wait(HOUR)
    scene.hooks.calls.clear()
    scene.run()
    assert scene.hooks.calls == ["changed", "by_ids"]
    scene.quiet("ada")


# ── SYNC-4: places ──


@pytest.mark.parametrize("point", range(5))
def test_sync_4_a_commit_that_fails_moves_no_place(scene, point):
    """The run goes on to its end, and what was rolled back with the commit is read again by the next one."""
    reminder, task = scene.pair(Subject="Call")
    scene.wait(5)
    scene.edit(task, Description="from there")
    # A read goes back to its second: what is passed over has to lie before it.
    scene.wait(30)
    commits = count()

    def away(name):
        if name == COMMIT and next(commits) == point:
            raise SyncError("The database is away.")

    scene.hooks.before = away
    scene.slice("ada")
    scene.hooks.reset()
    scene.wait(60)
    scene.run()
    assert scene.reminder(reminder).details == "from there"


@pytest.mark.parametrize("point", range(6))
def test_sync_4_a_row_of_an_earlier_page_that_has_to_come_again_is_not_passed_over(scene, point, monkeypatch):
    monkeypatch.setattr(reading, "PAGE_ROWS", 1)
    (reminder, task), (_, other) = scene.pair(Subject="Call"), scene.pair(Subject="Visit")
    scene.wait(5)
    scene.edit(task, Description="from there")
    scene.wait(5)
    scene.edit(other, Description="from there too")
    scene.wait(30)
    commits = count()

    def edit_here(name):
        if name == COMMIT and next(commits) == point:
            scene.hooks.reset()
            scene.change(reminder, name="Call Ada")

    scene.hooks.after = edit_here
    scene.slice("ada")
    scene.hooks.reset()
    scene.wait(60)
    scene.run()
    assert (scene.reminder(reminder).details, scene.task(task)["Subject"]) == ("from there", "Call Ada")
