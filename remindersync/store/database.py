"""One PostgreSQL database: its pool of connections, its transactions and its migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from psycopg import Error as PsycopgError
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry

from remindersync.errors import ConfigurationError
from remindersync.store.faults import explain

if TYPE_CHECKING:
    from alembic.config import Config

# Any number will do, as long as every version of the project uses the same one.
_UPGRADE_LOCK = 7_406_331_820

# A worker frozen inside a transaction holds its user's row: the server ends it, so that another run may start.
_SESSION = "-c TimeZone=UTC -c idle_in_transaction_session_timeout=60s"


# Asking every time would cost a round trip for each transaction.
_RESTED_SECONDS = 0.1
_RESTS = "rests since"


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """Which migration a database has (None: it is empty), and which one this version of the project needs."""

    current: str | None
    needed: str

    @property
    def up_to_date(self) -> bool:
        return self.current == self.needed


class Database:
    """A PostgreSQL server's database, reached through at most `pool_size` connections of this process.

    Every method that talks to the server raises `ConfigurationError` when it is out of reach, and `SyncError`
    when it refuses a write.
    """

    def __init__(
        self, url: str, *, pool_size: int = 8, pool_wait_seconds: float = 30, application_name: str = "remindersync"
    ) -> None:
        """Take a `postgresql://` address; nothing is connected yet. Raises `ConfigurationError` for another one."""
        self._url = _psycopg_url(url)
        options = " ".join([_SESSION, *self._url.normalized_query.get("options", ())])
        self._engine = create_engine(
            self._url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_wait_seconds,
            pool_pre_ping=False,
            # Parameters hold names and comments, which belong in no log (SAFE-2).
            hide_parameters=True,
            connect_args={"application_name": application_name, "connect_timeout": 5, "options": options},
        )
        event.listen(self._engine, "checkin", _note_rest)
        event.listen(self._engine, "checkout", self._try_rested)

    def __repr__(self) -> str:
        # Without the query, which may hold a password too.
        return f"Database({self._url.set(query={}).render_as_string(hide_password=True)!r})"

    def _try_rested(self, connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: object) -> None:
        """Ask a connection that has rested whether it still stands: a restarted server has cut it off."""
        del proxy
        rested_since = record.info.get(_RESTS)
        if rested_since is None or monotonic() - rested_since < _RESTED_SECONDS:
            return
        try:
            self._engine.dialect.do_ping(connection)
        except PsycopgError:
            # The pool opens another one in its place.
            raise DisconnectionError from None

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction; it commits at the end of the block and rolls back on an error."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except PoolTimeoutError:
            raise ConfigurationError(
                "All database connections of this process stayed busy: run fewer threads in it."
            ) from None
        except DBAPIError as error:
            # The server's own text quotes rows, so neither it nor the chain of exceptions goes on from here.
            raise explain(error, self._url) from None

    def upgrade(self) -> None:
        """Bring the tables to this version. Several processes may do so at once: one works, the others wait."""
        from alembic import command  # noqa: PLC0415 a fifth of a command's time, and few need migrations

        with self.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def status(self) -> SchemaStatus:
        """Tell which migration the database has and which one it needs."""
        from alembic.runtime.migration import MigrationContext  # noqa: PLC0415 see `upgrade`
        from alembic.script import ScriptDirectory  # noqa: PLC0415 see `upgrade`

        needed = ScriptDirectory.from_config(_alembic()).get_current_head()
        assert needed is not None
        with self.begin() as connection:
            return SchemaStatus(MigrationContext.configure(connection).get_current_revision(), needed)

    def close(self) -> None:
        """Close the pool's connections; the next use opens new ones."""
        self._engine.dispose()


def _note_rest(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    del connection
    record.info[_RESTS] = monotonic()


def _psycopg_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(_NO_URL) from None
    if parsed.drivername not in {"postgresql", "postgres", "postgresql+psycopg"}:
        raise ConfigurationError(_NO_URL)
    return parsed.set(drivername="postgresql+psycopg")


_NO_URL = "DATABASE_URL is no PostgreSQL address: write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE."


def _alembic() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 see `upgrade`

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config
