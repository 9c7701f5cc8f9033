from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from remindersync.errors import UserMistake
from remindersync.store.app_reminders import AppReminders, Draft, ListQuery, NotFound
from remindersync.store.tables import reminders

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOON.date()


class Noon:
    """A clock that stands still."""

    def now(self):
        return NOON

    def monotonic(self):
        return 0.0


@pytest.fixture
def app(database):
    return AppReminders(database, Noon())


@pytest.fixture
def names(app):
    def listed(actor, **query):
        return [item.reminder.name for item in app.list(actor, ListQuery(**query)).items]

    return listed


@pytest.fixture
def week(app, ada):
    """A reminder a day, from the day before yesterday on, and one without a date; yesterday's is done."""
    for days in (2, 0, -1, 1, -2):
        due = TODAY + timedelta(days=days)
        reminder = app.create(ada, Draft(f"{days:+}", due_date=due)).reminder
        if days == -1:
            app.complete(ada, reminder.id)
    app.create(ada, Draft("undated"))
    return ada


class TestWhatIsListed:
    def test_all_in_order_of_their_due_dates_those_without_last(self, names, week):
        assert names(week) == ["-2", "-1", "+0", "+1", "+2", "undated"]

    @pytest.mark.parametrize(("due", "found"), [("today", ["+0"]), ("tomorrow", ["+1"]), ("overdue", ["-2"])])
    def test_by_due_date_and_what_is_done_is_not_overdue(self, names, week, due, found):
        assert names(week, due=due) == found

    @pytest.mark.parametrize(
        ("zone", "today"), [("Pacific/Kiritimati", "+1"), ("Pacific/Pago_Pago", "+0"), ("Europe/Berlin", "+0")]
    )
    def test_today_is_the_users_own(self, database, directory, team, zone, today):
        late = AppReminders(database, type("Late", (Noon,), {"now": lambda _: NOON + timedelta(hours=9)})())
        user = directory.add_user("far@example.com", "Sales", time_zone=zone)
        for days in (-1, 0, 1):
            late.create(user, Draft(f"{days:+}", due_date=TODAY + timedelta(days=days)))
        (item,) = late.list(user, ListQuery(due="today")).items
        assert item.reminder.name == today

    def test_by_status(self, names, week):
        assert names(week, status="completed") == ["-1"]
        assert "-1" not in names(week, status="open")

    def test_by_change_oldest_first(self, names, week, app, set_reminder):
        for item in app.list(week).items:
            set_reminder(
                item.reminder, updated_at=NOON - (item.reminder.due_date or TODAY - timedelta(9)).day * timedelta(1)
            )
        assert names(week, order="updated")[:3] == ["+2", "+1", "+0"]
        assert names(week, order="updated", updated_since=NOON - timedelta(days=22)) == ["-1", "-2", "undated"]

    def test_what_is_deleted_lies_in_the_bin(self, app, names, week):
        (item,) = app.list(week, ListQuery(due="today")).items
        app.delete(week, item.reminder.id)
        assert "+0" not in names(week)
        assert "+0" in names(week, include_deleted=True)
        assert names(week, shelf="bin") == ["+0"]
        assert app.get(week, item.reminder.id).reminder.deleted_at == NOON

    def test_a_reminder_whose_task_went_to_somebody_else_is_elsewhere_for_30_days(
        self, app, names, ada, link, set_link
    ):
        reminder = app.create(ada, Draft("Call")).reminder
        link(reminder, "asleep")
        set_link(reminder, updated_at=NOON - timedelta(days=29))
        assert names(ada) == []
        assert names(ada, shelf="elsewhere") == ["Call"]
        set_link(reminder, updated_at=NOON - timedelta(days=31))
        assert names(ada, shelf="elsewhere") == []
        assert app.get(ada, reminder.id).reminder.name == "Call"

    def test_one_that_is_about_to_change_hands_is_on_both_lists(self, app, names, ada, bob, set_reminder):
        set_reminder(app.create(ada, Draft("Call")).reminder, assign_to=bob.id)
        assert names(ada) == names(bob) == ["Call"]
        assert app.list(ada).items[0].assignee_email == bob.email

    def test_people_see_their_own_and_admins_their_teams(self, names, app, ada, bob, chief, stranger):
        for user in (ada, bob, stranger):
            app.create(user, Draft(user.name or "stranger's"))
        assert (names(ada), names(chief)) == (["Ada"], [])
        assert sorted(names(chief, team=True)) == ["Ada", "Bob"]
        with pytest.raises(UserMistake, match="for admins"):
            names(ada, team=True)

    @pytest.mark.parametrize(
        "query",
        [
            {"due": "yesterday"},
            {"status": "Open"},
            {"order": "name"},
            {"shelf": "attic"},
            {"cursor": "nonsense"},
            {"updated_since": datetime(2026, 11, 23)},  # noqa: DTZ001 a time without its zone is what is refused
        ],
    )
    def test_a_query_that_makes_no_sense_is_refused_by_its_part(self, app, ada, query):
        with pytest.raises(UserMistake, match=rf"^{next(iter(query))}"):
            app.list(ada, ListQuery(**query))


class TestPages:
    @pytest.fixture
    def fill(self, database, ada):
        """Replace all reminders by ones of these due dates and times of change."""

        def write(rows):
            every = [
                {"id": str(uuid4()), "team_id": ada.team_id, "owner_id": ada.id, "name": f"{number}", "due_date": due}
                | {"updated_at": NOON + timedelta(microseconds=late)}
                for number, (due, late) in enumerate(rows)
            ]
            with database.begin() as connection:
                connection.execute(delete(reminders))
                if every:
                    connection.execute(insert(reminders), every)
            return {row["id"] for row in every}

        return write

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        rows=st.lists(st.tuples(st.none() | st.dates(TODAY, TODAY + timedelta(2)), st.integers(0, 3)), max_size=25),
        limit=st.integers(1, 7),
        order=st.sampled_from(["due", "updated"]),
    )
    def test_paging_shows_every_row_once_and_in_order(self, app, ada, fill, rows, limit, order):
        written = fill(rows)
        pages, cursor = [], None
        while not pages or cursor:
            listing = app.list(ada, ListQuery(cursor=cursor, limit=limit, order=order))
            pages.append([item.reminder for item in listing.items])
            cursor = listing.next_cursor
        shown = [reminder for page in pages for reminder in page]
        assert len(shown) == len(written)
        assert {reminder.id for reminder in shown} == written
        assert shown == sorted(shown, key=_by_due if order == "due" else _by_change)
        assert all(len(page) == limit for page in pages[:-1])

    def test_rows_written_and_deleted_between_pages_hide_no_other(self, app, ada):
        first = [app.create(ada, Draft(f"{day}", due_date=TODAY + timedelta(day))).reminder for day in range(6)]
        page = app.list(ada, ListQuery(limit=3))
        app.delete(ada, first[2].id)
        app.delete(ada, first[3].id)
        app.create(ada, Draft("before", due_date=TODAY))
        app.create(ada, Draft("behind", due_date=TODAY + timedelta(9)))
        rest = app.list(ada, ListQuery(limit=9, cursor=page.next_cursor))
        assert [item.reminder.name for item in rest.items] == ["4", "5", "behind"]
        assert rest.next_cursor is None

    @pytest.mark.parametrize(("limit", "shown"), [(0, 1), (-5, 1), (10_000, 200)])
    def test_a_page_has_1_to_200_rows(self, app, ada, fill, limit, shown):
        fill([(TODAY, 0)] * 201)
        assert len(app.list(ada, ListQuery(limit=limit)).items) == shown


class TestHowItStands:
    @pytest.fixture
    def view(self, app):
        return lambda actor, reminder: app.get(actor, reminder.id).sync

    @pytest.fixture
    def shared(self, database, syncing_ada):
        return AppReminders(database).create(syncing_ada, Draft("Call")).reminder

    def test_what_never_leaves_the_app_is_local(self, app, ada, view):
        state = view(ada, app.create(ada, Draft("Call")).reminder)
        assert (state.state, state.salesforce_id, state.url, state.salesforce) == ("local", None, None, None)

    def test_what_salesforce_has_yet_to_learn_is_pending(self, syncing_ada, shared, view):
        assert view(syncing_ada, shared).state == "pending"

    def test_what_salesforce_has_is_synced_with_an_address_and_its_raw_values(self, syncing_ada, shared, link, view):
        link(shared)
        state = view(syncing_ada, shared)
        assert (state.state, state.salesforce_id) == ("synced", "00T000000000001AAA")
        assert state.url == "https://acme.my.salesforce.com/00T000000000001AAA"
        assert state.salesforce == {"status": "In Progress", "priority": "Low", "owner": "005000000000001AAA"}

    def test_what_waits_out_the_undo_time_is_held(self, syncing_ada, shared, set_reminder, view):
        set_reminder(shared, hold_until=NOON + timedelta(seconds=5))
        assert (view(syncing_ada, shared).state, view(syncing_ada, shared).hold_until) == (
            "held",
            NOON + timedelta(seconds=5),
        )
        set_reminder(shared, hold_until=NOON)
        assert (view(syncing_ada, shared).state, view(syncing_ada, shared).hold_until) == ("pending", None)

    def test_what_salesforce_refused_is_parked_until_it_changes(self, app, syncing_ada, shared, set_reminder, view):
        set_reminder(shared, parked_version=1)
        assert view(syncing_ada, shared).state == "parked"
        app.edit(syncing_ada, shared.id, {"name": "Write"})
        assert view(syncing_ada, shared).state == "pending"

    @pytest.mark.parametrize("state", ["asleep", "unreachable"])
    def test_a_task_that_is_out_of_reach_is_told_as_such(self, app, syncing_ada, shared, link, view, state):
        link(shared, state)
        app.edit(syncing_ada, shared.id, {"name": "Write"})
        assert view(syncing_ada, shared).state == state
        assert view(syncing_ada, shared).salesforce["owner"] is None

    def test_a_deleted_task_has_no_address(self, syncing_ada, shared, link, view):
        link(shared, "deleted")
        assert view(syncing_ada, shared).url is None

    def test_a_task_that_was_replaced_is_forgotten(self, syncing_ada, shared, link, view):
        link(shared, "superseded")
        link(shared, task_id="00T000000000002AAA")
        assert view(syncing_ada, shared).salesforce_id == "00T000000000002AAA"

    def test_what_waits_for_a_lost_login_says_so_and_what_is_synced_does_not(
        self, app, syncing_ada, shared, link, lose, view
    ):
        link(shared)
        lose(syncing_ada)
        assert view(syncing_ada, shared).state == "synced"
        app.edit(syncing_ada, shared.id, {"name": "Write"})
        assert view(syncing_ada, shared).state == "reconnect"

    def test_the_latest_open_error_is_shown_explained(self, app, syncing_ada, shared, add_diagnostic, view):
        add_diagnostic(syncing_ada, reminder_id=shared.id, code="OLD", last_seen=NOON - timedelta(hours=1))
        add_diagnostic(syncing_ada, reminder_id=shared.id, code="NEW", last_seen=NOON)
        add_diagnostic(syncing_ada, reminder_id=shared.id, code="DONE", state="resolved")
        add_diagnostic(syncing_ada, code="OTHER")
        error = view(syncing_ada, shared).error
        assert (error.code, error.category, error.meaning, error.remedy) == ("NEW", "Other", "meant", "do")
        assert app.list(syncing_ada).items[0].sync.error == error


def _by_due(reminder):
    return (reminder.due_date or date.max, reminder.id)


def _by_change(reminder):
    return (reminder.updated_at, reminder.id)


def test_a_reminder_that_is_gone_is_not_found(app, ada):
    with pytest.raises(NotFound):
        app.get(ada, str(uuid4()))
