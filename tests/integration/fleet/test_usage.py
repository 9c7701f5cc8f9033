"""What calls were used for: counted by the limiter, written down, and told to a team."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, text

from remindersync.coordination.limiter import RedisLimiter
from remindersync.coordination.server import open_redis
from remindersync.errors import Unsafe
from remindersync.model import UsageSample
from remindersync.store import tables
from remindersync.store.mistakes import NotFound
from remindersync.store.retention import Kept, SqlRetention
from remindersync.store.usage import SqlUsage
from worker.usage import Step, Usage

ORG = "00D000000000000EAA"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def limiter(redis):
    return RedisLimiter(redis, share_percent=40)


@pytest.fixture
def book(database):
    return SqlUsage(database)


@pytest.fixture
def usage(limiter, book):
    return Usage(limiter, book)


@pytest.fixture
def ada(join):
    return join("ada")


def call(limiter, org, *, background=0, edits=0, used=0):
    """Make calls; all answers but the last tell of 1 used call."""
    limiter.saw(org, 1, 1000)
    for number in range(background + edits):
        limiter.admit(org, background=number < background)
    limiter.saw(org, used, 1000)


def test_a_team_sees_its_own_calls_those_of_others_and_what_is_left(usage, limiter, book, ada):
    org = book.org_of(ada.team_id)
    call(limiter, org, background=6, edits=2, used=100)
    call(limiter, "00D000000000009EAA", background=3, used=900)
    assert usage.note() == 2
    today = usage.today(ada.team_id)
    assert (today.background, today.edits, today.used, today.others, today.allowed) == (6, 2, 100, 92, 1000)
    assert (today.share_percent, today.left, today.held_seconds) == (40, 300, 0)
    assert datetime.now(UTC) - today.counted_since < timedelta(minutes=31)


def test_calls_made_a_moment_ago_are_ours_and_not_others(usage, limiter, book, ada):
    call(limiter, book.org_of(ada.team_id), background=5, edits=2, used=7)
    today = usage.today(ada.team_id)
    assert (today.background, today.edits, today.others) == (5, 2, 0)


def test_noting_twice_counts_once_and_emptied_counters_take_nothing_back(usage, limiter, book, ada, redis):
    org = book.org_of(ada.team_id)
    call(limiter, org, background=4, edits=1, used=50)
    usage.note()
    usage.note()
    redis.flushall()
    call(limiter, org, edits=3, used=60)
    usage.note()
    today = usage.today(ada.team_id)
    assert (today.background, today.edits, today.others) == (4, 3, 53)


def test_a_hold_is_told(usage, limiter, book, ada):
    org = book.org_of(ada.team_id)
    call(limiter, org, used=10)
    limiter.hold(org, 120)
    assert 100 < usage.today(ada.team_id).held_seconds <= 120


def test_without_redis_what_was_written_down_is_still_told(database, book, ada, stoppable_redis):
    redis = open_redis(stoppable_redis.url, timeout_seconds=1)
    usage = Usage(RedisLimiter(redis), book)
    book.keep([UsageSample(book.org_of(ada.team_id), datetime.now(UTC) - timedelta(hours=1), 5, 2, 100, 1000)])
    stoppable_redis.stop()
    today = usage.today(ada.team_id)
    assert (today.background, today.edits, today.used, today.others, today.left) == (5, 2, None, None, None)
    with pytest.raises(Unsafe):
        usage.note()
    redis.close()


def test_a_team_without_an_org_has_no_usage_and_no_team_is_an_error(usage, directory):
    team = directory.add_team("New")
    assert usage.today(team.id) is None
    assert usage.series(team.id, Step.HOUR) == []
    with pytest.raises(NotFound):
        usage.today("nonsense")


@pytest.mark.parametrize("step", Step)
def test_a_series_reads_this_teams_samples_up_to_the_present(usage, book, ada, step):
    org = book.org_of(ada.team_id)
    book.keep(
        [
            UsageSample(org, NOON - timedelta(hours=5), 10, 5, 40, 1000),
            UsageSample(org, NOON - timedelta(minutes=30), 1, 1, 42, 1000),
            UsageSample("00D000000000009EAA", NOON - timedelta(minutes=30), 70, 70, 700, 1000),
        ]
    )
    series = usage.series(ada.team_id, step, NOON)
    assert len(series) == step.value
    assert (series[-1].background, series[-1].edits, series[-1].others, series[-1].allowed) == (11, 6, 25, 1000)
    assert (series[0].background, series[0].others) == (0, None)


def test_samples_go_when_runs_do(database, book):
    with database.begin() as connection:
        for days in (31, 29):
            at = text(f"now() - interval '{days} days'")
            connection.execute(insert(tables.usage_samples).values(org_id=ORG, at=at, background=1, edits=0))
    assert SqlRetention(database).purge(Kept(run_days=30))["usage"] == 1
    assert len(book.since(ORG, datetime.now(UTC) - timedelta(days=99))) == 1
