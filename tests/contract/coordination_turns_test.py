"""What `ports.Turns` promises, on a real server and in memory."""

import threading
from contextlib import ExitStack

import pytest

from remindersync.coordination.server import open_redis
from remindersync.coordination.turns import RedisTurns
from remindersync.errors import Unsafe
from remindersync.memory.turns import MemoryTurns
from tests.fixtures.waiting import eventually

ORG, OTHER_ORG = "00D000000000001EAA", "00D000000000002EAA"
ADA, BEN, CARL = frozenset({"003A"}), frozenset({"003B"}), frozenset({"003C"})


@pytest.fixture(params=["redis", "memory"])
def turns(request):
    """Two processes' turns; in memory, those of two threads."""
    if request.param == "memory":
        one = MemoryTurns()
        return one, one
    redis = request.getfixturevalue("redis")
    return RedisTurns(redis), RedisTurns(redis)


def is_free(turns, parents, org=ORG):
    with turns.take(org, parents, wait_seconds=0) as mine:
        return mine


def test_a_parent_is_one_callers_turn_at_a_time_and_free_afterwards(turns):
    one, other = turns
    with one.take(ORG, ADA | BEN, wait_seconds=0) as mine:
        assert mine
        assert [is_free(other, parents) for parents in (ADA, BEN, CARL, BEN | CARL)] == [False, False, True, False]
        assert is_free(other, ADA, OTHER_ORG)
    assert is_free(other, ADA | BEN)


def test_who_did_not_get_the_turn_takes_none_of_it_away(turns):
    one, other = turns
    with one.take(ORG, ADA, wait_seconds=0):
        assert not is_free(other, ADA | CARL)
        assert is_free(other, CARL)
        assert not is_free(other, ADA)


def test_no_parents_are_nobodys_turn(turns):
    with ExitStack() as stack:
        assert all(stack.enter_context(one.take(ORG, frozenset(), wait_seconds=0)) for one in turns)


def test_a_turn_ends_with_an_error_too(turns):
    one, other = turns
    with pytest.raises(ZeroDivisionError), one.take(ORG, ADA, wait_seconds=0):
        raise ZeroDivisionError
    assert is_free(other, ADA)


def test_many_who_want_overlapping_turns_go_one_after_the_other_and_all_get_through(turns):
    inside, most, through = [], [], []

    def work(who, parents):
        with who.take(ORG, parents, wait_seconds=30) as mine:
            inside.append(parents)
            most.append(sum("003A" in one for one in list(inside)))
            inside.remove(parents)
            through.append(mine)

    wanted = [ADA, ADA | BEN, ADA | CARL, ADA | BEN | CARL] * 4
    threads = [threading.Thread(target=work, args=(turns[n % 2], parents)) for n, parents in enumerate(wanted)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (through, max(most)) == ([True] * 16, 1)


def waiting(who, parents, *, wait_seconds=30):
    """Begin to wait in a thread that tells when it has its turn; return it and what it told."""
    told = []

    def work():
        with who.take(ORG, parents, wait_seconds=wait_seconds) as mine:
            told.append(mine)

    thread = threading.Thread(target=work)
    thread.start()
    return thread, told


def test_nobody_who_comes_later_takes_what_somebody_waits_for(turns):
    one, other = turns
    with one.take(ORG, ADA, wait_seconds=0):
        many, told = waiting(other, ADA | BEN | CARL)
        eventually(lambda: not is_free(one, BEN))
        assert not is_free(one, BEN | CARL)
        assert is_free(one, frozenset({"003D"}))
        assert told == []
    many.join()
    assert told == [True]
    assert is_free(one, ADA | BEN | CARL)


def test_who_waits_no_longer_stands_in_nobody_s_way(turns):
    one, other = turns
    with one.take(ORG, ADA, wait_seconds=0):
        many, told = waiting(other, ADA | BEN, wait_seconds=0.2)
        many.join()
        assert told == [False]
        assert is_free(one, BEN)


def test_those_who_wait_for_each_other_s_places_all_get_through(turns):
    parents = [ADA | BEN, BEN | CARL, CARL | ADA]
    with turns[0].take(ORG, ADA | BEN | CARL, wait_seconds=0):
        waiters = [waiting(turns[n % 2], parents[n % 3]) for n in range(9)]
        eventually(lambda: not any(is_free(turns[0], one) for one in parents))
    for thread, _ in waiters:
        thread.join()
    assert [told for _, told in waiters] == [[True]] * 9


def test_without_redis_nobody_has_a_turn():
    client = open_redis("redis://127.0.0.1:1/0")
    with pytest.raises(Unsafe, match="out of reach"), RedisTurns(client).take(ORG, ADA, wait_seconds=0):
        pass
    client.close()
