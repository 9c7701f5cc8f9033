"""Turning sync on as a preview showed it: exactly that, or not at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from remindersync.errors import LoginLost, SalesforceUnclear, UserMistake
from remindersync.model import Choice, SalesforceTask
from remindersync.salesforce.faults import fault
from remindersync.store.app_reminders import Draft
from remindersync.store.mistakes import NotFound, PreviewNeeded, PreviewOutdated
from remindersync.store.tables import listed_tasks, run_state, runs
from remindersync.store.turning_on import TurningOn

BOTH = Choice(import_open=True, match_existing=True)
READ_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = READ_AT + timedelta(seconds=2)
TASK, OTHER = "00T000000000001AAA", "00T000000000002AAA"


class Org:
    """Salesforce, as far as it is asked whether it is as it was; an error instead of Tasks is raised."""

    def __init__(self):
        self.changed = []
        self.error = None

    def __call__(self, user, front):
        assert (user.salesforce_id, front) == ("005000000000001AAA", READ_AT)
        if self.error:
            raise self.error
        return self.changed


def task(task_id=TASK, **fields):
    shown = SalesforceTask(
        task_id,
        owner_id="005000000000001AAA",
        values={"Subject": "Call"},
        is_closed=False,
        created_at=READ_AT,
        modified_at=LATER,
        stamp=LATER,
        read_at=LATER,
    )
    return replace(shown, **fields)


@pytest.fixture
def org():
    return Org()


@pytest.fixture
def turning_on(database, org):
    return TurningOn(database, org)


@pytest.fixture
def ada(directory, ada, grant):
    directory.connect(ada.id, grant())
    return ada


@pytest.fixture
def call(app, ada):
    """A local reminder of Ada's."""
    return app.create(ada, Draft("Call")).reminder


@pytest.fixture
def shown(database, turning_on, ada, call):
    """The preview of a Task to import and one to match, as a run leaves it."""

    def item(action, task_id, reminder, name):
        what = {"action": action, "side": "app", "reminder": reminder, "salesforce_id": task_id}
        return what | {"fields": {}, "reason": "for a test", "name": name}

    run_id = turning_on.ask(ada.id, BOTH)
    items = [item("match", TASK, call.id, "Call"), item("create", OTHER, "8c1f0ae6-0000-4000-8000-000000000000", "Old")]
    front = runs.c.choice.concat({"front": READ_AT.isoformat()})
    with database.begin() as connection:
        ended = update(runs).where(runs.c.id == run_id).values(state="done", plan=items, choice=front)
        connection.execute(ended)
    return turning_on.of_run(run_id)


def test_a_preview_counts_its_items_by_what_they_do(shown):
    assert (shown.counts["imported"], shown.counts["matched"], shown.counts["pushed"]) == (1, 1, 0)
    assert shown.choice == BOTH


def test_what_was_shown_is_listed_in_its_order_and_sync_is_on(turning_on, ada, call, shown, rows):
    assert turning_on.turn_on(ada.id, BOTH, shown.digest).sync_on
    listed = rows(listed_tasks, order=listed_tasks.c.place)
    assert [(one["task_id"], one["reminder_id"]) for one in listed] == [(TASK, call.id), (OTHER, None)]
    assert [run["kind"] for run in rows(runs, runs.c.state == "queued")] == ["first"]


def test_without_a_digest_it_is_refused(turning_on, ada):
    with pytest.raises(PreviewNeeded):
        turning_on.turn_on(ada.id, BOTH)


def test_a_digest_of_other_choices_is_refused(turning_on, ada, shown):
    with pytest.raises(PreviewOutdated, match="no preview of these choices"):
        turning_on.turn_on(ada.id, Choice(import_open=True), shown.digest)


def test_a_digest_of_somebody_elses_is_refused(turning_on, directory, bob, shown, grant):
    directory.connect(bob.id, grant(salesforce_id="005000000000002AAA", username="bob@org"))
    with pytest.raises(PreviewOutdated):
        turning_on.turn_on(bob.id, BOTH, shown.digest)


def test_a_reminder_edited_since_makes_it_outdated(turning_on, app, ada, call, shown, rows):
    app.edit(ada, call.id, {"name": "Call Ada"})
    with pytest.raises(PreviewOutdated, match="changed since the preview"):
        turning_on.turn_on(ada.id, BOTH, shown.digest)
    assert rows(listed_tasks) == []


def test_another_reminder_that_might_be_meant_makes_it_outdated(turning_on, app, ada, shown):
    app.create(ada, Draft("Call"))
    with pytest.raises(PreviewOutdated):
        turning_on.turn_on(ada.id, BOTH, shown.digest)


def test_other_settings_of_the_team_make_it_outdated(turning_on, directory, ada, shown):
    settings = directory.settings(ada.team_id)
    directory.save_settings(ada.team_id, replace(settings, import_condition="Priority = 'High'"))
    with pytest.raises(PreviewOutdated):
        turning_on.turn_on(ada.id, BOTH, shown.digest)


@pytest.mark.parametrize("changed", [task(), task("00T000000000003AAA"), task(is_deleted=True)])
def test_a_task_that_changed_since_makes_it_outdated(turning_on, org, ada, shown, changed):
    org.changed = [changed]
    with pytest.raises(PreviewOutdated, match="1 Task changed in Salesforce"):
        turning_on.turn_on(ada.id, BOTH, shown.digest)


@pytest.mark.parametrize("changed", [task(stamp=READ_AT), task("00T000000000003AAA", subtype="Email")])
def test_what_the_preview_saw_and_what_never_comes_in_change_nothing(turning_on, org, ada, shown, changed):
    org.changed = [changed]
    assert turning_on.turn_on(ada.id, BOTH, shown.digest).sync_on


def test_with_salesforce_away_no_more_than_was_listed_may_happen(turning_on, org, ada, shown):
    org.error = SalesforceUnclear("The connection was cut.")
    assert turning_on.turn_on(ada.id, BOTH, shown.digest).sync_on


def test_who_lost_their_login_is_told_to_connect_again(turning_on, org, ada, shown):
    org.error = LoginLost(fault("INVALID_SESSION_ID", ""))
    with pytest.raises(UserMistake, match="connect again"):
        turning_on.turn_on(ada.id, BOTH, shown.digest)


def test_who_is_on_already_is_told_to_turn_it_off_first(turning_on, directory, ada, shown):
    directory.turn_on(ada.id)
    with pytest.raises(PreviewOutdated, match="turn sync off"):
        turning_on.turn_on(ada.id, BOTH, shown.digest)
    with pytest.raises(UserMistake, match="turn sync off"):
        turning_on.ask(ada.id, BOTH)


def test_a_plain_choice_needs_no_preview(turning_on, ada, rows):
    assert turning_on.turn_on(ada.id, Choice()).sync_on
    assert rows(listed_tasks) == []


def test_asking_makes_the_user_due_though_their_sync_is_off(turning_on, ada, rows, state):
    first = turning_on.ask(ada.id, BOTH)
    second = turning_on.ask(ada.id, BOTH)
    assert [(run["id"], run["state"]) for run in rows(runs, order=runs.c.queued_at)] == [
        (first, "failed"),
        (second, "queued"),
    ]
    assert state(ada)["next_due_at"] <= datetime.now(UTC)


def test_a_run_that_has_not_ended_has_no_preview(turning_on, ada):
    with pytest.raises(NotFound):
        turning_on.of_run(turning_on.ask(ada.id, BOTH))


def test_turning_off_forgets_what_was_listed(turning_on, directory, ada, shown, rows, state):
    turning_on.turn_on(ada.id, BOTH, shown.digest)
    directory.turn_off(ada.id)
    assert rows(listed_tasks) == []
    assert rows(run_state, run_state.c.next_due_at.is_not(None)) == []
