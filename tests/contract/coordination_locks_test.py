"""What `ports.Locks` promises, on a real server."""

import os
import threading

import pytest

from remindersync.coordination.locks import RedisLocks
from remindersync.coordination.server import open_redis
from remindersync.errors import Superseded, Unsafe
from tests.fixtures.waiting import eventually


@pytest.fixture
def locks(redis):
    locks = RedisLocks(redis)
    yield locks
    locks.close()


@pytest.fixture
def others(redis_url):
    """The locks of another process."""
    client = open_redis(redis_url)
    locks = RedisLocks(client)
    yield locks
    locks.close()
    client.close()


def test_a_lock_has_one_holder_at_a_time(locks, others):
    lease = locks.acquire("user:ada")
    assert others.acquire("user:ada") is None
    lease.release()
    assert others.acquire("user:ada") is not None


def test_locks_of_different_names_do_not_meet(locks, others):
    assert locks.acquire("user:ada") is not None
    assert others.acquire("user:bob") is not None


def test_of_many_who_want_a_lock_one_gets_it(locks, others):
    start, taken = threading.Barrier(8), []

    def take(which):
        start.wait()
        if which.acquire("user:ada") is not None:
            taken.append(which)

    threads = [threading.Thread(target=take, args=(which,)) for which in (locks, others) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_waiting_gets_the_lock_when_it_is_given_back(locks, others):
    lease = locks.acquire("user:ada")
    threading.Timer(0.2, lease.release).start()
    assert others.acquire("user:ada", wait_seconds=10) is not None


def test_waiting_ends_without_the_lock(locks, others):
    locks.acquire("user:ada")
    assert others.acquire("user:ada", wait_seconds=0.2) is None


def test_a_check_of_a_lock_we_hold_gives_it_its_full_time_again(locks, redis):
    lease = locks.acquire("user:ada", ttl_seconds=60)
    redis.pexpire(lease.key, 1000)
    lease.check()
    assert redis.pttl(lease.key) > 50_000


def test_a_lock_another_took_over_is_superseded(locks, others, redis):
    lease = locks.acquire("user:ada")
    redis.delete(lease.key)
    theirs = others.acquire("user:ada")
    with pytest.raises(Superseded):
        lease.check()
    theirs.check()


def test_a_lock_once_lost_stays_lost(locks, redis):
    lease = locks.acquire("user:ada")
    redis.delete(lease.key)
    with pytest.raises(Superseded):
        lease.check()
    redis.set(lease.key, lease.token)
    with pytest.raises(Superseded):
        lease.check()


def test_an_emptied_server_supersedes_every_run(locks, redis):
    lease = locks.acquire("user:ada")
    redis.flushall()
    with pytest.raises(Superseded):
        lease.check()


def test_releasing_a_lost_lock_leaves_the_new_holder_alone(locks, others, redis):
    lease = locks.acquire("user:ada")
    redis.delete(lease.key)
    theirs = others.acquire("user:ada")
    lease.release()
    theirs.check()


def test_a_lock_that_is_held_outlives_its_time(locks, redis):
    lease = locks.acquire("user:ada", ttl_seconds=0.3)
    renewed = []
    eventually(lambda: renewed.append(redis.pttl(lease.key)) or len(renewed) > 8, pause_seconds=0.1)
    assert min(renewed) > 0


def test_a_lock_of_a_process_that_ended_is_free_after_its_time(locks, others, redis):
    redis.set("remindersync:lock:user:ada", "a dead process's token", px=300)
    assert others.acquire("user:ada", wait_seconds=10) is not None


def test_one_thread_renews_all_locks_of_a_process(locks):
    for number in range(50):
        locks.acquire(f"user:{number}")
    assert [thread.name for thread in threading.enumerate()].count("lease-renewal") == 1


def test_the_renewal_finds_a_lost_lock_before_anybody_asks(locks, redis):
    lease = locks.acquire("user:ada", ttl_seconds=0.3)
    kept = locks.acquire("user:bob", ttl_seconds=60)
    redis.delete(lease.key)
    eventually(lambda: lease.lost)
    kept.check()


def test_closing_gives_all_locks_back(locks, others):
    locks.acquire("user:ada")
    locks.close()
    assert others.acquire("user:ada") is not None


# Python 3.12 warns of any fork beside threads; a prefork worker forks all the same.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_renews_and_takes_locks_of_its_own(locks, redis):
    inherited = locks.acquire("user:ada", ttl_seconds=60)
    child = os.fork()
    if child == 0:
        mine = locks.acquire("user:bob", ttl_seconds=0.3)
        redis.delete(mine.key)
        eventually(lambda: mine.lost)
        os._exit(7 if inherited not in locks._renewal._leases else 8)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    inherited.check()


@pytest.fixture
def stoppable_locks(stoppable_redis):
    client = open_redis(stoppable_redis.url, timeout_seconds=0.3)
    locks = RedisLocks(client, renew_every_seconds=0.2)
    yield locks
    locks.close()
    client.close()


def test_without_redis_nothing_is_safe(stoppable_redis, stoppable_locks):
    lease = stoppable_locks.acquire("user:ada")
    stoppable_redis.stop()
    with pytest.raises(Unsafe):
        lease.check()
    with pytest.raises(Unsafe):
        stoppable_locks.acquire("user:bob")
    lease.release()


def test_with_redis_hanging_nothing_is_safe(stoppable_redis, stoppable_locks):
    lease = stoppable_locks.acquire("user:ada")
    stoppable_redis.freeze()
    with pytest.raises(Unsafe):
        lease.check()
    stoppable_redis.thaw()


def test_a_lock_survives_a_restart_of_redis(stoppable_redis, stoppable_locks):
    lease = stoppable_locks.acquire("user:ada", ttl_seconds=60)
    stoppable_redis.stop()
    stoppable_redis.start()
    lease.check()
    assert stoppable_locks.acquire("user:ada") is None
