"""One behaviour that is believed, contradictory or an org's own choice, as a switch."""

from dataclasses import dataclass
from typing import Any

VERIFIED, DOCUMENTED, BELIEVED = "verified on an org", "documented", "believed"


@dataclass(frozen=True, slots=True)
class Belief:
    """One switch: what it decides, the value taken, the others that could be true, and how well it is known."""

    name: str
    value: Any
    others: tuple[Any, ...]
    known: str
    says: str
    source: str
