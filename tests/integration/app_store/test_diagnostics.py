"""Errors as people see them, and what retrying and ignoring them does."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from remindersync.errors import UserMistake
from remindersync.store.app_reminders import Draft, NotFound
from remindersync.store.diagnostics import Diagnostics, Wanted
from remindersync.store.tables import diagnostics as table
from tests.fixtures.statements import counted_statements

LATER = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def diagnostics(database):
    return Diagnostics(database)


@pytest.fixture
def refused(app, syncing_ada, add_diagnostic, set_reminder, make_idle):
    """A reminder of Ada's that Salesforce refused; she is not due."""
    reminder = app.create(syncing_ada, Draft("Call")).reminder
    add_diagnostic(syncing_ada, code="REFUSED", reminder_id=reminder.id)
    set_reminder(reminder, parked_version=reminder.version)
    make_idle(syncing_ada)
    return reminder


def states(database):
    with database.begin() as connection:
        return connection.execute(select(table.c.code, table.c.state).order_by(table.c.id)).all()


def test_errors_are_counted_by_kind_with_their_latest_words(diagnostics, ada, bob, chief, add_diagnostic):
    old, new = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
    add_diagnostic(ada, code="A", task_id="1", count=3, remedy="new words", last_seen=new, first_seen=old)
    add_diagnostic(bob, code="A", task_id="2", count=4, remedy="old words", last_seen=old, first_seen=old)
    add_diagnostic(bob, code="B")
    add_diagnostic(bob, code="C", state="resolved")
    first, second = diagnostics.kinds(chief)
    assert (first.code, first.records, first.users, first.count) == ("A", 2, 2, 7)
    assert (first.remedy, first.first_seen, first.last_seen) == ("new words", old, new)
    assert (second.code, second.records) == ("B", 1)


def test_a_person_sees_their_own_an_admin_the_teams_and_an_operator_all(
    diagnostics, ada, bob, chief, stranger, add_diagnostic
):
    for user in (ada, bob, stranger):
        add_diagnostic(user)
    seen = {
        name: [one.user for one in diagnostics.page(actor).items]
        for name, actor in {"ada": ada, "chief": chief, "operator": None}.items()
    }
    assert seen["ada"] == ["ada@example.com"]
    assert seen["chief"] == ["ada@example.com", "bob@example.com"]
    assert seen["operator"] == ["ada@example.com", "bob@example.com", "stranger@example.com"]
    assert [kind.records for kind in diagnostics.kinds(ada)] == [1]


def test_somebody_elses_error_is_out_of_reach(diagnostics, database, ada, bob, add_diagnostic):
    add_diagnostic(bob)
    (error,) = diagnostics.page(bob).items
    with pytest.raises(NotFound):
        diagnostics.one(ada, str(error.id))
    for do in (diagnostics.retry, diagnostics.ignore):
        assert do(ada, Wanted([error.id])).count == 0
    assert [state for _, state in states(database)] == ["open"]


def test_errors_are_listed_page_by_page(diagnostics, ada, add_diagnostic):
    for number in range(5):
        add_diagnostic(ada, code=str(number))
    first = diagnostics.page(ada, limit=3)
    rest = diagnostics.page(ada, cursor=first.next_cursor, limit=3)
    assert [one.code for one in (*first.items, *rest.items)] == ["0", "1", "2", "3", "4"]
    assert rest.next_cursor is None


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (Wanted(), {"A", "B"}),
        (Wanted(code="A"), {"A"}),
        (Wanted(email="bob@example.com"), {"B"}),
        (Wanted(state="resolved"), {"C"}),
        (Wanted(ids=[]), set()),
        (Wanted(ids=["x", "-1", "9" * 30, "٣"]), set()),
    ],
)
def test_errors_are_found_by_what_is_given(diagnostics, ada, bob, add_diagnostic, wanted, codes):
    add_diagnostic(ada, code="A")
    add_diagnostic(bob, code="B")
    add_diagnostic(bob, code="C", state="resolved")
    assert {one.code for one in diagnostics.page(None, wanted).items} == codes


def test_a_state_that_is_none_is_refused(diagnostics, ada):
    with pytest.raises(UserMistake, match="state"):
        diagnostics.page(ada, Wanted(state="shut"))


@pytest.mark.parametrize("number", ["", "-1", "x", "٣", "9" * 19, "9" * 5000])
def test_what_is_no_number_names_no_error(diagnostics, ada, add_diagnostic, number):
    add_diagnostic(ada)
    assert diagnostics.ignore(ada, Wanted(ids=[number])).count == 0
    assert len(diagnostics.page(ada).items) == 1


def test_retrying_takes_a_parked_record_up_again_and_makes_its_user_due(
    diagnostics, app, database, syncing_ada, refused, state
):
    assert app.get(syncing_ada, refused.id).sync.state == "parked"
    done = diagnostics.retry(syncing_ada, Wanted(code="REFUSED"))
    assert (done.count, done.due_user_ids) == (1, {syncing_ada.id})
    assert app.get(syncing_ada, refused.id).sync.state == "pending"
    assert state(syncing_ada)["next_due_at"] < datetime.now(UTC)
    assert states(database) == [("REFUSED", "open")]


def test_retrying_ends_the_rest_between_two_tries(diagnostics, app, syncing_ada, add_diagnostic, set_reminder):
    reminder = app.create(syncing_ada, Draft("Call")).reminder
    add_diagnostic(syncing_ada, code="LATER", reminder_id=reminder.id, retry="backoff")
    set_reminder(reminder, hold_until=datetime.now(UTC) + timedelta(minutes=1))
    diagnostics.retry(syncing_ada, Wanted(code="LATER"))
    assert app.get(syncing_ada, reminder.id).sync.state == "pending"


def test_retrying_a_record_that_moved_makes_its_new_owner_due(
    diagnostics, syncing_ada, syncing_bob, chief, refused, set_reminder
):
    set_reminder(refused, owner_id=syncing_bob.id)
    assert diagnostics.retry(chief, Wanted(code="REFUSED")).due_user_ids == {syncing_ada.id, syncing_bob.id}


def test_retrying_an_error_of_a_whole_run_closes_it(diagnostics, database, syncing_ada, add_diagnostic):
    add_diagnostic(syncing_ada, code="BAD_QUERY")
    assert diagnostics.retry(syncing_ada, Wanted()).due_user_ids == {syncing_ada.id}
    assert states(database) == [("BAD_QUERY", "resolved")]


def test_who_does_not_sync_is_not_due(diagnostics, ada, add_diagnostic):
    add_diagnostic(ada)
    assert diagnostics.retry(ada, Wanted()).due_user_ids == frozenset()


def test_an_ignored_error_leaves_the_list_and_its_record_as_it_is(diagnostics, app, syncing_ada, refused):
    assert diagnostics.ignore(syncing_ada, Wanted(code="REFUSED")).count == 1
    assert diagnostics.page(syncing_ada).items == ()
    assert app.get(syncing_ada, refused.id).sync.state == "parked"
    assert diagnostics.ignore(syncing_ada, Wanted(code="REFUSED")).count == 0


def test_many_errors_are_retried_by_the_statements_of_a_few(diagnostics, database, app, syncing_ada, add_diagnostic):
    """PostgreSQL takes 65,535 values a statement: one refused trigger may park more records than that."""

    def statements(number):
        for _ in range(number):
            reminder = app.create(syncing_ada, Draft("Call")).reminder
            add_diagnostic(syncing_ada, reminder_id=reminder.id)
            add_diagnostic(syncing_ada, task_id=reminder.id)
        with counted_statements(database) as sent:
            assert diagnostics.retry(None, Wanted()).count >= 2 * number
        return sent

    assert statements(3) == statements(5)


def test_sync_8_what_many_are_to_try_again_waits_behind_edits(
    diagnostics, syncing_ada, syncing_bob, add_diagnostic, state
):
    for user in (syncing_ada, syncing_bob):
        add_diagnostic(user, code="A")
    diagnostics.retry(None, Wanted(code="A"))
    assert "interactive" not in {state(user)["lane"] for user in (syncing_ada, syncing_bob)}
    add_diagnostic(syncing_ada, code="B")
    diagnostics.retry(None, Wanted(code="B"))
    assert state(syncing_ada)["lane"] == "interactive"
