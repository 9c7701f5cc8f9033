"""What a database error means, in one sentence that quotes neither a password nor a row."""

from psycopg import Error as PsycopgError
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from remindersync.errors import ConfigurationError, RunRefused, SyncError

# libpq tells a failed connection by text only: a sign in it, the cause, the remedy.
_CAUSES = (
    ("password authentication failed", "refuses the user or the password", "correct them in DATABASE_URL"),
    ("no password supplied", "asks for a password", "add it to DATABASE_URL"),
    ("no pg_hba.conf entry", "admits no such user from here", "allow it in pg_hba.conf"),
    ("too many clients", "has no connection left", "raise max_connections or run fewer workers"),
    ("remaining connection slots", "has no connection left", "raise max_connections or run fewer workers"),
    ("role ", "does not know the user", "create it or correct DATABASE_URL"),
    ("does not exist", "does not exist", "create it or correct DATABASE_URL"),
    ("resolve", "has a host name nobody knows", "correct DATABASE_URL"),
    ("translate host", "has a host name nobody knows", "correct DATABASE_URL"),
    ("invalid connection option", "has an option PostgreSQL does not know", "correct DATABASE_URL"),
)
_MISSING_TABLE = "42P01"
_MISSING_COLUMN = "42703"
# Serialization failure, deadlock, lock not available: the same again may well work.
_PASSING = frozenset({"40001", "40P01", "55P03"})


def explain(error: DBAPIError, url: URL) -> SyncError:
    """Turn a driver's error into ours.

    `ConfigurationError` out of reach or out of date, `RunRefused` for what passes, else a plain `SyncError`.
    """
    original = error.orig
    state = original.sqlstate if isinstance(original, PsycopgError) else None
    if state in {_MISSING_TABLE, _MISSING_COLUMN}:
        return ConfigurationError("The database's tables are out of date: run `remindersync db upgrade`.")
    if state is None or error.connection_invalidated:
        return _out_of_reach(str(original), url)
    return RunRefused(_refusal(original, state)) if state in _PASSING else SyncError(_refusal(original, state))


def _out_of_reach(said: str, url: URL) -> ConfigurationError:
    where = f"The database {url.database or ''} at {_host(url)}"
    for sign, cause, remedy in _CAUSES:
        if sign in said:
            return ConfigurationError(f"{where} {cause}: {remedy}.")
    return ConfigurationError(f"{where} does not answer: start PostgreSQL or correct DATABASE_URL.")


def _host(url: URL) -> str:
    host = url.host or url.query.get("host") or "this machine"
    return f"{host}:{url.port}" if url.port else str(host)


def _refusal(original: BaseException | None, state: str) -> str:
    diag = original.diag if isinstance(original, PsycopgError) else None
    rule = diag and (diag.constraint_name or diag.column_name or diag.table_name)
    name = type(original).__name__
    return f"The database refused a statement ({name}, {state}{f', {rule}' if rule else ''}): it was undone."
