"""Runs that people ask for, on a page, by a program or at the command line: priced and queued in one way (SYNC-8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from remindersync.errors import UserMistake
from remindersync.model import RunKind
from worker.pricing import Price, full_price

if TYPE_CHECKING:
    from worker.services import Services

# Each page is a transaction of a fraction of a second: their runs wait for no longer.
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. A `full` one reads everything anew, a `dry` one only looks; one reminder may be named."""

    full: bool = False
    dry: bool = False
    reminder_id: str | None = None

    @property
    def kind(self) -> RunKind:
        if self.dry:
            return RunKind.DRY
        if self.reminder_id is not None:
            return RunKind.ONE
        return RunKind.FULL if self.full else RunKind.POLL


class TooCostly(UserMistake):
    """Full runs that take much of what is left today, and nobody has agreed to `price`."""

    def __init__(self, price: Price) -> None:
        super().__init__(f"{price}: agree to that first.")
        self.price = price


def queue(
    services: "Services", user_ids: Sequence[str], wanted: Wanted = Wanted(), *, agreed: bool = False
) -> dict[str, str]:
    """Queue a run of each user and send their jobs; return the runs' ids by user, in this order.

    Many are queued in pages. Raises `TooCostly` unless the price is small or `agreed` to, `UserMistake` where the sync
    of some is off: then no run of their page or a later one is queued. A reminder goes with one user.
    """
    if wanted.full and not agreed:
        price = full_price(services, user_ids)
        if price.is_large:
            raise TooCostly(price)
    if wanted.reminder_id is not None:
        (user_id,) = user_ids
        asked = services.requests.queue(user_id, wanted.kind, full=wanted.full, reminder_id=wanted.reminder_id)
        queued = {user_id: asked}
    else:
        queued = {}
        for start in range(0, len(user_ids), _PAGE):
            page = user_ids[start : start + _PAGE]
            queued |= services.requests.queue_each(page, wanted.kind, full=wanted.full)
    services.send_each(list(queued))
    return queued
