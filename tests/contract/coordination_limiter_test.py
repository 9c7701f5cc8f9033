"""What `ports.Limiter` promises, on a real server."""

import threading

import pytest

from remindersync.coordination.limiter import CallRate, RedisLimiter
from remindersync.coordination.server import open_redis
from remindersync.errors import AllowanceSpent, Destiny, Unsafe

ORG = "00D000000000001EAA"
OTHER = "00D000000000002EAA"
IMPATIENT = CallRate(patience_seconds=0)


@pytest.fixture
def limiter(redis):
    return RedisLimiter(redis, share_percent=50, rate=IMPATIENT)


def admitted(limiter, times=1, *, background=True, org=ORG):
    """Count the calls that may pass before one may not."""
    for number in range(times):
        try:
            limiter.admit(org, background=background)
        except AllowanceSpent:
            return number
    return times


def refusal(limiter, *, background=True):
    with pytest.raises(AllowanceSpent) as refused:
        limiter.admit(ORG, background=background)
    return refused.value


def test_background_work_stops_at_its_share_and_people_go_on(limiter):
    limiter.saw(ORG, 499, 1000)
    assert admitted(limiter, 5) == 1
    assert admitted(limiter, 5, background=False) == 5


def test_calls_count_before_their_answers_tell(limiter):
    limiter.saw(ORG, 490, 1000)
    assert admitted(limiter, 20) == 10


def test_calls_are_counted_by_org_purpose_and_quarter_of_an_hour(limiter, redis):
    for background in (True, True, False):
        limiter.admit(ORG, background=background)
        limiter.saw(ORG, 100, 1000)
    limiter.admit(OTHER, background=False)
    mine, other = limiter.counted()
    assert (mine.org_id, mine.background, mine.edits, mine.used, mine.allowed) == (ORG, 2, 1, 100, 1000)
    assert (other.org_id, other.background, other.edits, other.used, other.allowed) == (OTHER, 0, 1, None, None)
    seconds, _ = redis.time()
    assert mine.at.timestamp() % 900 == 0
    assert -900 < mine.at.timestamp() - seconds <= 0
    assert all(redis.ttl(key) > 0 for key in redis.keys("*"))


def test_a_refused_call_is_not_counted(limiter):
    limiter.saw(ORG, 990, 1000)
    assert admitted(limiter) == 0
    assert [(one.background, one.used) for one in limiter.counted()] == [(0, 990)]


def test_people_stop_when_next_to_nothing_is_left(limiter):
    limiter.saw(ORG, 978, 1000)
    assert admitted(limiter, 5, background=False) == 2


def test_usage_that_goes_down_lets_work_resume(limiter):
    limiter.saw(ORG, 900, 1000)
    assert admitted(limiter) == 0
    limiter.saw(ORG, 100, 1000)
    assert admitted(limiter) == 1


def test_a_teams_own_share_counts_and_the_general_one_where_it_chose_none(redis):
    chosen = {ORG: 20}
    limiter = RedisLimiter(redis, share_percent=50, shares=chosen.get, rate=IMPATIENT)
    limiter.saw(ORG, 199, 1000)
    assert admitted(limiter, 5) == 1
    chosen[ORG] = 21
    assert admitted(limiter, 20) == 10
    other = "00D000000000002EAA"
    limiter.saw(other, 499, 1000)
    assert admitted(limiter, 5, org=other) == 1


def test_background_work_leaves_a_reserve_for_people_whatever_its_share(redis):
    limiter = RedisLimiter(redis, shares={ORG: 100}.get, rate=IMPATIENT)
    limiter.saw(ORG, 949, 1000)
    assert admitted(limiter, 5) == 1
    assert admitted(limiter, 100, background=False) == 30


def test_a_share_of_nothing_stops_background_work_altogether(redis):
    limiter = RedisLimiter(redis, shares={ORG: 0}.get, rate=IMPATIENT)
    limiter.saw(ORG, 0, 1000)
    assert admitted(limiter) == 0
    assert admitted(limiter, background=False) == 1


def test_what_background_work_may_still_call_is_told(redis):
    limiter = RedisLimiter(redis, shares={ORG: 20}.get, rate=IMPATIENT)
    assert limiter.calls_left(ORG) is None
    limiter.saw(ORG, 150, 1000)
    assert limiter.calls_left(ORG) == 50
    limiter.saw(ORG, 250, 1000)
    assert limiter.calls_left(ORG) == 0


def test_a_refusal_says_when_to_ask_again_and_what_becomes_of_the_work(limiter):
    limiter.saw(ORG, 900, 1000)
    refused = refusal(limiter)
    assert 0 < refused.wait_seconds <= IMPATIENT.stale_seconds
    assert refused.fault.destiny is Destiny.ALLOWANCE


def test_of_an_unknown_org_one_call_finds_out(limiter):
    assert admitted(limiter, 5) == 1
    assert admitted(limiter, 5, background=False) == 0
    limiter.saw(ORG, 1, 1000)
    assert admitted(limiter, 5) == 5


def test_an_emptied_server_starts_from_one_call_that_has_to_find_out(limiter, redis):
    limiter.saw(ORG, 400, 1000)
    assert limiter.admit(ORG, background=True) is False
    redis.flushall()
    assert limiter.admit(ORG, background=True) is True
    assert admitted(limiter, 5) == 0


def test_a_call_that_never_found_out_is_not_waited_for_for_ever(redis):
    limiter = RedisLimiter(redis, rate=CallRate(probe_seconds=0.2, patience_seconds=10))
    assert admitted(limiter, 2) == 2


def test_others_wait_a_moment_while_a_call_finds_out(redis):
    limiter = RedisLimiter(redis, rate=CallRate(patience_seconds=10))
    limiter.admit(ORG, background=True)
    threading.Timer(0.2, limiter.saw, (ORG, 1, 1000)).start()
    limiter.admit(ORG, background=True)


def test_a_spent_share_is_asked_about_again_after_a_while_by_one_call(redis):
    limiter = RedisLimiter(redis, rate=CallRate(stale_seconds=0, patience_seconds=0))
    limiter.saw(ORG, 900, 1000)
    assert admitted(limiter, 5) == 1


def test_a_hold_stops_background_work_in_every_worker(limiter, redis_url):
    client = open_redis(redis_url)
    elsewhere = RedisLimiter(client, rate=IMPATIENT)
    limiter.saw(ORG, 1, 1000)
    elsewhere.hold(ORG, 60)
    refused = refusal(limiter)
    assert 50 < refused.wait_seconds <= 60
    limiter.admit(ORG, background=False)
    client.close()


def test_a_hold_of_everything_stops_people_too(limiter):
    limiter.saw(ORG, 1, 1000)
    limiter.hold(ORG, 60, background_only=False)
    assert admitted(limiter, background=False) == 0


def test_a_shorter_hold_does_not_cut_a_longer_one(limiter):
    limiter.hold(ORG, 60)
    limiter.hold(ORG, 1)
    assert refusal(limiter).wait_seconds > 50


def test_after_a_hold_one_call_finds_out_before_the_others_follow(limiter):
    limiter.saw(ORG, 1, 1000)
    limiter.hold(ORG, 0)
    assert admitted(limiter, 5) == 1
    limiter.saw(ORG, 2, 1000)
    assert admitted(limiter, 5) == 5


def test_orgs_do_not_limit_each_other(limiter):
    limiter.saw(ORG, 900, 1000)
    limiter.saw("00D000000000002EAA", 1, 1000)
    assert admitted(limiter) == 0
    assert admitted(limiter, org="00D000000000002EAA") == 1


def test_calls_are_made_at_an_even_rate_after_a_burst(redis):
    limiter = RedisLimiter(redis, rate=CallRate(per_second=0.001, burst=10, patience_seconds=0))
    limiter.saw(ORG, 1, 100_000)
    assert admitted(limiter, 50) == 10
    assert refusal(limiter).wait_seconds > 1


def test_many_threads_together_get_no_more_than_the_rate_allows(redis):
    limiter = RedisLimiter(redis, rate=CallRate(per_second=0.001, burst=30, patience_seconds=0))
    limiter.saw(ORG, 1, 100_000)
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(admitted(limiter, 20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 30


def test_what_is_known_of_an_org_can_be_looked_at(limiter):
    assert limiter.usage(ORG) is None
    limiter.saw(ORG, 12, 1000)
    limiter.hold(ORG, 60)
    usage = limiter.usage(ORG)
    assert (usage.used, usage.allowed) == (12, 1000)
    assert 50 < usage.held_seconds <= 60


def test_without_redis_no_call_passes_and_no_answer_is_lost(stoppable_redis):
    client = open_redis(stoppable_redis.url, timeout_seconds=0.3)
    limiter = RedisLimiter(client)
    stoppable_redis.stop()
    with pytest.raises(Unsafe):
        limiter.admit(ORG, background=False)
    limiter.saw(ORG, 1, 1000)
    limiter.hold(ORG, 1)
    client.close()
