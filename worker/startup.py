"""The checks every process makes before it begins to work."""

from remindersync.errors import ConfigurationError
from remindersync.store.database import Database
from worker.embedded import Servers, check_redis


def check(servers: Servers) -> None:
    """Raise `ConfigurationError` unless the database has this version's tables and Redis can be used."""
    check_database(servers.database_url)
    check_redis(servers.redis_url)


def check_database(url: str) -> None:
    """Raise `ConfigurationError` unless the database answers and has this version's tables."""
    database = Database(url, pool_size=1)
    try:
        status = database.status()
    finally:
        database.close()
    if not status.up_to_date:
        raise ConfigurationError(
            f"The database's tables are of version {status.current or 'none'}, but {status.needed} is needed:"
            " run `remindersync db upgrade`."
        )
