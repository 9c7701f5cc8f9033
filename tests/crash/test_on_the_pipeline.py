"""The same on the real store, Redis and an org over HTTP: whatever happens to a run, both sides end equal."""

import os
from functools import partial
from random import Random

import pytest

from remindersync import merge
from tests.crash.batches import IN_PARTS, PARTS, Batch
from tests.crash.real_stage import RealStage
from tests.crash.scenarios import SCENARIOS
from tests.crash.trial import Trial, points_of, real_trials

QUICK, HISTORIES, QUICK_HISTORIES = 4, 400, 12
SEED = int(os.environ.get("CRASH_SEED", "0"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_real_run_cut_or_paused_at_some_points_leaves_both_sides_equal(pipe, scenario, proof):
    make = partial(RealStage, pipe)
    every = list(real_trials(scenario, make))
    batch = Batch(f"crash, real, {scenario}, some from seed {SEED}", proof, make)
    batch.trials(Random(SEED).sample(every, QUICK), every, may_park=_may_park)


@pytest.mark.full
@IN_PARTS
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_real_run_cut_or_paused_at_any_point_leaves_both_sides_equal(pipe, scenario, part, proof):
    make = partial(RealStage, pipe)
    every = list(real_trials(scenario, make))
    batch = Batch(f"crash, real, {scenario}, {part + 1}of{PARTS}", proof, make)
    batch.trials(every[part::PARTS], every, may_park=_may_park)


def _may_park(trial):
    return not trial.keyed


def test_every_commit_redis_command_and_request_of_a_real_run_is_a_point(pipe):
    seen = points_of("create here", keyed=True, make=partial(RealStage, pipe))
    names = [point.name for point in seen]
    for part in ("commit", "remindersync:lock", "remindersync:allowance", "queryAll", "composite/sobjects/Task/"):
        assert any(part in name for name in names), part
    assert sum(point.is_write for point in seen) == 1


def test_an_engine_that_takes_its_own_late_write_for_an_edit_is_told(pipe, monkeypatch):
    make = partial(RealStage, pipe)
    seen = points_of("create here", keyed=True, make=make)
    number = next(at for at, point in enumerate(seen) if point.is_write)
    trial = Trial("create here", keyed=True, number=number, mode="gone, landing soon", meanwhile="edited here")
    assert trial.run(make=make) == ([], [])
    monkeypatch.setattr(merge, "absorb", lambda link, *_: link)
    found, _ = trial.run(make=make)
    assert any("was wanted" in one for one in found), found


def test_some_random_histories_of_real_runs_end_with_both_sides_equal(pipe, proof):
    seeds = range(SEED, SEED + QUICK_HISTORIES)
    Batch("crash, real, random, some", proof, partial(RealStage, pipe)).histories(seeds)


@pytest.mark.full
@IN_PARTS
def test_random_histories_of_real_runs_end_with_both_sides_equal(pipe, part, proof):
    seeds = range(SEED, SEED + HISTORIES)[part::PARTS]
    Batch(f"crash, real, random, {part + 1}of{PARTS}", proof, partial(RealStage, pipe)).histories(seeds)
