"""The reminder's form: what it shows comes back as no change, and a change comes back alone."""

from dataclasses import asdict
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from remindersync.model import Person, Priority, Reminder, ReminderType, Status
from web.pages.forms import ReminderForm, form_of, read

MADE = datetime(2026, 11, 22, tzinfo=UTC)
# What the store lets in: no carriage returns.
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.just("\n"), max_size=40)
reminders = st.builds(
    lambda **parts: Reminder(id="r", team_id="t", owner_id="u", created_at=MADE, updated_at=MADE, **parts),
    name=texts,
    details=texts,
    type=st.sampled_from(ReminderType),
    status=st.sampled_from(Status),
    priority=st.sampled_from(Priority),
    due_date=st.none() | st.dates(date(1700, 1, 1), date(4000, 12, 31)),
    person=st.none() | st.builds(Person, texts, texts, st.none() | st.just("00Q000000000001EAA")),
)


def as_a_browser_sends(form: ReminderForm) -> dict[str, str]:
    """HTML has every line break of a form sent as CRLF."""
    return {name: value.replace("\n", "\r\n") if name == "details" else value for name, value in asdict(form).items()}


@given(reminders)
def test_a_form_sent_back_untouched_changes_nothing(reminder):
    shown = form_of(reminder, "ada@example.com")
    assert read(as_a_browser_sends(shown), shown).changes(shown) == {}


@given(reminders, texts)
def test_a_field_that_was_changed_comes_back_alone(reminder, details):
    shown = form_of(reminder, "ada@example.com")
    sent = as_a_browser_sends(shown) | {"details": details}
    wanted = {} if details == reminder.details else {"details": details}
    assert read(sent, shown).changes(shown) == wanted


def test_emptied_fields_become_none():
    reminder = Reminder("r", "t", "u", "Call", MADE, MADE, due_date=date(2026, 11, 23), person=Person("Lea"))
    shown = form_of(reminder, "ada@example.com")
    sent = as_a_browser_sends(shown) | {"due_date": "", "person_name": " "}
    assert read(sent, shown).changes(shown) == {"due_date": None, "person": None}


def test_a_changed_member_of_a_person_sends_the_whole_person():
    reminder = Reminder("r", "t", "u", "Call", MADE, MADE, person=Person("Lea", "lea@example.com"))
    shown = form_of(reminder, "ada@example.com")
    sent = as_a_browser_sends(shown) | {"person_email": "lea@example.org"}
    assert read(sent, shown).changes(shown) == {"person": Person("Lea", "lea@example.org")}
