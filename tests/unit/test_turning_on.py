"""From where reading goes on once sync is turned on: for the first time, again, and for a preview."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from remindersync.model import Choice, FirstSync, Place, Since
from remindersync.newcomers import begun, previewed

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
# Without a `since` of its own, a place has the last 24 hours come in.
DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
WHILE_OFF, LAST_DAY = Choice(since=Since.OFF), Choice(since=Since.DAY)
READ = Place(front=NOW - 100 * HOUR, swept=NOW - 101 * HOUR, reread_at=NOW - 102 * HOUR, left_out=3)


@pytest.mark.parametrize("choice", [WHILE_OFF, LAST_DAY])
def test_who_never_synced_begins_with_the_last_day(choice):
    assert begun(Place(), NOW, choice) == Place(first=FirstSync(NOW - DAY))
    assert begun(Place(), NOW, choice, listed=7) == Place(first=FirstSync(NOW - DAY, listed=7))


def test_who_synced_before_goes_on_where_their_reading_stood():
    assert begun(READ, NOW, WHILE_OFF) == replace(READ, since=NOW - 100 * HOUR)


def test_a_short_time_off_still_brings_in_the_last_day():
    lately = replace(READ, front=NOW - HOUR)
    assert begun(lately, NOW, WHILE_OFF) == lately


def test_who_asks_for_the_last_day_gets_no_more():
    assert begun(replace(READ, since=NOW - 200 * HOUR), NOW, LAST_DAY) == READ


def test_who_was_stopped_before_the_first_reading_gets_the_last_day():
    unread = Place(reread_at=NOW - 102 * HOUR)
    assert begun(unread, NOW, WHILE_OFF) == unread


def test_a_first_sync_that_was_interrupted_keeps_its_beginning_and_its_progress():
    first = FirstSync(NOW - 200 * HOUR, part=2, after=(None, "00T"), done=40, total=90)
    stopped = Place(first=first)
    assert begun(stopped, NOW, WHILE_OFF) == Place(first=first, since=NOW - 200 * HOUR)
    assert begun(replace(READ, first=first), NOW, WHILE_OFF) == replace(READ, first=first, since=NOW - 200 * HOUR)
    assert begun(stopped, NOW, LAST_DAY) == stopped


def test_tasks_chosen_by_name_are_read_first_and_counted_anew():
    first = FirstSync(NOW - HOUR, part=2, after=(None, "00T"), done=40, total=90)
    found = begun(replace(READ, first=first), NOW, WHILE_OFF, listed=5)
    assert found.first == replace(first, listed=5, total=None)
    assert begun(READ, NOW, WHILE_OFF, listed=1).first == FirstSync(NOW, listed=1)


@pytest.mark.parametrize("choice", [Choice(import_open=True), Choice(match_existing=True)])
def test_a_preview_about_open_tasks_reads_them_from_the_start_however_old(choice):
    first = FirstSync(NOW - 200 * HOUR, part=2, after=(None, "00T"), done=40, total=90, today=NOW.date() - DAY)
    again = replace(first, every_open=True, part=1, after=None, today=None)
    assert previewed(Place(first=first), NOW, choice) == Place(first=again, since=NOW - 200 * HOUR)
    assert previewed(Place(), NOW, choice) == Place(first=FirstSync(NOW - DAY, every_open=True))
    assert previewed(READ, NOW, choice) == replace(READ, since=NOW - 100 * HOUR, first=FirstSync(NOW, every_open=True))


@pytest.mark.parametrize("place", [Place(), READ, Place(first=FirstSync(NOW - HOUR, part=2))])
def test_a_preview_of_nothing_more_reads_what_the_runs_will(place):
    assert previewed(place, NOW, LAST_DAY) == begun(place, NOW, LAST_DAY)
