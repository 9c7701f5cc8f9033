"""MERGE-2 and MERGE-4: what history keeps, how a value comes back, and what erasing a person leaves.

Restoring, asking why, erasing and cleaning are the database's: these run on the pipeline only.
"""

import pytest

from remindersync.model import Person, Priority, Status
from remindersync.store.retention import Kept
from tests.conformance.scene import CONTACT, EMAILS, LEAD

FIELDS = {
    "name": ("Visit", "Subject", "Call"),
    "status": (Status.COMPLETED, "Status", "Not Started"),
    "priority": (Priority.HIGH, "Priority", "Normal"),
    "details": ("second", "Description", "first"),
}


def events(scene, reminder, **like):
    """The events of a history that are as described, oldest first."""
    found = scene.reminders_of_app.history(scene.actor, reminder)
    return [one for one in found if all(getattr(one, name) == value for name, value in like.items())]


def restore(scene, event):
    scene.wait(1)
    scene.reminders_of_app.restore_value(scene.actor, event.id)


# ── MERGE-2 ──


@pytest.mark.parametrize("field", FIELDS)
def test_merge_2_a_value_that_was_overwritten_from_salesforce_can_be_restored(on_pipeline, field):
    scene, (value, shown, before) = on_pipeline, FIELDS[field]
    reminder, task = scene.pair(Subject="Call", Description="first")
    old = getattr(scene.reminder(reminder), field)
    scene.edit(task, **{shown: "Completed" if value is Status.COMPLETED else str(value).capitalize()})
    scene.run()
    assert getattr(scene.reminder(reminder), field) != old
    (event,) = events(scene, reminder, field=field, kept=True, actor="Salesforce", old=str(old))
    restore(scene, event)
    with scene.cost() as cost:
        scene.run()
    assert getattr(scene.reminder(reminder), field) == old
    assert (scene.task(task)[shown], cost.updated_there) == (before, 1)
    scene.quiet()


@pytest.mark.parametrize("former", [LEAD, None], ids=["another record", "no record"])
def test_merge_2_a_person_replaced_from_salesforce_comes_back_with_name_and_address(on_pipeline, former):
    scene, lea = on_pipeline, Person("Lea", "lea@example.com", former)
    reminder, task = scene.pair_from_here("Call", person=lea)
    scene.edit(task, WhoId=CONTACT)
    scene.run()
    assert scene.reminder(reminder).person.salesforce_id == CONTACT
    (event,) = events(scene, reminder, field="person", actor="Salesforce")
    restore(scene, event)
    scene.run()
    assert (scene.reminder(reminder).person, scene.task(task)["WhoId"]) == (lea, former)
    scene.quiet()


def test_merge_2_a_value_that_lost_can_be_restored_and_that_can_be_undone(on_pipeline):
    scene = on_pipeline
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Subject="theirs")
    scene.change(reminder, name="ours")
    scene.run()
    (lost,) = events(scene, reminder, kept=False)
    restore(scene, lost)
    scene.run()
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "theirs"
    scene.quiet()
    (undoing,) = events(scene, reminder, rule=f"restored from event {lost.id}")
    assert (undoing.actor, undoing.old, undoing.new) == (EMAILS["ada"], "ours", "theirs")
    restore(scene, undoing)
    scene.run()
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "ours"
    scene.quiet()


def test_merge_2_restoring_is_an_edit_made_now(on_pipeline):
    scene = on_pipeline
    reminder, task = scene.pair(Subject="one")
    scene.edit(task, Subject="two")
    scene.run()
    (event,) = events(scene, reminder, old="one", field="name")
    scene.edit(task, Subject="three")
    scene.wait(60)
    restore(scene, event)
    scene.run()
    assert scene.reminder(reminder).name == scene.task(task)["Subject"] == "one"
    assert scene.lost(reminder) == [("name", "three", "latest edit")]


@pytest.mark.parametrize("made_by", ["Call: {{activity_subject}}", "{{activity_subject}} / {{activity_subject}}"])
def test_merge_2_a_subject_that_another_template_made_comes_back_as_the_name_it_stood_for(on_pipeline, made_by):
    scene = on_pipeline
    scene.set(subject_template=made_by)
    reminder, task = scene.pair_from_here("Offer")
    scene.change(reminder, name="Contract")
    scene.run()
    (event,) = events(scene, reminder, field="Subject", old=made_by.replace("{{activity_subject}}", "Offer"))
    scene.set(subject_template="[x] {{activity_subject}}")
    scene.change(reminder, name="Order")
    scene.run()
    restore(scene, event)
    scene.run()
    assert (scene.reminder(reminder).name, scene.task(task)["Subject"]) == ("Offer", "[x] Offer")
    scene.quiet()


def test_merge_2_the_name_that_was_typed_into_a_subject_comes_back_without_what_stood_around_it(on_pipeline):
    scene = on_pipeline
    scene.set(subject_template="Call: {{activity_subject}}")
    reminder, task = scene.pair_from_here("Offer")
    scene.edit(task, Subject="Call: Contract")
    scene.run()
    scene.set(subject_template="[x] {{activity_subject}}")
    for name in ("Order", "Parcel"):
        scene.change(reminder, name=name)
        scene.run()
    (event,) = events(scene, reminder, field="Subject", old="Call: Contract")
    restore(scene, event)
    scene.run()
    assert (scene.reminder(reminder).name, scene.task(task)["Subject"]) == ("Contract", "[x] Contract")


def test_merge_2_a_deletion_can_be_restored(on_pipeline):
    scene = on_pipeline
    reminder, task = scene.pair(Subject="Call")
    scene.delete(task)
    scene.run()
    (event,) = events(scene, reminder, field="deleted", kept=True)
    restore(scene, event)
    scene.run()
    assert scene.reminder(reminder).deleted_at is None
    assert scene.task_of(reminder) in scene.live()
    assert len(scene.live()) == 1
    scene.quiet()


# ── MERGE-3 ──


def test_merge_3_emptying_the_bin_never_touches_salesforce(on_pipeline):
    scene = on_pipeline
    _, their_task = scene.pair(Subject="deleted there")
    ours, our_task = scene.pair(Subject="deleted here")
    kept, kept_task = scene.pair(Subject="kept")
    refused, refused_task = scene.pair(Subject="refused")
    scene.delete(their_task)
    scene.bin(ours)
    scene.bin(refused)
    scene.refuse("INSUFFICIENT_ACCESS_OR_READONLY", task_id=refused_task)
    scene.run()
    before = scene.every_task()
    with scene.cost() as cost:
        removed = scene.parts.retention.purge(Kept(None, 0, None))
    assert (removed["reminders"], cost.calls, scene.every_task()) == (2, 0, before)
    # What Salesforce still has stays in the bin: else it would be imported again.
    assert {one.id for one in scene.everything()} == {kept, refused}
    scene.touch(our_task)
    scene.edit(refused_task, Subject="still there")
    scene.settle(hours=1)
    assert {one.id for one in scene.everything()} == {kept, refused}
    assert set(scene.live()) == {kept_task, refused_task}


# ── MERGE-4 ──


def test_merge_4_history_tells_who_or_what_by_which_login_under_which_rule(on_pipeline):
    scene = on_pipeline
    reminder, task = scene.pair(Subject="Call", Description="first")
    scene.change(reminder, name="Visit")
    scene.edit(task, Description="second")
    scene.run()
    (edit,) = events(scene, reminder, side="app", field="name", old="Call")
    assert (edit.actor, edit.new, edit.run_id, edit.kept) == (EMAILS["ada"], "Visit", None, True)
    (sent,) = events(scene, reminder, side="salesforce", field="Subject")
    assert (sent.actor, sent.login, sent.old, sent.new) == (EMAILS["ada"], EMAILS["ada"], "Call", "Visit")
    (taken,) = events(scene, reminder, side="app", field="details", old="first")
    assert (taken.actor, taken.new, taken.rule) == ("Salesforce", "second", "changed in Salesforce")
    assert sent.run_id == taken.run_id is not None


def test_merge_4_history_is_only_ever_added_to(on_pipeline):
    scene = on_pipeline
    reminder, task = scene.pair(Subject="Call")
    steps = [
        lambda: scene.change(reminder, name="Visit"),
        lambda: scene.edit(task, Subject="theirs"),
        lambda: scene.delete(task),
        lambda: scene.restore(reminder),
        lambda: scene.change(reminder, status=Status.COMPLETED),
    ]
    before = events(scene, reminder)
    for step in steps:
        step()
        scene.run()
        after = events(scene, reminder)
        assert after[: len(before)] == before
        assert len(after) > len(before)
        before = after
    scene.quiet()
    assert events(scene, reminder) == before


def test_merge_4_why_tells_what_gave_a_value_what_lost_and_when_salesforce_got_it(on_pipeline):
    scene = on_pipeline
    reminder, task = scene.pair(Subject="Call")
    scene.edit(task, Subject="theirs")
    scene.change(reminder, name="ours")
    scene.run()
    found = scene.reminders_of_app.why(scene.actor, reminder, "Subject")
    assert (found.value, found.event.actor) == ("ours", EMAILS["ada"])
    assert [(one.old, one.rule) for one in found.lost] == [("theirs", "order unknown: app wins")]
    assert (found.sent.new, found.sent.login) == ("ours", EMAILS["ada"])
    assert all(word in found.words for word in ("“ours”", "“theirs”", "order unknown", "last written to Salesforce"))


def test_merge_4_erasing_a_person_blanks_values_and_keeps_ids_times_and_rules(on_pipeline):
    scene = on_pipeline
    mine, task = scene.pair(Subject="Call")
    scene.edit(task, Subject="Visit", Description="private")
    scene.run()
    other = scene.add("of Bob", by="bob")
    scene.run("bob")
    before = events(scene, mine)
    their_history = events(scene, other)
    tasks = scene.every_task()
    with scene.cost() as cost:
        erased = scene.parts.directory.erase(scene.user_id("ada"))
    after = scene.reminders_of_app.history(scene.parts.directory.user_by_id(scene.user_id("bob")), other)
    assert list(after) == their_history
    assert (cost.calls, scene.every_task()) == (0, tasks)
    admin, _ = scene.reminders_of_app.operator_of(mine)
    kept = scene.reminders_of_app.history(admin, mine)
    unchanging = ("id", "at", "side", "field", "rule", "run_id", "kept")
    assert [[getattr(one, name) for name in unchanging] for one in kept] == [
        [getattr(one, name) for name in unchanging] for one in before
    ]
    assert {value for one in kept for value in (one.old, one.new)} <= {"", None}
    assert EMAILS["ada"] not in {name for one in kept for name in (one.actor, one.login)}
    assert erased.events == len(kept)
    assert [one.owner_id for one in scene.everything()] == [scene.user_id("bob")]
