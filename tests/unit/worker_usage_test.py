"""Series of what calls were used for, from samples."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from remindersync.model import UsageSample
from worker.usage import Step, moments, points

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sample(at, background=0, edits=0, used=None, allowed=None):
    return UsageSample("00D000000000001EAA", at, background, edits, used, allowed)


def test_hours_end_at_full_hours_and_now():
    ends = moments(Step.HOUR, NOON + timedelta(minutes=20))
    assert len(ends) == 24
    assert (ends[0], ends[-2], ends[-1]) == (NOON - 22 * HOUR, NOON, NOON + timedelta(minutes=20))
    assert moments(Step.HOUR, NOON)[-2:] == [NOON - HOUR, NOON]


def test_days_end_at_midnight_utc_and_now():
    ends = moments(Step.DAY, NOON)
    assert len(ends) == 30
    assert ends[-2:] == [NOON.replace(hour=0), NOON]
    assert ends[0] == NOON.replace(hour=0) - timedelta(days=28)


def test_a_point_holds_the_calls_of_the_day_before_it():
    samples = [sample(NOON - 25 * HOUR, 1000), sample(NOON - 24 * HOUR, 7, 1), sample(NOON - HOUR, 5, 2)]
    now, later = points(samples, [NOON, NOON + HOUR], HOUR)
    assert (now.background, now.edits) == (12, 3)
    assert (later.background, later.edits) == (5, 2)


def test_others_are_what_the_org_says_is_used_less_what_was_ours_by_then():
    samples = [sample(NOON - 2 * HOUR, 40, 10), sample(NOON - HOUR, 20, 0, used=100, allowed=1000)]
    samples += [sample(NOON - HOUR / 2, 500)]
    (point,) = points(samples, [NOON], HOUR)
    assert (point.others, point.allowed) == (30, 1000)


def test_where_no_answer_told_others_are_unknown_and_not_zero():
    samples = [sample(NOON - 3 * HOUR, 1, 0, used=100, allowed=1000), sample(NOON - HOUR / 2, 1)]
    (point,) = points(samples, [NOON], HOUR)
    assert (point.others, point.allowed, point.background) == (None, None, 2)


def test_others_are_never_less_than_none():
    (point,) = points([sample(NOON - HOUR / 2, 50, used=40, allowed=1000)], [NOON], HOUR)
    assert point.others == 0


QUARTERS = st.integers(-200, 0).map(lambda n: NOON + n * timedelta(minutes=15))


@given(st.dictionaries(QUARTERS, st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=40))
def test_sums_are_those_of_counting_one_by_one(counts):
    samples = [sample(at, *counts[at]) for at in sorted(counts)]
    for point in points(samples, moments(Step.HOUR, NOON), HOUR):
        within = [counts[at] for at in counts if point.at - 24 * HOUR <= at < point.at]
        assert point.background == sum(background for background, _ in within)
        assert point.edits == sum(edits for _, edits in within)
