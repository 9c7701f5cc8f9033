"""What is wrong around a command line, and what must stay as it was."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from remindersync.store.database import Database
from remindersync.store.tables import metadata
from tests.system.commands import KEYS
from worker.redis_server import free_port

# A port of this machine on which nothing listens: only root may, and nobody does.
NOWHERE = "127.0.0.1:1"
AWAY = {**KEYS, "DATABASE_URL": f"postgresql://{NOWHERE}/app", "REDIS_URL": f"redis://{NOWHERE}"}


@contextmanager
def unchanged(database: Database) -> Iterator[None]:
    """Check that what the block does leaves every row of the database as it was."""

    def rows() -> dict[str, list[object]]:
        with database.begin() as connection:
            return {
                table.name: sorted(connection.execute(select(table)).all(), key=repr)
                for table in metadata.sorted_tables
            }

    before = rows()
    yield
    assert rows() == before


def own_ports() -> dict[str, str]:
    """Ports that no process of another test, running beside this one, has taken."""
    return {"PORT": str(free_port()), "FLOWER_PORT": str(free_port())}
