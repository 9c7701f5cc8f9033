"""The field table keeps its laws: no echo, no loss, and nothing that does not sync is touched."""

from dataclasses import replace
from datetime import UTC, date, datetime
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remindersync.mapping import (
    DETAILS,
    DUE_DATE,
    FIELDS,
    NAME,
    PERSON,
    PRIORITY,
    STATUS,
    UNSYNCED,
    apply,
    changed,
    fits,
    read,
    read_subject,
    values,
    write,
)
from remindersync.model import Base, Person, Priority, Reminder, ReminderType, Status, TeamSettings, ValueMap
from remindersync.subject import inputs, parse, render
from remindersync.text import cut, normal, utf16_length

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ADA = Reminder(id="r1", team_id="t1", owner_id="u1", name="Ring Ada", created_at=NOW, updated_at=NOW)
TEAM = TeamSettings()
DONE = ValueMap(
    {"open": frozenset({"Not Started", "Todo"}), "completed": frozenset({"Completed", "Done"})},
    {"open": "Not Started", "completed": "Completed"},
)
RENAMED = TeamSettings(status_map=DONE)
OTHERS = tuple(field for field in FIELDS if field != NAME)
LONG = "x" * 32_000 + " and the rest"
SHORT_ID, LONG_ID = "003D000000QOMqS", "003D000000QOMqSIAX"

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
blanks = st.sampled_from(["", " ", "\n", "\r\n", "\t "])
# Texts around each border, with a sign of two units across it.
long_names = st.builds(
    lambda n, s, end: "x" * n + s + end,
    st.integers(245, 256),
    st.sampled_from(["", "😀", "e\u0301", "\n", " "]),
    anything,
)
long_details = st.builds(
    lambda n, s, end: "x" * n + s + end, st.integers(31_990, 32_001), st.sampled_from(["", "😀", "\r\n", " "]), anything
)
people = st.none() | st.builds(Person, salesforce_id=st.sampled_from([None, "", SHORT_ID, LONG_ID, " 003x "]))
reminders = st.builds(
    replace,
    st.just(ADA),
    name=anything | long_names,
    type=st.sampled_from(ReminderType),
    status=st.sampled_from(Status),
    priority=st.sampled_from(Priority),
    due_date=st.none() | st.dates(),
    details=anything | long_details,
    person=people,
    campaign_name=anything,
)
raws = (
    st.sampled_from(["Not Started", "Completed", "Done", "Todo", "In Progress", "High", "Low", "Normal", "", None])
    | anything
)
teams = st.sampled_from([TEAM, RENAMED])


def agreed(field, value, raw, **more):
    return Base({field.name: value}, {field.salesforce: raw}, **more)


def wrote(field, value, base=None, settings=TEAM):
    """Return the base that a write of `value` results in."""
    return agreed(field, value, write(field, value, base, settings))


def subject_base(reminder, template):
    made = render(parse(template), reminder.name, inputs(reminder))
    name = values(reminder)["name"]
    return agreed(NAME, name, made.text or None, before=made.before, after=made.after, written=made.text)


# ── The table ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_names_every_mapped_field_once():
    assert [(field.name, field.salesforce, field.limit) for field in FIELDS] == [
        ("name", "Subject", 255),
        ("status", "Status", None),
        ("priority", "Priority", None),
        ("due_date", "ActivityDate", None),
        ("details", "Description", 32_000),
        ("person", "WhoId", None),
    ]
    assert [field.label for field in FIELDS] == ["name", "status", "priority", "due date", "details", "person"]


def test_values_are_in_normal_form_by_field_name():
    reminder = replace(
        ADA,
        name=" Ring\r\nAda ",
        status=Status.COMPLETED,
        priority=Priority.HIGH,
        due_date=date(2026, 11, 23),
        details="\n",
        person=Person("Ada", "ada@example.com", SHORT_ID),
    )
    assert values(reminder) == {
        "name": "Ring\nAda",
        "status": "completed",
        "priority": "high",
        "due_date": "2026-11-23",
        "details": None,
        "person": LONG_ID,
    }


@pytest.mark.parametrize("person", [None, Person("Ada", "ada@example.com")])
def test_a_person_unknown_to_salesforce_is_no_value(person):
    assert values(replace(ADA, person=person))["person"] is None


# ── Status and Priority (MAP-1, MAP-2) ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("field", "raw", "ours"),
    [
        (STATUS, "Not Started", "open"),
        (STATUS, "Completed", "completed"),
        (PRIORITY, "Normal", "normal"),
        (PRIORITY, "High", "high"),
    ],
)
def test_the_four_mapped_values_go_both_ways(field, raw, ours):
    assert read(field, raw, None, TEAM) == ours
    assert write(field, ours, None, TEAM) == raw


@pytest.mark.parametrize(
    "raw", ["In Progress", "Waiting on someone else", "Deferred", "Low", "not started", "", None, "☃"]
)
def test_any_other_status_or_priority_does_not_sync(raw):
    for field in (STATUS, PRIORITY):
        assert read(field, raw, None, TEAM) is UNSYNCED
        assert read(field, raw, agreed(field, "open", raw), TEAM) is UNSYNCED


@pytest.mark.parametrize("raw", ["In Progress", "Done", "Low", None])
def test_an_unchanged_value_never_overwrites_what_salesforce_has_beside_it(raw):
    assert write(STATUS, "open", agreed(STATUS, "open", raw), RENAMED) == raw
    assert write(PRIORITY, "normal", agreed(PRIORITY, "normal", raw), RENAMED) == raw


def test_a_value_the_raw_one_already_means_keeps_it():
    assert write(STATUS, "completed", agreed(STATUS, "open", "Done"), RENAMED) == "Done"


def test_a_changed_value_is_written_as_the_map_says():
    assert write(STATUS, "completed", agreed(STATUS, "open", "In Progress"), TEAM) == "Completed"
    assert write(PRIORITY, "high", agreed(PRIORITY, "normal", "Low"), TEAM) == "High"


@pytest.mark.parametrize(
    ("last", "written"),
    [("Todo", "Todo"), ("In Progress", "In Progress"), ("Done", "Not Started"), (None, "Not Started")],
)
def test_reopening_restores_the_status_the_task_last_was_open_with(last, written):
    base = agreed(STATUS, "completed", "Completed", open_status=last)
    assert write(STATUS, "open", base, RENAMED) == written
    assert write(STATUS, "completed", agreed(STATUS, "open", "Todo", open_status=last), RENAMED) == "Completed"


def test_an_open_reminder_of_a_new_task_gets_the_written_value():
    assert write(STATUS, "open", None, RENAMED) == "Not Started"


def test_a_picklist_value_is_read_by_todays_map():
    base = agreed(STATUS, "open", "Done")
    assert read(STATUS, "Done", base, TEAM) is UNSYNCED
    assert read(STATUS, "Done", base, RENAMED) == "completed"


@given(st.sampled_from([STATUS, PRIORITY]), anything | st.none(), raws, st.none() | raws, teams)
def test_a_value_no_map_knows_leaves_salesforce_as_it_is(field, value, raw, last, settings):
    if value not in {"open", "completed", "normal", "high"}:
        assert write(field, value, agreed(field, "open", raw, open_status=last), settings) == raw
        assert write(field, value, None, settings) is None


@given(reminders, raws, teams)
def test_an_unmapped_raw_value_never_changes_a_reminder(reminder, raw, settings):
    for field in (STATUS, PRIORITY):
        base = agreed(field, values(reminder)[field.name], "Not Started")
        value = read(field, raw, base, settings)
        assert value is UNSYNCED or value in {"open", "completed", "normal", "high"}
        if value is UNSYNCED:
            assert (
                write(field, values(reminder)[field.name], replace(base, raw={field.salesforce: raw}), settings) == raw
            )


# ── There and back, without an echo ─────────────────────────────────────────────────────────────────────────


@given(reminders, raws, teams)
def test_what_is_written_reads_back_as_the_app_value(reminder, raw, settings):
    for field in OTHERS:
        value = values(reminder)[field.name]
        before = agreed(field, "formerly", raw, open_status="Todo")
        for base in (wrote(field, value, None, settings), wrote(field, value, before, settings)):
            assert read(field, base.raw[field.salesforce], base, settings) in {value, UNSYNCED}
        assert read(field, wrote(field, value, None, settings).raw[field.salesforce], None, settings) == fits(
            field, value
        )


def stored(raw, blank):
    """Return a value as Salesforce might answer with it."""
    return None if raw is None else blank + normalize("NFD", raw).replace("\n", "\r\n") + blank


@given(reminders, blanks)
def test_reading_back_what_was_written_is_no_change(reminder, blank):
    for field in OTHERS:
        base = wrote(field, values(reminder)[field.name])
        raw = stored(base.raw[field.salesforce], blank if field.limit else "")
        assert not changed(field, raw, base)
        assert read(field, raw, base, TEAM) == values(reminder)[field.name]
        assert write(field, values(reminder)[field.name], base, TEAM) == base.raw[field.salesforce]


@given(reminders)
def test_what_is_written_fits_salesforce(reminder):
    for field in OTHERS:
        raw = write(field, values(reminder)[field.name], None, TEAM)
        assert raw is None or field.limit is None or utf16_length(raw) <= field.limit
        assert raw is None or raw == normal(raw)


@given(reminders)
def test_an_edit_in_salesforce_is_a_change_and_is_taken_in(reminder):
    value = values(reminder)["details"]
    base = wrote(DETAILS, value)
    assert changed(DETAILS, "edited in Salesforce", base)
    assert str(read(DETAILS, "edited in Salesforce", base, TEAM)).startswith("edited in Salesforce")


def test_values_salesforce_has_are_kept_as_they_are_spelled():
    base = agreed(DETAILS, "formerly", " a\r\nb ")
    assert write(DETAILS, "a\nb", base, TEAM) == " a\r\nb "
    assert write(DETAILS, "a\nc", base, TEAM) == "a\nc"
    assert write(DETAILS, None, base, TEAM) is None


# ── Dates and people ────────────────────────────────────────────────────────────────────────────────────────


def test_a_due_date_is_a_calendar_date_and_may_be_empty():
    base = agreed(DUE_DATE, "2026-11-23", "2026-11-23")
    assert read(DUE_DATE, "2026-11-24", base, TEAM) == "2026-11-24"
    assert read(DUE_DATE, None, base, TEAM) is None
    assert write(DUE_DATE, None, base, TEAM) is None
    assert write(DUE_DATE, "2026-11-24", base, TEAM) == "2026-11-24"


@pytest.mark.parametrize("raw", ["soon", "2026-13-01", "2026-11-23T00:00:00.000+0000"])
def test_what_is_no_date_does_not_sync(raw):
    assert read(DUE_DATE, raw, None, TEAM) is UNSYNCED


def test_a_short_id_is_the_same_person_as_the_long_one_salesforce_answers_with():
    base = wrote(PERSON, SHORT_ID)
    assert base.raw == {"WhoId": LONG_ID}
    assert not changed(PERSON, LONG_ID, base)
    assert not changed(PERSON, LONG_ID, agreed(PERSON, LONG_ID, SHORT_ID))


def test_a_person_changed_in_salesforce_replaces_the_person():
    base = wrote(PERSON, LONG_ID)
    assert read(PERSON, "00QD000000abcdeMAA", base, TEAM) == "00QD000000abcdeMAA"
    assert read(PERSON, None, base, TEAM) is None


def test_a_person_salesforce_refused_stays_the_reminders():
    assert read(PERSON, None, agreed(PERSON, LONG_ID, None), TEAM) == LONG_ID


# ── Details too long for Salesforce (MAP-4) ─────────────────────────────────────────────────────────────────


def test_an_edit_of_the_visible_details_keeps_the_rest():
    base = wrote(DETAILS, LONG)
    assert base.raw["Description"] == "x" * 32_000
    assert read(DETAILS, "Hello", base, TEAM) == "Hello and the rest"


def test_emptied_details_keep_the_rest():
    assert read(DETAILS, None, wrote(DETAILS, LONG), TEAM) == "and the rest"
    assert read(DETAILS, "Hello", agreed(DETAILS, "and the rest", None), TEAM) == "Helloand the rest"


def test_a_second_edit_of_the_visible_details_keeps_the_rest_too():
    base = agreed(DETAILS, "Hello and the rest", "Hello")
    assert read(DETAILS, "Hello Ada", base, TEAM) == "Hello Ada and the rest"


def test_details_that_were_not_cut_have_no_rest():
    assert read(DETAILS, "b", agreed(DETAILS, "abc", "abc"), TEAM) == "b"
    assert read(DETAILS, "b", agreed(DETAILS, "abc", "xyz"), TEAM) == "b"
    assert read(DETAILS, "b", agreed(DETAILS, None, None), TEAM) == "b"
    assert read(DETAILS, "b", None, TEAM) == "b"


@given(long_details, st.lists(st.none() | anything, min_size=1, max_size=5))
def test_no_number_of_edits_loses_the_rest_of_cut_details(text, edits):
    value = normal(text)
    base = wrote(DETAILS, value)
    rest = value[len(base.raw["Description"]) :]
    for edit in edits:
        raw = None if edit is None else normal("a" + edit)
        base = agreed(DETAILS, read(DETAILS, raw, base, TEAM), raw)
        assert base.agreed["details"] == normal((raw or "") + rest)
        rest = rest if raw else normal(rest) or ""


@given(anything | long_details)
def test_what_fits_of_details_is_their_beginning(text):
    part = fits(DETAILS, text) or ""
    assert (normal(text) or "").startswith(part)
    assert utf16_length(part) <= 32_000
    assert fits(DETAILS, part) == normal(part)


# ── The name and its Subject ────────────────────────────────────────────────────────────────────────────────

TEMPLATE = "{{activity_type}}: {{activity_subject}} ({{sales_campaign_name}})"
AROUND = ("Custom: ", " (Acme)")
ACME = replace(ADA, campaign_name="Acme")


def test_an_imported_subject_is_the_name():
    assert read_subject(" Ring Ada ", None, None, TEAM) == ("Ring Ada", "", "")
    assert read_subject("Custom: Ada (Acme)", None, AROUND, TEAM) == ("Ada", *AROUND)


def test_a_subject_edited_in_salesforce_is_read_by_what_was_last_written_around_the_name():
    base = subject_base(ACME, TEMPLATE)
    assert read_subject("Custom: Meet Ada (Acme)", base, ("Call: ", ""), TEAM) == ("Meet Ada", *AROUND)


def test_then_by_what_the_template_renders_today():
    base = subject_base(ACME, TEMPLATE)
    assert read_subject("Call: Meet Ada", base, ("Call: ", ""), TEAM) == ("Meet Ada", "Call: ", "")


def test_a_prefix_that_a_person_takes_off_and_puts_back_is_no_part_of_the_name():
    base = subject_base(ACME, TEMPLATE)
    assert read_subject("Meet Ada", base, ("Call: ", ""), TEAM) == ("Meet Ada", *AROUND)
    bare = replace(base, agreed={"name": "Meet Ada"}, raw={"Subject": "Meet Ada"}, written=None)
    assert read_subject("Custom: Meet Bob (Acme)", bare, ("Call: ", ""), TEAM) == ("Meet Bob", *AROUND)


@pytest.mark.parametrize("written", [None, "Call Ada"])
def test_a_bare_subject_keeps_words_that_look_like_the_templates(written):
    base = agreed(NAME, "Call Ada", "Call Ada", written=written)
    assert read_subject("Call Bob", base, ("Call ", ""), TEAM) == ("Call Bob", "", "")


def test_an_emptied_subject_has_no_name():
    for reminder in (ACME, replace(ACME, name="x" * 300)):
        base = subject_base(reminder, TEMPLATE)
        assert read_subject(None, base, AROUND, TEAM) == (None, base.before, base.after)


def test_a_name_agreed_on_in_another_spelling_keeps_its_rest():
    base = replace(subject_base(replace(ACME, name="x" * 300), TEMPLATE), agreed={"name": " " + "x" * 300 + "\r\n"})
    assert read_subject("Custom: Ada", base, AROUND, TEAM)[0] == "Ada" + "x" * 53


def test_an_empty_subject_that_stays_empty_means_what_was_agreed():
    assert read_subject(None, agreed(NAME, "Ring Ada", None), None, TEAM) == ("Ring Ada", "", "")


def test_subjects_are_left_alone_where_the_team_takes_none_in():
    base = subject_base(ACME, TEMPLATE)
    off = replace(TEAM, subject_inbound=False)
    assert read_subject("Meet Ada", base, AROUND, off) == ("Ring Ada", *AROUND)
    assert read_subject("Meet Ada", None, AROUND, off) == ("Meet Ada", "", "")


def test_line_breaks_in_a_name_are_no_edit():
    base = subject_base(replace(ACME, name="Ring\r\nAda"), TEMPLATE)
    assert base.raw["Subject"] == "Custom: Ring Ada (Acme)"
    assert read_subject(base.raw["Subject"], base, AROUND, TEAM)[0] == "Ring\nAda"
    assert fits(NAME, "Ring\r\nAda") == "Ring Ada"


def test_an_edit_of_a_cut_name_keeps_the_rest():
    base = subject_base(replace(ACME, name="a\n" + "x" * 245 + "\nand the rest"), TEMPLATE)
    assert base.raw["Subject"] == "Custom: a " + "x" * 245
    assert read_subject("Custom: Ring Ada", base, AROUND, TEAM)[0] == "Ring Ada\nand the rest"
    assert read_subject("Ring Ada", base, None, TEAM)[0] == "Ring Ada\nand the rest"


def test_a_name_hidden_behind_a_long_prefix_is_replaced_as_a_whole():
    base = subject_base(replace(ACME, campaign_name="y" * 300), "{{sales_campaign_name}} {{activity_subject}}")
    assert read_subject("Ring Ada", base, None, TEAM) == ("Ring Ada", base.before, "")


templates = st.sampled_from(
    [TEMPLATE, "{{activity_subject}}", "[{{sales_campaign_name}}] {{activity_subject}} {{activity_type}}"]
)


@given(reminders, templates, blanks)
def test_reading_back_a_subject_that_was_written_is_no_change(reminder, template, blank):
    base = subject_base(reminder, template)
    raw = stored(base.raw["Subject"], blank.replace("\r\n", " "))
    assert not changed(NAME, raw, base)
    assert read_subject(raw, base, AROUND, TEAM) == (values(reminder)["name"], base.before, base.after)


@given(long_names, templates, st.lists(anything, min_size=1, max_size=5))
def test_no_number_of_edits_loses_the_rest_of_a_cut_name(name, template, edits):
    base = subject_base(replace(ACME, name=name), template)
    shown = base.raw["Subject"].removeprefix(base.before).removesuffix(base.after)
    rest = values(replace(ACME, name=name))["name"][len(shown.rstrip()) :]
    for edit in edits:
        visible = normal(cut("a" + edit, 200)).replace("\n", " ")
        raw = base.before + visible + base.after
        name, before, after = read_subject(raw, base, AROUND, TEAM)
        assert name == normal(visible + rest)
        base = agreed(NAME, name, raw, before=before, after=after)


@given(long_names, st.integers(0, 300))
def test_what_fits_of_a_name_is_one_line_within_the_limit(name, more):
    part = fits(NAME, name + "😀" * more)
    assert "\n" not in part
    assert utf16_length(part) <= 255


# ── Into a reminder ─────────────────────────────────────────────────────────────────────────────────────────


@given(reminders)
def test_a_reminders_own_values_change_nothing_in_it(reminder):
    assert apply(reminder, values(reminder)) == reminder
    assert apply(reminder, {}) == reminder


@given(reminders, reminders)
def test_values_of_one_reminder_make_another_equal_to_it(one, other):
    assert values(apply(one, values(other))) == values(other)


def test_a_value_nobody_knows_is_left_out():
    reminder = replace(ADA, status=Status.COMPLETED, priority=Priority.HIGH, due_date=date(2026, 11, 23))
    assert apply(reminder, {"status": "paused", "priority": None, "due_date": "soon"}) == reminder


def test_only_the_values_given_are_replaced():
    reminder = replace(ADA, details="kept", person=Person("Ada", "ada@example.com", LONG_ID))
    assert apply(reminder, {"name": None}) == replace(reminder, name="")
    assert apply(reminder, {"person": LONG_ID}) == reminder
    assert apply(reminder, {"person": None}).person is None
    assert apply(reminder, {"person": "003other"}).person == Person(salesforce_id="003other")
    assert apply(reminder, {"due_date": None, "details": None}) == replace(reminder, details="")


def test_a_person_unknown_to_salesforce_stays():
    reminder = replace(ADA, person=Person("Ada", "ada@example.com"))
    assert apply(reminder, {"person": None}) == reminder
