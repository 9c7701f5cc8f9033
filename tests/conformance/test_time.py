"""Time: stamps that are all the same, days that are not the same everywhere, and long silence."""

from datetime import timedelta

import pytest

from remindersync.model import LinkState, Outcome
from tests.conformance.hooks import cut_off
from tests.conformance.memory_world import MemoryScene

DAY = 86_400


def read_2001_rows(scene):
    now = scene.clock.now().replace(microsecond=0)
    stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), now)
    scene.store_tasks([{"Subject": str(number), **stamps} for number in range(2001)])
    with scene.cost() as cost:
        (report,) = scene.run()
    assert (report.counts.created_here, cost.calls, cost.writes_here) == (2001, 2, 2001)
    assert len({one.name for one in scene.reminders()}) == 2001
    scene.quiet("ada")


def test_2001_rows_with_one_stamp_are_read_once_each():
    scene = MemoryScene()
    scene.begin()
    read_2001_rows(scene)


@pytest.mark.full
def test_2001_rows_with_one_stamp_are_read_once_each_everywhere(scene):
    read_2001_rows(scene)


@pytest.mark.parametrize(("zone", "is_today"), [("Pacific/Auckland", False), ("America/Los_Angeles", True)])
def test_today_is_the_user_s_own_around_midnight(make_scene, zone, is_today):
    with make_scene(zone=zone) as scene:
        scene.turn_on("bob")
        scene.run("bob")  # whose calls tell what is left of the allowance
        scene.wait(11.5 * 3600)  # 23:30 UTC: tomorrow already in Auckland, afternoon in Los Angeles
        today = scene.clock.now().date()
        scene.create(Subject="due today", ActivityDate=today.isoformat())
        scene.create(Subject="due tomorrow", ActivityDate=(today + timedelta(days=1)).isoformat())
        scene.wait(60)
        scene.turn_on("ada")
        pages = iter([None])

        def stop(name):
            if name == "first" and next(pages, cut_off):
                cut_off()

        scene.hooks.before = stop
        report = scene.slice("ada")
        assert report.outcome is Outcome.RETRY
        assert {one.name for one in scene.reminders()} == {"due tomorrow", *(["due today"] if is_today else [])}
        scene.hooks.reset()
        scene.run()
        assert {one.name: one.due_date for one in scene.reminders()} == {
            "due today": today,
            "due tomorrow": today + timedelta(days=1),
        }
        scene.change(scene.reminders()[0].id, details="any edit")
        scene.run()
        assert {task["ActivityDate"] for task in scene.live().values()} == {
            today.isoformat(),
            (today + timedelta(days=1)).isoformat(),
        }


def test_a_person_who_changes_zone_during_the_first_sync_misses_no_day(off):
    off.turn_on("bob")
    off.run("bob")  # whose calls tell what is left of the allowance
    off.wait(11.5 * 3600)  # 23:30 UTC: tomorrow already in Berlin, afternoon in Los Angeles
    today = off.clock.now().date()
    for days in range(-1, 3):
        off.create(Subject=f"{days} days", ActivityDate=(today + timedelta(days=days)).isoformat())
    off.wait(60)
    off.turn_on("ada")
    pages = iter([None])

    def stop(name):
        if name == "first" and next(pages, cut_off):
            cut_off()

    off.hooks.before = stop
    off.slice("ada")
    assert {one.name for one in off.reminders()} == {"1 days", "2 days"}
    off.hooks.reset()
    off.set_zone("ada", "America/Los_Angeles")
    off.run()
    assert {one.name for one in off.reminders()} == {f"{days} days" for days in range(-1, 3)}


def test_16_days_of_silence_lead_to_a_full_re_read(scene):
    edited, its_task = scene.pair(Subject="edited")
    removed, gone = scene.pair(Subject="removed for good")
    kept, _ = scene.pair(Subject="kept")
    scene.edit(its_task, Subject="edited meanwhile")
    scene.remove(gone)
    scene.wait(16 * DAY)
    scene.hooks.calls.clear()
    scene.run()
    assert scene.hooks.calls.count("by_ids") == 1
    assert scene.reminder(edited).name == "edited meanwhile"
    assert scene.reminder(kept).deleted_at is None
    # No log tells of it any more: what is not shown is not taken for deleted.
    assert scene.reminder(removed).deleted_at is None
    assert scene.link(gone).state is LinkState.UNREACHABLE
    scene.quiet("ada")
