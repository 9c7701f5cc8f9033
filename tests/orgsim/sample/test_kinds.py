"""Tasks of every kind and every time: series, archived, deleted, due in far zones, loaded in bulk."""

import datetime as dt
import zoneinfo
from collections import Counter

import pytest

from orgsim.sample import expected, load
from tests.orgsim.sample.counting import DAY, NOW, is_recent, moment, reminders


def test_due_dates_are_days_of_their_owner(world):
    for org in world["orgs"]:
        zones = {user["Id"]: zoneinfo.ZoneInfo(user["TimeZoneSidKey"]) for user in org["users"]}
        app_users = {user["salesforce_user_id"] for team in expected().teams for user in team["users"]}
        owners = app_users & set(zones)
        assert len(owners) == 6
        for owner in owners:
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
