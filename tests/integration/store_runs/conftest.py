"""A world on PostgreSQL, and ways to look behind the ports: at rows, at statements and at two things at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from tests.fixtures.store_world import SqlWorld


@pytest.fixture
def world(database):
    return SqlWorld(database)


@pytest.fixture
def ada(world):
    return world.user("ada")


@pytest.fixture
def bob(world, ada):
    return world.user("bob")


@pytest.fixture
def rows_of(database):
    """Run a SELECT; return its rows."""

    def read(sql, **values):
        with database.begin() as connection:
            return connection.execute(text(sql), values).all()

    return read


@pytest.fixture
def do(database):
    """Run a statement that changes something."""

    def run(sql, **values):
        with database.begin() as connection:
            connection.execute(text(sql), values)

    return run


@pytest.fixture
def statements(database):
    """Collect the statements sent to the server inside a block, without BEGIN and COMMIT."""

    @contextmanager
    def collect():
        sent = []

        def note(_connection, _cursor, statement, *_rest):
            sent.append(statement)

        event.listen(database._engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(database._engine, "before_cursor_execute", note)

    return collect


@pytest.fixture
def aside():
    """Run a function in another thread; return its future."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit


@pytest.fixture
def waits_for_a_lock(rows_of):
    """Tell whether what a future does came to wait for a lock; if not, it is over."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

    def wait(future):
        while not future.done():
            if rows_of(waiting)[0][0]:
                return True
        return False

    return wait
