"""How many records one call may carry in an org (DIAG-2)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_DOUBLES_EVERY = timedelta(hours=1)
_MOST_DOUBLINGS = 8


@dataclass(frozen=True, slots=True)
class BatchSize:
    """So many records went through in one call at `found_at`, where more were refused as a whole."""

    size: int
    found_at: datetime

    def at(self, now: datetime) -> int:
        """Return how many to try `now`: twice as many with every hour, for what was in the way may be gone."""
        hours = (now - self.found_at) // _DOUBLES_EVERY
        return int(self.size * 2 ** min(max(hours, 0), _MOST_DOUBLINGS))
