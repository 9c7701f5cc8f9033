"""The stage in memory with an org feed: one login reads for everybody, and users' runs find the rows it left (SYNC-3)."""

from remindersync.memory import MemoryOrg, MemoryOrgBook
from remindersync.org_feed import OrgFeed, Parts
from remindersync.pace import FeedPace
from tests.crash.memory_stage import MemoryStage
from tests.crash.points import Gone, Point, WatchedLocks
from tests.crash.stage import LOCK_SECONDS
from tests.fixtures.world import ORG


class FedStage(MemoryStage):
    """Each round of runs begins with a tick of the feed, the steps of which are points too."""

    def __init__(self, *, keyed=True, settings=None):
        super().__init__(keyed=keyed, settings=settings)
        book = MemoryOrgBook(self.world.store)
        book.connect("team", ORG)
        locks = WatchedLocks(self.world.locks, self.points)
        org = _Watched(MemoryOrg(self.org), self.points)
        self._feed = OrgFeed(Parts(_Watched(book, self.points), lambda *_: org, locks, self.clock, FeedPace(0, 0)))

    def run(self, *users):
        self.tick()
        super().run(*users)

    def tick(self):
        """Read the org once; one that ends amid its work is taken up by the next one."""
        self.wait(1)
        self.ticking = True
        try:
            self._feed.read("team")
        except Gone:
            self.points.is_dead = False
            self.wait(LOCK_SECONDS)
            self._locks_expire()
        finally:
            self.ticking = False


class _Watched:
    """Any port of the feed: each call is a point."""

    def __init__(self, port, points):
        self._port, self._points = port, points

    def __getattr__(self, name):
        found = getattr(self._port, name)
        if not callable(found):
            return found
        return lambda *given, **named: self._points.step(Point(f"feed: {name}"), lambda: found(*given, **named))
