"""Section 5, conflicts and history: whose value wins, what is kept of the other, and what a deletion does."""

import pytest

from remindersync.model import ConflictRule, LinkState, Priority, Side, Status
from tests.conformance.scene import ADA, CARL

MINUTE = 60


def clash(scene, *, first, gap=0.0):
    """Edit the name of a pair on both sides, `first` first; return reminder and Task."""
    reminder, task = scene.pair(Subject="Call")
    scene.run()
    edits = {
        Side.APP: lambda: scene.change(reminder, name="ours"),
        Side.SALESFORCE: lambda: scene.edit(task, Subject="theirs"),
    }
    edits.pop(first)()
    scene.wait(gap)
    next(iter(edits.values()))()
    return reminder, task


def winner(scene, reminder, task):
    """The name both sides have, and what lost with the rule that decided."""
    name = scene.reminder(reminder).name
    assert scene.task(task)["Subject"] == name
    scene.quiet()
    return name, scene.lost(reminder)


# ── MERGE-1 ──


def test_merge_1_a_value_changed_on_one_side_wins(scene):
    reminder, task = scene.pair(Subject="Call", Priority="Normal")
    scene.change(reminder, name="ours")
    scene.edit(task, Priority="High", Description="theirs")
    with scene.cost() as cost:
        scene.run()
    found, shown = scene.reminder(reminder), scene.task(task)
    assert (found.name, found.priority, found.details) == ("ours", Priority.HIGH, "theirs")
    assert (shown["Subject"], shown["Priority"], shown["Description"]) == ("ours", "High", "theirs")
    assert (cost.calls, cost.writes_here, cost.updated_there, cost.writes_there) == (2, 1, 1, 1)
    assert scene.lost(reminder) == []
    scene.quiet()


def test_merge_1_the_same_value_on_both_sides_is_no_conflict(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.change(reminder, name="the same", status=Status.COMPLETED)
    scene.edit(task, Subject="the same", Status="Completed")
    with scene.cost() as cost:
        scene.run()
    assert (cost.calls, cost.nothing) == (1, True)
    assert winner(scene, reminder, task) == ("the same", [])


@pytest.mark.parametrize(
    ("rule", "first", "name", "lost", "why"),
    [
        (ConflictRule.SALESFORCE, Side.SALESFORCE, "theirs", "ours", "rule: Salesforce wins"),
        (ConflictRule.APP, Side.APP, "ours", "theirs", "rule: the app wins"),
        (ConflictRule.LATEST, Side.SALESFORCE, "ours", "theirs", "latest edit"),
    ],
    ids=["Salesforce", "the app", "latest"],
)
def test_merge_1_the_team_s_rule_decides_a_conflict(scene, rule, first, name, lost, why):
    scene.set(conflict_rule=rule)
    reminder, task = clash(scene, first=first, gap=MINUTE)
    with scene.cost() as cost:
        scene.run()
    assert winner(scene, reminder, task) == (name, [("name", lost, why)])
    inbound = name == "theirs"
    assert (cost.writes_here, cost.updated_there) == (int(inbound), int(not inbound))


def test_merge_1_an_edit_in_salesforce_after_the_last_read_that_showed_the_base_is_later(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.run()
    scene.change(reminder, name="ours")
    scene.lose(saved=False)
    scene.run()  # Salesforce shows the base after our edit, and the write does not get through.
    scene.wait(MINUTE)
    scene.edit(task, Subject="theirs")
    scene.run()
    scene.settle("ada", hours=1)
    assert winner(scene, reminder, task) == ("theirs", [("name", "ours", "latest edit")])


@pytest.mark.parametrize("tie_rule", Side)
def test_merge_1_an_edit_inside_the_interval_is_of_unknown_order(scene, tie_rule):
    scene.set(tie_rule=tie_rule)
    reminder, task = clash(scene, first=Side.APP, gap=MINUTE)
    scene.run()
    name, lost = ("ours", "theirs") if tie_rule is Side.APP else ("theirs", "ours")
    assert winner(scene, reminder, task) == (name, [("name", lost, f"order unknown: {tie_rule.value} wins")])


def test_merge_1_equal_seconds_are_a_tie(scene):
    reminder, task = clash(scene, first=Side.APP)
    scene.run()
    assert winner(scene, reminder, task) == ("ours", [("name", "theirs", "order unknown: app wins")])


@pytest.mark.parametrize("ahead", [-MINUTE, MINUTE])
def test_merge_1_times_are_on_salesforce_s_clock(off, ahead):
    off.skew(ahead)
    off.begin()
    reminder, task = clash(off, first=Side.SALESFORCE, gap=20)
    off.run()
    assert winner(off, reminder, task) == ("ours", [("name", "theirs", "latest edit")])


@pytest.mark.parametrize("ahead", [-60 * MINUTE, 60 * MINUTE])
def test_merge_1_times_are_on_salesforce_s_clock_after_an_undeletion_too(off, ahead):
    off.skew(ahead)
    off.begin()
    reminder, task = off.pair(Subject="Call")
    off.change(reminder, name="ours")
    off.delete(task)
    off.run()
    off.wait(MINUTE)
    off.undelete(task)
    off.edit(task, Subject="theirs")
    off.run()
    rules = [("name", "ours", "deletion wins"), ("name", "ours", "latest edit")]
    assert winner(off, reminder, task) == ("theirs", rules)


def test_merge_1_reads_while_a_task_was_away_tell_nothing_of_when_it_changed(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, OwnerId=CARL)
    scene.settle("ada", hours=1)
    assert scene.link(task).state is LinkState.ASLEEP
    scene.edit(task, Subject="theirs")
    scene.wait(MINUTE)
    scene.change(reminder, name="ours")
    scene.wait(MINUTE)
    scene.run()
    scene.edit(task, OwnerId=ADA)
    scene.run()
    assert winner(scene, reminder, task) == ("ours", [("name", "theirs", "order unknown: app wins")])


# ── MERGE-2 ──


def test_merge_2_a_value_that_lost_there_is_kept_with_the_rule(scene):
    reminder, task = clash(scene, first=Side.SALESFORCE)
    scene.run()
    assert scene.task(task)["Subject"] == "ours"
    assert scene.lost(reminder) == [("name", "theirs", "order unknown: app wins")]


def test_merge_2_a_value_that_lost_here_is_kept_with_the_rule(scene):
    scene.set(conflict_rule=ConflictRule.SALESFORCE)
    reminder, task = clash(scene, first=Side.SALESFORCE)
    scene.run()
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "theirs"
    assert scene.lost(reminder) == [("name", "ours", "rule: Salesforce wins")]


def test_merge_2_every_value_that_was_overwritten_is_in_history_on_either_side(scene):
    reminder, task = scene.pair(Subject="one", Description="first")
    scene.edit(task, Subject="two")
    scene.change(reminder, details="second")
    scene.run()
    changes = {(one.field, one.old, one.new) for one in scene.history(reminder) if one.old}
    assert changes == {("name", "one", "two"), ("Description", "first", "second")}


# ── MERGE-3 ──


def test_merge_3_a_deletion_in_salesforce_wins_over_an_edit_here(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.delete(task)
    scene.change(reminder, details="too late")
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(reminder).deleted_at is not None
    assert scene.lost(reminder) == [("details", "too late", "deletion wins")]
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()


def test_merge_3_a_deletion_here_wins_over_an_edit_in_salesforce(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Priority="High")
    scene.bin(reminder)
    with scene.cost() as cost:
        scene.run()
    assert scene.task(task)["IsDeleted"]
    assert scene.lost(reminder) == [("priority", "high", "deletion wins")]
    assert (cost.calls, cost.deleted_there, cost.writes_there) == (2, 1, 1)
    scene.quiet()


def test_merge_3_a_deletion_on_both_sides_is_one(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.delete(task)
    scene.bin(reminder)
    with scene.cost() as cost:
        scene.run()
    assert (cost.calls, cost.nothing) == (1, True)
    assert scene.link(task).state is LinkState.DELETED
    scene.quiet()


def test_merge_3_a_team_may_let_an_edit_in_salesforce_win_over_a_deletion_here(scene):
    scene.set(deletion_wins=False)
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Priority="High")
    scene.bin(reminder)
    with scene.cost() as cost:
        scene.run()
    found = scene.reminder(reminder)
    assert (found.deleted_at, found.priority) == (None, Priority.HIGH)
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    assert not scene.task(task)["IsDeleted"]
    scene.run()  # notes that Salesforce has this version
    scene.quiet()


@pytest.mark.parametrize("wins", [True, False])
def test_merge_3_an_edit_in_salesforce_that_means_nothing_here_is_one_all_the_same(scene, wins):
    scene.set(deletion_wins=wins, subject_inbound=False)
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Status="In Progress", Subject="Visit")
    scene.bin(reminder)
    scene.run()
    assert (scene.reminder(reminder).deleted_at is not None, scene.task(task)["IsDeleted"]) == (wins, wins)
    lost = [("Subject", "Visit", "deletion wins"), ("Status", "In Progress", "deletion wins")]
    assert scene.lost(reminder) == (lost if wins else [])
    scene.settle("ada", hours=1)
    assert scene.task(task)["Status"] == "In Progress"
    scene.quiet("ada")


def test_merge_3_a_team_may_let_an_edit_here_win_over_a_deletion_in_salesforce(scene):
    scene.set(deletion_wins=False)
    reminder, task = scene.pair(Subject="Call")
    scene.delete(task)
    scene.change(reminder, details="more to do")
    with scene.cost() as cost:
        scene.run()
    new = scene.task_of(reminder)
    assert scene.reminder(reminder).deleted_at is None
    assert (scene.task(new)["Description"], scene.link(task).state) == ("more to do", LinkState.SUPERSEDED)
    assert (cost.calls, cost.created_there, cost.writes_there) == (2, 1, 1)
    scene.quiet()


@pytest.mark.parametrize("here", [True, False])
def test_merge_3_where_edits_win_a_deletion_of_what_nobody_edited_still_does(scene, here):
    scene.set(deletion_wins=False)
    reminder, task = scene.pair(Subject="Call")
    scene.bin(reminder) if here else scene.delete(task)
    scene.run()
    assert scene.reminder(reminder).deleted_at is not None
    assert scene.task(task)["IsDeleted"]
    scene.quiet()


def test_merge_3_restoring_here_creates_a_new_task_under_a_new_key(scene):
    reminder, task = scene.pair_from_here("Call")
    scene.delete(task)
    scene.run()
    scene.restore(reminder)
    with scene.cost() as cost:
        scene.run()
    new = scene.task_of(reminder)
    assert new != task
    assert scene.link(task).state is LinkState.SUPERSEDED
    assert scene.task(new)["Key"] not in (None, scene.task(task)["Key"])
    assert (cost.calls, cost.created_there, cost.writes_there) == (2, 1, 1)
    scene.quiet()


def test_merge_3_undeleting_in_salesforce_takes_the_reminder_out_of_the_bin_with_the_same_link(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.delete(task)
    scene.run()
    scene.undelete(task)
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(reminder).deleted_at is None
    assert (scene.task_of(reminder), scene.link(task).state) == (task, LinkState.ACTIVE)
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)
    scene.quiet()


@pytest.mark.parametrize("restored", [False, True])
def test_merge_3_nothing_from_before_the_deletion_changes_anything(scene, restored):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Priority="High")
    (late,) = scene.session("ada").by_ids([task]).tasks
    scene.wait(MINUTE)
    scene.delete(task)
    scene.run()
    if restored:
        scene.restore(reminder)
        scene.run()
    before = scene.reminder(reminder), scene.every_task()
    with scene.runs.transaction(scene.runs.start(scene.user_id("bob"), None)) as tx:
        tx.handovers.give(scene.link(task).reminder_id, late)
    with scene.cost() as cost:
        scene.run()
    assert (scene.reminder(reminder), scene.every_task()) == before
    assert cost.nothing
    scene.run("bob")
    scene.quiet()


def test_merge_3_a_deletion_salesforce_refuses_parks_and_is_not_imported_again(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.refuse("INSUFFICIENT_ACCESS_OR_READONLY", task_id=task)
    scene.bin(reminder)
    (report,) = scene.run()
    assert report.counts.parked == 1
    assert scene.faults() == [("INSUFFICIENT_ACCESS_OR_READONLY", reminder)]
    assert scene.reminder(reminder).deleted_at is not None
    scene.quiet()
    scene.edit(task, Subject="still there")
    scene.run()
    assert len(scene.everything()) == 1
    assert scene.reminder(reminder).deleted_at is not None
    assert not scene.task(task)["IsDeleted"]
