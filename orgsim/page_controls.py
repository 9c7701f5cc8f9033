"""What a person switches on the pages: faults on and off, the clock, maintenance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orgsim.faults import ACTIONS, Rule
from orgsim.org import Org
from orgsim.world import World


@dataclass(frozen=True, slots=True)
class Preset:
    """A fault to switch on with one press: `rule` is what the admin door would take."""

    key: str
    name: str
    says: str
    rule: Mapping[str, Any]


_OFTEN = {"times": None, "seed": 1}
_DATA = "^/services/data/"
PRESETS = (
    Preset(
        "lost",
        "Lost answers",
        "One save in five stands, and its answer never arrives.",
        {"action": "cut", "when": "after", "path": r"/(sobjects|composite)", "probability": 0.2, **_OFTEN},
    ),
    Preset(
        "html",
        "Outages in HTML",
        "One call in five is answered 503 with a page, before anything is saved.",
        {"action": "html", "status": 503, "path": _DATA, "probability": 0.2, **_OFTEN},
    ),
    Preset("slow", "Slow answers", "Every call takes two seconds.", {"action": "slow", "seconds": 2.0, "times": None}),
    Preset(
        "sessions",
        "Expired sessions",
        "One call in ten finds its session expired.",
        {"action": "unauthorized", "probability": 0.1, **_OFTEN},
    ),
    Preset("quota", "Allowance used up", "Every call is over today's limit.", {"action": "quota", "times": None}),
    Preset(
        "locks",
        "Locked rows",
        "One record in three is held by another transaction.",
        {"action": "record_error", "code": "UNABLE_TO_LOCK_ROW", "probability": 0.34, **_OFTEN},
    ),
    Preset(
        "late",
        "Late commits",
        "Saves are stamped at once and seen half a minute later.",
        {"action": "late", "seconds": 30.0, "times": None},
    ),
)
BY_KEY = {preset.key: preset for preset in PRESETS}
STEPS = {"60": "+1 min", "3600": "+1 h", "86400": "+1 day", "1296000": "+15 days"}
ACTION_NAMES = tuple(sorted(ACTIONS))
_NUMBERS = {"probability": float, "seconds": float, "status": int, "skip": int}


def switched_on(world: World) -> dict[str, Rule]:
    """Give the presets in force, by key, with the rule of each."""
    found = {}
    for preset in PRESETS:
        for rule in world.faults.rules:
            if all(getattr(rule, name) == value for name, value in preset.rule.items()):
                found[preset.key] = rule
    return found


def switch(world: World, key: str) -> None:
    """Switch a preset on, or off when it is on."""
    rule = switched_on(world).get(key)
    if rule is not None:
        world.faults.clear(rule.number)
    elif key in BY_KEY:
        world.faults.add(dict(BY_KEY[key].rule))


def add_fault(world: World, sent: Mapping[str, str]) -> None:
    """Add the fault a form describes; ValueError says what is wrong with it."""
    rule: dict[str, Any] = {"action": sent.get("action", ""), "when": sent.get("when") or "before"}
    for name in ("kind", "user", "code", "message", "path"):
        if sent.get(name, "").strip():
            rule[name] = sent[name].strip()
    for name, convert in _NUMBERS.items():
        if sent.get(name, "").strip():
            rule[name] = convert(sent[name])
    times = sent.get("times", "").strip()
    rule["times"] = int(times) if times else None
    world.faults.add(rule)


def move_clock(world: World, sent: Mapping[str, str]) -> None:
    """Advance the virtual clock, stop it or let it run."""
    if sent.get("run") == "stop":
        world.clock.freeze()
    elif sent.get("run") == "go":
        world.clock.resume()
    elif sent.get("seconds") in STEPS:
        world.clock.advance(float(sent["seconds"]))
    world.holds.wake()


def set_maintenance(org: Org, sent: Mapping[str, str]) -> None:
    org.patch_settings({"read_only": sent.get("read_only") == "1"})
