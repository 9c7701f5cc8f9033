"""Previews of what changes many reminders at once, and asking for exactly what one showed."""

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text, update

from remindersync.errors import UserMistake
from remindersync.mapping import following
from remindersync.mapping.following import RULE
from remindersync.model import STATUS_MAP, AskedKind, ReminderType, Status, ValueMap
from remindersync.store.app_reminders import AppReminders, Draft
from remindersync.store.asking import NOT_SYNCING
from remindersync.store.directory import Directory
from remindersync.store.mistakes import NotFound
from remindersync.store.people import AppUser
from remindersync.store.retention import Kept, SqlRetention
from remindersync.store.runs import SqlRuns
from remindersync.store.settings_preview import SettingsPreviews
from remindersync.store.tables import links, reminders, team_action_items, team_actions
from remindersync.store.team_actions import TeamActions
from remindersync.subject.renewing import NOT_OURS
from tests.fixtures.pairs import link_up

FOLLOW, RERENDER = AskedKind.FOLLOW, AskedKind.RERENDER
DEFERRED_IS_DONE = ValueMap({**STATUS_MAP.reads, "completed": frozenset({"Completed", "Deferred"})}, STATUS_MAP.writes)
TEMPLATE = "[{{activity_type}}] {{activity_subject}}"
ORG = "00D000000000001EAA"


class Clock:
    def __init__(self, at):
        self._at = at

    def now(self):
        return self._at


@dataclass
class Sales:
    """The team, with an admin, and what they may do."""

    id: str
    chief: AppUser
    actions: TeamActions
    directory: Directory

    def set(self, **settings):
        self.directory.save_settings(self.id, replace(self.directory.settings(self.id), **settings))

    def preview(self, kind):
        return self.actions.preview(self.id, kind)

    def ask(self, kind):
        return self.actions.ask(self.id, self.preview(kind).digest, self.chief)


@pytest.fixture
def sales(database, directory, team, chief):
    return Sales(team.id, chief, TeamActions(database), directory)


@pytest.fixture
def previews(database):
    return SettingsPreviews(database)


@pytest.fixture
def app(database):
    return AppReminders(database)


@pytest.fixture
def pair(database, app):
    """Make a reminder of a person's with a Task."""
    numbers = iter(range(1, 100))

    def make(user, name, *, raw=None, created_here=True, **fields):
        reminder = app.create(user, Draft(name, **fields)).reminder
        link_up(database, ORG, next(numbers), reminder, created_here=created_here, **raw or {})
        return reminder

    return make


def test_a_preview_lists_by_user_and_name_and_counts_each_user(sales, pair, syncing_ada, syncing_bob):
    for user, name in ((syncing_bob, "B"), (syncing_ada, "Z"), (syncing_ada, "A")):
        pair(user, name, raw={"Status": "Deferred"})
    sales.set(status_map=DEFERRED_IS_DONE)
    shown = sales.preview(FOLLOW)
    assert [(one.user, one.name) for one in shown.lines] == [
        ("ada@example.com", "A"),
        ("ada@example.com", "Z"),
        ("bob@example.com", "B"),
    ]
    assert shown.users == (("ada@example.com", 2), ("bob@example.com", 1))
    assert dict(shown.lines[0].line.after) == {"status": "completed"}


def test_a_preview_of_nothing_has_no_digest(sales, pair, syncing_ada):
    pair(syncing_ada, "A")
    assert (sales.preview(FOLLOW).digest, sales.preview(RERENDER).digest) == (None, None)


def test_equal_previews_have_one_digest_and_others_another(sales, pair, rows, syncing_ada):
    pair(syncing_ada, "A")
    sales.set(subject_template=TEMPLATE)
    first, second = sales.preview(RERENDER), sales.preview(RERENDER)
    assert first.digest == second.digest
    assert len(rows(team_action_items)) == 1
    pair(syncing_ada, "B")
    assert sales.preview(RERENDER).digest != first.digest


def test_nothing_people_wrote_is_kept_with_what_is_asked(sales, pair, rows, syncing_ada):
    pair(syncing_ada, "A very private name")
    sales.set(subject_template=TEMPLATE)
    sales.preview(RERENDER)
    assert "private" not in str(rows(team_action_items))


def test_reminders_of_people_who_do_not_sync_are_left_out_and_counted(sales, pair, syncing_ada):
    pair(syncing_ada, "A")
    sales.set(subject_template=TEMPLATE)
    sales.directory.turn_off(syncing_ada.id)
    shown = sales.preview(RERENDER)
    assert (shown.lines, shown.left_out) == ((), ((NOT_SYNCING, 1),))


def test_subjects_this_app_did_not_write_are_left_out_and_counted(sales, pair, syncing_ada):
    pair(syncing_ada, "A", raw={"Subject": "My own words"})
    pair(syncing_ada, "B", created_here=False)
    sales.set(subject_template=TEMPLATE)
    shown = sales.preview(RERENDER)
    assert (shown.lines, shown.left_out) == ((), ((NOT_OURS, 1),))


def test_asking_makes_exactly_those_due_whom_it_concerns(sales, pair, syncing_ada, syncing_bob, make_idle, state):
    pair(syncing_ada, "A")
    sales.set(subject_template=TEMPLATE)
    digest = sales.preview(RERENDER).digest
    for user in (syncing_ada, syncing_bob):
        make_idle(user)
    asked = sales.actions.ask(sales.id, digest, sales.chief)
    assert (asked.total, asked.waiting, asked.done, asked.left, asked.asked_by) == (1, 1, 0, (), sales.chief.email)
    assert (state(syncing_ada)["next_due_at"].year < 2100, state(syncing_bob)["next_due_at"].year) == (True, 2100)


def test_asking_twice_asks_once(sales, pair, rows, syncing_ada):
    pair(syncing_ada, "A")
    sales.set(subject_template=TEMPLATE)
    digest = sales.preview(RERENDER).digest
    assert sales.actions.ask(sales.id, digest, sales.chief).id == sales.actions.ask(sales.id, digest, None).id
    assert len(rows(team_action_items)) == 1
    assert [one.id for one in sales.actions.latest(sales.id)] == [sales.actions.ask(sales.id, digest, sales.chief).id]


def test_the_same_may_be_asked_for_again_once_it_is_shown_again(sales, pair, syncing_ada):
    pair(syncing_ada, "A")
    sales.set(subject_template=TEMPLATE)
    first = sales.ask(RERENDER)
    again = sales.ask(RERENDER)
    assert again.id != first.id


@pytest.mark.parametrize("whose", ["nobody", "another team"])
def test_what_was_not_shown_to_the_team_cannot_be_asked_for(sales, pair, stranger, syncing_ada, whose):
    pair(syncing_ada, "A")
    sales.set(subject_template=TEMPLATE)
    digest = sales.preview(RERENDER).digest
    with pytest.raises(UserMistake, match="not known any more"):
        sales.actions.ask(
            stranger.team_id if whose == "another team" else sales.id, digest if whose != "nobody" else "0", sales.chief
        )
    mine = sales.actions.ask(sales.id, digest, sales.chief)
    with pytest.raises(NotFound):
        sales.actions.progress(stranger.team_id, mine.id)
    assert sales.actions.latest(stranger.team_id) == []


def test_a_reminder_that_followed_can_be_put_back_from_its_history(database, sales, app, pair, rows, syncing_ada):
    reminder = pair(syncing_ada, "A", raw={"Status": "Deferred"})
    sales.set(status_map=DEFERRED_IS_DONE)
    sales.ask(FOLLOW)
    runs = SqlRuns(database, Clock(reminder.created_at))
    run = runs.start(syncing_ada.id, None)
    assert run.asked
    with runs.transaction(run) as tx:
        assert following.take(tx, tx.asked.waiting(None, 10), run.user) == 1
    assert app.get(sales.chief, reminder.id).reminder.status is Status.COMPLETED
    (event,) = (one for one in app.history(sales.chief, reminder.id) if one.rule == RULE)
    assert (event.actor, event.old, event.new) == (sales.chief.email, "open", "completed")
    assert app.restore_value(sales.chief, event.id).reminder.status is Status.OPEN


def test_whoever_is_emptied_from_the_bin_is_gone_from_what_was_asked(database, sales, pair, syncing_ada):
    reminder = pair(syncing_ada, "A")
    sales.set(subject_template=TEMPLATE)
    asked = sales.ask(RERENDER)
    with database.begin() as connection:
        connection.execute(reminders.delete().where(reminders.c.id == reminder.id))
    assert sales.actions.progress(sales.id, asked.id).total == 0


def test_old_actions_are_cleared_away_once_nothing_of_them_waits(database, sales, pair, rows, syncing_ada):
    pair(syncing_ada, "A")
    sales.set(subject_template=TEMPLATE)
    asked = sales.ask(RERENDER)
    with database.begin() as connection:
        connection.execute(update(team_actions).values(shown_at=text("now() - interval '40 days'")))
    assert SqlRetention(database).purge(Kept(run_days=30))["team_actions"] == 0
    with database.begin() as connection:
        connection.execute(update(team_action_items).values(state="done"))
    assert SqlRetention(database).purge(Kept(run_days=30))["team_actions"] == 1
    assert rows(team_action_items) == []
    with pytest.raises(NotFound):
        sales.actions.progress(sales.id, asked.id)


# ── Settings before they are saved ──


def test_a_template_is_shown_on_reminders_that_differ(previews, directory, team, pair, syncing_ada):
    pair(syncing_ada, "Spring mail", campaign_name="Spring")
    pair(syncing_ada, "Plain")
    pair(syncing_ada, "Ring", type=ReminderType.CALL.value)
    theirs = pair(syncing_ada, "Theirs", created_here=False)
    _came_from_salesforce(previews, theirs)
    wanted = replace(directory.settings(team.id), subject_template="{{sales_campaign_name}}: {{activity_subject}}")
    shown = previews.preview(team.id, wanted)
    made = {one.name: (one.kind, one.present, one.subject, one.reads_as, one.readable) for one in shown.examples}
    assert shown.one_way is None
    assert made["Spring mail"] == ("of a campaign", "Spring mail", "Spring: Spring mail", "Spring mail", True)
    assert made["Theirs"] == ("made in Salesforce", "Theirs", "Theirs", "Theirs", True)
    assert {"of no campaign", "a call"} <= {one.kind for one in shown.examples}
    assert directory.settings(team.id).subject_template == "{{activity_subject}}"


def _came_from_salesforce(previews, reminder):
    with previews._database.begin() as connection:
        connection.execute(update(reminders).where(reminders.c.id == reminder.id).values(origin="salesforce"))


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("Call", "does not occur"),
        ("{{activity_subject}} {{Activity_Subject}}", "occurs 2 times"),
    ],
)
def test_a_template_that_cannot_be_read_back_is_labelled_one_way_with_the_reason(
    previews, sales, pair, syncing_ada, template, reason
):
    pair(syncing_ada, "Plain")
    shown = previews.preview(sales.id, replace(sales.directory.settings(sales.id), subject_template=template))
    assert reason in shown.one_way
    assert [(one.reads_as, one.readable) for one in shown.examples] == [(None, False)]


def test_a_wrong_template_is_refused_by_name_and_position_before_it_is_shown(previews, directory, team):
    with pytest.raises(UserMistake, match=r"\{\{colour\}\} at character 6"):
        previews.preview(team.id, replace(directory.settings(team.id), subject_template="Call {{colour}}"))


def test_maps_are_shown_with_who_could_follow_before_they_are_saved(previews, sales, pair, rows, syncing_ada):
    pair(syncing_ada, "A", raw={"Status": "Deferred"})
    shown = previews.preview(sales.id, replace(sales.directory.settings(sales.id), status_map=DEFERRED_IS_DONE))
    assert shown.following.users == (("ada@example.com", 1),)
    assert rows(team_action_items) == []
    assert rows(links)[0]["base"]["agreed"]["status"] == "open"


def test_another_teams_reminders_are_no_examples(previews, directory, pair, stranger, syncing_ada):
    pair(syncing_ada, "Plain")
    shown = previews.preview(stranger.team_id, directory.settings(stranger.team_id))
    assert (shown.examples, shown.following.lines) == ((), ())
