"""What an audit calls drift, what it calls pending, and what it leaves alone because it does not sync."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remindersync import audit, mapping, merge, newcomers
from remindersync.audit import Case, Known, Weight, What
from remindersync.mapping import FIELDS
from remindersync.model import (
    FirstSync,
    Intent,
    Link,
    LinkState,
    OrgFacts,
    Person,
    Place,
    Priority,
    Reminder,
    SalesforceTask,
    Snapshot,
    Status,
    SyncUser,
    TeamSettings,
    ValueMap,
    WriteKind,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OLD = NOW - timedelta(days=3)
ORG, ADA, BOB = "00D000000000001EAA", "005000000000001AAA", "005000000000002AAA"
LEAD, OTHER = "00Q000000000001AAA", "00Q000000000002AAA"
DEFAULT = TeamSettings()
PLACE = Place(front=NOW, swept=NOW - timedelta(minutes=15), reread_at=NOW - timedelta(minutes=30))
RAW = {
    "Subject": "Call Ada",
    "Status": "Not Started",
    "Priority": "Normal",
    "ActivityDate": "2026-03-04",
    "Description": "Soon",
    "WhoId": LEAD,
}
TEMPLATES = ["{{activity_subject}}", "Call: {{activity_subject}} ({{call_outcome}})", "{{activity_subject}} - x"]


def case(settings=DEFAULT, place=PLACE):
    return Case(SyncUser("ada", "team", "ada@example.com", "UTC", ORG, ADA, OLD, settings), place)


def task(**values):
    """A Task as a read showed it, last stamped long before the runs' reading."""
    changed = {name: values.pop(name) for name in RAW if name in values}
    made = SalesforceTask(
        "00T000000000001AAA",
        ADA,
        RAW | changed,
        is_closed=False,
        created_at=OLD,
        modified_at=OLD,
        stamp=OLD,
        read_at=NOW,
    )
    return replace(made, **values)


def imported(settings=DEFAULT, **values):
    """The pair of a Task that was imported, and the Task."""
    read = task(**values)
    snapshot = Snapshot(case(settings).user, OrgFacts(), OLD, ())
    made = newcomers.import_task(read, snapshot)
    return Known(made.reminder, replace(made.link, seen_at=OLD)), read


def created(settings=DEFAULT, **fields):
    """The pair of a reminder that was sent, and its Task."""
    reminder = Reminder("r", "team", "ada", fields.pop("name", "Call Ada"), OLD, OLD, synced_version=1, **fields)
    base = newcomers.create(reminder, settings, "key", "for a test").base
    link = Link("r", ORG, "00T000000000001AAA", base, created_here=True, seen_at=OLD, own_write_at=OLD)
    return Known(reminder, link), replace(task(), values=dict(base.raw))


def found(known, read, where=None):
    return [(one.weight.value, one.what.value, one.field) for one in audit.pair(known, read, where or case())]


def edited(known, **changes):
    """The pair after an edit here that waits to be sent."""
    reminder = replace(known.reminder, **changes, version=known.reminder.version + 1)
    return replace(known, reminder=reminder)


def behind_our_back(known, **changes):
    return replace(known, reminder=replace(known.reminder, **changes))


# ── What is no drift ────────────────────────────────────────────────────────────────────────────────────────

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
long_words = st.builds(lambda one, many: one * many, words, st.integers(1, 40))
names = long_words.filter(lambda name: bool(name.strip()) and mapping.fits(mapping.NAME, name) is not None)
days = st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1))
raws = st.fixed_dictionaries(
    {
        "Subject": long_words.map(lambda text: mapping.fits(mapping.NAME, text)),
        "Status": st.sampled_from(["Not Started", "Completed", "In Progress", "Deferred"]),
        "Priority": st.sampled_from(["Normal", "High", "Low"]),
        "ActivityDate": days.map(lambda day: day and day.isoformat()),
        "Description": long_words.map(lambda text: mapping.fits(mapping.DETAILS, text)),
        "WhoId": st.sampled_from([None, LEAD, OTHER]),
    }
)
here = st.fixed_dictionaries(
    {
        "name": names,
        "status": st.sampled_from(Status),
        "priority": st.sampled_from(Priority),
        "due_date": days,
        "details": long_words,
        "person": st.none() | st.builds(Person, salesforce_id=st.sampled_from([LEAD, OTHER])),
        "call_outcome": words,
    }
)
team_settings = st.builds(
    TeamSettings,
    subject_template=st.sampled_from([*TEMPLATES, "No name", "{{activity_subject}} {{activity_subject}}"]),
    template_on_imported=st.booleans(),
    subject_inbound=st.booleans(),
)
some_raws = st.sets(st.sampled_from(sorted(RAW))).flatmap(
    lambda some: raws.map(lambda values: {name: values[name] for name in some})
)
some_here = st.sets(
    st.sampled_from(["name", "status", "priority", "due_date", "details", "person", "call_outcome"])
).flatmap(lambda some: here.map(lambda values: {name: values[name] for name in some}))
edits = st.lists(st.tuples(some_raws, some_here, team_settings), max_size=4)


@given(raws, team_settings, edits)
def test_what_runs_brought_in_step_is_in_step(raw, settings, history):
    assert_in_step_through(*imported(settings, **raw), settings, history)


@given(here, team_settings, edits)
def test_what_was_created_here_and_kept_in_step_is_in_step(fields, settings, history):
    assert_in_step_through(*created(settings, **fields), settings, history)


def assert_in_step_through(known, read, settings, history):
    """Look after each run over edits on both sides: first under the same settings, then while they change too."""
    assert found(known, read, case(settings)) == []
    for there, changes, _ in history:
        known, read = run(*both_edited(known, read, there, changes), settings)
        assert found(known, read, case(settings)) == []
    for there, changes, later in history:
        known, read = run(*both_edited(known, read, there, changes), later)
        assert set(found(known, read, case(later))) <= {("pending", "field", "name")}


def both_edited(known, read, there, changes):
    closed = there.get("Status", read.values["Status"]) == "Completed"
    read = replace(read, values=read.values | there, is_closed=closed)
    return replace(known, reminder=replace(known.reminder, **changes)), read


def run(known, read, settings):
    """Merge and send as the engine does."""
    merged = merge.merge(known.reminder, known.link, read, settings)
    reminder = mapping.apply(known.reminder, merged.inbound)
    out = merge.outgoing(reminder, replace(known.link, base=merged.base), settings)
    read = replace(read, values=read.values | dict(out.payload))
    return replace(known, reminder=reminder, link=replace(known.link, base=out.base)), read


@pytest.mark.parametrize(("name", "value"), [("Status", "In Progress"), ("Priority", "Low")])
def test_a_value_that_does_not_sync_is_no_drift(name, value):
    known, _ = imported()
    assert found(known, task(**{name: value})) == []


def test_an_edit_here_beside_a_value_that_does_not_sync_is_still_to_be_sent():
    known, read = imported(Status="In Progress")
    assert found(behind_our_back(known, status=Status.COMPLETED), read) == [("drift", "field", "status")]
    assert found(edited(known, status=Status.COMPLETED), read) == [("pending", "field", "status")]


def test_the_rest_of_a_cut_text_is_no_drift_and_a_change_in_its_visible_part_is():
    known, read = created(name="N" * 300, details="d" * 40_000)
    assert len(read.values["Subject"]) == 255
    assert found(known, read) == []
    mended = replace(read, values=read.values | {"Description": "D" * 10})
    assert found(known, mended) == [("drift", "field", "details")]
    taken, mended = run(known, mended, TeamSettings())
    assert taken.reminder.details == "D" * 10 + "d" * 8_000
    assert found(taken, mended) == []


def test_a_person_salesforce_did_not_take_is_no_drift():
    known, read = created(person=Person(salesforce_id=LEAD))
    base = replace(known.link.base, raw={**known.link.base.raw, "WhoId": None})
    known = replace(known, link=replace(known.link, base=base))
    assert found(known, replace(read, values=read.values | {"WhoId": None})) == []


def test_a_template_that_changed_is_no_drift():
    known, read = created(TeamSettings(subject_template=TEMPLATES[1]), call_outcome="busy")
    for template in [*TEMPLATES, "No name"]:
        assert found(known, read, case(TeamSettings(subject_template=template))) == []


def test_a_subject_left_alone_under_earlier_settings_is_pending():
    off = TeamSettings(subject_inbound=False)
    known, read = run(*with_subject(created(off), "Changed there"), off)
    assert found(known, read, case(off)) == []
    assert found(known, read) == [("pending", "field", "name")]
    fixed = TeamSettings(subject_template="Fixed")
    known, read = run(*with_subject(created(fixed), "Fixed"), fixed)
    assert found(behind_our_back(known, name="Call Bob"), read) == [("pending", "field", "name")]


@pytest.mark.parametrize("template", ["Fixed", "{{activity_subject}}, {{activity_subject}}"])
@pytest.mark.parametrize("made_by", TEMPLATES)
def test_subj_3_a_subject_that_can_be_read_is_drift_until_a_run_takes_it_in_though_the_template_is_one_way(
    made_by, template
):
    one_way = TeamSettings(subject_template=template)
    known, read = created(TeamSettings(subject_template=made_by))
    known, read = with_subject((known, read), read.values["Subject"].replace("Ada", "Bob"))
    assert found(known, read, case(one_way)) == [("drift", "field", "name")]
    assert found(known, replace(read, stamp=NOW), case(one_way)) == [("pending", "field", "name")]
    assert found(known, read, case(replace(one_way, subject_inbound=False))) == []
    taken, read = run(known, read, one_way)
    assert (taken.reminder.name, found(taken, read, case(one_way))) == ("Call Bob", [])


def test_subj_5_a_new_name_that_todays_template_does_not_show_is_no_drift():
    known, read = created(TeamSettings(subject_template=TEMPLATES[1]))
    assert found(behind_our_back(known, name="Call Bob"), read, case(TeamSettings(subject_template="Fixed"))) == []


@pytest.mark.parametrize("template", ["Fixed", "{{activity_subject}}, {{activity_subject}}"])
def test_subj_5_a_subject_that_cannot_be_read_is_no_drift(template):
    one_way = TeamSettings(subject_template=template)
    known, read = with_subject(created(one_way), "Changed there")
    assert found(known, read, case(one_way)) == []
    assert found(*run(known, read, one_way), case(one_way)) == []


def with_subject(both, subject):
    known, read = both
    return known, replace(read, values=read.values | {"Subject": subject})


def test_a_value_map_that_changed_makes_differences_pending_until_somebody_follows_it():
    known, read = imported()
    swapped = ValueMap(
        {"open": frozenset({"In Progress"}), "completed": frozenset({"Not Started"})},
        {"open": "In Progress", "completed": "Not Started"},
    )
    assert found(known, read, case(TeamSettings(status_map=swapped))) == [("pending", "field", "status")]


def test_a_series_master_is_left_alone():
    known, _ = imported()
    assert found(known, task(Subject="All of them", is_recurrence=True)) == []


@pytest.mark.parametrize("state", [LinkState.ASLEEP, LinkState.UNREACHABLE, LinkState.DELETED, LinkState.SUPERSEDED])
def test_a_pair_at_rest_whose_task_is_not_shown_is_as_it_should_be(state):
    known, _ = imported()
    assert found(replace(known, link=replace(known.link, state=state)), None) == []


def test_what_was_deleted_on_both_sides_is_as_it_should_be():
    known, _ = imported()
    binned = behind_our_back(known, deleted_at=OLD)
    assert found(binned, task(is_deleted=True)) == found(binned, None) == []


# ── What is pending ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_edit_here_that_waits_is_pending():
    known, read = imported()
    assert found(edited(known, name="Call Bob"), read) == [("pending", "field", "name")]
    assert found(edited(known, deleted_at=NOW), read) == [("pending", "bin", None)]


def test_an_edit_that_salesforce_refused_is_pending_and_says_so():
    known, read = imported()
    refused = edited(known, name="Call Bob")
    refused = behind_our_back(refused, parked_version=refused.reminder.version)
    (one,) = audit.pair(refused, read, case())
    assert (one.weight, "refused" in one.reason) == (Weight.PENDING, True)


@pytest.mark.parametrize(("minutes", "weight"), [(0, "pending"), (10, "pending"), (15, "pending"), (16, "drift")])
def test_an_edit_there_is_pending_until_front_and_sweep_have_passed_it(minutes, weight):
    known, _ = imported()
    at = NOW - timedelta(minutes=minutes)
    assert found(known, task(Subject="Call Bob", stamp=at)) == [(weight, "field", "name")]
    assert found(known, task(is_deleted=True, stamp=at)) == [(weight, "deleted", None)]


def test_an_edit_on_both_sides_is_pending_only_if_runs_come_for_both():
    known, _ = imported()
    both = edited(known, name="Call Bob")
    assert found(both, task(Subject="Call Cora", stamp=NOW)) == [("pending", "field", "name")]
    assert found(both, task(Subject="Call Cora")) == [("drift", "field", "name")]
    assert found(behind_our_back(known, name="Call Bob"), task(Subject="Call Cora", stamp=NOW)) == [
        ("drift", "field", "name")
    ]


@pytest.mark.parametrize("waiting", [{"staged": True}, {"intents": (Intent("i", "r", WriteKind.UPDATE, {}, 1, NOW),)}])
def test_a_row_that_waits_or_a_write_without_an_answer_makes_any_difference_pending(waiting):
    known, _ = imported()
    for read in (task(Subject="Call Bob"), task(owner_id=BOB), task(is_deleted=True), None):
        assert [weight for weight, *_ in found(replace(known, **waiting), read)] == ["pending"]


def test_a_row_that_was_read_before_the_stores_own_knowledge_makes_no_drift():
    known, _ = imported()
    for later in ({"own_write_at": NOW}, {"seen_at": NOW + timedelta(seconds=1)}):
        newer = replace(known, link=replace(known.link, **later))
        assert found(newer, task(Subject="Call Bob")) == [("pending", "field", "name")]


def test_a_task_that_left_since_the_hourly_re_reading_is_pending_while_its_reminder_is_open():
    known, _ = imported()
    left = task(owner_id=BOB, stamp=NOW - timedelta(minutes=20))
    assert found(known, left) == [("pending", "owner", None)]
    assert found(behind_our_back(known, status=Status.COMPLETED), left) == [("drift", "owner", None)]
    assert found(known, task(owner_id=BOB)) == [("drift", "owner", None)]


# ── What is drift ───────────────────────────────────────────────────────────────────────────────────────────

OTHERS = {
    "name": ("Subject", "Call Bob", {"name": "Call Bob"}),
    "status": ("Status", "Completed", {"status": Status.COMPLETED}),
    "priority": ("Priority", "High", {"priority": Priority.HIGH}),
    "due_date": ("ActivityDate", None, {"due_date": None}),
    "details": ("Description", "Later", {"details": "Later"}),
    "person": ("WhoId", OTHER, {"person": Person(salesforce_id=OTHER)}),
}


@pytest.mark.parametrize("field", OTHERS)
def test_a_lost_edit_of_either_side_is_found_with_its_two_values(field):
    known, read = imported()
    name, there, changes = OTHERS[field]
    (one,) = audit.pair(known, task(**{name: there}), case())
    assert (one.weight, one.what, one.field, one.there) == (Weight.DRIFT, What.FIELD, field, there)
    assert "Salesforce" in one.reason
    (one,) = audit.pair(behind_our_back(known, **changes), read, case())
    assert (one.weight, one.what, one.field, one.there) == (Weight.DRIFT, What.FIELD, field, RAW[name])
    assert "here" in one.reason


@pytest.mark.parametrize("field", ["due_date", "details", "person"])
def test_a_field_taken_for_equal_that_is_not_is_found_and_forgetting_it_makes_the_engine_see_it(field):
    known, _ = imported()
    name, there, _ = OTHERS[field]
    read = task(**{name: there or "2026-12-24"})
    wrong = replace(known, link=replace(known.link, base=replace(known.link.base, raw=dict(read.values))))
    assert found(wrong, read) == [("drift", "memory", field)]
    base = audit.agreeing(wrong.link.base, {field}, TeamSettings())
    mended, read = run(replace(wrong, link=replace(wrong.link, base=base)), read, TeamSettings())
    assert found(mended, read) == []
    assert mapping.values(mended.reminder)[field] == read.values[name]


@given(raws, raws)
def test_an_audit_finds_exactly_the_fields_whose_meaning_differs(one, other):
    known, _ = imported(**one)
    differing = {what for _, _, what in found(known, task(**other))}
    merged = merge.merge(known.reminder, known.link, task(**other), TeamSettings())
    assert differing == set(merged.inbound)


@given(st.sampled_from(FIELDS), raws)
def test_forgetting_what_is_in_step_changes_nothing(field, raw):
    known, read = imported(**raw)
    base = audit.agreeing(known.link.base, {field.name}, TeamSettings())
    forgotten = replace(known, link=replace(known.link, base=base))
    assert merge.merge(known.reminder, forgotten.link, read, TeamSettings()).inbound == {}


def test_a_pair_that_sleeps_although_its_task_is_there_is_found():
    known, read = imported()
    for state in (LinkState.ASLEEP, LinkState.UNREACHABLE):
        assert found(replace(known, link=replace(known.link, state=state)), read) == [("drift", "awake", None)]


def test_a_task_deleted_before_is_found_alive_only_with_a_later_stamp():
    known, _ = imported()
    gone = replace(known, link=replace(known.link, state=LinkState.DELETED, stamp=OLD))
    assert found(gone, task()) == []
    assert found(gone, task(stamp=OLD + timedelta(seconds=1))) == [("drift", "undeleted", None)]


def test_the_task_of_a_colleagues_reminder_is_found_where_the_colleague_syncs():
    known, read = imported()
    assert [one.what for one in audit.of_colleague(known, read, case())] == [What.OWNER]
    assert list(audit.of_colleague(replace(known, owner_syncs=False), read, case())) == []
    assert list(audit.of_colleague(known, task(owner_id=BOB), case())) == []


def test_a_task_without_a_reminder_is_drift_once_the_runs_have_passed_it():
    def weight(read, place=PLACE, **more):
        return audit.stray(read, case(place=place), more.pop("attempts", ()), keyed=False, staged=False, **more).weight

    assert weight(task()) is Weight.DRIFT
    assert weight(task(stamp=NOW)) is Weight.PENDING
    assert weight(task(), replace(PLACE, first=FirstSync(OLD))) is Weight.PENDING
    mine = Intent("i", "r", WriteKind.CREATE, RAW, 1, NOW)
    assert weight(task(), attempts=(mine,)) is Weight.PENDING


def test_a_shared_reminder_without_a_task_is_drift_where_nothing_waits():
    known, _ = imported()
    reminder = known.reminder
    assert audit.untasked(reminder, ()).weight is Weight.DRIFT
    assert audit.untasked(replace(reminder, version=2), ()).weight is Weight.PENDING
    assert audit.untasked(reminder, (Intent("i", "r", WriteKind.CREATE, {}, 1, NOW),)).weight is Weight.PENDING


@pytest.mark.parametrize(("ours", "weight"), [(0, Weight.NOTICE), (1, Weight.DRIFT), (2, Weight.NOTICE)])
def test_equal_tasks_are_suspicious_where_only_some_came_from_here(ours, weight):
    assert audit.same_content(("a", "b"), ours=ours).weight is weight
