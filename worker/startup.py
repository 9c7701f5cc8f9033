"""The checks every process makes before it begins to work."""

from remindersync.coordination.server import check_server
from remindersync.errors import ConfigurationError
from remindersync.store.database import Database
from worker.embedded import Servers
from worker.present import present_settings
from worker.services import build


def check(servers: Servers) -> None:
    """Raise `ConfigurationError` unless this process's settings fit together and both servers are ready for use."""
    services = build(present_settings(), servers)
    try:
        # Before the fork, so that the pool's processes share what is imported.
        services.make_all()
        check_tables(services.database)
        check_server(services.redis, servers.redis_url)
    finally:
        services.close()


def check_tables(database: Database) -> None:
    """Raise `ConfigurationError` unless the database answers and has this version's tables."""
    status = database.status()
    if not status.up_to_date:
        raise ConfigurationError(
            f"The database's tables are of version {status.current or 'none'}, but {status.needed} is needed:"
            " run `remindersync db upgrade`."
        )
