"""People, runs, cuts and pauses in random order: both sides end equal, with and without the key field."""

import os

import pytest

from tests.crash.batches import Batch
from tests.crash.histories import History

QUICK, FULL = 1000, 20_000
FIRST = int(os.environ.get("CRASH_SEED", "0"))


@pytest.mark.parametrize(
    "count",
    [pytest.param(QUICK, id="quick"), pytest.param(FULL, id="full", marks=pytest.mark.full)],
)
def test_random_histories_end_with_both_sides_equal(count, proof):
    batch = Batch("crash, in memory, random", proof)
    batch.histories(range(FIRST, FIRST + count))
    assert batch.parked <= count / 20


def test_the_same_seed_gives_the_same_history():
    first, second = History(7), History(7)
    first.play()
    second.play()
    assert first.story == second.story
