"""The engine where things go wrong: lost answers, refusals, late rows and taken locks."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from remindersync.errors import Category, ConfigurationError, Destiny, Fault, SalesforceRefused
from remindersync.memory.salesforce import lost_answer, refused
from remindersync.memory.session import MemorySession
from remindersync.model import Outcome, Person, RunKind
from tests.fixtures.world import ADA, ORG, World


@pytest.fixture
def world():
    return World()


@contextmanager
def broken(world, error):
    """Let every reading of changes raise `error`."""

    def fail(*_, **__):
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemorySession, "changed", fail)
        yield


def test_create_whose_answer_was_lost_is_repeated_under_its_key_without_a_duplicate(world):
    world.sync("ada")
    world.add("Once")
    world.org.after = lost_answer
    assert world.sync("ada").outcome is Outcome.RETRY
    world.org.after = lambda: None
    world.sync("ada")
    assert len(world.org.live()) == 1
    assert len(world.store.state.reminders) == 1
    assert world.store.state.links[ORG, world.org.live()[0].id].reminder_id == "r-Once"
    assert world.sync("ada").counts.changed == 0


@pytest.mark.parametrize("saved", [True, False])
def test_without_the_unique_field_a_lost_create_waits_and_then_finds_or_repeats(saved):
    world = World(key_field=None)
    world.sync("ada")
    world.add("Once")
    world.org.before, world.org.after = (lambda: None, lost_answer) if saved else (lost_answer, lambda: None)
    world.sync("ada")
    world.org.before = world.org.after = lambda: None
    world.sync("ada")
    assert len(world.org.live()) == int(saved)
    world.clock.advance(700)
    world.sync("ada")
    world.sync("ada")
    assert len(world.org.live()) == 1
    assert len(world.store.state.links) == 1
    assert len(world.store.state.reminders) == 1


def test_our_own_late_write_is_never_taken_for_a_persons_edit(world):
    task = world.org.create(ADA, Subject="Call")
    world.sync("ada")
    reminder_id = world.reminder("Call").id
    world.store.edit(reminder_id, name="first thought")
    world.org.after = lost_answer
    world.sync("ada")
    world.org.after = lambda: None
    world.store.edit(reminder_id, name="second thought")
    world.sync("ada")
    assert world.reminder("second thought")
    assert world.org.tasks[task].values["Subject"] == "second thought"
    assert [event for event in world.store.state.history if not event.kept] == []


def test_one_bad_record_is_parked_and_the_others_go_on(world):
    world.sync("ada")
    bad = Fault(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION", "no", Category.ACCESS, "A rule refused it.", "Meet it.", Destiny.PARK
    )
    world.org.refuse["bad"] = bad
    world.add("bad")
    world.add("good")
    report = world.sync("ada")
    assert (report.counts.parked, report.counts.created_there) == (1, 1)
    assert world.sync("ada").counts.changed == 0
    world.org.refuse.clear()
    world.store.edit("r-bad", name="better")
    world.sync("ada")
    assert {task.values["Subject"] for task in world.org.live()} == {"better", "good"}


def test_fault_of_a_whole_call_is_split_down_to_the_culprit(world):
    world.sync("ada")
    fault = Fault("OPERATION_TOO_LARGE", "", Category.ACCESS, "Too much.", "Less.", Destiny.PARK)
    for name in "abcdefgh":
        world.add(name)
    calls = iter([refused(fault), refused(fault), *[lambda: None] * 20])
    world.org.before = lambda: next(calls)()  # noqa: PLW0108 a new one each time
    report = world.sync("ada")
    assert report.counts.created_there == 8


def test_busy_user_is_noted_as_due_again(world):
    lease = world.locks.acquire("user:ada")
    assert world.sync("ada").outcome is Outcome.BUSY
    assert world.store.state.users["ada"].again
    lease.release()


def test_row_that_becomes_visible_late_is_found_by_the_sweep(world):
    world.sync("ada")
    late = world.org.create(ADA, Subject="late")
    hidden = world.org.tasks.pop(late)
    world.sync("ada")
    world.org.tasks[late] = hidden
    world.sync("ada")
    assert "late" not in {one.name for one in world.store.state.reminders.values()}
    for _ in range(60):
        world.sync("ada")
    assert world.reminder("late")


def test_edit_in_salesforce_in_the_second_of_our_own_write_is_not_run_over(world):
    world.sync("ada")
    reminder_id = world.add("A")
    world.sync("ada")
    world.store.edit(reminder_id, name="B")
    world.org.edit(world.task("A").id, Subject="C")
    world.engine.sync_user("ada")
    assert [task.values["Subject"] for task in world.org.live()] == ["C"]
    assert world.store.state.users["ada"].due_at <= world.clock.now() + timedelta(seconds=2)
    world.sync("ada")
    assert [event.old for event in world.store.state.history if not event.kept] == ["C"]
    assert [task.values["Subject"] for task in world.org.live()] == ["B"]


def test_create_refused_for_its_person_alone_is_repeated_without_them(world):
    world.sync("ada")
    bad = Fault("INVALID_CROSS_REFERENCE_KEY", "", Category.ACCESS, "No such person.", "Choose one.", Destiny.PARK)
    world.org.refuse["003000000000001AAA"] = bad
    world.add("Call", person=Person("Zoe", salesforce_id="003000000000001AAA"))
    world.add("Other")
    world.sync("ada")
    assert world.task("Call").values["WhoId"] is None
    assert world.reminder("Call").person.salesforce_id == "003000000000001AAA"
    assert [fault.code for fault, *_ in world.store.open_faults()] == ["INVALID_CROSS_REFERENCE_KEY"]
    world.store.edit(world.reminder("Call").id, details="more")
    world.sync("ada")
    assert world.task("Call").values["Description"] == "more"
    assert world.sync("ada").counts.changed == 0


def test_map_6_a_call_refused_as_a_whole_for_a_person_is_repeated_without_it_and_told(world, monkeypatch):
    create = MemorySession.create

    def refuse(session, writes):
        if any("WhoId" in write.values for write in writes):
            raise SalesforceRefused(Fault("MALFORMED_ID", "", Category.ACCESS, "No id.", "", Destiny.PARK))
        return create(session, writes)

    monkeypatch.setattr(MemorySession, "create", refuse)
    world.sync("ada")
    world.add("Call", person=Person("Zoe", salesforce_id="003000000000001AAA"))
    world.sync("ada")
    assert world.task("Call")
    assert [fault.code for fault, *_ in world.store.open_faults()] == ["MALFORMED_ID"]
    assert world.sync("ada").calls == 1


def test_parked_version_is_not_sent_again_because_its_task_is_read(world):
    task = world.org.create(ADA, Subject="Refused")
    world.sync("ada")
    world.org.refuse[task] = Fault(
        "FIELD_CUSTOM_VALIDATION_EXCEPTION", "", Category.ACCESS, "No.", "Mend.", Destiny.PARK
    )
    world.store.edit(world.reminder("Refused").id, details="against a rule")
    assert world.sync("ada").counts.parked == 1
    calls = []
    world.org.before = lambda: calls.append(1)
    world.org.touch(task)
    world.sync("ada")
    assert calls == []
    world.org.edit(task, Priority="High")
    world.sync("ada")
    assert calls == [1]


def test_sync_4_what_was_asked_for_outlives_a_database_that_was_out_of_reach(world):
    world.sync("ada")
    world.store.ask("ada", RunKind.FULL)
    with broken(world, ConfigurationError("The database does not answer.")):
        assert world.sync("ada").outcome is Outcome.RETRY
    assert [one.kind for one in world.store.state.users["ada"].asked] == [RunKind.FULL]
    world.sync("ada")
    assert world.store.state.users["ada"].asked == []


def test_what_nobody_foresaw_ends_the_run_it_met_and_not_those_after_it(world):
    world.sync("ada")
    world.store.ask("ada", RunKind.DRY)
    reminder = world.add("Made here")
    with broken(world, ZeroDivisionError("a value of a person's")), pytest.raises(ZeroDivisionError):
        world.sync("ada")
    user = world.store.state.users["ada"]
    assert (user.asked, user.place.front is not None) == ([], True)
    world.sync("ada")
    assert world.store.state.reminders[reminder].synced_version == 1
