"""What `ports.Turns` promises, on a real server and in memory."""

import threading
from contextlib import ExitStack

import pytest

from remindersync.coordination.server import open_redis
from remindersync.coordination.turns import RedisTurns
from remindersync.errors import Unsafe
from remindersync.memory.turns import MemoryTurns

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


def test_without_redis_nobody_has_a_turn():
    client = open_redis("redis://127.0.0.1:1/0")
    with pytest.raises(Unsafe, match="out of reach"), RedisTurns(client).take(ORG, ADA, wait_seconds=0):
        pass
    client.close()
