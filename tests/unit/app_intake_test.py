from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remindersync.errors import UserMistake
from remindersync.model import Person, Priority, ReminderType, Status
from remindersync.store import cursors
from remindersync.store.cursors import Cursor, Order
from remindersync.store.intake import Draft, clean
from remindersync.store.mistakes import NotFound
from remindersync.store.texts import known_id, salesforce_id

LEAD = "00Q3k00001BCDefGHI"
SHORT = "0033k00001BCDef"


class TestClean:
    def test_a_name_is_trimmed(self):
        assert clean({"name": "  Call Ada \t"}) == {"name": "Call Ada"}

    def test_details_keep_their_line_breaks_as_one_kind(self):
        assert clean({"details": " a\r\nb\rc\n\td "}) == {"details": " a\nb\nc\n\td "}

    def test_words_become_members(self):
        words = clean({"type": "call", "status": "completed", "priority": Priority.HIGH})
        assert words == {"type": ReminderType.CALL, "status": Status.COMPLETED, "priority": Priority.HIGH}
        assert isinstance(words["type"], ReminderType)

    def test_a_due_date_may_be_a_date_an_iso_text_or_nothing(self):
        day = date(2026, 11, 23)
        assert [clean({"due_date": value})["due_date"] for value in (day, "2026-11-23", None)] == [day, day, None]

    def test_an_empty_person_is_none(self):
        assert clean({"person": Person(" ", "", "")}) == {"person": None}

    def test_an_assignees_address_is_compared_in_lower_case(self):
        assert clean({"assignee": " Ada@Example.com "}) == {"assignee": "ada@example.com"}

    def test_a_long_name_of_signs_outside_the_basic_plane_is_kept_whole(self):
        assert clean({"name": "😀" * 2000}) == {"name": "😀" * 2000}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("name", "   "),
            ("name", "x" * 2001),
            ("name", "two\nlines"),
            ("name", "a\x85b"),
            ("name", None),
            ("name", 7),
            ("details", "x" * 100_001),
            ("details", "a\x0bb"),
            ("details", None),
            ("type", "fax"),
            ("status", "Open"),
            ("status", None),
            ("priority", []),
            ("due_date", "tomorrow"),
            ("due_date", "2026-02-30"),
            ("due_date", datetime(2026, 11, 23)),  # noqa: DTZ001 a time is refused with a zone or without
            ("due_date", 20261123),
            ("campaign_day", -1),
            ("campaign_day", 2_147_483_648),
            ("campaign_step", 1.5),
            ("campaign_step", True),
            ("campaign_step", "1"),
            ("call_outcome", "a\nb"),
            ("person", {"name": "Ada"}),
            ("person", Person("a\nb")),
            ("person", Person(email="x" * 321)),
            ("person", Person(salesforce_id="001000000000001AAA")),
            ("person", Person(salesforce_id="00Q00000000000")),
            ("person", Person(salesforce_id="00Q000000000001AAB")),
            ("person", Person(salesforce_id="00Q'00000000001")),
            ("assignee", "nobody"),
        ],
    )
    def test_a_wrong_value_is_refused_by_the_fields_name(self, field, value):
        with pytest.raises(UserMistake, match=f"^{field}"):
            clean({field: value})

    @pytest.mark.parametrize("sign", ["\0", "\ud800"])
    @pytest.mark.parametrize("field", ["name", "details", "campaign_name", "call_outcome", "call_reason", "assignee"])
    def test_what_cannot_be_stored_is_refused_everywhere(self, field, sign):
        with pytest.raises(UserMistake, match=f"^{field} contains a character that cannot be stored"):
            clean({field: f"a{sign}b"})

    @pytest.mark.parametrize("sign", ["\0", "\ud800"])
    @pytest.mark.parametrize("part", ["name", "email", "salesforce_id"])
    def test_what_cannot_be_stored_is_refused_in_a_person(self, part, sign):
        with pytest.raises(UserMistake, match=f"^person.{part} contains"):
            clean({"person": Person(**{part: sign})})

    @pytest.mark.parametrize("field", ["version", "owner_id", "id", "shared", "team_id", "deleted_at"])
    def test_a_field_nobody_may_set_is_refused_by_name(self, field):
        with pytest.raises(UserMistake, match=f"no field '{field}'"):
            clean({field: "x"})

    @given(st.text(), st.text())
    def test_what_is_let_in_can_be_stored_and_is_let_in_again_unchanged(self, name, details):
        try:
            once = clean({"name": name, "details": details})
        except UserMistake:
            return
        assert clean(once) == once
        assert "\0" not in "".join(once.values()).encode().decode()

    def test_a_drafts_assignee_is_a_change_only_where_one_is_named(self):
        assert "assignee" not in Draft("Call").as_changes()
        assert Draft("Call", assignee="ada@example.com").as_changes()["assignee"] == "ada@example.com"


class TestSalesforceIds:
    @pytest.mark.parametrize(
        ("short", "full"),
        [
            ("001A0000006Vm9r", "001A0000006Vm9rIAC"),
            ("0037F00000bR7NH", "0037F00000bR7NHQA0"),
            ("00D000000000001", "00D000000000001EAA"),
        ],
    )
    def test_three_check_digits_tell_the_capitals(self, short, full):
        assert salesforce_id(short) == salesforce_id(full) == full

    def test_check_digits_count_in_either_case(self):
        assert salesforce_id("001A0000006Vm9riac") == "001A0000006Vm9rIAC"

    @given(st.text("abcXYZ019", min_size=15, max_size=15))
    def test_a_completed_id_is_complete(self, short):
        assert salesforce_id(salesforce_id(short)) == salesforce_id(short)

    @pytest.mark.parametrize("value", ["", "001", "001A0000006Vm9rIAD", "001A0000006Vm9rI", "001A0000006Vm9é"])
    def test_what_is_no_id_is_refused(self, value):
        with pytest.raises(ValueError):
            salesforce_id(value)


class TestKnownIds:
    def test_an_id_is_read_in_any_spelling(self):
        assert known_id("8B0C9E5E000040008000000000000000", "thing") == "8b0c9e5e-0000-4000-8000-000000000000"

    @given(st.text(max_size=40))
    def test_what_is_no_id_is_not_found(self, text):
        with pytest.raises(NotFound):
            known_id(f"x{text}", "thing")


class TestCursors:
    @given(st.uuids(), st.none() | st.dates())
    def test_a_place_by_due_date_is_read_as_it_was_written(self, row_id, day):
        cursor = Cursor(Order.DUE, day, str(row_id))
        assert cursors.read(cursors.written(cursor), Order.DUE) == cursor

    @given(st.uuids(), st.datetimes(timezones=st.just(UTC)))
    def test_a_place_by_change_is_read_as_it_was_written(self, row_id, moment):
        cursor = Cursor(Order.UPDATED, moment, str(row_id))
        assert cursors.read(cursors.written(cursor), Order.UPDATED) == cursor

    def test_a_cursor_of_another_order_is_refused(self):
        text = cursors.written(Cursor(Order.DUE, None, "8b0c9e5e-0000-4000-8000-000000000000"))
        with pytest.raises(UserMistake, match="another order"):
            cursors.read(text, Order.UPDATED)

    @given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
    def test_any_other_text_is_refused(self, text):
        with pytest.raises(UserMistake):
            cursors.read(text, Order.DUE)

    @pytest.mark.parametrize("text", ["W10", "e30", "bnVsbA", "WyJkdWUiLCAxLCAyXQ", "W" * 100_000])
    def test_json_of_another_shape_is_refused(self, text):
        with pytest.raises(UserMistake):
            cursors.read(text, Order.DUE)
