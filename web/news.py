"""Who waits for news, and the one watch a web process keeps for all of them while anybody does."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from remindersync.errors import SyncError
from remindersync.store.changes import ReminderChanges, Spot
from remindersync.store.sign_ins import Session, SignIns

logger = logging.getLogger(__name__)

_EVERY_SECONDS = 1.0
# As long as a page may stay open after its session has ended, give or take a look.
_STANDING_SECONDS = 5.0
# More pages than anybody looks at; and as many connections as a process has files for.
MOST_OF_ONE = 8
MOST_OF_ALL = 800
# With the database away there is nothing to tell, and asking seldom is enough.
_AWAY_SECONDS = 10.0


class News(StrEnum):
    """What whoever waits is told."""

    CHANGED = "changed"
    QUIET = "quiet"
    ENDED = "ended"
    FULL = "full"


@dataclass(slots=True, eq=False)
class _Reader:
    """An open page: in whose session, what wakes it, and with which word it ends."""

    session: Session
    news: asyncio.Event = field(default_factory=asyncio.Event)
    last: News | None = None

    def end(self, word: News) -> None:
        self.last = self.last or word
        self.news.set()


class Newsroom:
    """Wakes those whose reminders changed: one question a second for all of them, none while nobody waits.

    Every few seconds another one finds the sessions that have ended, and with them their pages end. Where more pages
    are open than may be, of one person or of all, the one that was opened first ends.
    """

    def __init__(
        self,
        changes: ReminderChanges,
        sign_ins: SignIns,
        *,
        every_seconds: float = _EVERY_SECONDS,
        most_of_one: int = MOST_OF_ONE,
        most_of_all: int = MOST_OF_ALL,
    ) -> None:
        self._changes = changes
        self._sign_ins = sign_ins
        self._every_seconds = every_seconds
        self._most_of_one = most_of_one
        self._most_of_all = most_of_all
        # In the order in which they came.
        self._readers: dict[_Reader, None] = {}
        self._newcomers: set[str] = set()
        self._watch: asyncio.Task[None] | None = None
        self._checked_at = -_STANDING_SECONDS

    async def of(self, session: Session, *, beat_seconds: float) -> AsyncIterator[News]:
        """Yield that this person's reminders changed, or that nothing has for `beat_seconds`; last, that it is over."""
        with self._reading(session) as reader:
            while reader.last is None:
                try:
                    await asyncio.wait_for(reader.news.wait(), beat_seconds)
                except TimeoutError:
                    yield News.QUIET
                else:
                    reader.news.clear()
                    if reader.last is None:
                        yield News.CHANGED
            yield reader.last

    @contextmanager
    def _reading(self, session: Session) -> Iterator[_Reader]:
        self._make_room(session.user_id)
        reader = _Reader(session)
        self._readers[reader] = None
        self._newcomers.add(session.user_id)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._keep_watch())
        try:
            yield reader
        finally:
            del self._readers[reader]

    def _make_room(self, user_id: str) -> None:
        """End the page that is open longest where another one of this person would be one too many."""
        going_on = [reader for reader in self._readers if reader.last is None]
        own = [reader for reader in going_on if reader.session.user_id == user_id]
        if len(own) >= self._most_of_one:
            own[0].end(News.FULL)
        elif len(going_on) >= self._most_of_all:
            going_on[0].end(News.FULL)

    async def _keep_watch(self) -> None:
        spot: Spot | None = None
        while self._readers:
            try:
                spot = await self._look(spot)
                await self._end_pages()
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
            self._wake(frozenset(reader.session.user_id for reader in self._readers))
            return latest
        owners, onward = await asyncio.to_thread(self._changes.owners_since, spot)
        self._wake(owners | newcomers)
        return onward

    def _wake(self, user_ids: frozenset[str]) -> None:
        for reader in self._readers:
            if reader.session.user_id in user_ids:
                reader.news.set()

    async def _end_pages(self) -> None:
        """End the pages of sessions that have ended, where nobody has looked for a while."""
        if time.monotonic() - self._checked_at < _STANDING_SECONDS:
            return
        asked = frozenset(reader.session for reader in self._readers)
        ended = asked - await asyncio.to_thread(self._sign_ins.standing, asked)
        self._checked_at = time.monotonic()
        for reader in self._readers:
            if reader.session in ended:
                reader.end(News.ENDED)
