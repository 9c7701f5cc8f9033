"""Faults on demand: rules that match calls, for the next n of them or with a seeded probability."""

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from orgsim.beliefs import Beliefs
from orgsim.diagnostics import CUT_OFF, LOGIN_SHAPES, SHAPES, UNKNOWN
from orgsim.errors import OAuthRefusal, Refusal

# The moments at which a fault strikes a call; only what keeps it waiting strikes during the save.
MOMENTS = ("before", "during", "after")
WAITS = frozenset({"slow", "hold"})
# How each action shows: on the wire, as a refusal of a call, of a record, or in when a save is seen.
TRANSPORT = frozenset({"cut", "slow", "html", "hold"})
REFUSALS = frozenset({"error", "unauthorized", "quota"})
RECORD, LATE, SKEW = "record_error", "late", "skew"
ACTIONS = TRANSPORT | REFUSALS | {RECORD, LATE, SKEW}


@dataclass(slots=True)
class Rule:
    """One fault: what it does, which calls it matches, how often it strikes.

    `when` is before or after the call is worked on (a cut after it is a saved record whose answer is lost); a slow
    or held call may be so during it, with every row locked that its saves lock.
    `times` None is endless; `skip` lets so many matching calls pass first. `where` compares a record's
    values (field names as sent, or Id). `seconds` is real time for slow, the virtual clock's for late and
    hold (0: until the door releases it), and how far the answer's Date is off for skew.
    """

    action: str
    method: str | None = None
    path: str | None = None
    kind: str | None = None
    user: str | None = None
    when: str = "before"
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    seed: int = 0
    seconds: float = 0.0
    status: int | None = None
    code: str | None = None
    message: str | None = None
    where: dict[str, Any] | None = None
    number: int = 0
    struck: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        if self.action not in ACTIONS:
            raise ValueError(f"No fault is called {self.action!r}; they are {', '.join(sorted(ACTIONS))}.")
        if self.when not in MOMENTS:
            raise ValueError(f"A fault strikes 'before', 'during' or 'after', not {self.when!r}.")
        if self.when == "during" and self.action not in WAITS:
            raise ValueError(f"Only a slow or held call is so 'during' its save, not {self.action!r}.")
        re.compile(self.path or "")
        self._follow_code()
        self._random = random.Random(self.seed)  # noqa: S311 repeatable on purpose

    def _follow_code(self) -> None:
        """Let the code say where it strikes: some exist at logins only, one is a lost connection."""
        if self.action == "error" and self.code in LOGIN_SHAPES and self.kind is None:
            self.kind = "token"
        elif self.action == "error" and self.code == CUT_OFF:
            self.action, self.when = "cut", "after"

    def strikes(self, call: "Seen", record: Mapping[str, Any] | None = None) -> bool:
        """Tell whether the fault strikes this call (and record), and count it when it does."""
        if self.times is not None and self.struck >= self.times:
            return False
        if not self._matches(call) or not self._matches_record(record):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        # The stream of chances belongs to the rule: the same calls in the same order repeat it.
        if self.probability < 1.0 and self._random.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def _matches(self, call: "Seen") -> bool:
        return (
            (self.method is None or self.method.upper() == call.method)
            and (self.kind is None or self.kind == call.kind)
            and (self.user is None or self.user.lower() in (call.username.lower(), call.user_id.lower()))
            and (self.path is None or re.search(self.path, call.path) is not None)
        )

    def _matches_record(self, record: Mapping[str, Any] | None) -> bool:
        if not self.where:
            return True
        return record is not None and all(record.get(name) == value for name, value in self.where.items())

    def refusal(self, beliefs: Beliefs | None = None) -> Refusal:
        """Give what the struck call or record is refused with; `beliefs` are those of its org."""
        code = {"unauthorized": "INVALID_SESSION_ID", "quota": "REQUEST_LIMIT_EXCEEDED"}.get(self.action, self.code)
        code = code or "UNKNOWN_EXCEPTION"
        shape = SHAPES.get(code, UNKNOWN)
        believed = (beliefs or Beliefs())[shape.belief] if shape.belief else shape.status
        fields = () if self.action == RECORD else None
        return Refusal(code, self.message or shape.message, fields, self.status or int(believed))

    def login_refusal(self) -> OAuthRefusal:
        """Give what a struck login call is refused with."""
        error, told = LOGIN_SHAPES.get(self.code or "", (self.code or "invalid_grant", "authentication failure"))
        return OAuthRefusal(error, self.message or told)

    def as_json(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["_random"]
        return shown


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rule can tell calls apart by."""

    method: str
    path: str
    kind: str
    user_id: str = ""
    username: str = ""


class Faults:
    """The rules in force, in the order in which they were added."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self._numbers = 0

    def add(self, described: Mapping[str, Any]) -> Rule:
        """Add a rule; ValueError names an unknown key, action or moment."""
        known = {one.name for one in fields(Rule)} - {"_random", "number", "struck"}
        unknown = sorted(set(described) - known)
        if unknown:
            raise ValueError(f"A fault has no {unknown[0]!r}; it has {', '.join(sorted(known))}.")
        rule = Rule(**described)
        self._numbers += 1
        rule.number = self._numbers
        self.rules.append(rule)
        return rule

    def clear(self, number: int | None = None) -> None:
        self.rules = [rule for rule in self.rules if number is not None and rule.number != number]

    def first(
        self, actions: Iterable[str], call: Seen, when: str | None = None, record: Mapping[str, Any] | None = None
    ) -> Rule | None:
        """Give the first rule of these actions that strikes, counting it."""
        if not self.rules:
            return None
        for rule in self.rules:
            if rule.action in actions and (when is None or rule.when == when) and rule.strikes(call, record):
                return rule
        return None
