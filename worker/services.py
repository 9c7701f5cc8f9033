"""The composition root: the only place that names concrete parts. Each process builds its own, on first use."""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from time import monotonic, sleep

from redis import Redis

from remindersync.auditor import Auditor
from remindersync.coordination.limiter import RedisLimiter
from remindersync.coordination.locks import RedisLocks
from remindersync.coordination.server import open_redis
from remindersync.coordination.turns import RedisTurns
from remindersync.engine import Engine
from remindersync.model import SalesforceTask, SyncUser
from remindersync.org_feed import OrgFeed, Parts
from remindersync.pace import FeedPace, Pace, Shares
from remindersync.ports import Window
from remindersync.salesforce.auth import App, OAuth
from remindersync.salesforce.client import Door
from remindersync.salesforce.connections import Http
from remindersync.salesforce.hosts import Hosts
from remindersync.salesforce.sessions import Refresher, Sessions
from remindersync.store.answers import KeptAnswers
from remindersync.store.app_reminders import AppReminders
from remindersync.store.auditing import SqlAuditBook
from remindersync.store.changes import ReminderChanges
from remindersync.store.database import Database
from remindersync.store.diagnostics import Diagnostics
from remindersync.store.directory import Directory
from remindersync.store.due import Claim, SqlDue
from remindersync.store.fleet import SqlFleet
from remindersync.store.guards import Approvals
from remindersync.store.logins import SqlLogins
from remindersync.store.org_book import SqlOrgBook
from remindersync.store.requests import RunRequests
from remindersync.store.retention import Kept, SqlRetention
from remindersync.store.runs import SqlRuns
from remindersync.store.settings_preview import SettingsPreviews
from remindersync.store.shares import TeamShares
from remindersync.store.sign_ins import SignIns
from remindersync.store.team_actions import TeamActions
from remindersync.store.telling import SqlDeliveries
from remindersync.store.turning_on import TurningOn
from remindersync.store.usage import SqlUsage
from remindersync.store.vault import Vault
from remindersync.store.webhooks import SqlWebhooks
from worker import embedded, tracing
from worker.addresses import KEY_PREFIX, RedisAddresses
from worker.app import app
from worker.dispatch import Dispatcher
from worker.fleet import Fleet
from worker.outside import Outside
from worker.present import present_servers, present_settings
from worker.settings import Settings
from worker.tally import Tally
from worker.throttle import Throttle
from worker.usage import Usage
from worker.webhooks import Webhooks


class SystemClock:
    """`ports.Clock` of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return monotonic()


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a job, a page or a command works with. Safe to share between threads, not between processes."""

    settings: Settings
    servers: embedded.Servers
    database: Database
    redis: Redis
    quick: Redis
    runs: SqlRuns
    due: SqlDue
    directory: Directory
    logins: SqlLogins
    requests: RunRequests
    turning_on: TurningOn
    reminders: AppReminders
    changes: ReminderChanges
    answers: KeptAnswers
    throttle: Throttle
    outside: Outside
    hooks: SqlWebhooks
    webhooks: Webhooks
    diagnostics: Diagnostics
    approvals: Approvals
    settings_previews: SettingsPreviews
    team_actions: TeamActions
    retention: SqlRetention
    locks: RedisLocks
    limiter: RedisLimiter
    http: Http
    oauth: OAuth
    sessions: Sessions
    pace: Pace
    engine: Engine
    org_feed: OrgFeed
    auditor: Auditor
    dispatcher: Dispatcher
    tally: Tally
    fleet: Fleet
    usage: Usage
    sign_ins: SignIns

    @property
    def kept(self) -> Kept:
        """For how many days rows are kept."""
        return Kept(self.settings.history_days, self.settings.bin_days, self.settings.run_days)

    @property
    def lease_seconds(self) -> float:
        return float(self.settings.lease_seconds)

    def publish(self, claims: Sequence[Claim]) -> None:
        """Send each claim's job to its queue."""
        self.dispatcher.publish(claims)

    def send(self, user_id: str) -> bool:
        """Send a user's job at once; False when there was none to send or no broker."""
        return self.dispatcher.send(user_id)

    def close(self) -> None:
        """Give leases back and close connections; those in use end with their users."""
        self.locks.close()
        self.redis.close()
        self.quick.close()
        self.http.close()
        self.database.close()


_built: dict[int, Services] = {}
_building = threading.Lock()
os.register_at_fork(before=_building.acquire, after_in_parent=_building.release, after_in_child=_building.release)


def services() -> Services:
    """Return this process's services; a fork builds its own. Raises `ConfigurationError`."""
    with _building:
        if os.getpid() not in _built:
            _built[os.getpid()] = build(present_settings(), present_servers())
            # Celery reads its configuration on first use, and two threads at once would find it half read.
            app.conf.broker_url  # noqa: B018 read for its effect
        return _built[os.getpid()]


def close_services() -> None:
    """Close this process's services, if it built any."""
    with _building:
        present = _built.pop(os.getpid(), None)
    if present is not None:
        present.close()


def build(settings: Settings, servers: embedded.Servers) -> Services:
    """Put the parts together; nothing is connected yet. Raises `ConfigurationError`."""
    clock = SystemClock()
    database, vault = Database(servers.database_url), Vault(settings.token_keys)
    addresses = RedisAddresses.on(servers.redis_url)
    redis, quick = open_redis(addresses.coordination), open_redis(addresses.broker, timeout_seconds=1)
    locks, limiter = _locks(settings, redis), _limiter(settings, redis, database)
    logins, due = SqlLogins(database, vault), SqlDue(database)
    http, oauth, sessions = _salesforce(settings, logins, locks, limiter)
    runs = SqlRuns(database, clock, settings.run_lease_seconds)
    shares = Shares(limiter.calls_left, due.syncing, clock.monotonic)
    pace = Pace(settings.poll_min_seconds, settings.poll_max_seconds, shares.each)
    books = _with_books(settings, database, vault)
    return _with_counts(books, database, quick, limiter)(
        servers=servers,
        redis=redis,
        quick=quick,
        runs=runs,
        due=due,
        logins=logins,
        turning_on=TurningOn(database, lambda user, front: _changed(sessions, user, front)),
        throttle=Throttle(addresses.coordination, settings.requests_per_minute),
        locks=locks,
        limiter=limiter,
        http=http,
        oauth=oauth,
        sessions=sessions,
        pace=pace,
        engine=Engine(runs, sessions, locks, clock, pace, turns=_turns(redis), watch=tracing.watch()),
        auditor=Auditor(SqlAuditBook(database), sessions, clock, sleep),
        org_feed=_org_feed(settings, SqlOrgBook(database), sessions, locks, limiter),
        dispatcher=Dispatcher(app, due, quick, settings.lease_seconds, tracing.watch()),
    )


def _with_books(settings: Settings, database: Database, vault: Vault) -> "partial[Services]":
    """Return services that lack all but what needs the database alone."""
    outside = Outside(settings.webhook_allowed_hosts)
    return partial(
        Services,
        settings=settings,
        database=database,
        directory=Directory(database, vault),
        sign_ins=SignIns(database, vault),
        requests=RunRequests(database),
        reminders=AppReminders(database),
        changes=ReminderChanges(database),
        answers=KeptAnswers(database),
        diagnostics=Diagnostics(database),
        approvals=Approvals(database),
        settings_previews=SettingsPreviews(database),
        team_actions=TeamActions(database),
        retention=SqlRetention(database),
        outside=outside,
        hooks=SqlWebhooks(database, vault),
        webhooks=Webhooks(SqlDeliveries(database, vault), outside),
    )


def _with_counts(
    made: "partial[Services]", database: Database, quick: Redis, limiter: RedisLimiter
) -> "partial[Services]":
    """Add what counts jobs, workers and calls."""
    tally = Tally(quick)
    return partial(
        made,
        tally=tally,
        fleet=Fleet(SqlFleet(database), quick, tally),
        usage=Usage(limiter, SqlUsage(database)),
    )


def _locks(settings: Settings, redis: Redis) -> RedisLocks:
    return RedisLocks(redis, prefix=f"{KEY_PREFIX}lock:", ttl_seconds=settings.lock_seconds)


def _turns(redis: Redis) -> RedisTurns:
    return RedisTurns(redis, prefix=f"{KEY_PREFIX}turn:")


def _limiter(settings: Settings, redis: Redis, database: Database) -> RedisLimiter:
    return RedisLimiter(
        redis,
        share_percent=settings.api_share_percent,
        shares=TeamShares(database),
        prefix=f"{KEY_PREFIX}allowance:",
    )


def _salesforce(
    settings: Settings, logins: SqlLogins, locks: RedisLocks, limiter: RedisLimiter
) -> tuple[Http, OAuth, Sessions]:
    http, hosts = Http(read_seconds=settings.salesforce_read_seconds), Hosts(settings.salesforce_allowed_hosts)
    oauth = OAuth(settings.salesforce_login_url, _connected_app(settings), http, hosts, tracing.watch())
    door = Door(http, limiter, hosts, settings.salesforce_api_version, watch=tracing.watch())
    return http, oauth, Sessions(Refresher(logins, locks, oauth), door)


def _org_feed(
    settings: Settings, book: SqlOrgBook, sessions: Sessions, locks: RedisLocks, limiter: RedisLimiter
) -> OrgFeed:
    pace = FeedPace(settings.org_feed_seconds, settings.poll_max_seconds)
    return OrgFeed(Parts(book, sessions.org, locks, SystemClock(), pace, limiter.calls_left))


def _changed(sessions: Sessions, user: SyncUser, front: datetime) -> Sequence[SalesforceTask]:
    """Return the user's Tasks stamped since `front`, in one call, for a person waits for it."""
    return sessions(user, background=False).changed([Window(front)]).tasks


def _connected_app(settings: Settings) -> App:
    key_file = settings.salesforce_private_key_file
    return App(
        client_id=settings.salesforce_client_id or "",
        client_secret=settings.salesforce_client_secret,
        redirect_url=f"{settings.public_url}/oauth/callback",
        private_key=key_file.read_text(encoding="ascii", errors="replace") if key_file else None,
    )


# Jobs find their services here: they may not import this package.
app.services = services
