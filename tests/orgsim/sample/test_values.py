"""The values of the sample's Tasks: they fit the schema, and hold the texts that break software."""

import unicodedata

import pytest

from orgsim.schema import object_type
from tests.orgsim.sample.counting import reminders, units


def test_values_fit_the_schema(tasks):
    fields = object_type("Task").fields
    for task in tasks:
        for name, value in task.items():
            field = fields[name.lower()]
            assert field.name == name
            assert value is not None
            if field.is_text:
                assert units(value) <= field.length
                # The platform would trim it, and the record could not come back as it was.
                assert value == value.strip() != ""


def test_status_decides_what_is_closed(world):
    for org in world["orgs"]:
        closed = {status["ApiName"]: status["IsClosed"] for status in org["task_statuses"]}
        for task in org["tasks"]:
            assert task["IsClosed"] == closed[task["Status"]]
            assert ("CompletedDateTime" in task) == task["IsClosed"]


def test_every_status_meets_every_priority_among_the_imported(world):
    for org in world["orgs"]:
        pairs = {(task["Status"], task["Priority"]) for task in reminders(org)}
        statuses = [status["ApiName"] for status in org["task_statuses"]]
        priorities = [priority["ApiName"] for priority in org["task_priorities"]]
        assert pairs >= {(status, priority) for status in statuses for priority in priorities}


def scripts(texts):
    return {unicodedata.name(letter, "").split(" ")[0] for text in texts for letter in text if letter.isalpha()}


def test_the_imported_are_written_in_all_scripts(world):
    wanted = (
        "ADLAM ARABIC ARMENIAN BENGALI MYANMAR CHEROKEE CJK COPTIC CYRILLIC DEVANAGARI EGYPTIAN ETHIOPIC GEORGIAN GOTHIC "
        "GREEK GUJARATI GURMUKHI HANGUL HEBREW HIRAGANA KANNADA KATAKANA KHMER LAO LATIN MALAYALAM MATHEMATICAL MONGOLIAN "
        "NKO OGHAM ORIYA RUNIC SINHALA SYRIAC TAMIL TELUGU THAANA THAI TIBETAN TIFINAGH"
    )
    for org in world["orgs"]:
        assert set(wanted.split()) <= scripts(task.get("Subject", "") for task in reminders(org))


@pytest.mark.parametrize(
    "part",
    [
        pytest.param("👩\u200d👩\u200d👧\u200d👦", id="a family of four"),
        pytest.param("🇳🇿", id="a flag"),
        pytest.param("\U000e007f", id="a flag of tags"),
        pytest.param("👍🏿", id="a skin tone"),
        pytest.param("1\ufe0f\u20e3", id="a keycap"),
        pytest.param("e\u0301", id="a combining mark"),
        pytest.param("\u1100\u1161", id="Hangul in parts"),
        pytest.param("\u202e", id="a direction override"),
        pytest.param("\u200c", id="a non-joiner"),
        pytest.param("\u200b", id="a blank of no width"),
        pytest.param("<script>", id="a script tag"),
        pytest.param("{{activity_subject}}", id="a template field"),
        pytest.param("'", id="a quote"),
        pytest.param("\\", id="a backslash"),
    ],
)
def test_the_imported_hold_texts_that_break_software(world, part):
    for org in world["orgs"]:
        assert any(part in task.get("Subject", "") for task in reminders(org))


def test_some_subjects_have_the_longest_length_and_some_end_there_in_an_emoji(world):
    for org in world["orgs"]:
        longest = [task["Subject"] for task in reminders(org) if units(task.get("Subject", "")) == 255]
        assert len(longest) >= 5
        assert any(subject.endswith("🎯") for subject in longest)
        assert any(subject.endswith("👦") for subject in longest)


def test_some_comments_are_near_the_limit_with_line_ends_of_every_kind(world):
    for org in world["orgs"]:
        comments = [task.get("Description", "") for task in reminders(org)]
        long = [comment for comment in comments if units(comment) > 31_900]
        assert len(long) == 4
        assert all("\r\n" in comment for comment in long)
        assert max(map(units, long)) == 32_000
        assert any("\n" in comment and "\r" not in comment for comment in comments)
        assert any("\rMac\r" in comment for comment in comments)
