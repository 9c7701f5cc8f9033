"""Salesforce that answers wrongly, late or not at all, at every place of a run: bounded calls, a clear end, nothing twice."""

import pytest

from remindersync.model import Outcome

# Where a run meets the org: what a fault has to match.
PLACES = {
    "limits": {"path": "limits$"},
    "describe": {"path": "describe$"},
    "read": {"path": "queryAll"},
    "write": {"path": "composite"},
    "token": {"kind": "token"},
}
# What happens there: a cut before or after the work is done, a page that is no data, an answer that does not come in time.
TROUBLES = {
    "cut before": {"action": "cut", "when": "before"},
    "cut after": {"action": "cut", "when": "after"},
    "page with status 503": {"action": "html", "status": 503},
    "page with status 200": {"action": "html", "status": 200, "when": "after"},
    "page with status 404": {"action": "html", "status": 404},
    "silence": {"action": "hold", "when": "after"},
}
# A slice asks for limits, describe and token where it has to, and reads and writes once each.
MOST_CALLS = 6


def prepare(world, place):
    """Let the next run come to a place: it remembers nothing there."""
    if place == "limits":
        world.redis.flushdb()
    if place == "describe":
        world.scene.parts.sessions.schemas.clear()
    if place == "token":
        world.door.end_sessions("ada@example.com")


def tasks_named(world, subject):
    return [one for one in world.scene.live().values() if one["Subject"] == subject]


# A page in place of the limits tells nothing: the call itself then finds out what is left.
HARMLESS = {("limits", trouble) for trouble in TROUBLES if trouble.startswith("page")}
CASES = [(place, trouble) for place in PLACES for trouble in TROUBLES if (place, trouble) not in HARMLESS]


@pytest.mark.parametrize(("place", "trouble"), CASES)
def test_a_run_that_meets_trouble_ends_clearly_and_a_later_one_does_its_work_once(world, place, trouble):
    name = f"{trouble} at {place}"
    reminder_id = world.scene.add(name)
    prepare(world, place)
    # Every answer that does not come is waited for: once is enough.
    world.fail(**TROUBLES[trouble], **PLACES[place], times=1 if trouble == "silence" else None)
    (report,) = world.scene.run()
    assert report.outcome is Outcome.RETRY
    assert report.error
    assert 0 < report.calls <= MOST_CALLS
    (notice,) = world.notices()
    assert (notice.retry, notice.count) == ("backoff", 1)
    world.forget()
    assert {one.outcome for one in world.live(1)} <= {Outcome.RETRY, Outcome.DONE}
    assert len(world.paths()) <= MOST_CALLS * 8
    world.mend()
    assert Outcome.DONE in {one.outcome for one in world.live(1)}
    assert len(tasks_named(world, name)) == 1
    assert world.scene.task_of(reminder_id) in world.scene.live()
    assert world.scene.open_intents() == 0
    assert world.notices() == []


@pytest.mark.parametrize(("place", "trouble"), sorted(HARMLESS))
def test_a_page_in_place_of_the_limits_keeps_nobody_from_working(world, place, trouble):
    prepare(world, place)
    world.fail(**TROUBLES[trouble], **PLACES[place])
    assert world.scene.run()[-1].outcome is Outcome.DONE
    assert world.notices() == []


@pytest.mark.parametrize("place", ["limits", "describe", "read", "write"])
def test_a_401_that_never_ends_costs_two_calls_one_token_and_then_nothing(world, place):
    reminder_id = world.scene.add(f"Refused at {place}")
    prepare(world, place)
    before = world.door.counters()["by_kind"].get("token", 0)
    world.fail("unauthorized", **PLACES[place])
    world.scene.run()
    assert [path.startswith(("limits", "sobjects", "queryAll", "composite")) for path in world.paths()].count(True) <= 4
    assert world.door.counters()["by_kind"]["token"] - before == 1
    assert [(one.code, one.retry, one.count) for one in world.notices()] == [("INVALID_SESSION_ID", "reconnect", 1)]
    world.forget()
    world.live(5)
    assert world.paths() == []
    world.mend()
    world.reconnect()
    world.scene.run()
    assert world.scene.task_of(reminder_id)


def test_a_cut_between_any_two_calls_of_a_run_is_survived(world):
    reminder_ids = [world.scene.add(f"Cut at call {number}") for number in range(6)]
    for skipped in range(6):
        prepare(world, "limits")
        prepare(world, "describe")
        world.scene.change(reminder_ids[skipped], name=f"Cut after {skipped} calls")
        world.fail("cut", path="/data/", skip=skipped, times=1)
        world.scene.run()
        world.mend()
        world.live(1)
    world.live(1)
    assert all(len(tasks_named(world, f"Cut after {skipped} calls")) == 1 for skipped in range(6))
    assert world.notices() == []
