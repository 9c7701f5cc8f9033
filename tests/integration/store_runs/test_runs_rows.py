"""What runs write, row by row and statement by statement."""

from dataclasses import replace
from datetime import date

import pytest

from remindersync.apply import Inbox, Tally
from remindersync.errors import Category, Destiny, Fault, Superseded
from remindersync.model import (
    Base,
    ChangeReminder,
    Counts,
    CreateTask,
    HistoryEvent,
    ImportTask,
    Outcome,
    Person,
    Place,
    Plan,
    Priority,
    Rebase,
    RunKind,
    Side,
    Wait,
)
from tests.fixtures.store_world import new_intent, new_link, task_id

FAULT = Fault("UNKNOWN", "first words", Category.OTHER, "What it means.", "What to do.", Destiny.PARK)
BOOKS = ("reminders", "links", "history", "intents", "handovers", "diagnostics", "runs")


@pytest.fixture
def one_run(rows_of):
    """Return the only row of `runs`."""

    def read():
        (row,) = rows_of("SELECT * FROM runs")
        return row

    return read


# ── SYNC-6: a run that finds nothing ──


def test_a_run_that_finds_nothing_is_two_statements_and_no_row(world, ada, rows_of, statements):
    with statements() as sent:
        run = world.start(ada)
        world.runs.finish(run, world.ending(counts=Counts(skipped=3), calls=1))
    assert len(sent) == 2
    assert [rows_of(f"SELECT count(*) FROM {book}")[0][0] for book in BOOKS] == [0] * len(BOOKS)


def test_a_refused_start_and_an_again_are_one_statement_each(world, ada, statements):
    with statements() as sent:
        world.runs.start(ada, 12345)
        world.runs.again(ada, 12345)
    assert len(sent) == 2


def test_a_transaction_costs_one_statement_before_its_own(world, ada, statements):
    run = world.start(ada)
    with statements() as sent, world.runs.transaction(run) as tx:
        tx.links.of_tasks([])
        tx.links.of_reminders([])
        tx.reminders.by_ids([])
        tx.reminders.synced({})
        tx.intents.record([])
        tx.intents.close([], "void")
        tx.journal.history([])
        tx.journal.mended([])
        tx.handovers.done([])
    assert len(sent) == 1
    assert "FOR SHARE" in sent[0]


def test_many_rows_are_one_statement(world, ada, statements):
    run = world.start(ada)
    reminders = [world.reminder(run, f"n{number}") for number in range(20)]
    event = HistoryEvent("", Side.APP, "Salesforce", "name", "A", "B", "rule")
    with statements() as sent, world.runs.transaction(run) as tx:
        tx.reminders.synced({one.id: 1 for one in reminders})
        tx.journal.history(replace(event, reminder_id=one.id) for one in reminders)
        tx.reminders.by_ids([one.id for one in reminders])
    assert len(sent) == 4


# ── The list of runs ──


@pytest.mark.parametrize(
    ("kind", "end"),
    [
        (RunKind.POLL, {"counts": Counts(updated_here=1)}),
        (RunKind.POLL, {"counts": Counts(parked=1)}),
        (RunKind.POLL, {"outcome": Outcome.RETRY, "error": "Salesforce is busy."}),
        (RunKind.EDIT, {}),
    ],
)
def test_a_run_worth_a_look_has_a_row(world, ada, one_run, kind, end):
    if kind is RunKind.EDIT:
        world.edited_now(ada)
    run = world.start(ada)
    world.runs.finish(run, world.ending(**end))
    assert (one_run().id.hex, one_run().kind) == (run.id.replace("-", ""), kind)


def test_the_row_tells_how_a_run_went(world, ada, one_run):
    run = world.start(ada)
    world.runs.finish(run, world.ending(counts=Counts(created_there=2, updated_here=1), calls=3))
    row = one_run()
    assert (str(row.user_id), row.kind, row.state, row.outcome, row.calls) == (ada, "poll", "done", "done", 3)
    assert row.counts == {
        "created_here": 0,
        "updated_here": 1,
        "deleted_here": 0,
        "created_there": 2,
        "updated_there": 0,
        "deleted_there": 0,
        "skipped": 0,
        "parked": 0,
    }
    assert (row.started_at, row.error, row.plan) == (world.clock.now(), None, None)
    assert row.ended_at is not None


@pytest.mark.parametrize(
    ("asked", "outcome", "state"),
    [
        (False, Outcome.MORE, "running"),
        (False, Outcome.RETRY, "failed"),
        (False, Outcome.WAITING, "held"),
        (False, Outcome.RECONNECT, "failed"),
        (True, Outcome.MORE, "running"),
        (True, Outcome.RETRY, "queued"),
        (True, Outcome.WAITING, "queued"),
        (True, Outcome.RECONNECT, "failed"),
        (True, Outcome.FAILED, "failed"),
    ],
)
def test_the_state_of_a_run_follows_its_outcome(world, ada, one_run, asked, outcome, state):
    if asked:
        world.queue(ada, RunKind.FULL)
    world.runs.finish(world.start(ada), world.ending(outcome, error="Why."))
    row = one_run()
    assert (row.state, row.outcome, row.error) == (state, outcome, "Why.")
    assert (row.ended_at is None) is (state in ("running", "queued"))


def test_a_run_under_way_shows_as_running(world, ada, one_run):
    world.queue(ada, RunKind.FULL)
    world.start(ada)
    assert (one_run().state, one_run().started_at is not None) == ("running", True)


def test_the_slices_of_a_run_add_up(world, ada, one_run):
    world.queue(ada, RunKind.FULL)
    world.runs.finish(world.start(ada), world.ending(Outcome.MORE, counts=Counts(created_here=200), calls=5))
    world.runs.finish(world.start(ada), world.ending(counts=Counts(created_here=7, skipped=1), calls=2))
    row = one_run()
    assert (row.state, row.counts["created_here"], row.counts["skipped"], row.calls) == ("done", 207, 1, 7)


def test_a_quiet_last_slice_still_ends_its_run(world, ada, one_run):
    world.runs.finish(world.start(ada), world.ending(Outcome.MORE, counts=Counts(created_here=1)))
    world.runs.finish(world.start(ada), world.ending())
    assert (one_run().state, one_run().counts["created_here"]) == ("done", 1)


def test_what_went_wrong_last_stands_with_the_user_until_a_run_goes_well(world, ada, rows_of):
    last = "SELECT last_outcome, last_error, last_run_at IS NOT NULL, running_since, claim_until FROM run_state"
    world.runs.finish(world.start(ada), world.ending(Outcome.RETRY, error="Salesforce is busy."))
    assert rows_of(last) == [("retry", "Salesforce is busy.", True, None, None)]
    world.runs.finish(world.start(ada), world.ending())
    assert rows_of(last) == [("done", None, True, None, None)]


def test_a_run_that_ends_after_sync_was_turned_off_does_not_make_its_user_due(world, ada, rows_of):
    run = world.start(ada)
    world.turn_off(ada)
    with pytest.raises(Superseded):
        world.runs.finish(run, world.ending())
    assert rows_of("SELECT next_due_at, running_since, claim_until FROM run_state") == [(None, None, None)]


# ── Plans ──


def seconds_to_next(world, run, rows_of, **end):
    """End a run that would let its user rest for an hour; return when the next one is due."""
    world.runs.finish(run, world.ending(wait_seconds=3600, **end))
    return rows_of("SELECT extract(epoch FROM next_due_at - now()) FROM run_state")[0][0]


@pytest.mark.parametrize("held", [-5, 4])
def test_sync_2_what_is_held_by_the_workers_clock_when_its_run_came_is_not_forgotten(world, ada, do, rows_of, held):
    run = world.start(ada)
    world.reminder(run)
    do("UPDATE reminders SET hold_until = now() + make_interval(secs => :s)", s=held)
    assert 0 < seconds_to_next(world, run, rows_of) < 5


@pytest.mark.parametrize(
    ("change", "end"),
    [
        ("hold_until = now() - interval '1 hour'", {}),
        ("hold_until = now(), held_change = 'delete'", {}),
        ("hold_until = now(), synced_version = version", {}),
        ("hold_until = now(), parked_version = version", {}),
        ("hold_until = now()", {"outcome": Outcome.RETRY}),
        ("hold_until = now(), shared = false", {}),
    ],
)
def test_nobody_comes_for_a_hold_behind_which_nothing_waits(world, ada, do, rows_of, change, end):
    run = world.start(ada)
    world.reminder(run)
    do(f"UPDATE reminders SET {change}")
    assert seconds_to_next(world, run, rows_of, **end) > 3000


def test_a_dry_run_leaves_its_plan_in_words(world, ada, one_run):
    world.queue(ada, RunKind.DRY)
    run = world.start(ada)
    reminder = world.reminder(run, due_date=date(2026, 1, 6), priority=Priority.HIGH)
    link = new_link(reminder)
    imported = ImportTask(reminder, link, "New in Salesforce.")
    changed = ChangeReminder(reminder.id, 1, {"name": "B"}, {"name": "A"}, link, "Changed in Salesforce.")
    created = CreateTask(reminder.id, 1, "key", {"Subject": "A"}, Base({}, {}), "Created here.")
    waiting = Wait(reminder.id, world.clock.now(), "May still land.")
    noted = Rebase(link, "Seen in Salesforce.")
    first, rest = Plan((imported, changed)), Plan((waiting, noted), (created,))
    world.runs.finish(run, world.ending(Outcome.MORE, plan=first))
    world.runs.finish(world.start(ada), world.ending(plan=rest))
    fields = {
        "name": {"from": None, "to": reminder.name},
        "status": {"from": None, "to": "open"},
        "priority": {"from": None, "to": "high"},
        "due_date": {"from": None, "to": "2026-01-06"},
    }
    pair = {"reminder": reminder.id, "salesforce_id": task_id(1)}
    alone = {"reminder": reminder.id, "salesforce_id": None}
    assert one_run().plan == [
        {"action": "create", "side": "app", **pair, "fields": fields, "reason": "New in Salesforce."},
        {
            "action": "update",
            "side": "app",
            **pair,
            "fields": {"name": {"from": "A", "to": "B"}},
            "reason": "Changed in Salesforce.",
        },
        {"action": "wait", "side": "app", **alone, "fields": {}, "reason": "May still land."},
        {"action": "note", "side": "app", **pair, "fields": {}, "reason": "Seen in Salesforce."},
        {
            "action": "create",
            "side": "salesforce",
            **alone,
            "fields": {"Subject": {"from": None, "to": "A"}},
            "reason": "Created here.",
        },
    ]


def test_a_dry_run_that_found_nothing_has_an_empty_plan(world, ada, one_run):
    world.queue(ada, RunKind.DRY)
    world.runs.finish(world.start(ada), world.ending(plan=Plan()))
    assert one_run().plan == []


# ── Settings ──


def test_a_run_has_the_team_s_settings_and_the_defaults_for_the_rest(world, ada, do):
    do(
        "UPDATE teams SET settings = CAST(:settings AS jsonb)",
        settings="""{"subject_template": "Call: {{activity_subject}}", "delete_rule": "edit_wins", "tie_rule": "salesforce",
        "conflict_rule": "app", "guard_count": 7, "status_map": {"open": ["Offen", "Neu"], "completed": ["Fertig"],
        "write_open": "Neu", "write_completed": "Fertig"}}""",
    )
    settings = world.start(ada).user.settings
    assert (settings.subject_template, settings.deletion_wins) == ("Call: {{activity_subject}}", False)
    assert (settings.tie_rule, settings.conflict_rule) == (Side.SALESFORCE, "app")
    assert (settings.status_map.read("Offen"), settings.status_map.writes["open"]) == ("open", "Neu")
    assert (settings.priority_map.read("High"), settings.api_share_percent) == ("high", 50)


# ── History and diagnostics ──


def test_history_says_which_run_wrote_and_when(world, ada, rows_of):
    run = world.start(ada)
    reminder = world.reminder(run)
    event = HistoryEvent(
        reminder.id, Side.SALESFORCE, "ada@example.com", "Subject", "A", None, "rule", "ada@sf", kept=False
    )
    with world.runs.transaction(run) as tx:
        tx.journal.history([event])
    (row,) = rows_of("SELECT * FROM history")
    assert (row.at, str(row.team_id), str(row.run_id)) == (world.clock.now(), run.user.team_id, run.id)
    assert (str(row.reminder_id), row.side, row.actor, row.login) == (
        reminder.id,
        "salesforce",
        "ada@example.com",
        "ada@sf",
    )
    assert (row.field, row.old, row.new, row.kept, row.rule) == ("Subject", "A", None, False, "rule")


def test_a_diagnostic_counted_again_shows_the_latest_words_and_both_times(world, ada, rows_of):
    run = world.start(ada)
    reminder = world.reminder(run)
    began = world.clock.now()
    for fault in (FAULT, replace(FAULT, message="latest words")):
        with world.runs.transaction(run) as tx:
            tx.journal.fault(fault, reminder_id=reminder.id)
        world.clock.advance(60)
    (row,) = rows_of("SELECT * FROM diagnostics")
    assert (row.message, row.count, row.state, row.retry, row.category) == (
        "latest words",
        2,
        "open",
        "parked",
        "Other",
    )
    assert ((row.last_seen - row.first_seen).total_seconds(), row.first_seen) == (60, began)


def test_what_was_ignored_or_resolved_opens_anew(world, ada, rows_of, do):
    run = world.start(ada)
    with world.runs.transaction(run) as tx:
        tx.journal.fault(FAULT)
    do("UPDATE diagnostics SET state = 'ignored'")
    with world.runs.transaction(run) as tx:
        tx.journal.fault(FAULT)
    assert rows_of("SELECT state, count FROM diagnostics ORDER BY id") == [("ignored", 1), ("open", 1)]


# ── Closed intents, moved keys ──


def test_a_closed_intent_keeps_its_first_answer(world, ada, rows_of):
    run = world.start(ada)
    new = new_intent(1, world.reminder(run))
    with world.runs.transaction(run) as tx:
        tx.intents.record([new])
        tx.intents.close([new.id], "saved")
        tx.intents.close([new.id], "void")
    (row,) = rows_of("SELECT * FROM intents")
    assert (row.result, row.closed_at, row.fence, str(row.run_id)) == ("saved", world.clock.now(), run.fence, run.id)


def test_a_key_the_new_owner_uses_already_is_dropped_in_a_move(world, ada, bob, do, rows_of):
    run = world.start(ada)
    moved, kept = world.reminder(run, "moved"), world.reminder(run, "kept")
    world.reminder(world.start(bob), "there")
    do("UPDATE reminders SET external_key = 'k1' WHERE name IN ('moved', 'there')")
    do("UPDATE reminders SET external_key = 'k2' WHERE name = 'kept'")
    with world.runs.transaction(run) as tx:
        assert tx.reminders.move(moved.id, 1, bob)
        assert tx.reminders.move(kept.id, 1, bob)
    assert rows_of("SELECT name, external_key FROM reminders ORDER BY name") == [
        ("kept", "k2"),
        ("moved", None),
        ("there", "k1"),
    ]


def test_a_person_is_kept_as_one_object(world, ada, rows_of):
    run = world.start(ada)
    world.reminder(run, person=Person("Grace", "grace@example.com", None))
    world.reminder(run, person=None)
    assert rows_of("SELECT person FROM reminders WHERE person IS NOT NULL") == [
        ({"name": "Grace", "email": "grace@example.com", "salesforce_id": None},)
    ]


def test_a_new_user_s_place_is_an_empty_object(world, ada, rows_of):
    world.runs.finish(world.start(ada), world.ending(place=Place()))
    assert rows_of("SELECT place FROM run_state") == [({},)]


def test_a_pages_history_is_one_statement_however_long_it_is(world, ada, statements):
    run = world.start(ada)
    found = [world.reminder(run, f"Call {number}") for number in range(3)]
    renamed = [
        ChangeReminder(one.id, one.version, {"name": "x"}, {"name": one.name}, new_link(one, number), "renamed")
        for number, one in enumerate(found)
    ]
    with statements() as sent, world.runs.transaction(run) as tx:
        Inbox(tx, Tally(), "ada@example.com", "005ADA", 0).take(renamed)
    assert len([one for one in sent if "INTO history" in one]) == 1
