"""The words of the pages."""

from datetime import UTC, date, datetime

import pytest

from remindersync.model import Outcome, Priority, ReminderType, RunKind, Status
from remindersync.store.shown import ReminderState
from remindersync.store.status import SyncState
from web.pages import words
from web.pages.access import local_path
from web.pages.admin.fleet import OUTCOMES
from web.pages.run_words import RUN_KINDS

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2026, 11, 21), "Yesterday"),
        (date(2026, 11, 22), "Today"),
        (date(2026, 11, 23), "Tomorrow"),
        (date(2026, 11, 28), "Saturday"),
        (date(2026, 11, 29), "29 Nov"),
        (date(2026, 11, 20), "20 Nov"),
        (date(2027, 1, 1), "1 Jan 2027"),
        (date.max, "31 Dec 9999"),
    ],
)
def test_a_date_is_said_by_its_distance_when_near(day, said):
    assert words.near_date(day, TODAY) == said


def test_a_moment_is_told_in_the_persons_own_zone():
    moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert words.local_time(moment, "Europe/Berlin") == "23 Nov 2026, 00:30"
    assert words.today_in("Europe/Berlin", moment) == date(2026, 11, 23)
    assert words.today_in("America/New_York", moment) == date(2026, 11, 22)


def test_everything_a_page_may_show_has_a_word():
    assert set(words.TYPES) == set(ReminderType)
    assert set(words.PRIORITIES) == set(Priority)
    assert set(words.STATUSES) == set(Status)
    assert set(words.STATES) == set(ReminderState)
    assert set(words.SYNC_STATES) == set(SyncState)
    assert set(OUTCOMES) == set(Outcome)
    assert set(RUN_KINDS) == set(RunKind)


@pytest.mark.parametrize("given", ["/", "/?view=all", "/reminders/1?back=%2F", "/settings"])
def test_a_path_of_this_site_may_be_gone_back_to(given):
    assert local_path(given) == given


@pytest.mark.parametrize(
    "given", [None, "", "x", "//h", "/\\h", "https://h", "javascript:x", "/a\nb", "/a\tb", "/\x00"]
)
def test_any_other_address_leads_home(given):
    assert local_path(given) == "/"
