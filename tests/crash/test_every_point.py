"""Whatever happens to a run, at whichever of its points: both sides end equal, nothing is lost and nothing is twice."""

from dataclasses import replace

import pytest

from tests.crash.batches import Batch
from tests.crash.fed_stage import FedStage
from tests.crash.scenarios import SCENARIOS
from tests.crash.trial import EVERYWHERE, LONG, Trial, points_of, trials
from tests.fixtures.salesforce_calls import READS, WRITES

KEYED = pytest.mark.parametrize("keyed", [True, False], ids=["with the key field", "without the key field"])


@KEYED
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_run_cut_or_paused_at_any_point_leaves_both_sides_equal(scenario, keyed, proof):
    every = list(trials(scenario, keyed=keyed, modes=EVERYWHERE))
    Batch(_named(scenario, keyed), proof).trials(every, every)


@pytest.mark.full
@KEYED
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_run_paused_at_any_point_until_its_request_may_hardly_land_leaves_both_sides_equal(scenario, keyed, proof):
    every = list(trials(scenario, keyed=keyed, modes=LONG))
    Batch(_named(scenario, keyed, "long"), proof).trials(every, every)


@pytest.mark.full
@KEYED
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_with_an_org_feed_a_run_or_a_reading_cut_or_paused_at_any_point_leaves_both_sides_equal(scenario, keyed, proof):
    every = list(trials(scenario, keyed=keyed, modes=EVERYWHERE, make=FedStage))
    Batch(_named(scenario, keyed, "with an org feed"), proof, FedStage).trials(every, every)


def _named(scenario, keyed, *more):
    return ", ".join(("crash, in memory", scenario, f"{'with' if keyed else 'without'} the key field", *more))


def test_every_request_that_a_run_makes_is_a_point_of_some_scenario():
    asked = {point.name for keyed in (True, False) for one in SCENARIOS for point in points_of(one, keyed=keyed)}
    assert {*READS, *WRITES} <= asked


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_commit_lock_command_and_request_of_a_run_is_a_point(scenario):
    names = [point.name for point in points_of(scenario, keyed=True)]
    assert {"lock", "start", "commit", "finish", "release"} < set(names)
    assert names == [point.name for point in points_of(scenario, keyed=True)]


def test_a_trial_that_goes_wrong_is_told():
    trial = Trial("create here", keyed=True, number=7, mode="gone after")
    assert trial.run() == ([], [])
    blind = replace(trial, meanwhile="a twin here")
    assert blind.run(wanted=lambda stage: {"shown": len(stage.org.live()), "wanted": 1}) == (
        ["1 was wanted, not 2"],
        [],
    )
