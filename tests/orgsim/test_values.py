"""What a save makes of values: trimming, lengths, picklists, and the fields that follow from others."""

import pytest

from tests.orgsim.acme import ANN, BOB, long, refusal


def test_text_is_trimmed_and_empty_text_is_null(ann):
    row = ann.read(ann.create(Subject="  hi \t", Description="\r\n \n"))
    assert (row["Subject"], row["Description"]) == ("hi", None)


def test_text_is_kept_when_trimming_is_not_believed(ann, sim):
    sim.door.set_org(beliefs={"trim_text": False})
    assert ann.read(ann.create(Subject=" hi "))["Subject"] == " hi "


def test_line_breaks_in_a_subject_become_spaces_and_stay_in_comments(ann):
    row = ann.read(ann.create(Subject="a\r\nb\nc", Description="a\r\nb\nc"))
    assert (row["Subject"], row["Description"]) == ("a b c", "a\r\nb\nc")


@pytest.mark.parametrize(("belief", "stored"), [("lf", "a\nb\nc"), ("crlf", "a\r\nb\r\nc")])
def test_line_endings_of_comments_follow_the_belief(ann, sim, belief, stored):
    sim.door.set_org(beliefs={"description_line_endings": belief})
    assert ann.read(ann.create(Description="a\r\nb\nc"))["Description"] == stored


def test_a_subject_over_255_is_refused_by_label(ann):
    assert ann.read(ann.create(Subject="x" * 255))["Subject"] == "x" * 255
    answer = ann("POST", "/sobjects/Task", {"Subject": "x" * 256})
    assert answer.json()[0]["fields"] == ["Subject"]
    assert refusal(answer)[1:] == ("STRING_TOO_LONG", f"Subject: data value too large: {'x' * 256} (max length=255)")


def test_lengths_count_utf16_units_or_code_points_as_believed(ann, sim):
    assert refusal(ann("POST", "/sobjects/Task", {"Subject": "😀" * 128}))[1] == "STRING_TOO_LONG"
    sim.door.set_org(beliefs={"length_unit": "code_points"})
    assert ann.read(ann.create(Subject="😀" * 255))["Subject"] == "😀" * 255


def test_comments_hold_32000_and_the_code_above_is_a_belief(ann, sim):
    assert ann.create(Description="x" * 32_000)
    assert refusal(ann("POST", "/sobjects/Task", {"Description": "x" * 32_001}))[1] == "STRING_TOO_LONG"
    sim.door.set_org(beliefs={"description_too_long": "MAX_TASK_DESCRIPTION_EXCEEDED"})
    assert refusal(ann("POST", "/sobjects/Task", {"Description": "x" * 32_001}))[1] == "MAX_TASK_DESCRIPTION_EXCEEDED"


def test_an_off_list_status_is_stored_silently_or_refused(ann, sim):
    row = ann.read(ann.create(Status="completed"))
    assert (row["Status"], row["IsClosed"]) == ("completed", False)
    sim.door.set_org(beliefs={"restricted_picklists": True})
    answer = ann("POST", "/sobjects/Task", {"Status": "completed"})
    assert refusal(answer)[1:] == (
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        "Status: bad value for restricted picklist field: completed",
    )
    assert (
        refusal(ann("POST", "/sobjects/Task", {"CallType": "Shouted"}))[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    )


def test_a_null_status_is_missing(ann):
    record_id = ann.create(Subject="a")
    answer = ann.update(record_id, Status=None)
    assert refusal(answer)[1:] == ("REQUIRED_FIELD_MISSING", "Required fields are missing: [Status]")


def test_closed_high_and_completed_follow_status_and_priority(ann, sim):
    sim.door.freeze()
    record_id = ann.create(Status="Completed", Priority="High")
    row = ann.read(record_id)
    assert (row["IsClosed"], row["IsHighPriority"], row["CompletedDateTime"]) == (True, True, row["CreatedDate"])
    sim.door.advance(10)
    ann.update(record_id, Subject="again", Status="Completed")
    assert ann.read(record_id)["CompletedDateTime"] == row["CompletedDateTime"]
    sim.door.set_org(beliefs={"completed_again": "moved"})
    ann.update(record_id, Subject="again")
    assert ann.read(record_id)["CompletedDateTime"] > row["CompletedDateTime"]
    ann.update(record_id, Status="Not Started")
    assert (ann.read(record_id)["IsClosed"], ann.read(record_id)["CompletedDateTime"]) == (False, None)


def test_stamps_name_who_saved(ann, callers):
    record_id = ann.create(Subject="a")
    callers("boss").update(record_id, Subject="b")
    row = ann.read(record_id)
    assert row["CreatedById"] == long(ANN)
    assert row["LastModifiedById"] != row["CreatedById"]


def test_an_edit_of_an_inactive_owners_task_is_a_belief(admin, sim):
    record_id = admin.create(OwnerId=BOB)
    sim.door.set_user("bob@acme.example", IsActive=False)
    assert admin.update(record_id, Subject="b").status_code == 204
    sim.door.set_org(beliefs={"inactive_owner_blocks_update": True})
    assert refusal(admin.update(record_id, Subject="c"))[1] == "INACTIVE_OWNER_OR_USER"


def test_date_times_come_in_every_spelling(ann):
    for text in ("2026-05-01T10:00:00Z", "2026-05-01T12:00:00+02:00", "2026-05-01T10:00:00.999+0000"):
        row = ann.read(ann.create(ReminderDateTime=text))
        assert row["ReminderDateTime"] == "2026-05-01T10:00:00.000+0000"
