"""Play a scenario with one thing going wrong at one point, and say what is wrong in the end."""

from dataclasses import dataclass

from tests.crash.memory_stage import MemoryStage
from tests.crash.points import At, Held, Late, gone
from tests.crash.scenario import nothing
from tests.crash.scenarios import SCENARIOS
from tests.crash.verdict import problems

SOON, LAST_MOMENT = 70, 595
EVERYWHERE = ("gone before", "gone after", "paused before", "paused after")
LONG = ("paused long before", "paused long after")
AT_WRITES = (
    "unanswered before",
    "unanswered after",
    "gone, landing soon",
    "gone, landing at the last moment",
    "unanswered, landing soon",
    "unanswered, landing at the last moment",
)
# On the whole pipeline a request may also be under way while its run stands still, any answer may get lost, and a
# transaction be ended by the server.
IN_FLIGHT = "paused, in flight"
CUT = ("unanswered before", "unanswered after")
INSIDE = ("gone inside", "paused inside")


@dataclass(frozen=True)
class Trial:
    """One scenario, one point of it by number, what happens there, and what people do meanwhile."""

    scenario: str
    keyed: bool
    number: int
    mode: str
    meanwhile: str = ""

    def run(self, wanted=None, make=MemoryStage):
        """Return what is wrong in the end, and what is parked; `wanted` may name another end than the scenario's."""
        scenario = SCENARIOS[self.scenario]
        action, ending = scenario.meanwhile.get(self.meanwhile, (nothing, scenario.wanted))
        stage = _prepared(scenario, self.keyed, make)
        done = []
        stage.meanwhile = lambda stage: done or (done.append(1), action(stage))
        stage.points.strikes = {self.number: lambda point: strike(stage, self.mode, point)}
        stage.points.watching = True
        scenario.play(stage)
        stage.points.watching = False
        stage.meanwhile(stage)
        quiet = stage.settle()
        found, parked = problems(stage)
        if not quiet:
            found.append("it never gets quiet")
        found += _unwanted((wanted or ending)(stage)) if not parked else []
        return found, parked


def points_of(scenario, *, keyed, make=MemoryStage):
    """Return the points of a scenario, in order."""
    stage = _prepared(SCENARIOS[scenario], keyed, make)
    stage.points.watching = True
    SCENARIOS[scenario].play(stage)
    return stage.points.seen


def trials(scenario, *, keyed, modes=(*EVERYWHERE, *LONG), make=MemoryStage):
    """Yield every trial of a scenario: all points, each in all `modes`, and a write in those of a request too."""
    meanwhiles = ("", *SCENARIOS[scenario].meanwhile)
    for number, point in enumerate(points_of(scenario, keyed=keyed, make=make)):
        for mode in (*modes, *(AT_WRITES if point.is_write else ())):
            for meanwhile in meanwhiles:
                yield Trial(scenario, keyed, number, mode, meanwhile)


def real_trials(scenario, make):
    """Yield every trial of a scenario on the whole pipeline, with and without the key field."""
    for keyed in (True, False):
        for number, point in enumerate(points_of(scenario, keyed=keyed, make=make)):
            # The limiter's commands stand beside the calls they let pass: people's edits are tried there.
            meanwhiles = () if "allowance" in point.name else SCENARIOS[scenario].meanwhile
            for mode in _real_modes(point):
                for meanwhile in ("", *meanwhiles):
                    yield Trial(scenario, keyed, number, mode, meanwhile)


def _real_modes(point):
    if point.is_write:
        return (*EVERYWHERE, *AT_WRITES, IN_FLIGHT, *LONG)
    return (*EVERYWHERE, *CUT, *(INSIDE if point.is_transaction else ()))


def strike(stage, mode, point):
    """Return what happens in a mode."""
    ending = gone if mode.startswith("gone") else stage.unanswered(point)
    assert point.is_write or mode not in (*AT_WRITES[2:], IN_FLIGHT), f"{mode} at {point.name}, which writes nothing"
    if "landing" in mode:
        return Late(stage.float(SOON if mode.endswith("soon") else LAST_MOMENT), ending)
    if mode == IN_FLIGHT:
        return Held(stage.sent, stage.take_over)
    when = mode.rpartition(" ")[2]
    if stage.ticking:
        # A reading of the org has no successor that takes it over: the next tick comes anyway.
        return At(when, gone)
    if mode.startswith("paused long"):
        return At(when, stage.take_over_for_long)
    return At(when, stage.take_over if mode.startswith("paused") else ending)


def _prepared(scenario, keyed, make):
    stage = make(keyed=keyed, settings=scenario.settings)
    scenario.prepare(stage)
    return stage


def _unwanted(outcome):
    shown, wanted = outcome.values()
    return [] if shown == wanted else [f"{wanted!r} was wanted, not {shown!r}"]
