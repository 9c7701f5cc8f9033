"""The whole examination: settings, servers, and each team's logins and org; what is down stops nothing else."""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

from redis.exceptions import RedisError
from sqlalchemy import text

from remindersync.coordination.server import check_server
from remindersync.errors import ConfigurationError
from worker.doctor import judging, teams
from worker.doctor.findings import Finding, Verdict, looked, ok, problem, refused, unknown
from worker.embedded import Servers
from worker.present import present_servers, present_settings
from worker.services import Services, build
from worker.settings import Settings
from worker.startup import check_tables

# A Salesforce that says nothing must not keep the rest from being looked at.
READ_SECONDS = 8
# Teams are looked at one after the other; those whose turn does not come are named.
PATIENCE_SECONDS = 60.0


def examine(team: str | None = None) -> Iterator[Finding]:
    """Look at everything, of all teams or of the one named `team`, and tell each finding as it is made.

    Nothing is written but a login's new tokens, where its old ones had expired. Raises `UserMistake` for a team that
    is not there.
    """
    try:
        settings = present_settings()
        servers = present_servers()
        here = _services(settings, servers)
    except ConfigurationError as error:
        yield refused("settings", "this machine", error)
        yield unknown("servers and teams", "all", "Not looked at: the settings come first.")
        return
    with closing(here):
        yield from _whole(here, team)


def _services(settings: Settings, servers: Servers) -> Services:
    here = build(dataclasses.replace(settings, salesforce_read_seconds=READ_SECONDS), servers)
    here.make_all()
    return here


def _whole(here: Services, team: str | None) -> Iterator[Finding]:
    yield from _settings(here)
    database = _database(here)
    redis = _redis(here)
    yield from (*database, *redis)
    has_database, has_redis = (found[0].verdict is Verdict.OK for found in (database, redis))
    if not has_database:
        yield unknown("teams", "all", "Not looked at: the database comes first.")
        return
    try:
        yield from teams.examine(here, team, until=time.monotonic() + PATIENCE_SECONDS, may_call=has_redis)
    except ConfigurationError as error:
        yield refused("database", "PostgreSQL", error)


def _settings(here: Services) -> Iterator[Finding]:
    settings = here.settings
    if not settings.salesforce_client_id:
        remedy = "Set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET of the connected app."
        yield problem("settings", "connected app", "No connected app is named, so nobody can log in.", remedy)
    else:
        yield ok("settings", "connected app", "A connected app is named.")
    if settings.salesforce_private_key_file is not None:
        yield looked("settings", "private key", here.oauth.check_key, "It can sign logins.")
    yield ok("settings", "this machine", "All settings can be read and fit together.")


def _database(here: Services) -> list[Finding]:
    words = here.servers.database.words
    found = [looked("database", "PostgreSQL", lambda: check_tables(here.database), f"It answers: {words}.")]
    if found[0].verdict is Verdict.OK:
        found.append(_database_clock(here))
    return found


def _database_clock(here: Services) -> Finding:
    try:
        with here.database.begin() as connection:
            now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    except ConfigurationError as error:
        return refused("clock", "PostgreSQL", error)
    return judging.clock("PostgreSQL", (now - datetime.now(UTC)).total_seconds())


def _redis(here: Services) -> list[Finding]:
    try:
        version = check_server(here.redis, here.servers.redis_url)
        seconds, microseconds = here.redis.time()
    except ConfigurationError as error:
        return [refused("redis", "Redis", error)]
    except RedisError as error:
        said = f"It stopped answering ({type(error).__name__})."
        return [problem("redis", "Redis", said, "Start it or correct REDIS_URL.")]
    ahead = seconds + microseconds / 1e6 - time.time()
    return [
        ok("redis", "Redis", f"It answers, version {version}: {here.servers.redis.words}."),
        judging.clock("Redis", ahead),
    ]
