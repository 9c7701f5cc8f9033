"""Section 2, turning sync on: what comes in, what goes out, and what stays where it is."""

from datetime import date, timedelta

from remindersync.model import LinkState, Outcome
from tests.conformance.hooks import cut_off
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
    assert off.hooks.calls == ["count_first", "first", "changed", "first", "changed"]
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
