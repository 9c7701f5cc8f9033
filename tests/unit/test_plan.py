"""What is planned for every kind of pair, word for word: `test_plan.txt` holds all of it, for people to read.

After a change that is meant: `python -m tests.unit.test_plan`, and read the difference.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import Path

import pytest

from remindersync import subject
from remindersync.model import (
    Base,
    ConflictRule,
    Intent,
    Link,
    LinkState,
    OrgFacts,
    Pair,
    Person,
    Priority,
    Reminder,
    ReminderType,
    SalesforceTask,
    Side,
    Snapshot,
    Status,
    SyncUser,
    TeamSettings,
    WriteKind,
)
from remindersync.plan import plan

EXPECTED = Path(__file__).with_suffix(".txt")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SHOWN = {
    "Subject": "Call",
    "Status": "Not Started",
    "Priority": "Normal",
    "ActivityDate": None,
    "Description": None,
    "WhoId": None,
}
AGREED = {"name": "Call", "status": "open", "priority": "normal", "due_date": None, "details": None, "person": None}


def at(minute, second=0):
    """A moment after noon, before it where the minute is negative."""
    return NOON + timedelta(minutes=minute, seconds=second)


USER = SyncUser("ada", "team", "ada@example.com", "Europe/Berlin", "ORG", "005ADA", at(-600))
BASE = Base(dict(AGREED), dict(SHOWN), open_status="Not Started")
OURS = Reminder("r", "team", "ada", "Call", at(-300), at(-300), version=3, synced_version=3)
LINK = Link("r", "ORG", "t", BASE, stamp=at(-100), seen_at=at(-90))
TASK = SalesforceTask(
    "t",
    "005ADA",
    dict(SHOWN),
    is_closed=False,
    created_at=at(-300),
    modified_at=at(-100),
    stamp=at(-100),
    read_at=at(0),
    created_by="005ADA",
)
WRITTEN = replace(LINK, created_here=True, base=replace(BASE, written="Call"))
SENT = Intent(
    "i", "r", WriteKind.CREATE, {"Subject": "Call", "Status": "Not Started", "Priority": "Normal"}, 3, at(-2), key="KEY"
)


def ours(**changes):
    return replace(OURS, **{"version": 4, **changes})


def edited(minute=-1, **changes):
    """The reminder with fields a person edited."""
    return ours(edited_at=dict.fromkeys(changes, at(minute)), **changes)


def task(**changes):
    """The Task as edited a minute ago: values by their Salesforce names, the rest by ours."""
    values = {name: changes.pop(name) for name in tuple(changes) if name in SHOWN}
    return replace(TASK, values={**SHOWN, **values}, **{"modified_at": at(-1), "stamp": at(-1), **changes})


GONE = task(is_deleted=True)
BINNED = ours(deleted_at=at(-1))
DELETED = replace(LINK, state=LinkState.DELETED, stamp=at(-50))
DELETED_BY_US = replace(DELETED, own_write_at=at(-50))
TEMPLATED = TeamSettings(subject_template="{{activity_type}}: {{activity_subject}}")
EDIT_WINS = TeamSettings(deletion_wins=False)
UNKEYED = OrgFacts()
LOST = {"intents": (SENT,)}
CHANGE_LOST = replace(SENT, kind=WriteKind.UPDATE, payload={"Subject": "first", "Priority": "Normal"}, task_id="t")
DELETION_LOST = replace(SENT, kind=WriteKind.DELETE, payload={}, task_id="t")
MADE = replace(TASK, id="new", created_at=at(-2), key="KEY")

# By name: the pair, and what else differs in the snapshot.
CASES = {
    "nothing changed": (Pair(OURS, LINK, TASK), {}),
    "details edited here": (Pair(edited(details="ours"), LINK), {}),
    "every field edited here": (
        Pair(
            edited(
                name="Visit",
                status=Status.COMPLETED,
                priority=Priority.HIGH,
                due_date=date(2026, 1, 6),
                details="ours",
                person=Person("Lea", "lea@example.com", "00QLEA"),
            ),
            LINK,
            TASK,
        ),
        {},
    ),
    "edited there, and about another company and matter": (
        Pair(OURS, LINK, task(Priority="High", company_id="001NEW", related_id="006NEW")),
        {},
    ),
    "every field edited there": (
        Pair(
            OURS,
            LINK,
            task(
                Subject="Visit",
                Status="Completed",
                Priority="High",
                ActivityDate="2026-01-06",
                Description="theirs",
                WhoId="00QLEA",
                is_closed=True,
                person_name="Lea",
            ),
        ),
        {},
    ),
    "edited on both sides, ours later": (Pair(edited(0, name="ours"), LINK, task(Subject="theirs")), {}),
    "edited on both sides, theirs later": (Pair(edited(-95, name="ours"), LINK, task(Subject="theirs")), {}),
    "edited on both sides, order unknown": (Pair(edited(-5, name="ours"), LINK, task(Subject="theirs")), {}),
    "the same, Salesforce wins ties": (
        Pair(edited(-5, name="ours"), LINK, task(Subject="theirs")),
        {"settings": TeamSettings(tie_rule=Side.SALESFORCE)},
    ),
    "the same, Salesforce's clock ten minutes ahead": (
        Pair(edited(-5, name="ours"), LINK, task(Subject="theirs")),
        {"clock_offset_seconds": 600.0},
    ),
    "the same, no edit time known": (Pair(ours(name="ours"), LINK, task(Subject="theirs")), {}),
    "the same, equal seconds": (Pair(edited(-1, name="ours"), LINK, task(Subject="theirs")), {}),
    "the same, the front knows the base longer": (
        Pair(edited(-5, name="ours"), LINK, task(Subject="theirs")),
        {"unchanged_until": at(-4)},
    ),
    "the same, but it was out of reach meanwhile": (
        Pair(edited(-5, name="ours"), replace(LINK, state=LinkState.UNREACHABLE), task(Subject="theirs")),
        {"unchanged_until": at(-4)},
    ),
    "the same, but it was somebody else's meanwhile": (
        Pair(edited(-5, name="ours"), LINK, task(Subject="theirs", owner_id="005CARL")),
        {"unchanged_until": at(-4)},
    ),
    "another person there": (
        Pair(
            replace(OURS, person=Person("Lea", "lea@example.com", "00QLEA")),
            replace(LINK, base=replace(BASE, agreed={**AGREED, "person": "00QLEA"}, raw={**SHOWN, "WhoId": "00QLEA"})),
            task(WhoId="00QLEO", person_name="Leo"),
        ),
        {},
    ),
    "a person there instead of a name here": (
        Pair(replace(OURS, person=Person("Lea")), LINK, task(WhoId="00QLEO", person_name="Leo")),
        {},
    ),
    "no person there any more": (
        Pair(
            replace(OURS, person=Person("Lea", "", "00QLEA")),
            replace(LINK, base=replace(BASE, agreed={**AGREED, "person": "00QLEA"}, raw={**SHOWN, "WhoId": "00QLEA"})),
            task(),
        ),
        {},
    ),
    "edited on both sides, Salesforce's rule": (
        Pair(edited(0, name="ours", details="mine"), LINK, task(Subject="theirs")),
        {"settings": TeamSettings(conflict_rule=ConflictRule.SALESFORCE)},
    ),
    "edited on both sides, the app's rule": (
        Pair(edited(-95, name="ours"), LINK, task(Subject="theirs", Priority="High")),
        {"settings": TeamSettings(conflict_rule=ConflictRule.APP)},
    ),
    "the same edit on both sides": (Pair(edited(name="Visit"), LINK, task(Subject="Visit")), {}),
    "a value without a meaning there": (Pair(OURS, LINK, task(Status="Deferred")), {}),
    "only the stamp moved": (Pair(OURS, LINK, task()), {}),
    "its link was out of reach": (Pair(OURS, replace(LINK, state=LinkState.UNREACHABLE), TASK), {}),
    "edited here while out of reach": (Pair(edited(details="ours"), replace(LINK, state=LinkState.UNREACHABLE)), {}),
    "out of sight": (None, {"unreadable": (LINK, replace(LINK, task_id="u", state=LinkState.UNREACHABLE))}),
    "superseded": (Pair(BINNED, replace(LINK, state=LinkState.SUPERSEDED), task()), {}),
    "what Salesforce holds no more of than it has": (Pair(edited(details=" "), LINK), {}),
    "an edit of a part Salesforce does not hold": (
        Pair(
            edited(name="C" * 255 + " and more"), replace(LINK, base=replace(BASE, raw={**SHOWN, "Subject": "C" * 255}))
        ),
        {},
    ),
    "the edit is held a while": (Pair(edited(details="ours", hold_until=at(1)), LINK, TASK), {}),
    "the hold is just over": (Pair(edited(details="ours", hold_until=at(0)), LINK, TASK), {}),
    "the hold runs on by the app's clock": (
        Pair(edited(details="ours", hold_until=at(-1)), LINK, TASK),
        {"clock_offset_seconds": 120.0},
    ),
    "this version was refused": (Pair(edited(details="ours", parked_version=4), LINK, TASK), {}),
    "nothing changed and nothing read": (Pair(OURS, LINK), {}),
    # ── Subjects ──
    "renamed, by the template": (Pair(edited(name="Visit"), WRITTEN), {"settings": TEMPLATED}),
    "renamed, imported": (Pair(edited(name="Visit"), LINK), {"settings": TEMPLATED}),
    "renamed, imported ones too": (
        Pair(edited(name="Visit"), LINK),
        {"settings": replace(TEMPLATED, template_on_imported=True)},
    ),
    "another field of the template changed": (
        Pair(
            ours(type=ReminderType.EMAIL),
            replace(WRITTEN, base=replace(WRITTEN.base, inputs={"activity_type": "Call"})),
        ),
        {"settings": TEMPLATED},
    ),
    "the same, but Salesforce shows another Subject": (
        Pair(
            ours(type=ReminderType.EMAIL),
            replace(WRITTEN, base=replace(WRITTEN.base, written="Else", inputs={"activity_type": "Call"})),
        ),
        {"settings": TEMPLATED},
    ),
    "asked to be rendered anew": (Pair(OURS, WRITTEN, TASK), {"settings": TEMPLATED, "rerender": frozenset({"r"})}),
    "the same, and nothing else changed": (
        Pair(OURS, replace(WRITTEN, base=replace(WRITTEN.base, inputs=subject.inputs(OURS))), TASK),
        {"settings": TEMPLATED, "rerender": frozenset({"r"})},
    ),
    "another template, and nobody asked": (
        Pair(OURS, replace(WRITTEN, base=replace(WRITTEN.base, inputs=subject.inputs(OURS))), TASK),
        {"settings": TEMPLATED},
    ),
    "a Subject changed there, with what stood around the name": (
        Pair(
            OURS,
            replace(WRITTEN, base=replace(WRITTEN.base, before="Call: ", raw={**SHOWN, "Subject": "Call: Call"})),
            task(Subject="Call: Visit"),
        ),
        {"settings": TEMPLATED},
    ),
    "an empty Subject": (Pair(OURS, LINK, task(Subject=None)), {}),
    "Subjects are not taken in": (
        Pair(OURS, WRITTEN, task(Subject="theirs")),
        {"settings": TeamSettings(subject_inbound=False)},
    ),
    "our own late write": (
        Pair(
            ours(name="second"),
            replace(WRITTEN),
            task(Subject="first"),
            (replace(SENT, kind=WriteKind.UPDATE, payload={"Subject": "first"}, task_id="t"),),
        ),
        {},
    ),
    "our own late write, of two fields, one of which was so before": (
        Pair(ours(name="second"), WRITTEN, task(Subject="first"), (CHANGE_LOST,)),
        {},
    ),
    "our own late write, not of the Subject": (
        Pair(OURS, WRITTEN, task(Priority="High"), (replace(CHANGE_LOST, payload={"Priority": "High"}),)),
        {},
    ),
    # ── Deletions ──
    "deleted there": (Pair(OURS, LINK, GONE), {}),
    "deleted there, edited here": (Pair(edited(details="ours"), LINK, GONE), {}),
    "deleted there, edited here, edits win": (Pair(edited(details="ours"), LINK, GONE), {"settings": EDIT_WINS}),
    "deleted there, edits win, none here": (Pair(OURS, LINK, GONE), {"settings": EDIT_WINS}),
    "deleted there, edited on both sides, edits win": (
        Pair(edited(details="ours"), LINK, task(is_deleted=True, Priority="High")),
        {"settings": EDIT_WINS},
    ),
    "the same, a create may land": (
        Pair(edited(details="ours"), LINK, task(is_deleted=True, Priority="High"), (SENT,)),
        {"settings": EDIT_WINS},
    ),
    "deleted on both sides": (Pair(BINNED, LINK, GONE), {}),
    "our own deletion landed after a restore": (
        Pair(ours(), LINK, GONE, (DELETION_LOST,)),
        {},
    ),
    "our own deletion landed after a restore, edited there before": (
        Pair(ours(), LINK, task(is_deleted=True, Description="theirs"), (DELETION_LOST,)),
        {},
    ),
    "our own deletion landed": (Pair(BINNED, LINK, GONE, (DELETION_LOST,)), {}),
    "deleted here": (Pair(BINNED, LINK), {}),
    "deleted here, read": (Pair(BINNED, LINK, TASK), {}),
    "deleted here, edited there": (Pair(BINNED, LINK, task(Priority="High")), {}),
    "deleted here, our own late write read": (Pair(BINNED, LINK, task(Subject="first"), (CHANGE_LOST,)), {}),
    "deleted here, edited there, edits win": (Pair(BINNED, LINK, task(Priority="High")), {"settings": EDIT_WINS}),
    "deleted here, edited there without a meaning": (Pair(BINNED, LINK, task(Status="Deferred")), {}),
    "deleted here, edited there without a meaning, edits win": (
        Pair(BINNED, LINK, task(Status="Deferred", Priority="High")),
        {"settings": EDIT_WINS},
    ),
    "deleted here, a create may land": (Pair(BINNED, LINK, None, (SENT,)), {}),
    "deleted here, read, a create may land": (Pair(BINNED, LINK, TASK, (SENT,)), {}),
    "deleted here, and given away": (Pair(BINNED, LINK, task(owner_id="005BOB", Priority="High"), moved_to="bob"), {}),
    "the same, edits win": (
        Pair(BINNED, LINK, task(owner_id="005BOB", Priority="High"), moved_to="bob"),
        {"settings": EDIT_WINS},
    ),
    "undeleted there": (Pair(replace(BINNED, synced_version=4), DELETED, task(Priority="High")), {}),
    "undeleted there, edited on both sides while clocks differ": (
        Pair(replace(edited(-80, name="ours", deleted_at=at(-1)), synced_version=4), DELETED, task(Subject="theirs")),
        {"clock_offset_seconds": -1200.0},
    ),
    "undeleted there for somebody else": (
        Pair(replace(BINNED, synced_version=4), DELETED, task(owner_id="005BOB"), moved_to="bob"),
        {},
    ),
    "undeleted there, restored here": (Pair(ours(), DELETED, task(Priority="High")), {}),
    "a late row from before the deletion": (Pair(replace(BINNED, synced_version=4), DELETED, TASK), {}),
    "restored here": (Pair(ours(), DELETED), {}),
    "binned again": (Pair(BINNED, DELETED), {}),
    "deleted by us, and its row shows what nobody had read": (
        Pair(
            replace(BINNED, synced_version=4), DELETED_BY_US, replace(GONE, values={**SHOWN, "Description": "theirs"})
        ),
        {},
    ),
    "deleted by us, and its row was read since": (
        Pair(
            replace(BINNED, synced_version=4),
            replace(DELETED_BY_US, seen_at=at(-5)),
            replace(GONE, values={**SHOWN, "Description": "theirs"}),
        ),
        {},
    ),
    "deleted by us as it was read, and its row shows more": (
        Pair(
            replace(BINNED, synced_version=4),
            replace(DELETED_BY_US, seen_at=at(-50)),
            replace(GONE, values={**SHOWN, "Description": "theirs"}),
        ),
        {},
    ),
    "deleted by us, and its row shows what we knew": (Pair(replace(BINNED, synced_version=4), DELETED_BY_US, GONE), {}),
    "restored here, a create may land": (Pair(ours(), DELETED, None, (SENT,)), {}),
    "deleted there, edited there before": (Pair(OURS, LINK, task(is_deleted=True, Description="theirs")), {}),
    "deleted on both sides, edited there before": (
        Pair(BINNED, LINK, task(is_deleted=True, Description="theirs", Status="Deferred")),
        {},
    ),
    "still deleted": (Pair(replace(BINNED, synced_version=4), DELETED, GONE), {}),
    "it became a series": (Pair(edited(details="ours"), LINK, task(is_recurrence=True)), {}),
    "it is a series still": (Pair(ours(), replace(LINK, state=LinkState.ASLEEP), task(is_recurrence=True)), {}),
    "deleted here, edited on both sides, edits win": (
        Pair(edited(details="ours", deleted_at=at(-1)), LINK, task(Description="theirs", Priority="High")),
        {"settings": EDIT_WINS},
    ),
    "deleted here, edited there, edits win, a create may land": (
        Pair(BINNED, LINK, task(Priority="High"), (SENT,)),
        {"settings": EDIT_WINS},
    ),
    "deleted here, a create can just no longer land": (Pair(BINNED, LINK, None, (SENT,)), {"now": at(8)}),
    "a row with the stamp of the deletion": (
        Pair(replace(BINNED, synced_version=4), DELETED, task(stamp=at(-50))),
        {},
    ),
    "undeleted there, restored here, as it was": (Pair(ours(), DELETED, task()), {}),
    "undeleted there, restored here, edited there after us": (
        Pair(edited(-95, details="ours"), DELETED, task(Description="theirs")),
        {},
    ),
    # ── Owners ──
    "given to another user here, with an edit": (
        Pair(edited(details="ours"), LINK, task(owner_id="005BOB", Priority="High"), moved_to="bob"),
        {},
    ),
    "given to another user here, as it was": (Pair(OURS, LINK, task(owner_id="005BOB"), moved_to="bob"), {}),
    "given to somebody who does not sync": (Pair(OURS, LINK, task(owner_id="005CARL")), {}),
    "assigned here": (Pair(ours(assign_to="bob"), LINK, TASK, next_owner_salesforce_id="005BOB"), {}),
    "assigned here, with an edit": (
        Pair(edited(details="ours", assign_to="bob"), LINK, TASK, next_owner_salesforce_id="005BOB"),
        {},
    ),
    "assigned here to somebody Salesforce does not know": (Pair(ours(assign_to="bob"), LINK, TASK), {}),
    "somebody else's reminder": (Pair(replace(OURS, owner_id="bob"), LINK, TASK), {}),
    "somebody else's, deleted": (Pair(replace(OURS, owner_id="bob"), DELETED, GONE), {}),
    "somebody else's, deleted by them, and its row shows what nobody had read": (
        Pair(replace(BINNED, owner_id="bob"), DELETED_BY_US, replace(GONE, values={**SHOWN, "Description": "theirs"})),
        {},
    ),
    "made by a lost create of somebody else's": (Pair(replace(OURS, owner_id="bob"), None, MADE), {}),
    "somebody else's, undeleted": (Pair(replace(OURS, owner_id="bob"), DELETED, task()), {}),
    "of somebody who left": (Pair(replace(OURS, owner_id="bob"), LINK, TASK, owner_asleep=True), {}),
    "of somebody who left, given to a third": (
        Pair(replace(OURS, owner_id="bob"), LINK, task(owner_id="005CARL"), owner_asleep=True),
        {},
    ),
    # ── Without a partner ──
    "made here": (Pair(ours(name="Call", details="ours", due_date=date(2026, 1, 6))), {}),
    "made here, done, with a person": (
        Pair(ours(status=Status.COMPLETED, person=Person("Lea", "", "00QLEA"))),
        {"settings": TEMPLATED},
    ),
    "made and deleted here": (Pair(BINNED), {}),
    "made there": (Pair(task=task(ActivityDate="2026-01-06", Description="theirs", Priority="Low")), {}),
    "made there, a call": (Pair(task=task(subtype="Call", WhoId="00QLEA", person_name="Lea")), {}),
    "made there, an InMail without a Subject": (Pair(task=task(subtype="LinkedIn", Subject=None)), {}),
    "a logged e-mail": (Pair(task=task(subtype="ListEmail")), {}),
    "a series": (Pair(task=task(is_recurrence=True)), {}),
    "made there, deleted": (Pair(task=GONE), {}),
    "made there, closed from the first": (
        Pair(task=task(Status="Completed", is_closed=True, completed_at=at(-300))),
        {},
    ),
    "made there, closed later": (Pair(task=task(Status="Completed", is_closed=True, completed_at=at(-1))), {}),
    "made there long ago": (Pair(task=TASK), {"import_since": at(-50)}),
    "kept out by the team's condition": (Pair(task=task()), {"kept_out": frozenset({"t"})}),
    "chosen by name": (Pair(task=TASK, chosen=True), {"import_since": at(-50)}),
    "matched by name": (Pair(task=task(Priority="High"), match=replace(OURS, shared=False, details="ours")), {}),
    # ── Lost answers ──
    "lost, by key": (Pair(ours(name="Call"), **LOST), {}),
    "lost, by key, made": (Pair(ours(name="Call"), None, MADE, **LOST), {}),
    "lost, made, edited since": (Pair(edited(name="Visit"), None, MADE, **LOST), {}),
    "lost, made once more after its deletion": (Pair(ours(name="Call"), DELETED, MADE, **LOST), {}),
    "lost, without a key": (Pair(ours(), **LOST), {"org": UNKEYED}),
    "lost, without a key, nothing found": (Pair(ours(), **LOST, looked_up=()), {"org": UNKEYED, "now": at(20)}),
    "lost, without a key, two found": (
        Pair(ours(), **LOST, looked_up=(MADE, TASK)),
        {"org": UNKEYED, "now": at(20)},
    ),
    "lost and deleted, nothing found": (Pair(BINNED, **LOST, looked_up=()), {"org": UNKEYED, "now": at(20)}),
    "lost and deleted, nobody looked": (Pair(BINNED, **LOST), {"now": at(20)}),
    "lost, without a key, it can just no longer land": (
        Pair(ours(), **LOST, looked_up=()),
        {"org": UNKEYED, "now": at(8)},
    ),
    "lost, made, as it was sent": (Pair(replace(OURS, synced_version=0), None, MADE, **LOST), {}),
    "lost, made, edited there since": (
        Pair(ours(name="Call"), None, replace(MADE, values={**SHOWN, "Subject": "Visit", "Priority": "High"}), **LOST),
        {},
    ),
    "lost, made, closed there since": (
        Pair(ours(name="Call"), None, replace(MADE, values={**SHOWN, "Status": "Completed"}, is_closed=True), **LOST),
        {},
    ),
}


def snapshot(pair, *, settings=None, **given):
    user = replace(USER, settings=settings or USER.settings)
    common = {"org": OrgFacts("Key__c"), "now": at(0), "unchanged_until": at(-99), "import_since": at(-2000)}
    return Snapshot(user=user, pairs=(pair,) if pair else (), **{**common, **given})


def told(value):
    """Return a value in words, without what is as it is by default."""
    if is_dataclass(value):
        parts = [f"{one.name}={told(getattr(value, one.name))}" for one in fields(value) if not _default(value, one)]
        return f"{type(value).__name__}({', '.join(parts)})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {told(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(told, value)) + ")"
    if isinstance(value, Enum):
        return value.value
    return f"{value:%d %H:%M:%S}" if isinstance(value, datetime) else repr(value)


def _default(value, one):
    usual = one.default_factory() if one.default_factory is not MISSING else one.default
    return getattr(value, one.name) == usual


def planned(name):
    pair, given = CASES[name]
    found = plan(snapshot(pair, **given))
    lines = [f"    {told(action)}" for action in (*found.inbound, *found.outbound)]
    return "\n".join([f"{name}:", *(lines or ["    nothing"])])


def everything():
    return "\n\n".join(planned(name) for name in CASES) + "\n"


@pytest.fixture(scope="module")
def expected():
    blocks = EXPECTED.read_text("utf-8").strip("\n").split("\n\n")
    return {block.split(":\n", 1)[0]: block for block in blocks}


@pytest.mark.parametrize("name", CASES)
def test_what_is_planned_is_what_stands_in_the_list(expected, name):
    assert planned(name) == expected[name]


def test_the_list_has_no_other_cases(expected):
    assert list(expected) == list(CASES)


def test_a_plan_has_what_all_pairs_need_in_their_order():
    pairs = (Pair(edited(details="ours"), LINK), Pair(OURS, replace(LINK, task_id="u"), replace(GONE, id="u")))
    found = plan(replace(snapshot(None), pairs=pairs))
    assert [type(one).__name__ for one in (*found.inbound, *found.outbound)] == ["BinReminder", "ChangeTask"]


def test_a_plan_for_one_side_alone_is_a_plan_and_an_empty_one_is_none():
    here, there = plan(snapshot(Pair(OURS, LINK, GONE))), plan(snapshot(Pair(edited(details="ours"), LINK)))
    assert (bool(here), bool(there), bool(plan(snapshot(None)))) == (True, True, False)


LATE = (replace(SENT, kind=WriteKind.UPDATE, payload={"Subject": "first"}, task_id="t"),)


@pytest.mark.parametrize(
    ("pair", "given", "owed"),
    [
        (Pair(OURS, WRITTEN, task(Subject="first"), LATE), {}, {"r"}),
        (Pair(edited(name="Visit"), LINK), {}, set()),
        (Pair(OURS, WRITTEN, TASK), {"settings": TEMPLATED, "rerender": frozenset({"r"})}, set()),
        (Pair(OURS, LINK, TASK), {}, set()),
        (Pair(replace(OURS, name="Call"), **LOST), {}, set()),
    ],
)
def test_what_is_written_of_a_reminder_nobody_edited_is_owed_until_it_is_saved(pair, given, owed):
    assert plan(snapshot(pair, **given)).owed == owed


def test_what_is_owed_of_one_pair_stays_so_beside_others():
    late, other = Pair(OURS, WRITTEN, task(Subject="first"), LATE), Pair(edited(name="Visit"), LINK)
    assert plan(replace(snapshot(None), pairs=(late, other, Pair(ours())))).owed == {"r"}


if __name__ == "__main__":
    EXPECTED.write_text(everything(), "utf-8")
