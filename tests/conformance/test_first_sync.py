"""Section 2, turning sync on: what comes in, what goes out, and what stays where it is."""

from datetime import date, timedelta

import pytest

from remindersync.model import ConflictRule, LinkState, Outcome, Since
from tests.conformance.hooks import Killed, cut_off
from tests.conformance.scene import ADA, BOB

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def ago(scene, span):
    """The stamps of a Task that was last edited some time ago."""
    then = scene.clock.now().replace(microsecond=0) - span
    return {"CreatedDate": then - DAY, "LastModifiedDate": then, "SystemModstamp": then}


def names(scene, owner="ada"):
    return {one.name for one in scene.reminders(owner)}


def subjects(scene):
    return {task["Subject"] for task in scene.live().values()}


def test_first_1_nobody_syncs_until_they_turn_it_on(off):
    off.create(Subject="Call")
    off.add("Visit")
    with off.cost() as cost:
        assert off.run()[0].outcome is Outcome.OFF
    assert (cost.calls, cost.nothing) == (0, True)
    assert (names(off), subjects(off)) == ({"Visit"}, {"Call"})


def test_first_1_saving_the_setting_starts_the_first_sync_at_once(off):
    off.create(Subject="Call")
    off.turn_on("ada")
    assert off.rest("ada") <= 0
    with off.cost() as cost:
        report = off.slice("ada")
    assert (report.outcome, report.counts.created_here) == (Outcome.DONE, 1)
    assert names(off) == {"Call"}
    assert (cost.writes_here, cost.writes_there) == (1, 0)


def test_first_2_what_was_created_or_edited_in_the_last_day_comes_in(off):
    fresh = off.store_task(Subject="fresh", **ago(off, DAY - HOUR))
    off.store_task(Subject="stale", **ago(off, DAY + HOUR))
    renamed = off.store_task(Subject="renamed picklist", **ago(off, 400 * DAY))
    off.touch(renamed)
    off.turn_on("ada")
    with off.cost() as cost:
        off.run()
    assert names(off) == {"fresh"}
    assert off.reminder_of(fresh)
    assert (cost.writes_here, cost.writes_there) == (1, 0)
    off.quiet("ada")


@pytest.mark.parametrize("ahead", [-7200, 7200])
def test_first_2_the_last_day_is_one_on_salesforces_clock(off, ahead):
    off.skew(ahead)
    off.store_task(Subject="fresh", **ago(off, DAY - timedelta(seconds=ahead + 60)))
    off.store_task(Subject="stale", **ago(off, DAY - timedelta(seconds=ahead - 60)))
    off.turn_on("ada")
    off.run()
    assert names(off) == {"fresh"}
    off.quiet("ada")


def test_first_2_an_older_task_comes_in_when_it_is_edited(off):
    task = off.store_task(Subject="old", **ago(off, 30 * DAY))
    off.begin()
    assert names(off) == set()
    off.edit(task, Priority="High")
    with off.cost() as cost:
        off.run()
    assert names(off) == {"old"}
    assert (cost.calls, cost.writes_here, cost.writes_there) == (1, 1, 0)


def test_first_2_nothing_that_exists_here_is_pushed_by_itself(off):
    old = off.add("old")
    off.wait(1)
    off.turn_on("ada")
    off.run()
    off.change(old, details="edited since", due_date=date(2026, 2, 3))
    off.wait(1)
    off.add("new")
    with off.cost() as cost:
        off.run()
    assert subjects(off) == {"new"}
    assert not off.reminder(old).shared
    assert (cost.calls, cost.created_there, cost.writes_there) == (2, 1, 1)
    off.quiet("ada")


def test_first_3_what_is_due_today_and_later_comes_first_by_date(off):
    today = off.clock.now().date()
    for day in range(-150, 150):
        off.store_task(Subject=f"day {day}", ActivityDate=(today + timedelta(days=day)).isoformat())
    off.store_task(Subject="undated")
    off.turn_on("ada")
    stopped = iter([None, None])  # both pages of what is coming, then no more

    def stop(name):
        if name == "first" and next(stopped, cut_off):
            cut_off()

    off.hooks.before = stop
    off.slice("ada")
    coming = {f"day {day}" for day in range(150)}
    assert coming <= names(off)
    off.hooks.reset()
    off.run()
    assert names(off) == {*coming, *(f"day {day}" for day in range(-150, 0)), "undated"}
    assert off.hooks.calls.count("count_first") == 1
    assert not any(off.spent()[1].values())


def test_first_3_the_import_is_two_keyset_reads(off):
    for number in range(7):
        off.store_task(Subject=str(number), ActivityDate=None if number % 2 else "2026-03-01")
    off.turn_on("ada")
    off.run()
    assert off.hooks.calls == ["count_first", "first", "changed", "first", "count_open", "changed"]
    assert len(names(off)) == 7


def test_first_4_what_was_deleted_there_while_sync_was_off_is_deleted_here(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.turn_off("ada")
    scene.delete(task)
    scene.wait(10 * 86_400)
    scene.turn_on("ada")
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(reminder).deleted_at is not None
    assert (cost.writes_here, cost.writes_there) == (1, 0)
    scene.quiet("ada")


def test_first_4_what_was_deleted_here_while_sync_was_off_is_deleted_there(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.turn_off("ada")
    scene.bin(reminder)
    scene.turn_on("ada")
    with scene.cost() as cost:
        scene.run()
    assert scene.task(task)["IsDeleted"]
    assert (cost.deleted_there, cost.writes_there, cost.writes_here) == (1, 1, 0)
    scene.quiet("ada")


def test_first_4_what_changed_on_either_side_while_sync_was_off_is_merged(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.turn_off("ada")
    scene.wait(3600)
    scene.edit(task, Priority="High")
    scene.change(reminder, details="written while off")
    scene.turn_on("ada")
    with scene.cost() as cost:
        scene.run()
    assert scene.reminder(reminder).priority == "high"
    assert scene.task(task)["Description"] == "written while off"
    assert (cost.writes_here, cost.updated_there, cost.writes_there) == (1, 1, 1)
    scene.quiet("ada")


def test_first_4_a_task_that_cannot_be_read_makes_its_link_sleep_until_it_can(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.turn_off("ada")
    scene.edit(task, OwnerId=BOB)  # who does not see it any more, and Bob's sync is off too
    scene.turn_off("bob")
    scene.turn_on("ada")
    scene.run()
    assert scene.link(task).state is LinkState.UNREACHABLE
    assert scene.reminder(reminder).deleted_at is None
    scene.change(reminder, details="still mine")
    with scene.cost() as cost:
        scene.run()
    assert (cost.writes_there, len(scene.every_task())) == (0, 1)
    scene.edit(task, OwnerId=ADA)
    scene.run()
    assert scene.link(task).state is LinkState.ACTIVE
    assert scene.task_of(reminder) == task
    assert scene.task(task)["Description"] == "still mine"


def test_first_7_turning_sync_off_keeps_both_sides_and_the_links(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.turn_off("ada")
    scene.edit(task, Priority="High")
    scene.change(reminder, details="mine")
    before = scene.links(), scene.everything(), scene.every_task()
    with scene.cost() as cost:
        assert scene.run()[0].outcome is Outcome.OFF
    assert (cost.calls, cost.nothing) == (0, True)
    assert (scene.links(), scene.everything(), scene.every_task()) == before


def test_first_7_turning_sync_off_stops_a_run_at_its_next_step(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Priority="High")
    scene.change(reminder, details="mine")
    scene.hooks.once(lambda: scene.turn_off("ada"), at=("changed",), when="after")
    with scene.cost() as cost:
        assert scene.run()[0].outcome is Outcome.SUPERSEDED
    assert (cost.calls, cost.nothing) == (1, True)
    assert scene.reminder(reminder).priority == "normal"


def test_first_7_a_write_under_way_when_sync_is_turned_off_is_known_when_it_is_on_again(scene):
    reminder = scene.add("Once")
    scene.hooks.once(lambda: scene.turn_off("ada"), at=("create",), when="after")
    assert scene.run()[0].outcome is Outcome.SUPERSEDED
    scene.turn_on("ada")
    scene.run()
    scene.settle("ada", hours=1)
    assert len(scene.live()) == 1
    assert scene.task_of(reminder) in scene.live()
    assert len(scene.everything()) == 1


def test_first_4_turning_on_again_reads_every_linked_task(scene):
    scene.pair(Subject="Call")
    scene.turn_off("ada")
    scene.turn_on("ada")
    scene.hooks.calls.clear()
    reports = scene.run()
    assert scene.hooks.calls.count("by_ids") == 1
    assert reports[-1].outcome is Outcome.DONE


# ── FIRST-6: choosing more, after a preview by name ─────────────────────────────────────────────────────────


def kinds(items):
    """The items of a preview: what is done, and to which name."""
    return sorted((item["action"], item["side"], item["name"]) for item in items)


def test_first_6_a_preview_changes_nothing_on_either_side(off):
    off.store_task(Subject="old", **ago(off, 30 * DAY))
    off.store_task(Subject="fresh")
    off.add("old")
    before = off.everything(), off.every_task(), off.links()
    with off.cost() as cost:
        items = off.preview_switch(import_open=True, match_existing=True)
    assert kinds(items) == [("create", "app", "fresh"), ("match", "app", "old")]
    assert cost.nothing
    assert (off.everything(), off.every_task(), off.links()) == before
    assert off.run()[0].outcome is Outcome.OFF


def test_first_6_all_open_tasks_come_in_and_older_closed_ones_stay_out(off):
    off.store_task(Subject="old", **ago(off, 400 * DAY))
    off.store_task(Subject="done", Status="Completed", **ago(off, 30 * DAY))
    off.store_task(Subject="waiting", Status="Waiting on someone else", **ago(off, 30 * DAY))
    off.store_task(Subject="series", IsRecurrence=True, **ago(off, 30 * DAY))
    off.store_task(Subject="mail", TaskSubtype="Email", **ago(off, 30 * DAY))
    off.store_task(Subject="fresh")
    items = off.choose(import_open=True)
    assert names(off) == {"old", "waiting", "fresh"} == {item["name"] for item in items}
    assert not any(off.spent()[1].values())
    off.quiet("ada")


def test_first_6_what_was_chosen_comes_in_by_due_date(off):
    today = off.clock.now().date()
    for day in range(-150, 150):
        off.store_task(
            Subject=f"day {day}", ActivityDate=(today + timedelta(days=day)).isoformat(), **ago(off, 9 * DAY)
        )
    off.preview_switch(import_open=True)
    off.accept()
    pages = iter([None, None])

    def stop(name):
        if name == "by_ids" and next(pages, cut_off):
            cut_off()

    off.hooks.before = stop
    off.slice("ada")
    assert {f"day {day}" for day in range(150)} <= names(off)
    off.hooks.reset()
    off.run()
    assert len(names(off)) == 300


def test_first_6_a_reminder_is_matched_to_its_task_instead_of_importing_a_duplicate(off):
    due = off.clock.now().date()
    task = off.store_task(Subject=" Call  Ada ".strip(), ActivityDate=due.isoformat(), Description="there")
    old = off.store_task(Subject="Visit", **ago(off, 90 * DAY))
    other_day = off.store_task(Subject="Call Bob", ActivityDate=due.isoformat())
    call = off.add("Call  Ada", due_date=due)
    visit = off.add("Visit", details="here")
    bob = off.add("Call Bob")
    alone = off.add("Mine alone")
    off.wait(5)
    items = off.choose(match_existing=True)
    assert kinds(items) == [
        ("create", "app", "Call Bob"),
        ("match", "app", "Call  Ada"),
        ("match", "app", "Visit"),
        ("update", "app", "Call  Ada"),
        ("update", "salesforce", "Visit"),
    ]
    assert (off.task_of(call), off.task_of(visit)) == (task, old)
    assert off.reminder_of(other_day) != bob
    assert off.reminder(call).details == "there"
    assert off.task(old)["Description"] == "here"
    assert not off.reminder(alone).shared
    assert not off.reminder(bob).shared
    assert len(off.everything()) == 5
    off.quiet("ada")
    off.change(visit, details="on")
    off.edit(task, Priority="High")
    off.run()
    assert (off.task(old)["Description"], off.reminder(call).priority) == ("on", "high")


def test_first_6_a_subject_that_the_template_renders_is_matched_and_read_back(off):
    off.set(subject_template="{{activity_type}}: {{activity_subject}}")
    task = off.store_task(Subject="Call: Ada")
    reminder = off.add("Ada", type="call")
    off.choose(match_existing=True)
    assert off.task_of(reminder) == task
    off.edit(task, Subject="Call: Ada Lovelace")
    off.run()
    assert off.reminder(reminder).name == "Ada Lovelace"
    off.quiet("ada")
    off.change(reminder, name="Grace")
    off.run()
    assert off.task(task)["Subject"] == "Call: Grace"
    off.quiet("ada")


def test_first_6_what_could_be_meant_in_two_ways_is_reported_and_left_alone(off):
    off.store_task(Subject="twice there")
    off.store_task(Subject="twice there")
    off.store_task(Subject="twice here")
    off.add("twice there")
    off.add("twice here")
    off.add("twice here")
    items = off.choose(match_existing=True)
    skipped = sorted(item["reason"] for item in items if item["action"] == "skip")
    assert skipped == [
        "Not matched: 1 reminder and 2 Tasks have this name and due date",
        "Not matched: 2 reminders and 1 Task have this name and due date",
        "Not matched: 2 reminders and 1 Task have this name and due date",
    ]
    assert sum(one.shared for one in off.everything()) == 3
    assert len(off.everything()) == 6


def test_first_6_values_that_differ_are_decided_by_the_teams_rule_and_the_loser_is_kept(off):
    off.set(conflict_rule=ConflictRule.SALESFORCE)
    task = off.store_task(Subject="Call", Description="there", Priority="High")
    reminder = off.add("Call", details="here")
    off.wait(5)
    off.choose(match_existing=True)
    assert (off.reminder(reminder).details, off.task(task)["Description"]) == ("there", "there")
    assert off.reminder(reminder).priority == "high"
    assert ("details", "here", "rule: Salesforce wins") in off.lost(reminder)
    off.quiet("ada")


def test_first_6_the_later_edit_wins_in_a_match_too(off):
    task = off.store_task(Subject="Call", Description="there", **ago(off, 30 * DAY))
    reminder = off.add("Call", details="here")
    off.choose(match_existing=True)
    assert (off.reminder(reminder).details, off.task(task)["Description"]) == ("here", "here")
    assert off.lost(reminder) == [("details", "there", "latest edit")]
    off.quiet("ada")


def test_first_6_a_value_without_a_meaning_here_is_not_overwritten_by_a_match(off):
    task = off.store_task(Subject="Call", Status="In Progress", Priority="Low")
    reminder = off.add("Call")
    with off.cost() as cost:
        off.choose(match_existing=True)
    assert off.task_of(reminder) == task
    assert (off.task(task)["Status"], off.task(task)["Priority"]) == ("In Progress", "Low")
    assert cost.writes_there == 0
    off.quiet("ada")


def test_first_6_what_happens_equals_the_preview_item_by_item(off):
    today = off.clock.now().date()
    for number in range(6):
        old = ago(off, 20 * DAY) if number % 2 else {}
        off.store_task(Subject=f"Task {number}", ActivityDate=today.isoformat(), Description="there", **old)
    ours = [off.add(f"Task {number}", due_date=today, details="here") for number in (1, 2)]
    off.wait(5)
    items = off.preview_switch(import_open=True, match_existing=True)
    before = {one.id for one in off.everything()}, off.every_task()
    off.accept()
    off.run()
    made = {(one.id, one.name) for one in off.everything() if one.id not in before[0]}
    assert made == {(item["reminder"], item["name"]) for item in items if item["action"] == "create"}
    matched = {(off.task_of(one), one) for one in ours}
    assert matched == {(item["salesforce_id"], item["reminder"]) for item in items if item["action"] == "match"}
    written = {
        (one, name): task[name]
        for one, task in off.every_task().items()
        for name in task
        if task[name] != before[1][one][name]
    }
    sent = [item for item in items if (item["action"], item["side"]) == ("update", "salesforce")]
    assert written == {
        (item["salesforce_id"], name): change["to"] for item in sent for name, change in item["fields"].items()
    }
    assert off.run()[0].counts.changed == 0


def test_first_6_a_reminder_that_was_pushed_meanwhile_is_not_matched(off):
    task = off.store_task(Subject="Call", **ago(off, 30 * DAY))
    reminder = off.add("Call")
    off.preview_switch(match_existing=True)
    off.accept()
    off.push(reminder)
    off.run()
    assert off.task_of(reminder) != task
    assert len(off.links()) == 1


def test_first_6_a_reminder_edited_while_it_is_being_matched_is_matched_as_it_is_then(off):
    task = off.store_task(Subject="Call", **ago(off, 30 * DAY))
    reminder = off.add("Call")
    off.preview_switch(match_existing=True)
    off.accept()
    off.hooks.once(lambda: off.change(reminder, details="now"), at=("by_ids",), when="after")
    off.run()
    off.run()
    assert off.task_of(reminder) == task
    assert off.task(task)["Description"] == "now"
    assert len(off.everything()) == 1
    off.quiet("ada")


def test_first_6_cut_anywhere_it_ends_the_same(make_scene, request):
    # Every point in memory, one on the pipeline, where a world is made but once.
    steps = [14] if "pipeline" in request.node.name else range(80)
    killed = [_ends_the_same(make_scene, step) for step in steps]
    assert killed[0]
    assert len(killed) == 1 or not killed[-1]


def _ends_the_same(make_scene, step):
    with make_scene() as scene:
        tasks = [scene.store_task(Subject=f"Task {number}", **ago(scene, 9 * DAY)) for number in range(3)]
        ours = scene.add("Task 1", details="here")
        scene.preview_switch(import_open=True, match_existing=True)
        scene.accept()
        scene.hooks.kill_at(step)
        killed = False
        try:
            scene.run()
        except Killed:
            killed = True
        scene.hooks.reset()
        scene.settle("ada", hours=1)
        assert scene.task_of(ours) == tasks[1]
        assert scene.task(tasks[1])["Description"] == "here"
        assert sorted(one.name for one in scene.everything()) == ["Task 0", "Task 1", "Task 2"]
        assert len(scene.links()) == len(scene.live()) == 3
        scene.quiet("ada")
        return killed


def test_first_6_a_second_choice_pairs_nothing_twice(off):
    off.store_task(Subject="Call", **ago(off, 30 * DAY))
    reminder = off.add("Call")
    off.choose(match_existing=True)
    off.turn_off("ada")
    off.store_task(Subject="Call", **ago(off, 30 * DAY))
    assert off.choose(match_existing=True) == []
    assert [one.reminder_id for one in off.links()] == [reminder]


def test_first_6_all_open_tasks_may_be_chosen_when_turning_on_again(scene):
    scene.pair(Subject="known")
    old = scene.store_task(Subject="old", **ago(scene, 30 * DAY))
    scene.run()
    scene.turn_off("ada")
    items = scene.choose(import_open=True)
    assert kinds(items) == [("create", "app", "old")]
    assert names(scene) == {"known", "old"}
    assert scene.reminder_of(old)
    scene.run()
    scene.quiet("ada")


def test_first_6_a_preview_of_turning_on_again_tells_what_is_deleted_and_sent_too(scene):
    _, binned_there = scene.pair(Subject="binned there")
    binned_here, its_task = scene.pair(Subject="binned here")
    edited, edited_task = scene.pair(Subject="edited here")
    scene.turn_off("ada")
    scene.wait(60)
    scene.delete(binned_there)
    scene.bin(binned_here)
    scene.change(edited, details="while off")
    scene.store_task(Subject="old", **ago(scene, 30 * DAY))
    scene.wait(5)
    before = scene.everything(), scene.links(), scene.every_task()
    items = scene.preview_switch(import_open=True)
    assert (scene.everything(), scene.links(), scene.every_task()) == before
    assert kinds(items) == [
        ("create", "app", "old"),
        ("delete", "app", "binned there"),
        ("delete", "salesforce", "binned here"),
        ("update", "salesforce", "edited here"),
    ]
    scene.accept()
    with scene.cost() as cost:
        scene.run()
    assert names(scene) == {"edited here", "old"}
    assert scene.task(its_task)["IsDeleted"]
    assert scene.task(edited_task)["Description"] == "while off"
    assert (cost.deleted_there, cost.updated_there, cost.created_there) == (1, 1, 0)
    scene.run()
    scene.quiet("ada")


def test_first_6_a_teams_condition_narrows_what_is_chosen(off):
    off.set(import_condition="Priority = 'High'")
    if hasattr(off, "org"):
        off.org.fits = lambda task, _: task.values["Priority"] == "High"
    wanted = off.store_task(Subject="wanted", Priority="High", **ago(off, 30 * DAY))
    off.store_task(Subject="unwanted", **ago(off, 30 * DAY))
    off.add("unwanted")
    items = off.choose(import_open=True, match_existing=True)
    assert kinds(items) == [("create", "app", "wanted")]
    assert [one.task_id for one in off.links()] == [wanted]


# ── FIRST-2, FIRST-4, FIRST-5 ───────────────────────────────────────────────────────────────────────────────


def test_first_2_how_many_older_tasks_stay_out_is_known(off):
    assert off.left_out() is None
    for number in range(3):
        off.store_task(Subject=f"old {number}", **ago(off, 30 * DAY))
    off.store_task(Subject="done", Status="Completed", **ago(off, 30 * DAY))
    off.store_task(Subject="fresh")
    off.turn_on("ada")
    off.run()
    assert off.left_out() == 3


def test_first_2_none_stays_out_where_all_open_ones_were_chosen(off):
    off.store_task(Subject="old", **ago(off, 30 * DAY))
    off.choose(import_open=True)
    assert off.left_out() == 0


def test_first_4_a_task_deleted_for_good_while_sync_was_off_is_deleted_here(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.turn_off("ada")
    scene.wait(3600)
    scene.remove(task)
    scene.wait(10 * 86_400)
    scene.turn_on("ada")
    scene.run()
    scene.run()
    assert scene.reminder(reminder).deleted_at is not None
    assert scene.link(task).state is LinkState.DELETED
    assert scene.faults() == []
    scene.quiet("ada")


def test_first_4_a_deletion_older_than_the_log_is_not_taken_for_one(scene):
    reminder, task = scene.pair(Subject="Call")
    scene.turn_off("ada")
    scene.remove(task)
    scene.wait(16 * 86_400)
    scene.turn_on("ada")
    scene.run()
    scene.run()
    assert scene.reminder(reminder).deleted_at is None
    assert scene.link(task).state is LinkState.UNREACHABLE


def test_first_4_links_out_of_reach_open_one_diagnostic_that_closes_when_they_wake(scene):
    tasks = [scene.pair(Subject=f"Call {number}")[1] for number in range(3)]
    scene.turn_off("ada")
    scene.turn_off("bob")
    for task in tasks:
        scene.edit(task, OwnerId=BOB)
    scene.turn_on("ada")
    scene.run()
    scene.run()
    assert {scene.link(task).state for task in tasks} == {LinkState.UNREACHABLE}
    assert scene.faults() == [("OUT_OF_REACH", None)]
    for task in tasks[:2]:
        scene.edit(task, OwnerId=ADA)
    scene.run()
    assert scene.faults() == [("OUT_OF_REACH", None)]
    scene.edit(tasks[2], OwnerId=ADA)
    scene.run()
    assert {scene.link(task).state for task in tasks} == {LinkState.ACTIVE}
    assert scene.faults() == []


@pytest.mark.parametrize(("since", "expected"), [(Since.OFF, {"early", "late"}), (Since.DAY, {"late"})])
def test_first_4_what_changed_in_a_long_time_off_comes_in_or_the_last_day_only_as_chosen(scene, since, expected):
    scene.turn_off("ada")
    scene.wait(3600)
    scene.create(Subject="early")
    scene.wait(3 * 86_400)
    scene.create(Subject="late")
    scene.turn_on_again("ada", since)
    scene.run()
    assert names(scene) == expected


@pytest.mark.parametrize("ahead", [-7200, 7200])
def test_first_4_the_last_day_of_a_long_time_off_is_one_on_salesforces_clock(scene, ahead):
    scene.skew(ahead)
    scene.turn_off("ada")
    scene.wait(2 * 86_400)
    scene.create(Subject="early")
    scene.wait(120)
    scene.create(Subject="late")
    scene.wait(86_400 - 60)
    scene.turn_on_again("ada", Since.DAY)
    scene.run()
    assert names(scene) == {"late"}


def test_first_5_what_was_made_while_sync_was_off_stays_local_until_it_is_pushed(scene):
    scene.turn_off("ada")
    made = scene.add("made while off")
    scene.wait(1)
    scene.turn_on("ada")
    scene.run()
    assert subjects(scene) == set()
    scene.push(made)
    scene.run()
    assert subjects(scene) == {"made while off"}


def test_first_5_one_assigned_from_somebody_who_does_not_sync_goes_out_if_made_after_the_switch(off):
    before = off.add("before")
    off.wait(1)
    off.turn_on("bob")
    off.wait(1)
    after = off.add("after")
    off.wait(1)
    off.assign(before, "bob")
    off.assign(after, "bob")
    off.run("bob")
    assert subjects(off) == {"after"}
    assert not off.reminder(before).shared
    assert off.task(off.task_of(after))["OwnerId"] == BOB
