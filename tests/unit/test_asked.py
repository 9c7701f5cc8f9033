"""What an admin may ask for after a preview: who follows a changed map, whose Subject is rendered anew, and who not."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from remindersync.mapping import following
from remindersync.model import (
    AskedItem,
    AskedKind,
    GuardedChange,
    HistoryEvent,
    Line,
    LinkState,
    Priority,
    ReminderType,
    Side,
    Status,
    TeamSettings,
)
from remindersync.model.asked import digest, holds, out_of_reach
from remindersync.model.batches import BatchSize
from remindersync.model.settings import PRIORITY_MAP, STATUS_MAP
from remindersync.subject import renewing
from tests.unit.test_plan import AGREED, BASE, LINK, NOON, OURS, SHOWN, TEMPLATED, USER, WRITTEN


def reads(values, **more):
    return replace(values, reads={ours: raws | more.get(ours, set()) for ours, raws in values.reads.items()})


FOLLOWS = TeamSettings(
    status_map=reads(STATUS_MAP, completed={"Deferred"}), priority_map=reads(PRIORITY_MAP, high={"Low"})
)


def shown(**raw):
    return replace(LINK, base=replace(BASE, raw={**SHOWN, **raw}))


def values(line):
    return dict(line.before), dict(line.after)


@dataclass
class FakeTransaction:
    """The pair of one reminder, what was written of it, and what was decided."""

    reminder: object = OURS
    link: object = LINK
    taken: bool = True
    changed: list = field(default_factory=list)
    linked: list = field(default_factory=list)
    events: list = field(default_factory=list)
    decided: list = field(default_factory=list)

    reminders = links = journal = asked = property(lambda self: self)

    def by_ids(self, ids):
        return {one: self.reminder for one in ids if self.reminder is not None and self.reminder.id == one}

    def of_reminders(self, ids):
        return {one: self.link for one in ids if self.link is not None and self.link.reminder_id == one}

    def change(self, changes):
        self.changed.extend((one.reminder_id, one.version, dict(one.values)) for one in changes)
        return {one.reminder_id for one in changes if self.taken}

    def put(self, links):
        self.linked.extend(links)

    def history(self, events):
        self.events.extend(events)

    def decide(self, decided):
        self.decided.extend((one.item, one.left) for one in decided)


def item(line, kind=AskedKind.FOLLOW, reminder="r"):
    return AskedItem("action", reminder, kind, digest(line.before), digest(line.after), "admin@example.com")


# ── Following a changed map ──


def test_a_reminder_follows_to_what_its_raw_values_mean_now():
    line = following.line(OURS, shown(Status="Deferred", Priority="Low"), FOLLOWS)
    assert values(line) == (
        {"status": "open", "Status": "Deferred", "priority": "normal", "Priority": "Low"},
        {"status": "completed", "priority": "high"},
    )


@pytest.mark.parametrize(
    ("reminder", "link"),
    [
        (OURS, LINK),
        (OURS, shown(Status="In Progress")),
        (replace(OURS, status=Status.COMPLETED), shown(Status="Deferred")),
        (replace(OURS, priority=Priority.HIGH), shown(Priority="Low")),
    ],
    ids=["means the same", "means nothing", "edited here", "edited here too"],
)
def test_nothing_follows_where_the_meaning_is_no_other_or_a_person_edited(reminder, link):
    assert following.line(reminder, link, FOLLOWS) is None


OUT_OF_REACH = [
    (replace(OURS, deleted_at=NOON), {}, "It is in the bin"),
    (OURS, {"state": LinkState.ASLEEP}, "Its Task is out of reach"),
    (
        replace(OURS, held_change=GuardedChange.DELETE),
        {},
        "A change from Salesforce waits for approval",
    ),
]


@pytest.mark.parametrize(("reminder", "changes", "why"), OUT_OF_REACH)
def test_what_is_out_of_reach_is_left_with_its_reason(reminder, changes, why):
    link = replace(shown(Status="Deferred"), **changes)
    assert out_of_reach(reminder, link) == following.line(reminder, link, FOLLOWS) == why


FOLLOWER = replace(USER, settings=FOLLOWS)
DEFERRED = shown(Status="Deferred")
LINE = Line({"status": "open", "Status": "Deferred"}, {"status": "completed"})


def test_following_changes_reminder_and_base_together_and_says_who_asked():
    tx = FakeTransaction(link=DEFERRED)
    other = replace(item(LINE), kind=AskedKind.RERENDER)
    assert following.take(tx, [item(LINE), other], FOLLOWER) == 1
    assert tx.changed == [("r", 3, {"status": "completed"})]
    agreed = {**AGREED, "status": "completed"}
    assert tx.linked == [replace(DEFERRED, base=replace(DEFERRED.base, agreed=agreed))]
    assert tx.events == [
        HistoryEvent("r", Side.APP, "admin@example.com", "status", "open", "completed", "value map changed")
    ]
    assert tx.decided == [(item(LINE), None)]


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"reminder": None, "link": DEFERRED}, "It is gone"),
        ({"link": None}, "It is gone"),
        ({"reminder": replace(OURS, owner_id="bob"), "link": DEFERRED}, "It is somebody else's now"),
        ({}, "It changed after the preview"),
        ({"link": shown(Priority="Low")}, "It changed after the preview"),
        ({"link": replace(DEFERRED, state=LinkState.ASLEEP)}, "Its Task is out of reach"),
    ],
)
def test_who_cannot_follow_is_left_with_the_reason_and_nothing_is_written(given, left):
    tx = FakeTransaction(**given)
    assert following.take(tx, [item(LINE)], FOLLOWER) == 0
    assert tx.decided == [(item(LINE), left)]
    assert (tx.changed, tx.linked, tx.events) == ([], [], [])


def test_who_was_edited_in_the_same_moment_is_left():
    tx = FakeTransaction(link=DEFERRED, taken=False)
    assert following.take(tx, [item(LINE)], FOLLOWER) == 0
    assert (tx.decided, tx.linked, tx.events) == ([(item(LINE), "It changed after the preview")], [], [])


def test_an_item_holds_only_while_its_line_is_the_one_that_was_shown():
    assert holds(item(LINE), LINE) is None
    assert holds(item(LINE), None) == "It changed after the preview"
    assert holds(item(LINE), replace(LINE, before={})) == "It changed after the preview"
    assert holds(item(LINE), replace(LINE, after={})) == "It changed after the preview"
    assert holds(item(LINE), "It is in the bin") == "It is in the bin"


def test_a_digest_goes_by_the_values_and_not_by_their_order():
    assert digest({"a": "1", "b": None}) == digest({"b": None, "a": "1"}) != digest({"a": "1", "b": ""})


# ── Rendering Subjects anew ──

EMAIL = replace(OURS, type=ReminderType.EMAIL)
SUBJECT = Line({"Subject": "Call"}, {"Subject": "Email: Call"})
RENDERER = replace(USER, settings=TEMPLATED)


def test_a_subject_is_shown_before_and_after():
    assert renewing.line(EMAIL, WRITTEN, TEMPLATED) == SUBJECT


def test_an_imported_task_s_subject_is_the_bare_name_unless_the_team_wants_it():
    assert renewing.line(EMAIL, replace(WRITTEN, created_here=False), TEMPLATED) is None
    included = replace(TEMPLATED, template_on_imported=True)
    assert renewing.line(EMAIL, replace(WRITTEN, created_here=False), included) == SUBJECT


@pytest.mark.parametrize("written", [None, "something else"])
def test_a_subject_this_app_did_not_write_is_left(written):
    link = replace(WRITTEN, base=replace(WRITTEN.base, written=written))
    assert renewing.line(EMAIL, link, TEMPLATED) == "Salesforce shows a Subject this app did not write"
    assert not renewing.shows_ours(link.base)


@pytest.mark.parametrize(("reminder", "changes", "why"), OUT_OF_REACH)
def test_a_subject_out_of_reach_is_left_with_its_reason(reminder, changes, why):
    assert renewing.line(reminder, replace(WRITTEN, **changes), TEMPLATED) == why


def test_a_subject_still_to_be_written_is_handed_on():
    tx = FakeTransaction(reminder=EMAIL, link=WRITTEN)
    asked = item(SUBJECT, AskedKind.RERENDER)
    assert renewing.take(tx, [asked, item(SUBJECT)], RENDERER) == [WRITTEN]
    assert tx.decided == []


SHOWN_ALREADY = replace(WRITTEN, base=replace(WRITTEN.base, raw={**SHOWN, "Subject": "Email: Call"}))


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"reminder": EMAIL, "link": SHOWN_ALREADY}, None),
        ({"reminder": None, "link": WRITTEN}, "It is gone"),
        ({"reminder": EMAIL, "link": None}, "It is gone"),
        ({"reminder": replace(EMAIL, owner_id="bob"), "link": WRITTEN}, "It is somebody else's now"),
        (
            {"reminder": replace(EMAIL, parked_version=3), "link": WRITTEN},
            "Salesforce refused it: its diagnostic says why",
        ),
        ({"reminder": replace(EMAIL, name="Visit"), "link": WRITTEN}, "It changed after the preview"),
    ],
)
def test_a_subject_that_is_done_or_left_is_noted(given, left):
    tx = FakeTransaction(**given)
    asked = item(SUBJECT, AskedKind.RERENDER)
    assert renewing.take(tx, [asked], RENDERER) == []
    assert tx.decided == [(asked, left)]


# ── How many records a call carries ──


@pytest.mark.parametrize(
    ("minutes", "size"), [(-90, 3), (0, 3), (59, 3), (60, 6), (119, 6), (120, 12), (480, 768), (540, 768)]
)
def test_the_size_that_worked_doubles_with_every_hour_eight_times_at_most(minutes, size):
    assert BatchSize(3, NOON).at(NOON + timedelta(minutes=minutes)) == size
