"""Which share of its org's daily calls each team chose for background work (DIAG-3)."""

import time
from collections.abc import Callable

from sqlalchemy import select

from remindersync.errors import SyncError
from remindersync.store.database import Database
from remindersync.store.tables import teams

# Every call to Salesforce asks; a changed share may take so long to count.
KEEP_SECONDS = 60.0


class TeamShares:
    """The shares, looked up once a minute and org by a process. Safe to share between threads."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._known: dict[str, tuple[float, int | None]] = {}

    def __call__(self, org_id: str) -> int | None:
        """Return the percentage an org's team chose, None if it saved none; the last known without a database."""
        now = self._monotonic()
        looked_at, share = self._known.get(org_id, (None, None))
        if looked_at is None or now - looked_at >= KEEP_SECONDS:
            share = self._look_up(org_id, share)
            self._known[org_id] = (now, share)
        return share

    def _look_up(self, org_id: str, before: int | None) -> int | None:
        chosen = select(teams.c.settings["api_share_percent"].as_integer()).where(teams.c.org_id == org_id)
        try:
            with self._database.begin() as connection:
                return connection.scalar(chosen)
        except SyncError:
            return before
