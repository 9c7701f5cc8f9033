"""What an audit says of each thing it finds: which records, which values, how grave, and what will become of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from remindersync import audit
from remindersync.audit import Finding, Weight, What
from remindersync.model import FirstSync, Intent, LinkState, Place, Status, TeamSettings, WriteKind
from remindersync.model.settings import STATUS_MAP
from tests.unit.test_audit import BOB, NOW, OLD, PLACE, case, created, edited, imported, task

TASK_ID = "00T000000000001AAA"
LATE = NOW + timedelta(minutes=1)
SENT = Intent("i", "r", WriteKind.UPDATE, {}, 1, NOW, task_id=TASK_ID)


def one(known, read, where=None):
    (found,) = audit.pair(known, read, where or case())
    return found


def of(known, what, reason, *, weight=Weight.DRIFT, **more):
    return Finding(weight, what, reason, known.reminder.id, (TASK_ID,), **more)


def with_link(known, **changes):
    return replace(known, link=replace(known.link, **changes))


def with_ours(known, **changes):
    return replace(known, reminder=replace(known.reminder, **changes))


def test_what_became_of_a_whole_pair_is_said():
    known, read = created()
    binned = with_ours(known, deleted_at=OLD)
    gone = with_link(binned, state=LinkState.DELETED)
    asleep = with_link(known, state=LinkState.ASLEEP)
    deleted = replace(read, is_deleted=True)
    none = "no run dealt with it"
    assert one(known, None) == of(known, What.GONE, f"Salesforce no longer shows the Task; {none}.")
    assert one(gone, read) == of(known, What.UNDELETED, f"Undeleted in Salesforce; {none}.")
    assert one(known, deleted) == of(known, What.DELETED, f"Deleted in Salesforce; {none}.")
    assert one(binned, read) == of(known, What.BIN, f"Deleted here, and still in Salesforce; {none}.")
    awake = f"Salesforce shows the Task again, and the pair still sleeps; {none}."
    assert one(asleep, read) == of(known, What.AWAKE, awake)


WAITS = [
    ({"staged": True}, {}, "a row of it waits for the next run"),
    ({"intents": (SENT,)}, {}, "a write of it has no answer yet"),
    ({}, {"read_at": OLD - timedelta(seconds=1)}, "it was read before the last run wrote it"),
    ({}, {"stamp": LATE}, "a run to come reads it"),
]


@pytest.mark.parametrize(("known_as", "read_as", "waits"), WAITS)
def test_what_a_run_to_come_will_do_is_said(known_as, read_as, waits):
    known, read = created()
    found = one(replace(known, **known_as), replace(read, is_deleted=True, **read_as))
    assert found == of(known, What.DELETED, f"Deleted in Salesforce; {waits}.", weight=Weight.PENDING)


def test_what_is_not_sent_yet_is_said():
    known, read = created()
    waiting = edited(known, deleted_at=NOW)
    reason = "Deleted here, and still in Salesforce; {}."
    assert one(waiting, read) == of(known, What.BIN, reason.format("it waits to be sent"), weight=Weight.PENDING)
    refused = with_ours(waiting, parked_version=waiting.reminder.version)
    said = reason.format("Salesforce refused what was sent")
    assert one(refused, read) == of(known, What.BIN, said, weight=Weight.PENDING)


def test_a_task_that_left_is_said_with_its_owner():
    known, read = created()
    theirs = replace(read, owner_id=BOB)
    reason = f"The Task belongs to {BOB}; no run dealt with it."
    assert one(known, theirs) == of(known, What.OWNER, reason, there=BOB)
    lately = replace(theirs, stamp=PLACE.reread_at.replace(microsecond=0))
    hourly = f"The Task belongs to {BOB}; the hourly re-reading of open ones finds it."
    assert one(known, lately) == of(known, What.OWNER, hourly, weight=Weight.PENDING, there=BOB)
    done = with_ours(known, status=Status.COMPLETED)
    assert one(done, lately).weight is Weight.DRIFT


def test_a_colleague_s_reminder_of_ones_own_task_is_said():
    known, read = created()
    (found,) = audit.of_colleague(known, read, case())
    reason = "The Task is theirs, and its reminder is still somebody else's; no run dealt with it."
    assert found == of(known, What.OWNER, reason, there=read.owner_id)
    late = replace(read, stamp=LATE)
    assert [each.weight for each in audit.of_colleague(known, late, case())] == [Weight.PENDING]
    for other in (replace(known, owner_syncs=False), with_link(known, state=LinkState.ASLEEP)):
        assert list(audit.of_colleague(other, read, case())) == []
    for other in (replace(read, owner_id=BOB), replace(read, is_deleted=True)):
        assert list(audit.of_colleague(known, other, case())) == []


# ── Fields ──


def test_a_field_is_said_with_both_values_and_where_it_changed():
    known, read = imported()
    there = replace(read, values={**read.values, "Description": "Later"})
    said = {"field": "details", "here": "Soon", "there": "Later"}
    reason = "Changed in Salesforce; no run dealt with it."
    assert one(known, there) == of(known, What.FIELD, reason, **said)
    here = with_ours(known, details="Sooner")
    assert one(here, read) == of(
        known, What.FIELD, "Changed here; no run dealt with it.", field="details", here="Sooner", there="Soon"
    )
    assert one(here, there).reason == "Changed here and in Salesforce; no run dealt with it."
    both = one(edited(known, details="Sooner"), replace(there, stamp=LATE))
    assert (both.weight, both.reason) == (
        Weight.PENDING,
        "Changed here and in Salesforce; it waits to be sent and a run to come reads it.",
    )


def test_a_field_taken_for_equal_is_said():
    known, read = imported()
    base = known.link.base
    wrong = with_link(known, base=replace(base, agreed={**base.agreed, "details": "Else"}))
    wrong = with_ours(wrong, details="Else")
    found = one(wrong, read)
    assert (found.weight, found.what, found.reason) == (
        Weight.DRIFT,
        What.MEMORY,
        "Taken for equal, and not; no run would notice.",
    )


def test_settings_that_changed_are_said():
    known, read = imported()
    changed = replace(STATUS_MAP, reads={"open": frozenset(), "completed": frozenset({"Not Started", "Completed"})})
    found = one(known, read, case(TeamSettings(status_map=changed)))
    assert (found.weight, found.field, found.reason) == (
        Weight.PENDING,
        "status",
        "The value map was changed; reminders follow it when somebody asks for that.",
    )
    base = known.link.base
    apart = with_link(known, base=replace(base, raw={**base.raw, "Subject": "Else"}))
    shown = replace(read, values={**read.values, "Subject": "Else"})
    found = one(apart, shown)
    assert (found.weight, found.field, found.reason) == (
        Weight.PENDING,
        "name",
        "The Subject was left alone under earlier settings; a new name is written.",
    )


# ── Without a partner ──


@pytest.mark.parametrize(
    ("place", "given", "weight", "becomes"),
    [
        (PLACE, {}, Weight.DRIFT, "no run imported it"),
        (replace(PLACE, first=FirstSync(OLD)), {}, Weight.PENDING, "the first sync is under way"),
        (PLACE, {"staged": True}, Weight.PENDING, "a run to come reads it"),
        (Place(), {}, Weight.PENDING, "a run to come reads it"),
        (PLACE, {"keyed": True}, Weight.PENDING, "it may be the answer to a create that has none yet"),
        (PLACE, {"keyed": False}, Weight.DRIFT, "no run imported it"),
    ],
)
def test_a_task_without_a_reminder_is_said(place, given, weight, becomes):
    attempts = [Intent("i", "r", WriteKind.CREATE, {"Subject": "another"}, 1, NOW, key="KEY")]
    given = {"staged": False, "keyed": False, **given}
    attempts = attempts if "keyed" in given else []
    read = replace(task(), key="KEY" if given["keyed"] else None)
    found = audit.stray(read, case(place=place), attempts, **given)
    reason = f"A Task of theirs that has no reminder; {becomes}."
    assert found == Finding(weight, What.IMPORT, reason, task_ids=(TASK_ID,), there="Call Ada")


def test_a_reminder_without_a_task_is_said():
    reminder = created()[0].reminder
    lost = Finding(Weight.DRIFT, What.NO_TASK, "", reminder.id, here="Call Ada")
    sent = Finding(Weight.PENDING, What.NO_TASK, "", reminder.id, here="Call Ada")
    said = "Shared, and without a Task; {}."
    assert audit.untasked(reminder, ()) == replace(lost, reason=said.format("nothing waits to be sent"))
    waiting = replace(reminder, version=2)
    assert audit.untasked(waiting, ()) == replace(sent, reason=said.format("it waits to be sent"))
    assert audit.untasked(reminder, (SENT,)) == replace(sent, reason=said.format("its create has no answer yet"))


def test_tasks_that_are_one_reminder_twice_are_said():
    ids = ("00T1", "00T2", "00T3")
    one_key = "These Tasks have one key: delete in Salesforce what is too many."
    assert audit.same_key(ids) == Finding(Weight.DRIFT, What.KEY, one_key, task_ids=ids)
    people = Finding(Weight.NOTICE, What.DUPLICATE, "They show the same; people made them.", task_ids=ids)
    assert [audit.same_content(ids, ours=number) for number in (0, 3)] == [people, people]
    possible = "A possible duplicate: they show the same, and not all were created from here; compare them."
    drift = Finding(Weight.DRIFT, What.DUPLICATE, possible, task_ids=ids)
    assert [audit.same_content(ids, ours=number) for number in (1, 2)] == [drift, drift]


# ── Mending ──


def test_mending_a_field_shows_what_was_agreed_and_leaves_the_others():
    known, _ = imported()
    base = replace(known.link.base, before="Re: ", after=" (x)")
    agreed = {**base.agreed, "name": "Visit", "status": "completed", "details": "agreed", "priority": "high"}
    base = replace(base, agreed=agreed)
    mended = audit.agreeing(base, ["name", "status", "details"], TeamSettings())
    expected = {**base.raw, "Subject": "Re: Visit (x)", "Status": "Completed", "Description": "agreed"}
    assert mended == replace(base, raw=expected)
    assert audit.agreeing(base, [], TeamSettings()) == base


# ── Edges ──


def test_what_came_back_and_is_still_to_be_read_is_said_to_be():
    known, read = created()
    late = replace(read, stamp=LATE)
    gone = with_link(with_ours(known, deleted_at=OLD), state=LinkState.DELETED)
    reason = "Undeleted in Salesforce; a run to come reads it."
    assert one(gone, late) == of(known, What.UNDELETED, reason, weight=Weight.PENDING)
    asleep = with_link(known, state=LinkState.ASLEEP)
    reason = "Salesforce shows the Task again, and the pair still sleeps; a run to come reads it."
    assert one(asleep, late) == of(known, What.AWAKE, reason, weight=Weight.PENDING)


def test_a_deletion_here_that_ran_after_the_read_is_said():
    known, read = created()
    binned = with_ours(known, deleted_at=OLD)
    reason = "Deleted here, and still in Salesforce; it was read before the last run wrote it."
    assert one(binned, replace(read, read_at=OLD)) == of(known, What.BIN, reason, weight=Weight.PENDING)


def test_a_rest_of_a_name_that_salesforce_never_showed_is_in_step_only_where_both_agreed_on_it():
    known, read = imported()
    base = known.link.base
    whole = with_ours(known, name="Call Ada about the rest")
    agreed = with_link(whole, base=replace(base, agreed={**base.agreed, "name": "Call Ada about the rest"}))
    assert list(audit.pair(agreed, read, case())) == []
    assert one(whole, read).field == "name"
    assert one(agreed, replace(read, values={**read.values, "Subject": "Call"})).field == "name"
    assert one(with_ours(agreed, name="Else"), read).field == "name"


def test_a_task_that_left_and_is_still_to_be_read_is_said_to_be():
    known, read = created()
    theirs = replace(read, owner_id=BOB, stamp=LATE)
    reason = f"The Task belongs to {BOB}; a run to come reads it."
    assert one(known, theirs) == of(known, What.OWNER, reason, weight=Weight.PENDING, there=BOB)


def test_a_read_that_began_when_the_runs_began_is_not_older_than_it():
    known, read = created()
    unwritten = with_link(known, own_write_at=None)
    assert one(unwritten, replace(read, is_deleted=True, read_at=OLD)).weight is Weight.DRIFT
    sooner = replace(read, is_deleted=True, read_at=OLD - timedelta(microseconds=1))
    assert one(unwritten, sooner).weight is Weight.PENDING


def test_a_field_taken_for_equal_may_be_about_to_be_written():
    known, read = imported()
    base = known.link.base
    wrong = with_ours(with_link(known, base=replace(base, agreed={**base.agreed, "details": "Else"})), details="Else")
    found = one(replace(wrong, intents=(SENT,)), read)
    assert (found.weight, found.reason) == (
        Weight.PENDING,
        "Taken for equal, and not; a write of it has no answer yet.",
    )


def test_a_pair_that_never_had_a_name_agrees_where_no_subject_is_remembered():
    known, read = created()
    base = known.link.base
    nameless = with_link(
        known, base=replace(base, agreed={**base.agreed, "name": None}, raw={**base.raw, "Subject": None})
    )
    found = one(nameless, replace(read, values={**read.values, "Subject": None}))
    assert (found.what, found.reason) == (What.FIELD, "Changed here; no run dealt with it.")


def test_a_long_name_edited_on_both_sides_to_the_same_is_in_step_where_its_beginning_shows():
    known, read = created(name="x" * 300)
    base = known.link.base
    both = with_link(
        known, base=replace(base, agreed={**base.agreed, "name": "Else"}, raw={**base.raw, "Subject": "Else"})
    )
    assert list(audit.pair(both, read, case())) == []


def test_a_name_is_found_beside_a_text_that_leaves_no_room_for_a_longer_one():
    settings = TeamSettings(subject_template="{{activity_subject}} " + "y" * 251)
    known, read = created(settings, name="Bo")
    shown = replace(read, values={**read.values, "Subject": "Bo  " + "y" * 251})
    unknown = with_link(known, base=replace(known.link.base, after="", raw={**known.link.base.raw, "Subject": "Else"}))
    assert list(audit.pair(unknown, shown, case(settings))) == []


def test_mending_a_name_that_nobody_agreed_on_shows_the_texts_around_it():
    known, _ = imported()
    base = replace(known.link.base, before="Re: ", after="!", agreed={**known.link.base.agreed, "name": None})
    assert audit.agreeing(base, ["name"], TeamSettings()).raw["Subject"] == "Re: !"
