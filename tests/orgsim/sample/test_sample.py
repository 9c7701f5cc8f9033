"""The sample says what it holds; here it is counted again from the loaded records."""

import datetime as dt
import gzip
import json
import unicodedata
import zoneinfo
from collections import Counter
from pathlib import Path

import pytest

from orgsim.ids import long_id
from orgsim.sample import SampleError, archive, expected, generate, load
from orgsim.schema import object_type

NOW = dt.datetime(2026, 11, 22, 10, 0, 0, 123_456, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
KIBIBYTE = 1024


@pytest.fixture(scope="module")
def world():
    return load(NOW)


@pytest.fixture(scope="module")
def tasks(world):
    return [task for org in world["orgs"] for task in org["tasks"]]


def moment(text):
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)


def is_recent(task, now=NOW):
    return moment(task["LastModifiedDate"]) >= now - DAY


def reminders(org, now=NOW):
    """MAP-7 and FIRST-2, written down anew."""
    return [
        task
        for task in org["tasks"]
        if is_recent(task, now)
        and not task.get("IsDeleted")
        and not task.get("IsArchived")
        and not task.get("IsRecurrence")
        and task.get("TaskSubtype") not in {"Email", "ListEmail"}
        and not (task["IsClosed"] and moment(task["CompletedDateTime"]) <= moment(task["CreatedDate"]))
    ]


def units(text):
    return len(text.encode("utf-16-le")) // 2


def test_the_checked_in_file_is_what_the_generator_makes():
    made = [json.loads(json.dumps(line)) for line in generate.lines()]
    assert made == archive.read()


def test_the_same_lines_are_the_same_bytes(tmp_path):
    first, second = tmp_path / "a.gz", tmp_path / "b.gz"
    archive.write(generate.lines(), first)
    archive.write(generate.lines(), second)
    assert first.read_bytes() == second.read_bytes()


def test_another_seed_makes_another_sample():
    assert list(generate.lines(1)) != list(generate.lines(2))


def test_the_file_is_small_and_the_sample_is_not(tasks):
    assert archive.PATH.stat().st_size < 600 * KIBIBYTE
    assert len(tasks) >= 3_000


@pytest.mark.parametrize("now", [NOW, dt.datetime(2027, 3, 28, 0, 59, 59, tzinfo=dt.UTC)])
def test_the_promised_imports_are_those_a_count_of_the_records_finds(now):
    world = load(now)
    teams = {team["org_id"]: team for team in expected(now).teams}
    assert len(teams) == len(world["orgs"]) == 2
    for org in world["orgs"]:
        found = Counter(task["OwnerId"] for task in reminders(org, now))
        users = teams[org["id"]]["users"]
        assert {user["salesforce_user_id"]: user["imports"] for user in users} == {
            user["salesforce_user_id"]: found[user["salesforce_user_id"]] for user in users
        }
        assert all(user["imports"] > 30 for user in users)


def test_counts_do_not_depend_on_the_minute_the_sync_starts(world):
    for org in world["orgs"]:
        early, late = (reminders(org, NOW + step) for step in (dt.timedelta(minutes=-10), dt.timedelta(minutes=10)))
        assert len(early) == len(late)


def test_no_stamp_lies_near_the_boundary_or_in_the_future(tasks):
    names = ("CreatedDate", "LastModifiedDate", "SystemModstamp", "CompletedDateTime", "ReminderDateTime")
    for task in tasks:
        for name in names:
            if name in task:
                assert abs(NOW - DAY - moment(task[name])) > dt.timedelta(minutes=10)
        assert moment(task["CreatedDate"]) <= moment(task["LastModifiedDate"]) <= moment(task["SystemModstamp"]) < NOW


def test_app_users_are_found_by_their_mail_address(world):
    orgs = {org["id"]: org for org in world["orgs"]}
    for team in expected().teams:
        users = {user["Email"]: user for user in orgs[team["org_id"]]["users"]}
        assert len(team["users"]) == 6
        for user in team["users"]:
            record = users[user["email"]]
            assert (record["Id"], record["Username"]) == (user["salesforce_user_id"], user["username"])
            assert (record["TimeZoneSidKey"], record["IsActive"]) == (user["time_zone"], True)
            assert not record["ViewAllData"]


def test_users_live_all_over_the_world_and_some_are_no_app_users(world):
    zones = {user["time_zone"] for team in expected().teams for user in team["users"]}
    assert {"Pacific/Auckland", "Asia/Tokyo", "Asia/Kolkata", "Europe/Berlin", "Europe/London"} <= zones
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Asia/Kathmandu"} <= zones
    for org in world["orgs"]:
        assert sum(user["ViewAllData"] for user in org["users"]) == 1
        assert sum(not user["IsActive"] for user in org["users"]) == 1
        assert len(org["users"]) == 10
        assert {role["ParentRoleId"] for role in org["roles"]} - {None} <= {role["Id"] for role in org["roles"]}
        assert {group["Type"] for group in org["groups"]} == {"Queue"}


def test_usernames_are_unique_in_all_of_salesforce(world):
    names = [user["Username"] for org in world["orgs"] for user in org["users"]]
    assert len(names) == len(set(names))


def test_every_id_is_right_and_leads_to_a_record(world):
    for org in world["orgs"]:
        records = {row["Id"] for rows in org.values() if isinstance(rows, list) for row in rows if "Id" in row}
        references = {
            value for task in org["tasks"] for name, value in task.items() if name == "Id" or name.endswith("Id")
        }
        assert all(long_id(text) == text and len(text) == 18 for text in records | {org["id"]})
        assert references <= records
        assert len({task["Id"] for task in org["tasks"]}) == len(org["tasks"])


def test_task_ids_of_the_two_orgs_coincide(world):
    first, second = ({task["Id"] for task in org["tasks"]} for org in world["orgs"])
    assert first & second


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


def test_the_second_org_has_renamed_and_added_values(world):
    first, second = (
        {entry["ApiName"]: entry["MasterLabel"] for entry in org["task_statuses"]} for org in world["orgs"]
    )
    standard = {"Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"}
    assert set(first) == standard
    assert set(second) > standard
    assert second["Not Started"] == "To do"
    closed = {entry["ApiName"] for entry in world["orgs"][1]["task_statuses"] if entry["IsClosed"]}
    assert closed == {"Completed", "Erledigt", "Cancelled"}


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


def test_due_dates_are_days_of_their_owner(world):
    for org in world["orgs"]:
        zones = {user["Id"]: zoneinfo.ZoneInfo(user["TimeZoneSidKey"]) for user in org["users"]}
        app_users = {user["salesforce_user_id"] for team in expected().teams for user in team["users"]}
        for owner in app_users & set(zones):
            today = NOW.astimezone(zones[owner]).date()
            due = {task.get("ActivityDate") for task in reminders(org) if task["OwnerId"] == owner}
            assert {None, *((today + dt.timedelta(days=step)).isoformat() for step in (-800, -1, 0, 1, 400))} <= due


def test_a_far_zone_has_another_today(world):
    [master] = [
        task
        for task in world["orgs"][0]["tasks"]
        if task.get("RecurrenceTimeZoneSidKey") == "Pacific/Auckland" and is_recent(task)
    ]
    assert master["RecurrenceStartDateOnly"] == "2026-11-22"
    later = load(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC))
    again = next(task for task in later["orgs"][0]["tasks"] if task["Id"] == master["Id"])
    assert again["RecurrenceStartDateOnly"] == "2026-11-23"


@pytest.mark.parametrize(
    ("what", "is_it", "least"),
    [
        ("archived", lambda task: task.get("IsArchived"), 100),
        ("deleted today", lambda task: task.get("IsDeleted") and is_recent(task), 10),
        ("deleted earlier", lambda task: task.get("IsDeleted") and not is_recent(task), 10),
        ("series", lambda task: task.get("IsRecurrence"), 12),
        ("occurrences", lambda task: task.get("RecurrenceActivityId"), 48),
        ("repeating on completion", lambda task: task.get("RecurrenceRegeneratedType"), 2),
        ("logged emails", lambda task: task.get("TaskSubtype") == "Email" and task["IsClosed"] and is_recent(task), 6),
        ("list emails", lambda task: task.get("TaskSubtype") == "ListEmail" and is_recent(task), 6),
        ("open emails", lambda task: task.get("TaskSubtype") == "Email" and not task["IsClosed"] and is_recent(task), 6),
        ("calls to make", lambda task: task.get("TaskSubtype") == "Call" and not task["IsClosed"], 1),
        ("calls logged", lambda task: task.get("TaskSubtype") == "Call" and task["IsClosed"] and is_recent(task), 6),
        ("InMails", lambda task: task.get("TaskSubtype") == "LinkedIn" and not task["IsClosed"], 1),
        ("of queues today", lambda task: task["OwnerId"].startswith("00G") and is_recent(task), 20),
        ("without a Subject", lambda task: "Subject" not in task, 2),
        ("of old", lambda task: not is_recent(task), 1_000),
        ("of today", is_recent, 300),
    ],
)  # fmt: skip
def test_each_org_has_tasks_of_every_kind(world, what, is_it, least):
    for org in world["orgs"]:
        assert sum(1 for task in org["tasks"] if is_it(task)) >= least, what


def test_what_is_closed_and_old_is_archived_and_nothing_else(tasks):
    year = dt.timedelta(days=365)
    for task in tasks:
        due = (
            dt.date.fromisoformat(task["ActivityDate"])
            if "ActivityDate" in task
            else moment(task["CreatedDate"]).date()
        )
        old = due <= (NOW - year).date()
        assert bool(task.get("IsArchived")) == (task["IsClosed"] and old)


def test_occurrences_point_to_a_series_of_the_same_owner(world):
    for org in world["orgs"]:
        masters = {task["Id"]: task for task in org["tasks"] if task.get("IsRecurrence")}
        for task in org["tasks"]:
            if "RecurrenceActivityId" in task:
                assert masters[task["RecurrenceActivityId"]]["OwnerId"] == task["OwnerId"]
        assert not any("ActivityDate" in master for master in masters.values())


def test_a_rename_stamped_old_tasks_anew(world):
    for org in world["orgs"]:
        renamed = [task for task in org["tasks"] if not is_recent(task) and moment(task["SystemModstamp"]) > NOW - DAY]
        assert len(renamed) >= 50
        assert len({task["SystemModstamp"] for task in renamed}) == 1


def test_bulk_loads_share_a_second_among_more_rows_than_a_batch(world):
    for org in world["orgs"]:
        old = Counter(task["SystemModstamp"] for task in org["tasks"] if not is_recent(task))
        recent = Counter(task["SystemModstamp"] for task in reminders(org))
        assert max(old.values()) >= 200
        assert max(recent.values()) >= 36


def test_people_of_tasks_are_leads_and_contacts(world):
    for org in world["orgs"]:
        kinds = {task["WhoId"][:3] for task in reminders(org) if "WhoId" in task}
        assert kinds == {"003", "00Q"}
        converted = {lead["Id"] for lead in org["leads"] if lead["IsConverted"]}
        assert converted
        assert not converted & {task.get("WhoId") for task in org["tasks"]}


def damaged(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "sample.jsonl.gz"
    path.write_bytes(data)
    return path


def packed(*lines):
    return gzip.compress("\n".join(json.dumps(line) for line in lines).encode(), mtime=0)


END = {"kind": "end", "lines": 1}


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", "cut off"),
        (b"not gzip at all", "damaged"),
        (archive.PATH.read_bytes()[:5_000], "damaged"),
        (archive.PATH.read_bytes()[:-8] + b"\0" * 8, "damaged"),
        (gzip.compress(b"\xff\xfe"), "damaged"),
        (gzip.compress(b"{"), "damaged"),
        (gzip.compress(b"[1]"), "damaged"),
        (packed({"kind": "header", "format": 1}), "cut off"),
        (packed({"kind": "header", "format": 99}, END), "another version"),
    ],
    ids=["empty", "no gzip", "half", "wrong sum", "no UTF-8", "no JSON", "no record", "no end", "another version"],
)
def test_a_damaged_file_is_one_sentence_with_cause_and_remedy(tmp_path, data, cause):
    path = damaged(tmp_path, data)
    for use in (lambda: load(NOW, path), lambda: expected(path=path)):
        with pytest.raises(SampleError) as caught:
            use()
        text = str(caught.value)
        assert cause in text
        assert str(path) in text
        assert text.endswith("`python -m orgsim.sample`.")
        assert "\n" not in text


def test_a_missing_file_is_one_sentence_with_cause_and_remedy(tmp_path):
    with pytest.raises(SampleError, match=r"nowhere\.gz is missing; restore it"):
        load(NOW, tmp_path / "nowhere.gz")


def test_an_unreadable_file_is_one_sentence_too(tmp_path):
    with pytest.raises(SampleError, match="can't be read"):
        load(NOW, tmp_path)
