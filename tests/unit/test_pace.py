"""How long users rest between runs, and what they go by."""

from dataclasses import dataclass, field

import pytest

from remindersync.errors import Unsafe
from remindersync.model import Outcome
from remindersync.pace import FeedPace, Pace, Rest, Shares

PACE = Pace(10, 100)


def rest(outcome=Outcome.DONE, poll=20.0, pace=PACE, **given):
    return pace.rest(outcome, poll, **{"changed": False, "spread": 0.0, **given})


@pytest.mark.parametrize(("poll", "next_one"), [(20, 30), (90, 100), (1, 10)])
def test_a_run_that_changed_nothing_rests_half_as_long_again_within_the_bounds(poll, next_one):
    assert rest(poll=poll) == Rest(next_one, next_one)


def test_a_run_that_changed_something_rests_shortest():
    assert rest(changed=True) == Rest(10, 10)


def test_users_are_spread_over_a_tenth_of_their_rest_and_over_all_of_it_after_trouble():
    assert rest(spread=0.5) == Rest(pytest.approx(31.5), 30)
    assert rest(Outcome.RETRY, spread=0.5) == Rest(60, 40)


def test_what_is_not_done_goes_on_at_once():
    assert rest(Outcome.MORE, spread=0.5) == Rest(0, 10)


def test_who_must_connect_again_rests_an_hour_and_keeps_their_interval():
    assert rest(Outcome.RECONNECT, spread=0.5) == Rest(3600, 20)


@pytest.mark.parametrize("outcome", [Outcome.RETRY, Outcome.WAITING, Outcome.FAILED])
def test_what_failed_rests_twice_as_long_each_time_up_to_the_longest(outcome):
    assert rest(outcome) == Rest(40, 40)
    assert rest(outcome, poll=90) == Rest(100, 100)


def test_who_is_served_by_the_feed_rests_longest():
    assert rest(fed=True, changed=True) == Rest(100, 100)
    assert rest(fed=True, spread=0.5) == Rest(105, 100)


@pytest.mark.parametrize(
    ("calls_each", "seconds"),
    [(None, 10), (1e9, 10), (1152, 100), (115.2, 1000), (32, 3600), (31, 3600), (0, 3600), (-5, 3600)],
)
def test_polls_use_three_quarters_of_what_is_left_of_a_day_and_come_every_hour(calls_each, seconds):
    assert PACE.least(calls_each) == pytest.approx(seconds)


def test_few_calls_stretch_the_rest_and_not_the_interval_that_is_remembered():
    assert rest(calls_each=115.2) == Rest(pytest.approx(1000), 30)
    assert rest(changed=True, calls_each=115.2) == Rest(pytest.approx(1000), 10)


def test_what_failed_is_tried_again_as_soon_however_few_calls_are_left():
    assert rest(Outcome.RETRY, calls_each=0) == Rest(40, 40)
    assert rest(Outcome.WAITING, calls_each=0) == Rest(40, 40)


def test_a_shortest_interval_longer_than_an_hour_stands():
    assert Pace(7200, 7200).least(0) == 7200


def test_the_bounds_are_15_seconds_and_15_minutes_unless_set():
    assert (Pace().min_seconds, Pace().max_seconds, Pace().calls_each("any")) == (15, 900, None)
    assert (FeedPace().min_seconds, FeedPace().max_seconds) == (15, 900)


# ── What is left for each ──


@dataclass
class Org:
    """An org with calls left and users, on a clock that stands; `counted` is how often its users were counted."""

    left: float | None = 1000
    users: int = 10
    seconds: float = 5.0
    counted: list = field(default_factory=list)

    def calls_left(self, org_id):
        assert org_id, "Asked about no org."
        if isinstance(self.left, Exception):
            raise self.left
        return self.left

    def syncing(self, org_id):
        self.counted.append(org_id)
        return self.users

    def shares(self):
        return Shares(self.calls_left, self.syncing, lambda: self.seconds)


def test_what_is_left_is_shared_by_all_who_sync():
    assert Org().shares().each("org") == 100


@pytest.mark.parametrize("users", [0, 1])
def test_nobody_counts_as_one(users):
    assert Org(users=users).shares().each("org") == 1000


@pytest.mark.parametrize("left", [None, Unsafe("No limiter.")])
def test_where_nobody_knows_what_is_left_nobody_is_counted(left):
    org = Org(left=left)
    assert org.shares().each("org") is None
    assert org.counted == []


def test_users_are_counted_once_a_minute_for_each_org():
    org = Org()
    shares = org.shares()
    assert [shares.each(name) for name in ("one", "one", "other")] == [100] * 3
    assert org.counted == ["one", "other"]
    org.users, org.seconds = 20, 64.9
    assert shares.each("one") == 100
    org.seconds = 65
    assert shares.each("one") == 50
    assert org.counted == ["one", "other", "one"]


# ── The feed ──


@pytest.mark.parametrize(("calls_left", "seconds"), [(None, 10), (1e9, 10), (3456, 50), (2, 100), (0.5, 100)])
def test_the_feed_takes_half_of_what_is_left_within_its_bounds(calls_left, seconds):
    assert FeedPace(10, 100).wait(calls_left) == seconds


def test_the_feed_reads_at_least_once_a_day_where_it_may_rest_so_long():
    assert FeedPace(10, 1e6).wait(0.5) == 86_400


def test_the_feed_s_shortest_interval_stands_also_where_it_is_the_longest():
    assert FeedPace(3600, 900).wait(0) == 3600
