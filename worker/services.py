"""The composition root: with worker/books.py the only place that names concrete parts.

Each process builds its own services, and of these each part when it is first asked for.
"""

# ruff: noqa: PLC0415 each part is imported when it is first asked for: all of them take most of a command's time

import copy
import os
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from remindersync.salesforce.hosts import Hosts
from worker import tracing
from worker.addresses import KEY_PREFIX, RedisAddresses
from worker.books import Books
from worker.part import Part
from worker.present import present_servers, present_settings

if TYPE_CHECKING:
    from redis import Redis

    from remindersync.auditor import Auditor
    from remindersync.coordination.limiter import RedisLimiter
    from remindersync.coordination.locks import RedisLocks
    from remindersync.engine import Engine
    from remindersync.model import SalesforceTask, SyncUser
    from remindersync.org_feed import OrgFeed
    from remindersync.pace import Pace
    from remindersync.salesforce.auth import OAuth
    from remindersync.salesforce.connections import Http
    from remindersync.salesforce.sessions import Sessions
    from remindersync.store.due import Claim
    from remindersync.store.retention import Kept
    from remindersync.store.runs import SqlRuns
    from remindersync.store.turning_on import TurningOn
    from worker.dispatch import Dispatcher
    from worker.embedded import Servers
    from worker.fleet import Fleet
    from worker.outside import Outside
    from worker.settings import Settings
    from worker.tally import Tally
    from worker.throttle import Throttle
    from worker.usage import Usage
    from worker.webhooks import Webhooks

_CLOSED = ("locks", "redis", "quick", "http", "database")


class SystemClock:
    """`ports.Clock` of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()


class Services(Books):
    """Everything a job, a page or a command works with. Safe to share between threads, not between processes."""

    @property
    def kept(self) -> "Kept":
        """For how many days rows are kept."""
        from remindersync.store.retention import Kept

        return Kept(self.settings.history_days, self.settings.bin_days, self.settings.run_days)

    @property
    def lease_seconds(self) -> float:
        return float(self.settings.lease_seconds)

    def publish(self, claims: "Sequence[Claim]") -> None:
        """Send each claim's job to its queue."""
        self.dispatcher.publish(claims)

    def send(self, user_id: str) -> bool:
        """Send a user's job at once; False when there was none to send or no broker."""
        return self.dispatcher.send(user_id)

    def send_each(self, user_ids: "Sequence[str]") -> int:
        """Send the jobs of users who were just made due; return how many went out."""
        return self.dispatcher.send_each(user_ids)

    def but(self, **parts: Any) -> "Services":
        """Return the same services with other parts in place of some; what those are made of is shared."""
        self.make_all()
        other = copy.copy(self)
        vars(other).update(parts)
        return other

    def close(self) -> None:
        """Give leases back and close connections; those in use end with their users."""
        for name in _CLOSED:
            part = self.made(name)
            if part is not None:
                part.close()

    @Part
    def clock(self) -> SystemClock:
        return SystemClock()

    @Part
    def redis(self) -> "Redis":
        from remindersync.coordination.server import open_redis

        return open_redis(self._addresses.coordination)

    @Part
    def quick(self) -> "Redis":
        from remindersync.coordination.server import open_redis

        return open_redis(self._addresses.broker, timeout_seconds=1)

    @Part
    def locks(self) -> "RedisLocks":
        from remindersync.coordination.locks import RedisLocks

        return RedisLocks(self.redis, prefix=f"{KEY_PREFIX}lock:", ttl_seconds=self.settings.lock_seconds)

    @Part
    def limiter(self) -> "RedisLimiter":
        from remindersync.coordination.limiter import RedisLimiter
        from remindersync.store.shares import TeamShares

        return RedisLimiter(
            self.redis,
            share_percent=self.settings.api_share_percent,
            shares=TeamShares(self.database),
            prefix=f"{KEY_PREFIX}allowance:",
        )

    @Part
    def throttle(self) -> "Throttle":
        from worker.throttle import Throttle

        return Throttle(self._addresses.coordination, self.settings.requests_per_minute)

    @Part
    def dispatcher(self) -> "Dispatcher":
        from worker.app import app
        from worker.dispatch import Dispatcher

        return Dispatcher(app, self.due, self.quick, self.settings.lease_seconds, tracing.watch())

    @Part
    def tally(self) -> "Tally":
        from worker.tally import Tally

        return Tally(self.quick)

    @Part
    def fleet(self) -> "Fleet":
        from remindersync.store.fleet import SqlFleet
        from worker.fleet import Fleet

        return Fleet(SqlFleet(self.database), self.quick, self.tally)

    @Part
    def usage(self) -> "Usage":
        from remindersync.store.usage import SqlUsage
        from worker.usage import Usage

        return Usage(self.limiter, SqlUsage(self.database))

    @Part
    def outside(self) -> "Outside":
        from worker.outside import Outside

        return Outside(self.settings.webhook_allowed_hosts)

    @Part
    def webhooks(self) -> "Webhooks":
        from remindersync.store.telling import SqlDeliveries
        from worker.webhooks import Webhooks

        return Webhooks(SqlDeliveries(self.database, self.vault), self.outside)

    @Part
    def http(self) -> "Http":
        from remindersync.salesforce.connections import Http

        return Http(read_seconds=self.settings.salesforce_read_seconds)

    @Part
    def oauth(self) -> "OAuth":
        from remindersync.salesforce.auth import App, OAuth

        settings = self.settings
        key_file = settings.salesforce_private_key_file
        app = App(
            client_id=settings.salesforce_client_id or "",
            client_secret=settings.salesforce_client_secret,
            redirect_url=f"{settings.public_url}/oauth/callback",
            private_key=key_file.read_text(encoding="ascii", errors="replace") if key_file else None,
        )
        return OAuth(settings.salesforce_login_url, app, self.http, _hosts(settings), tracing.watch())

    @Part
    def sessions(self) -> "Sessions":
        from remindersync.salesforce.client import Door
        from remindersync.salesforce.sessions import Refresher, Sessions

        version, watch = self.settings.salesforce_api_version, tracing.watch()
        door = Door(self.http, self.limiter, _hosts(self.settings), version, watch=watch)
        return Sessions(Refresher(self.logins, self.locks, self.oauth), door)

    @Part
    def turning_on(self) -> "TurningOn":
        from remindersync.store.turning_on import TurningOn

        return TurningOn(self.database, self._changed)

    @Part
    def runs(self) -> "SqlRuns":
        from remindersync.store.runs import SqlRuns

        return SqlRuns(self.database, self.clock, self.settings.run_lease_seconds)

    @Part
    def pace(self) -> "Pace":
        from remindersync.pace import Pace, Shares

        shares = Shares(self.limiter.calls_left, self.due.syncing, self.clock.monotonic)
        return Pace(self.settings.poll_min_seconds, self.settings.poll_max_seconds, shares.each)

    @Part
    def engine(self) -> "Engine":
        from remindersync.coordination.turns import RedisTurns
        from remindersync.engine import Engine

        turns = RedisTurns(self.redis, prefix=f"{KEY_PREFIX}turn:")
        watch = tracing.watch()
        return Engine(self.runs, self.sessions, self.locks, self.clock, self.pace, turns=turns, watch=watch)

    @Part
    def org_feed(self) -> "OrgFeed":
        from remindersync.org_feed import OrgFeed, Parts
        from remindersync.pace import FeedPace
        from remindersync.store.org_book import SqlOrgBook

        pace = FeedPace(self.settings.org_feed_seconds, self.settings.poll_max_seconds)
        book = SqlOrgBook(self.database)
        left, watch = self.limiter.calls_left, tracing.watch()
        return OrgFeed(Parts(book, self.sessions.org, self.locks, self.clock, pace, left, watch))

    @Part
    def auditor(self) -> "Auditor":
        from remindersync.auditor import Auditor
        from remindersync.store.auditing import SqlAuditBook

        return Auditor(SqlAuditBook(self.database), self.sessions, self.clock, sleep)

    @property
    def _addresses(self) -> RedisAddresses:
        return RedisAddresses.on(self.servers.redis_url)

    def _changed(self, user: "SyncUser", front: datetime) -> "Sequence[SalesforceTask]":
        """Return the user's Tasks stamped since `front`, in one call, for a person waits for it."""
        from remindersync.ports import Window

        return self.sessions(user, background=False).changed([Window(front)]).tasks


_built: dict[int, Services] = {}
_building = threading.Lock()
os.register_at_fork(before=_building.acquire, after_in_parent=_building.release, after_in_child=_building.release)


def services() -> Services:
    """Return this process's services; a fork builds its own. Raises `ConfigurationError`."""
    with _building:
        if os.getpid() not in _built:
            _built[os.getpid()] = build(present_settings(), present_servers())
        return _built[os.getpid()]


def close_services() -> None:
    """Close this process's services, if it built any."""
    with _building:
        present = _built.pop(os.getpid(), None)
    if present is not None:
        present.close()


def build(settings: "Settings", servers: "Servers") -> Services:
    """Return services of which nothing is made yet. Raises `ConfigurationError` where tokens would go astray."""
    _hosts(settings).login_server(settings.salesforce_login_url)
    return Services(settings, servers)


def _hosts(settings: "Settings") -> Hosts:
    return Hosts(settings.salesforce_allowed_hosts)
