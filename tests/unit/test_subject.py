"""Subject templates: read with care, rendered as Salesforce stores them, and read back through any edits."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from remindersync.errors import UserMistake
from remindersync.model import Reminder, ReminderType
from remindersync.subject import FIELDS, Sample, inputs, invert, parse, render, sample
from remindersync.text import cut, flatten, normal, utf16_length

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ADA = Reminder(id="r1", team_id="t1", owner_id="u1", name="Ring Ada", created_at=NOW, updated_at=NOW)
FULL = "{{activity_type}}: {{activity_subject}} ({{sales_campaign_name}})"
ACME = {"activity_type": "Email", "sales_campaign_name": "Acme"}

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def subject(template, name, values=ACME, limit=255):
    return render(parse(template), name, values, limit)


# ── Reading a template ──────────────────────────────────────────────────────────────────────────────────────


def test_the_default_template_is_the_name_alone():
    template = parse("{{activity_subject}}")
    assert template.fields == ("activity_subject",)
    assert template.one_way is None


def test_names_of_fields_ignore_case_and_blanks():
    assert parse("{{ACTIVITY_Type}}: {{ Activity_Subject }}") == parse("{{activity_type}}: {{activity_subject}}")


@pytest.mark.parametrize("field", FIELDS)
def test_every_dynamic_field_is_known(field):
    assert parse(f"x {{{{{field}}}}} y").fields == (field,)


@pytest.mark.parametrize(
    ("template", "named", "place"),
    [
        ("{{account}}", "{{account}}", 1),
        ("Hi {{activity_subject}} {{Account}}!", "{{Account}}", 25),
        ("😀{{}}", "{{}}", 2),
        ("a {{{activity_subject}}}", "{{{activity_subject}}", 3),
        ("a {{activity\n_type}}", "{{activity\n_type}}", 3),
        ("{{call_outcome", "{{call_outcome", 1),
        ("{{activity_subject}} {{call", "{{call", 22),
        ("activity_subject}} x", "}} x", 17),
        ("{{activity_subject}} }} {{call_reason}}", "}} {{call_reason}}", 22),
    ],
)
def test_an_unknown_or_malformed_field_is_refused_by_name_and_position(template, named, place):
    with pytest.raises(UserMistake) as mistake:
        parse(template)
    assert f"character {place} " in str(mistake.value)
    assert named in str(mistake.value)
    assert "{{activity_subject}}" in str(mistake.value)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("", "The name does not occur in it."),
        ("Call for {{sales_campaign_name}}", "The name does not occur in it."),
        ("{{activity_subject}} - {{activity_subject}}", "The name occurs 2 times in it."),
    ],
)
def test_a_template_without_exactly_one_name_is_one_way(template, reason):
    assert parse(template).one_way == reason


@given(st.text(st.characters(exclude_characters="{")))
def test_free_text_is_taken_as_it_stands(text):
    text = text.replace("}}", "} }") + "{"
    assert "".join(token.text for token in parse(text).tokens) == text


# ── The other fields ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (ReminderType.EMAIL, "Email"),
        (ReminderType.CALL, "Call"),
        (ReminderType.INMAIL, "InMail"),
        (ReminderType.CUSTOM, "Custom"),
    ],
)
def test_a_type_is_shown_as_people_write_it(kind, shown):
    assert inputs(replace(ADA, type=kind))["activity_type"] == shown


def test_inputs_are_the_fields_other_than_the_name_as_text():
    reminder = replace(
        ADA,
        campaign_name=" Acme ",
        campaign_day=0,
        campaign_step=12,
        call_outcome="Left\r\nmessage",
        call_reason="Renewal",
    )
    assert inputs(reminder) == {
        "activity_type": "Custom",
        "sales_campaign_name": "Acme",
        "sales_campaign_day": "0",
        "sales_campaign_step": "12",
        "call_outcome": "Left\nmessage",
        "call_reason": "Renewal",
    }
    assert set(inputs(reminder)) == set(FIELDS) - {"activity_subject"}


def test_an_empty_field_is_an_empty_text():
    assert set(inputs(ADA).values()) == {"Custom", ""}


# ── Rendering ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_subject_is_the_template_with_its_fields_filled_in():
    made = subject(FULL, "Ring Ada")
    assert (made.text, made.before, made.after) == ("Email: Ring Ada (Acme)", "Email: ", " (Acme)")


def test_an_empty_or_missing_field_renders_as_nothing():
    assert subject(FULL, "Ring Ada", {"activity_type": "", "sales_campaign_name": ""}).text == ": Ring Ada ()"
    assert subject(FULL, "Ring Ada", {}).text == ": Ring Ada ()"


def test_line_breaks_become_spaces_in_every_part():
    made = subject("a\n{{activity_type}} {{activity_subject}}\r\n!", "Ring\u2028Ada", {"activity_type": "E\nmail"})
    assert made.text == "a E mail Ring Ada !"
    assert (made.before, made.after) == ("a E mail ", " !")


def test_a_field_that_looks_like_a_template_is_only_text():
    made = subject(FULL, "{{activity_type}}", {"activity_type": "{{activity_subject}}", "sales_campaign_name": ""})
    assert made.text == "{{activity_subject}}: {{activity_type}} ()"


def test_outer_white_space_is_trimmed_as_salesforce_does():
    made = subject("  {{activity_type}} {{activity_subject}}  ", "  Ring Ada ")
    assert (made.text, made.before, made.after) == ("Email Ring Ada", "Email ", "")


def test_white_space_beside_an_empty_name_is_remembered_though_trimmed():
    made = subject("Call {{activity_subject}}", "")
    assert (made.text, made.before) == ("Call", "Call ")
    assert invert("Callback", [(made.before, made.after)])[0] == "Callback"
    made = subject("{{activity_subject}} today", "")
    assert (made.text, made.after) == ("today", " today")


def test_the_suffix_is_cut_first_and_what_is_left_of_it_is_remembered():
    made = subject(FULL, "Ring Ada", limit=20)
    assert (made.text, made.before, made.after) == ("Email: Ring Ada (Acm", "Email: ", " (Acm")
    assert subject(FULL, "Ring Ada", limit=16).after == ""


def test_a_long_name_takes_the_whole_suffix():
    made = subject(FULL, "x" * 300)
    assert made.text == "Email: " + "x" * 248
    assert (made.before, made.after) == ("Email: ", "")


def test_a_long_prefix_may_be_cut_itself():
    made = subject("{{sales_campaign_name}}: {{activity_subject}}!", "Ada", {"sales_campaign_name": "y" * 300})
    assert (made.text, made.before, made.after) == ("y" * 255, "y" * 255, "")


def test_an_emoji_at_the_border_of_255_is_not_split():
    assert subject("{{activity_subject}}", "x" * 254 + "😀").text == "x" * 254
    assert subject("{{activity_subject}}", "x" * 253 + "😀").text == "x" * 253 + "😀"


def test_an_accent_at_the_beginning_of_a_name_does_not_change_the_prefix():
    made = subject("Re{{activity_subject}}{{call_reason}}", "\u0301Ada", {"call_reason": "\u0302"})
    assert (made.text, made.before, made.after) == ("Re \u0301Ada \u0302", "Re ", " \u0302")


def test_a_subject_is_composed_whatever_the_template_is():
    made = subject("Cafe\u0301: {{activity_subject}} (se\u0301nior)", "Rene\u0301")
    assert (made.text, made.before, made.after) == ("Café: René (sénior)", "Café: ", " (sénior)")


def test_a_one_way_subject_knows_nothing_around_the_name():
    made = subject("{{activity_subject}} - {{activity_subject}}", " Ring\nAda ")
    assert (made.text, made.before, made.after) == ("Ring Ada - Ring Ada", "", "")
    assert subject("Call for {{sales_campaign_name}}", "Ring Ada").text == "Call for Acme"
    assert subject("", "Ring Ada").text == ""


@given(anything, anything, anything, st.integers(0, 60), st.sampled_from([FULL, FULL * 2]))
def test_what_is_rendered_is_stored_unchanged(name, kind, campaign, limit, template):
    made = subject(template, name, {"activity_type": kind, "sales_campaign_name": campaign}, limit)
    assert (normal(made.text) or "") == made.text
    assert flatten(made.text) == made.text
    assert utf16_length(made.text) <= limit


@given(anything, anything, anything, st.integers(0, 60))
@example("", "", "", 60)
@example("x", "", " ", 3)
def test_the_stored_subject_is_before_name_after(name, kind, campaign, limit):
    values = {"activity_type": kind, "sales_campaign_name": campaign}
    made = subject("{{activity_type}}{{activity_subject}}{{sales_campaign_name}}", name, values, limit)
    shown, *_ = invert(made.text, [(made.before, made.after)])
    assert made.text == (normal(made.before + (shown or "") + made.after) or "")
    assert (normal(flatten(name)) or "").startswith(shown or "")


# ── And back ────────────────────────────────────────────────────────────────────────────────────────────────

TEMPLATES = [
    "{{activity_subject}}",
    FULL,
    "{{activity_type}} {{activity_subject}}",
    "📞 {{activity_subject}} {{activity_type}}",
]
TEMPLATES += [
    "{{sales_campaign_name}}{{activity_type}}: {{activity_subject}}",
    "[{{activity_subject}}]",
    "  {{activity_subject}} -",
]
PARTS = [
    "Email: ",
    "Email",
    "Call",
    "Acme",
    " (Acme)",
    "(",
    ")",
    "[",
    "]",
    ":",
    " ",
    "\n",
    "é",
    "e\u0301",
    "😀",
    "back",
    "-",
    "📞 ",
]

typed = st.lists(st.sampled_from(PARTS), max_size=6).map("".join) | anything
campaigns = st.sampled_from(["", "Acme", "Acme & Söhne ", "Email: ", "w" * 200, "😀" * 150])


@dataclass
class Turn:
    """What changes in one round: the person's text, then the template and its fields."""

    typed: str
    template: str
    kind: str
    campaign: str

    def render(self, name):
        values = {"activity_type": self.kind, "sales_campaign_name": self.campaign}
        return subject(self.template, name or "", values)

    def line(self, name):
        """Fill in the template by hand."""
        line = self.template.replace("{{activity_type}}", self.kind).replace("{{sales_campaign_name}}", self.campaign)
        return cut((normal(line.replace("{{activity_subject}}", name or "")) or ""), 255).strip()


turns = st.builds(Turn, typed, st.sampled_from(TEMPLATES), st.sampled_from(["Email", "Call", "InMail"]), campaigns)


def keyed_in(text, made):
    """Return what a person can type between the surroundings without running into the limit or melting with them."""
    free = max(0, 255 - utf16_length(made.before) - utf16_length(made.after))
    return cut(normal(flatten(text)) or "", free)


@settings(max_examples=40, deadline=None)
@given(st.lists(turns, min_size=100, max_size=100))
def test_no_sequence_of_edits_grows_or_eats_a_prefix(rounds):
    made = rounds[0].render("Ring Ada")
    for turn in rounds:
        text = keyed_in(turn.typed, made)
        today = turn.render("")
        stored = normal(made.before + text + made.after)
        name, *_ = invert(stored, [(made.before, made.after), (today.before, today.after)])
        assert name == normal(text)
        made = turn.render(name)
        assert made.text == turn.line(name)


def test_a_cut_suffix_counts_as_matched_by_what_was_left_of_it():
    made = subject(FULL, "Ring Ada", limit=20)
    assert invert("Email: Meet Ada (Acm", [(made.before, made.after)])[0] == "Meet Ada"


def test_the_texts_of_an_empty_name_find_a_subject_that_is_cut_no_more():
    long, today = subject(FULL, "x" * 300), subject(FULL, "")
    candidates = [("Call: ", ""), (today.before, today.after)]
    assert invert("Email: Ada (Acme)", candidates)[0] == "Ada"
    assert invert(long.text, [(long.before, long.after)])[0] == "x" * 248


def test_a_sample_shows_the_subject_what_it_reads_back_as_and_whether_that_is_the_name():
    long = replace(ADA, name="x" * 300)
    template = parse("{{activity_type}}: {{activity_subject}}")
    assert sample(template, ADA) == Sample("Custom: Ring Ada", "Ring Ada", readable=True)
    assert sample(template, long) == Sample("Custom: " + "x" * 247, "x" * 247, readable=True)


def test_a_sample_says_where_a_name_does_not_read_back():
    twice = parse("{{activity_subject}} {{activity_subject}}")
    assert sample(twice, ADA) == Sample("Ring Ada Ring Ada", None, readable=False)
    hidden = replace(ADA, campaign_name="y" * 300)
    assert sample(parse("{{sales_campaign_name}}: {{activity_subject}}"), hidden) == Sample(
        "y" * 255, None, readable=False
    )


def test_a_sample_of_an_empty_name_reads_back_as_empty():
    assert sample(parse("Call {{activity_subject}}"), replace(ADA, name="")) == Sample("Call", None, readable=True)
