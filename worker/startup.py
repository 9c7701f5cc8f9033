"""The checks every process makes before it begins to work."""

from remindersync.coordination.server import check_server
from remindersync.errors import ConfigurationError
from remindersync.store import rows
from remindersync.store.database import Database
from worker.embedded import Servers
from worker.present import present_servers, present_settings
from worker.services import build


def check(servers: Servers) -> None:
    """Raise `ConfigurationError` unless this process's settings fit together and both servers are ready for use."""
    services = build(present_settings(), servers)
    try:
        check_tables(services.database)
        check_server(services.redis, servers.redis_url)
    finally:
        services.close()


def load() -> None:
    """Import all that jobs work with: done before the fork, a pool's processes share it. Reaches no server.

    Raises `ConfigurationError` where a part cannot be made.
    """
    services = build(present_settings(), present_servers())
    services.make_all()
    services.close()
    rows.prepare()


def check_tables(database: Database) -> None:
    """Raise `ConfigurationError` unless the database answers and has this version's tables."""
    status = database.status()
    if not status.up_to_date:
        raise ConfigurationError(
            f"The database's tables are of version {status.current or 'none'}, but {status.needed} is needed:"
            " run `remindersync db upgrade`."
        )
