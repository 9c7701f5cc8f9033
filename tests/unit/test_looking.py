"""What the steps of a preview have read, put together: each pair once, as it was seen first."""

from dataclasses import replace

from remindersync.model import Link, OrgFacts, Pair, Snapshot, TeamSettings
from remindersync.model.records import Base
from remindersync.newcomers import Look, Matches
from tests.unit.test_matching import DAY, NOW, USER, reminder, task

OPEN = replace(USER, settings=TeamSettings(import_closed_on_creation=True))


def step(*pairs, **given):
    return Snapshot(OPEN, OrgFacts(), NOW, tuple(pairs), **given)


def looked(*steps, local=()):
    look = Look()
    for one in steps:
        look.see(one)
    return look.whole(local)


def link(number):
    return Link(f"r{number}", USER.org_id, f"t{number}", Base({}, {}))


def test_who_read_nothing_has_nothing():
    assert looked(local=[reminder(1, "Call")]) == (None, Matches())


def test_all_that_the_last_step_knew_of_the_user_stands_with_the_pairs_of_all_steps():
    one, two = Pair(task=task(1, "Call")), Pair(reminder(2, "Visit"), link(2), task(2, "Visit"))
    first, last = step(one, clock_offset_seconds=1.0), step(two, clock_offset_seconds=2.0, unchanged_until=NOW)
    whole, found = looked(first, last)
    assert whole == replace(last, pairs=(one, two))
    assert found == Matches()


def test_what_was_seen_again_counts_as_it_was_then():
    before, after = Pair(task=task(1, "Call")), Pair(task=task(1, "Visit"))
    whole, _ = looked(step(before), step(after))
    assert whole.pairs == (after,)
    mine = reminder(2, "Visit")
    with_task, older = Pair(mine, link(2), task(2, "Visit")), Pair(mine, link(2), task(2, "Call"))
    assert looked(step(older), step(with_task))[0].pairs == (with_task,)


def test_a_pair_whose_task_was_seen_keeps_it_where_a_later_step_does_not_show_it():
    mine = reminder(2, "Visit")
    shown, unshown = Pair(mine, link(2), task(2, "Visit")), Pair(mine, link(2))
    assert looked(step(shown), step(unshown))[0].pairs == (shown,)
    assert looked(step(unshown), step(shown))[0].pairs == (shown,)
    assert looked(step(unshown), step(replace(unshown, owner_asleep=True)))[0].pairs == (
        replace(unshown, owner_asleep=True),
    )


def test_names_are_those_of_reminders():
    look = Look()
    look.see(step(Pair(reminder(1, "Call"), link(1)), Pair(task=task(2, "Visit")), Pair(reminder(3, "Write"))))
    assert look.names() == {"r1": "Call", "r3": "Write"}


def test_what_any_step_kept_out_or_could_not_read_stays_so():
    one, two = link(1), link(2)
    whole, _ = looked(
        step(kept_out=frozenset({"t1"}), unreadable=(one,)),
        step(kept_out=frozenset({"t2"}), unreadable=(two, one)),
    )
    assert whole.kept_out == {"t1", "t2"}
    assert whole.unreadable == (one, two)


def test_local_reminders_are_matched_to_tasks_nobody_has():
    mine, free = reminder(1, "Call", DAY), Pair(task=task(9, "Call", DAY))
    other = Pair(reminder(2, "Visit"), link(2), task(2, "Call", DAY))
    whole, found = looked(step(free, other), local=[mine, reminder(3, "Write")])
    assert found.pairs == {"t9": "r1"}
    assert whole.pairs == (replace(free, match=mine), other)


def test_what_has_a_reminder_or_may_have_none_is_matched_with_nothing():
    mine = reminder(1, "Call")
    taken = Pair(reminder(2, "Call"), link(2), task(2, "Call"))
    series = Pair(task=replace(task(3, "Call"), is_recurrence=True))
    elsewhere = Pair(task=replace(task(4, "Call"), owner_id="005000000000009AAA"))
    whole, found = looked(
        step(taken, series, elsewhere, Pair(task=task(5, "Call")), kept_out=frozenset({"t5"})), local=[mine]
    )
    assert found == Matches()
    assert all(pair.match is None for pair in whole.pairs)


def test_what_an_earlier_step_kept_out_is_matched_with_nothing():
    found = looked(step(Pair(task=task(5, "Call")), kept_out=frozenset({"t5"})), step(), local=[reminder(1, "Call")])[1]
    assert found == Matches()


def test_matching_goes_by_the_team_s_template():
    rendered = Pair(task=task(1, "Custom: Call"))
    user = replace(OPEN, settings=replace(OPEN.settings, subject_template="{{activity_type}}: {{activity_subject}}"))
    look = Look()
    look.see(replace(step(rendered), user=user))
    assert look.whole([reminder(1, "Call")])[1].pairs == {"t1": "r1"}


def test_what_is_unclear_is_told_and_left_alone():
    one, two = Pair(task=task(1, "Call")), Pair(task=task(2, "Call"))
    whole, found = looked(step(one, two), local=[reminder(1, "Call")])
    assert whole.pairs == (one, two)
    assert [who for who, _ in found.unclear] == ["r1"]


def test_a_pair_of_which_nothing_was_read_is_kept_as_it_is():
    lost = Pair(link=link(1))
    assert looked(step(lost), local=[reminder(1, "Call")])[0].pairs == (lost,)
