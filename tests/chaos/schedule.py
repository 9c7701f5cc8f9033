"""What is inflicted when: drawn from a seed, every kind in turn, so that a minute holds each of them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Stroke:
    """One affliction: when it begins, counted from the start, how long it lasts, and a number to choose victims by."""

    kind: str
    at_seconds: float
    lasts_seconds: float
    seed: int


# How long each kind may last. A frozen worker stands still for longer than its lock and its run's lease live.
LASTS = {
    "worker killed": (0.5, 3.0),
    "beat killed": (0.5, 3.0),
    "worker frozen": (9.0, 12.0),
    "Redis restarted": (0.5, 5.0),
    "Redis emptied": (0.0, 0.0),
    "PostgreSQL restarted": (0.0, 3.0),
    "PostgreSQL crashed": (0.0, 3.0),
    "messages repeated": (0.0, 0.0),
    "answers lost": (3.0, 6.0),
    "time-outs": (3.0, 6.0),
    "pages of 503": (3.0, 6.0),
    "rows locked": (3.0, 6.0),
    "sessions ended": (0.0, 0.0),
    "allowance exhausted": (2.0, 4.0),
    "requests held in flight": (3.0, 9.0),
}


def drawn(seed: int, seconds: float, kinds: Sequence[str] = tuple(LASTS)) -> list[Stroke]:
    """Return the strokes of a run: whole rounds of all kinds in random order, spread over `seconds`."""
    rng = random.Random(seed)
    rounds = max(1, round(seconds / 60))
    order = [kind for _ in range(rounds) for kind in rng.sample(list(kinds), len(kinds))]
    step = seconds / len(order)
    return [
        Stroke(kind, (place + rng.random()) * step, rng.uniform(*LASTS[kind]), rng.randrange(2**32))
        for place, kind in enumerate(order)
    ]
