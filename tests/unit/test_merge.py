"""Our own late writes are no edits, and a Subject is written anew only where its template shows something else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remindersync import merge, subject
from remindersync.model import (
    Base,
    ConflictRule,
    Intent,
    Link,
    Loss,
    Reminder,
    ReminderType,
    SalesforceTask,
    Side,
    Status,
    TeamSettings,
    WriteKind,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOWN = {
    "Subject": "Call: Ada",
    "Status": "Not Started",
    "Priority": "Normal",
    "ActivityDate": None,
    "Description": None,
    "WhoId": None,
}
AGREED = {"name": "Ada", "status": "open", "priority": "normal", "due_date": None, "details": None, "person": None}
TEMPLATED = TeamSettings(subject_template="{{activity_type}}: {{activity_subject}}")
ENDED = TeamSettings(subject_template="{{activity_type}}: {{activity_subject}} ({{call_outcome}})")
EVERYWHERE = replace(TEMPLATED, template_on_imported=True)
OURS = Reminder("r", "team", "ada", "Ada", NOON, NOON, type=ReminderType.CALL, version=4, synced_version=3)
INPUTS = subject.inputs(OURS)
BASE = Base(dict(AGREED), dict(SHOWN), "Call: ", "", written="Call: Ada", inputs=INPUTS, open_status="Not Started")
LINK = Link("r", "ORG", "t", BASE, created_here=True, stamp=NOON, seen_at=NOON)
TWO_NAMES = TeamSettings(subject_template="{{activity_subject}}, {{activity_subject}}")
TWICE = replace(BASE, before="", raw={**SHOWN, "Subject": "Ada, Ada"}, written="Ada, Ada")
FORMER = replace(BASE, before="Re: ", raw={**SHOWN, "Subject": "Re: Ada"}, written="Re: Ada")
BARE = replace(LINK, created_here=False, base=replace(BASE, before="", raw={**SHOWN, "Subject": "Ada"}, written="Ada"))


def task(**values):
    shown = {**SHOWN, **values}
    return SalesforceTask(
        "t", "005", shown, is_closed=False, created_at=NOON, modified_at=NOON, stamp=NOON, read_at=NOON
    )


def sent(**payload):
    return Intent("i", "r", WriteKind.UPDATE, payload, 4, NOON, task_id="t")


def absorbed(subject_sent, reminder=OURS, settings=TEMPLATED, link=LINK, **more):
    """The base after a Task shows a Subject of ours whose answer was lost."""
    found = merge.absorb(link, task(Subject=subject_sent, **more), (sent(Subject=subject_sent),), reminder, settings)
    assert found == replace(link, base=found.base)
    return found.base


# ── Our own late writes (ONCE-1) ────────────────────────────────────────────────────────────────────────────


def test_a_value_we_did_not_send_is_not_ours():
    for intents in ((), (sent(Subject="Else"),), (sent(Description="Soon"),)):
        assert merge.absorb(LINK, task(Subject="Bob"), intents, OURS, TEMPLATED) == LINK


def test_a_value_we_sent_is_agreed_and_an_edit_beside_it_is_not():
    found = merge.absorb(
        LINK,
        task(Description="Soon", Priority="High"),
        (sent(Description=" Soon", Status="Completed"),),
        OURS,
        TEMPLATED,
    )
    agreed, raw = {**AGREED, "details": "Soon"}, {**SHOWN, "Description": "Soon"}
    assert found == replace(LINK, base=replace(BASE, agreed=agreed, raw=raw))


def test_a_late_write_of_another_field_leaves_their_subject_theirs():
    theirs = replace(LINK, base=replace(BASE, written=None, inputs={}))
    found = merge.absorb(theirs, task(Description="Soon"), (sent(Description="Soon"),), OURS, TEMPLATED)
    assert (found.base.written, found.base.inputs, found.base.agreed["details"]) == (None, {}, "Soon")


def test_the_subject_as_it_would_be_written_today_is_the_name_with_today_s_texts():
    visit = replace(OURS, type=ReminderType.EMAIL, name="Bob")
    found = absorbed(
        "Email:  Bob", visit, replace(TEMPLATED, subject_template="{{activity_type}}:  {{activity_subject}}")
    )
    assert found == replace(
        BASE,
        agreed={**AGREED, "name": "Bob"},
        raw={**SHOWN, "Subject": "Email:  Bob"},
        before="Email:  ",
        written="Email:  Bob",
        inputs=subject.inputs(visit),
    )


def test_what_salesforce_shows_of_it_is_what_it_counts_as_written():
    found = absorbed("Call: Ada\u00a0")
    assert (found.raw["Subject"], found.written, found.agreed["name"]) == ("Call: Ada\u00a0", "Call: Ada\u00a0", "Ada")


def test_a_name_that_changed_again_is_found_in_the_subject_that_was_sent():
    carl = replace(OURS, name="Carl", call_outcome="busy")
    found = absorbed("Call: Bob (busy)", carl, ENDED)
    assert found == replace(
        BASE,
        agreed={**AGREED, "name": "Bob"},
        raw={**SHOWN, "Subject": "Call: Bob (busy)"},
        before="Call: ",
        after=" (busy)",
        written="Call: Bob (busy)",
        inputs=subject.inputs(carl),
    )


@pytest.mark.parametrize(
    ("template", "subject_sent", "around"),
    [
        ("{{activity_type}}: {{activity_subject}}", "Call: Bob", ("Call: ", "")),
        ("{{activity_subject}} by {{activity_type}}", "Bob by Call", ("", " by Call")),
    ],
)
def test_one_text_beside_the_name_is_enough(template, subject_sent, around):
    found = absorbed(subject_sent, replace(OURS, name="Carl"), TeamSettings(subject_template=template))
    assert (found.agreed["name"], (found.before, found.after)) == ("Bob", around)


def test_an_empty_name_that_was_sent_counts_as_none():
    found = absorbed("Call:", replace(OURS, name="Carl"))
    assert (found.agreed["name"], found.written) == (merge.NO_SUBJECT, "Call:")


def test_a_template_that_cannot_be_read_back_leaves_the_name_agreed_on():
    for template in ("{{activity_type}}!", "{{activity_subject}}: {{activity_subject}}"):
        settings = TeamSettings(subject_template=template)
        link = replace(LINK, base=replace(BASE, before="", inputs={}))
        found = absorbed("Bob: Bob", replace(OURS, name="Carl"), settings, link)
        assert found == replace(link.base, raw={**SHOWN, "Subject": "Bob: Bob"}, written="Bob: Bob")


def test_a_subject_without_texts_around_the_name_is_taken_as_it_was_looked_at():
    found = absorbed("Bob", replace(OURS, name="Carl"), TeamSettings(), BARE)
    assert found == replace(
        BARE.base, agreed={**AGREED, "name": "Bob"}, raw={**SHOWN, "Subject": "Bob"}, written="Bob", inputs=INPUTS
    )


def test_an_edit_upon_our_late_subject_is_read_by_the_texts_on_both_sides_of_its_name():
    busy = replace(OURS, call_outcome="busy")
    link = replace(BARE, created_here=True)
    found = merge.absorb(link, task(Subject="Call: Bob (busy)"), (sent(Subject="Call: Ada (busy)"),), busy, ENDED)
    assert (found.base.before, found.base.after) == ("Call: ", " (busy)")


@pytest.mark.parametrize(
    ("link", "settings", "before"),
    [(LINK, TEMPLATED, "Call: "), (BARE, TEMPLATED, ""), (BARE, EVERYWHERE, "Call: "), (LINK, EVERYWHERE, "Call: ")],
)
def test_a_late_subject_is_read_by_the_template_it_was_made_with(link, settings, before):
    found = absorbed(
        "Call: Bob", replace(OURS, name="Carl"), settings, replace(link, base=replace(link.base, before=""))
    )
    assert (found.before, found.agreed["name"]) == (before, "Call: Bob"[len(before) :])
    found = absorbed(
        "Call: Bob", replace(OURS, name="Bob"), settings, replace(link, base=replace(link.base, before=""))
    )
    assert (found.before, found.agreed["name"]) == (before, "Call: Bob"[len(before) :])


def test_a_name_that_cannot_be_read_back_is_known_where_it_is_the_one_that_was_sent():
    twice = TeamSettings(subject_template="{{activity_subject}}: {{activity_subject}}")
    assert absorbed("Bob: Bob", replace(OURS, name="Bob"), twice).agreed["name"] == "Bob"
    long = replace(OURS, name="x" * 300)
    assert absorbed("Call: " + "x" * 249, long).agreed["name"] == "x" * 300


def test_texts_that_leave_no_room_for_a_longer_name_are_found_all_the_same():
    settings = TeamSettings(subject_template="{{activity_subject}} " + "-" * 252)
    found = absorbed("Bo " + "-" * 252, replace(OURS, name="Carl"), settings)
    assert (found.agreed["name"], found.after) == ("Bo", " " + "-" * 252)


def test_a_subject_of_an_earlier_template_keeps_the_texts_that_are_known():
    earlier = replace(LINK, base=replace(BASE, before="Re: ", raw={**SHOWN, "Subject": "Re: Ada"}))
    found = absorbed("Re: Bob", replace(OURS, name="Carl"), link=earlier)
    assert (found.before, found.agreed["name"]) == ("Re: ", "Bob")


def test_our_own_subject_is_taken_apart_also_where_the_team_takes_in_none():
    unnoted = replace(LINK, base=replace(BASE, before="", inputs={}))
    found = absorbed("Call: Bob", replace(OURS, name="Carl"), replace(TEMPLATED, subject_inbound=False), unnoted)
    assert (found.before, found.agreed["name"], found.inputs) == ("Call: ", "Bob", INPUTS)


@pytest.mark.parametrize(
    ("base", "intents", "name", "before"),
    [
        (BARE.base, (sent(Subject="Call: Bob"),), "Carl", "Call: "),
        (BARE.base, (sent(Subject="Bob"), sent(Priority="High")), "Call: Carl", ""),
        (BARE.base, (sent(Priority="High"),), "Call: Carl", ""),
        (BARE.base, (), "Call: Carl", ""),
        (FORMER, (sent(Subject="Call: Bob"),), "Carl", "Call: "),
    ],
    ids=["edited", "sent bare", "none sent", "nothing sent", "other texts known"],
)
def test_an_edit_of_our_own_late_subject_is_read_by_the_texts_that_was_sent_with(base, intents, name, before):
    link, bob = replace(LINK, base=base), replace(OURS, name="Bob")
    known = merge.absorb(link, task(Subject="Call: Carl"), intents, bob, TEMPLATED)
    assert replace(known, base=base) == link
    found = merge.look(bob, known, task(Subject="Call: Carl"), TEMPLATED)
    assert (found.agreed["name"], found.before) == (name, before)


def test_a_late_write_changes_no_texts_where_the_subject_is_as_it_was():
    link = replace(LINK, base=BARE.base)
    assert merge.absorb(link, task(Subject="Ada"), (sent(Subject="Call: Bob"),), OURS, TEMPLATED) == link


# ── What Salesforce shows now ───────────────────────────────────────────────────────────────────────────────


def test_a_subject_that_did_not_change_stays_as_we_wrote_it():
    assert merge.look(OURS, LINK, task(Subject=" Call: Ada"), TEMPLATED) == replace(
        BASE, raw={**SHOWN, "Subject": " Call: Ada"}
    )


def test_a_subject_changed_there_is_theirs_with_the_texts_it_shows():
    mail = replace(OURS, type=ReminderType.EMAIL)
    found = merge.look(mail, LINK, task(Subject="Email: Bob"), TEMPLATED)
    assert found == replace(
        BASE,
        agreed={**AGREED, "name": "Bob"},
        raw={**SHOWN, "Subject": "Email: Bob"},
        before="Email: ",
        written=None,
        inputs=subject.inputs(mail),
    )


def test_a_subject_changed_there_may_show_today_s_texts_on_both_sides():
    busy = replace(OURS, call_outcome="busy")
    found = merge.look(busy, LINK, task(Subject="Call: Bob (busy)"), ENDED)
    assert (found.before, found.agreed["name"], found.after) == ("Call: ", "Bob (busy)", "")
    bare = replace(LINK, base=FORMER)
    found = merge.look(busy, bare, task(Subject="Call: Bob (busy)"), ENDED)
    assert (found.before, found.agreed["name"], found.after) == ("Call: ", "Bob", " (busy)")


def test_today_s_texts_are_those_that_would_stand_around_no_name():
    settings = TeamSettings(subject_template="{{activity_subject}} " + "y" * 252)
    other = replace(LINK, base=FORMER)
    found = merge.look(OURS, other, task(Subject="Bo " + "y" * 252), settings)
    assert (found.agreed["name"], found.after) == ("Bo", " " + "y" * 252)


def test_an_emptied_subject_is_no_name():
    assert merge.look(OURS, LINK, task(Subject=None), TEMPLATED).agreed["name"] == merge.NO_SUBJECT


@pytest.mark.parametrize(
    ("base", "settings"),
    [
        (BASE, replace(TEMPLATED, subject_inbound=False)),
        (TWICE, TWO_NAMES),
        (replace(TWICE, written=None), TWO_NAMES),
        (TWICE, TEMPLATED),
        (replace(FORMER, raw=TWICE.raw, written="Ada, Ada"), TEMPLATED),
    ],
    ids=[
        "none is",
        "made one-way",
        "made one-way and changed there before",
        "made by a former one-way one",
        "texts of no use",
    ],
)
def test_a_subject_that_is_not_taken_in_changes_no_name_and_is_no_longer_ours(base, settings):
    found = merge.look(OURS, replace(LINK, base=base), task(Subject="Email: Bob"), settings)
    assert found == replace(base, raw={**SHOWN, "Subject": "Email: Bob"}, written=None)


@pytest.mark.parametrize(("before", "shown"), [("Call: ", "Call: Ada"), ("", "Ada")])
def test_a_subject_that_could_be_read_is_taken_in_though_today_s_template_is_one_way(before, shown):
    base = replace(BASE, before=before, raw={**SHOWN, "Subject": shown}, written=shown)
    found = merge.look(OURS, replace(LINK, base=base), task(Subject=f"{before}Bob"), TWO_NAMES)
    assert (found.agreed["name"], found.before, found.written) == ("Bob", before, None)


def test_a_cut_name_can_be_read():
    long = replace(FORMER, agreed={**AGREED, "name": "x" * 300}, raw={**SHOWN, "Subject": "Re: xxx"}, written="Re: xxx")
    assert (
        merge.look(OURS, replace(LINK, base=long), task(Subject="Re: y"), TWO_NAMES).agreed["name"] == "y" + "x" * 297
    )


def test_around_a_subject_that_could_not_be_read_today_s_texts_are_the_only_ones():
    typed = replace(LINK, base=replace(TWICE, written=None))
    assert merge.look(OURS, typed, task(Subject="Call: Bob"), TEMPLATED).agreed["name"] == "Bob"


@pytest.mark.parametrize(
    ("link", "settings", "name"),
    [
        (BARE, TEMPLATED, "Call: Bob"),
        (BARE, EVERYWHERE, "Bob"),
        (LINK, TEMPLATED, "Bob"),
        (LINK, EVERYWHERE, "Bob"),
    ],
)
def test_a_subject_is_read_by_the_team_s_template_where_the_pair_is_templated(link, settings, name):
    link = replace(link, base=replace(BASE, before="Re: ", raw={**SHOWN, "Subject": "Re: Ada"}))
    assert merge.look(OURS, link, task(Subject="Call: Bob"), settings).agreed["name"] == name


def test_the_open_status_is_that_of_the_last_read_that_showed_the_task_open():
    waiting = task(Status="Waiting on someone else")
    assert merge.look(OURS, LINK, waiting, TEMPLATED).open_status == "Waiting on someone else"
    closed = replace(task(Status="Completed"), is_closed=True)
    assert merge.look(OURS, LINK, closed, TEMPLATED).open_status == "Not Started"


# ── Who wins (MERGE-1) ──────────────────────────────────────────────────────────────────────────────────────


NO_TIMES = merge.Times()
SALESFORCE_WINS, APP_WINS = {"details": "theirs"}, {}


def clash(rule, minutes=None, tie=Side.APP, times=NO_TIMES):
    edited = {} if minutes is None else {"details": NOON + timedelta(minutes=minutes)}
    ours = replace(OURS, details="ours", edited_at=edited)
    settings = replace(TEMPLATED, conflict_rule=rule, tie_rule=tie)
    found = merge.merge(ours, LINK, task(Description="theirs"), settings, times)
    assert found.base.agreed["details"] == "theirs"
    return found.inbound, found.losses


@pytest.mark.parametrize(
    ("rule", "inbound", "loss"),
    [
        (
            ConflictRule.SALESFORCE,
            SALESFORCE_WINS,
            Loss("details", Side.APP, "ours", "theirs", "rule: Salesforce wins"),
        ),
        (ConflictRule.APP, APP_WINS, Loss("details", Side.SALESFORCE, "theirs", "ours", "rule: the app wins")),
    ],
)
def test_a_rule_names_the_side_that_wins_and_keeps_what_lost(rule, inbound, loss):
    assert clash(rule) == (inbound, (loss,))


@pytest.mark.parametrize(
    ("minutes", "times", "winner"),
    [
        (1, merge.Times(), Side.APP),
        (-1, merge.Times(NOON), Side.SALESFORCE),
        (1, merge.Times(NOON, -120.0), Side.SALESFORCE),
        (-1, merge.Times(NOON, 120.0), Side.APP),
    ],
)
def test_the_latest_edit_wins_on_salesforce_s_clock(minutes, times, winner):
    inbound, (loss,) = clash(ConflictRule.LATEST, minutes, times=times)
    assert (inbound, loss.rule) == (SALESFORCE_WINS if winner is Side.SALESFORCE else APP_WINS, "latest edit")


@pytest.mark.parametrize("tie", Side)
@pytest.mark.parametrize(
    ("minutes", "times"),
    [(None, merge.Times(NOON)), (0, merge.Times(NOON)), (0.01, merge.Times(NOON)), (-1, merge.Times())],
)
def test_where_the_order_is_unknown_the_tie_rule_decides(minutes, times, tie):
    inbound, (loss,) = clash(ConflictRule.LATEST, minutes, tie, times)
    assert inbound == (SALESFORCE_WINS if tie is Side.SALESFORCE else APP_WINS)
    assert loss.rule == f"order unknown: {tie.value} wins"


def test_the_same_edit_on_both_sides_is_no_conflict():
    ours = replace(OURS, details="both", status=Status.COMPLETED)
    found = merge.merge(ours, LINK, task(Description="both ", Status="Completed"), TEMPLATED)
    assert (found.inbound, found.losses) == ({}, ())


def test_an_edit_both_made_hides_no_other_one():
    ours = replace(OURS, status=Status.COMPLETED)
    found = merge.merge(ours, LINK, task(Status="Completed", Description="theirs"), TEMPLATED)
    assert found.inbound == {"details": "theirs"}


# ── What is still to be written ─────────────────────────────────────────────────────────────────────────────


def written(reminder, link=LINK, settings=TEMPLATED, **how):
    return merge.outgoing(reminder, link, settings, **how)


def test_nothing_is_written_where_both_say_the_same():
    assert written(OURS) == merge.Outgoing({}, BASE)
    assert written(OURS, rerender=True) == merge.Outgoing({}, BASE)


def test_only_what_the_template_shows_makes_a_subject_anew():
    assert written(replace(OURS, call_outcome="busy", campaign_name="Spring")).payload == {}
    assert written(replace(OURS, type=ReminderType.EMAIL)).payload == {"Subject": "Email: Ada"}


def test_an_input_that_was_empty_and_not_noted_is_no_change():
    unnoted = replace(LINK, base=replace(BASE, inputs={"activity_type": "Call"}))
    named = TeamSettings(subject_template="{{activity_type}}: {{activity_subject}}{{call_outcome}}")
    assert written(OURS, unnoted, named) == merge.Outgoing({}, BASE)
    assert written(replace(OURS, call_outcome="!"), unnoted, named).payload == {"Subject": "Call: Ada!"}


def test_what_changed_without_being_shown_is_known_by_salesforce_as_far_as_any_template_goes():
    untold = replace(OURS, name="Bob", campaign_name="Spring")
    base = replace(BASE, before="", raw={**SHOWN, "Subject": "Call"}, written="Call")
    out = written(untold, replace(LINK, base=base), TeamSettings(subject_template="{{activity_type}}"))
    assert out == merge.Outgoing({}, replace(base, agreed={**AGREED, "name": "Bob"}, inputs=subject.inputs(untold)))
    theirs = replace(LINK, base=replace(BASE, written=None))
    assert written(replace(OURS, campaign_name="Spring"), theirs) == merge.Outgoing({}, theirs.base)


def test_fields_of_a_template_that_is_not_the_pair_s_make_no_subject_anew():
    assert written(replace(OURS, type=ReminderType.EMAIL), BARE).payload == {}


def test_an_input_that_was_noted_and_is_empty_now_is_a_change():
    noted = replace(LINK, base=replace(BASE, inputs={**INPUTS, "call_outcome": "!"}))
    named = TeamSettings(subject_template="{{activity_type}}: {{activity_subject}}{{call_outcome}}")
    assert written(OURS, noted, named).base.inputs == INPUTS


def test_a_new_name_is_written_whatever_stands_there_and_another_input_only_over_our_own():
    theirs = replace(LINK, base=replace(BASE, written=None))
    assert written(replace(OURS, type=ReminderType.EMAIL), theirs).payload == {}
    assert written(OURS, theirs, rerender=True, settings=ENDED).payload == {}
    assert written(replace(OURS, name="Bob"), theirs).payload == {"Subject": "Call: Bob"}


def test_rendering_anew_writes_today_s_template_over_our_own():
    found = written(OURS, settings=TeamSettings(subject_template="Ring {{activity_subject}}"), rerender=True)
    assert found.payload == {"Subject": "Ring Ada"}
    assert found.base == replace(BASE, raw={**SHOWN, "Subject": "Ring Ada"}, before="Ring ", written="Ring Ada")


@pytest.mark.parametrize(
    ("link", "settings", "shown"),
    [
        (LINK, TEMPLATED, "Call: Bob"),
        (LINK, EVERYWHERE, "Call: Bob"),
        (BARE, TEMPLATED, "Bob"),
        (BARE, EVERYWHERE, "Call: Bob"),
    ],
)
def test_a_new_name_is_written_by_the_template_of_its_pair(link, settings, shown):
    assert written(replace(OURS, name="Bob"), link, settings).payload == {"Subject": shown}


def test_a_template_without_the_name_writes_no_new_name():
    nameless = TeamSettings(subject_template="{{activity_type}}")
    assert written(replace(OURS, name="Bob"), settings=nameless).payload == {}


@pytest.mark.parametrize(
    ("base", "name"),
    [
        (BASE, "Ada"),
        (replace(BASE, agreed={**AGREED, "name": "N" * 300}, raw={"Subject": "Call: " + "N" * 249}), "N" * 300),
        (replace(BASE, raw={"Subject": "Call: Bob"}), "Bob"),
        (replace(BASE, raw={"Subject": "Bob"}, written=None), "Bob"),
        (replace(BASE, raw={"Subject": None}), None),
        (TWICE, "Ada"),
        (replace(TWICE, written=None), "Ada, Ada"),
    ],
    ids=["agreed", "cut", "not agreed", "typed alone", "empty", "one-way", "typed like one-way"],
)
def test_a_subject_stands_for_the_name_agreed_on_or_else_the_one_that_is_read_from_it(base, name):
    assert merge.name_shown(base) == name
