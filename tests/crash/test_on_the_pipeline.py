"""The same on the real store, Redis and an org over HTTP: whatever happens to a run, both sides end equal."""

import os
from functools import partial
from random import Random

import pytest

from remindersync import merge
from tests.crash.histories import History
from tests.crash.real_stage import RealStage
from tests.crash.scenarios import SCENARIOS
from tests.crash.trial import Trial, points_of, real_trials

QUICK, HISTORIES = 4, 60
SEED = int(os.environ.get("CRASH_SEED", "0"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_real_run_cut_or_paused_at_some_points_leaves_both_sides_equal(pipe, scenario):
    make = partial(RealStage, pipe)
    every = list(real_trials(scenario, make))
    _none_goes_wrong(Random(SEED).sample(every, QUICK), make)


@pytest.mark.full
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_real_run_cut_or_paused_at_any_point_leaves_both_sides_equal(pipe, scenario):
    make = partial(RealStage, pipe)
    _none_goes_wrong(real_trials(scenario, make), make)


def _none_goes_wrong(trials, make):
    wrong, parked, tried = {}, 0, 0
    for trial in trials:
        found, doubtful = trial.run(make=make)
        tried, parked = tried + 1, parked + bool(doubtful)
        if found or (doubtful and trial.keyed):
            wrong[trial] = found, doubtful
    print(f"{tried} trials, {parked} with a possible duplicate parked")  # noqa: T201 asked for
    assert not wrong, "\n".join(f"{trial}: {what}" for trial, what in wrong.items())


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


@pytest.mark.full
def test_random_histories_of_real_runs_end_with_both_sides_equal(pipe):
    parked = 0
    for seed in range(SEED, SEED + HISTORIES):
        history = History(seed, partial(RealStage, pipe))
        found, doubtful = history.play()
        parked += bool(doubtful)
        assert not found, "\n".join([f"CRASH_SEED={seed}", *history.story, *found])
    print(f"{HISTORIES} histories from seed {SEED}: {parked} with a possible duplicate parked")  # noqa: T201 asked for
