"""What full resyncs cost an org, said before they are queued (SYNC-8)."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remindersync.errors import Unsafe

if TYPE_CHECKING:
    from worker.services import Services

# Above this part of what is left today, somebody has to agree.
_LARGE = 0.1


@dataclass(frozen=True, slots=True)
class Price:
    """About how many calls full runs take to read, and how many background work has left today, None if unknown."""

    calls: int
    left: float | None

    @property
    def is_large(self) -> bool:
        """Whether somebody has to agree first."""
        return self.left is not None and self.calls > self.left * _LARGE

    def __str__(self) -> str:
        left = "how many are left today is not known" if self.left is None else f"{int(self.left)} are left today"
        calls = "1 call" if self.calls == 1 else f"{self.calls} calls"
        return f"A full resync takes about {calls} to read, and those it writes with; {left}"


def full_price(services: "Services", user_ids: Collection[str]) -> Price:
    """Return the price of full runs of these users; of several orgs, that of the one it takes most from."""
    prices = [Price(calls, _left(services, org_id)) for org_id, calls in services.requests.price(user_ids).items()]
    return max(prices, key=_share, default=Price(0, None))


def _share(price: Price) -> float:
    return price.calls if price.left is None else price.calls / max(price.left, 1.0)


def _left(services: "Services", org_id: str) -> float | None:
    with suppress(Unsafe):
        return services.limiter.calls_left(org_id)
    return None
