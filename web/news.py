"""Who waits for news, and the one watch a web process keeps for all of them while anybody does."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from remindersync.errors import SyncError
from remindersync.store.changes import ReminderChanges, Spot

logger = logging.getLogger(__name__)

_EVERY_SECONDS = 1.0
# With the database away there is nothing to tell, and asking seldom is enough.
_AWAY_SECONDS = 10.0


class Newsroom:
    """Wakes those whose reminders changed: one question a second for all of them, none while nobody waits."""

    def __init__(self, changes: ReminderChanges, *, every_seconds: float = _EVERY_SECONDS) -> None:
        self._changes = changes
        self._every_seconds = every_seconds
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self._newcomers: set[str] = set()
        self._watch: asyncio.Task[None] | None = None

    async def of(self, user_id: str, *, beat_seconds: float) -> AsyncIterator[bool]:
        """Yield True whenever this user's reminders changed, and False when nothing has for `beat_seconds`."""
        with self._listening(user_id) as news:
            while True:
                try:
                    await asyncio.wait_for(news.wait(), beat_seconds)
                except TimeoutError:
                    yield False
                else:
                    news.clear()
                    yield True

    @contextmanager
    def _listening(self, user_id: str) -> Iterator[asyncio.Event]:
        news = asyncio.Event()
        self._waiting.setdefault(user_id, set()).add(news)
        self._newcomers.add(user_id)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._keep_watch())
        try:
            yield news
        finally:
            self._waiting[user_id].discard(news)
            if not self._waiting[user_id]:
                del self._waiting[user_id]

    async def _keep_watch(self) -> None:
        spot: Spot | None = None
        while self._waiting:
            try:
                spot = await self._look(spot)
                await asyncio.sleep(self._every_seconds)
            except SyncError as error:
                logger.warning("No news for pages: %s", error)
                spot = None
                await asyncio.sleep(_AWAY_SECONDS)

    async def _look(self, spot: Spot | None) -> Spot:
        """Wake whose reminders changed behind `spot`, and newcomers: their page may be older than the watch."""
        newcomers, self._newcomers = self._newcomers, set()
        if spot is None:
            latest = await asyncio.to_thread(self._changes.latest)
            # What happened before nobody here knows.
            self._wake(frozenset(self._waiting))
            return latest
        owners, onward = await asyncio.to_thread(self._changes.owners_since, spot)
        self._wake(owners | newcomers)
        return onward

    def _wake(self, user_ids: frozenset[str]) -> None:
        for user_id in user_ids & self._waiting.keys():
            for news in self._waiting[user_id]:
                news.set()
