"""The imports the sample promises, counted again at any minute of any day."""

import datetime as dt
from collections import Counter

import pytest

from orgsim.sample import expected, load
from tests.orgsim.sample.counting import DAY, NOW, moment, reminders


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
