"""A server that is away, another one or not ready is told in one sentence with the remedy."""

import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

from tests.fixtures.salesforce import answer, raw_server
from tests.fixtures.waiting import eventually
from tests.system.circumstances import AWAY, NOWHERE, own_ports
from tests.system.commands import KEYS


@pytest.fixture
def guarded_database(postgres_url: str) -> Iterator[str]:
    """The address of a database that asks its user for a password, with a wrong one."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        (path,) = connection.execute("SHOW hba_file").fetchone()
        rules = Path(path)
        if not rules.exists():
            pytest.skip("The server of TEST_DATABASE_URL is on another machine: its rules cannot be changed.")
        before = rules.read_text()
        connection.execute(sql.SQL("CREATE ROLE guarded LOGIN PASSWORD {}").format("right"))
        try:
            rules.write_text(f"local all guarded scram-sha-256\nhost all guarded all scram-sha-256\n{before}")
            connection.execute("SELECT pg_reload_conf()")
            url = _changed(postgres_url, username="guarded", password="hush-hush")
            eventually(lambda: _is_refused(url))
            yield url
        finally:
            rules.write_text(before)
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("DROP ROLE guarded")


@pytest.mark.parametrize("arguments", [("status",), ("users", "list"), ("db", "upgrade"), ("db", "status"), ("up",)])
def test_a_database_out_of_reach_is_told_with_its_place(line, arguments):
    sentence = line.knowing(**AWAY, **own_ports()).run(*arguments).complaint()
    assert NOWHERE in sentence
    assert "start PostgreSQL or correct DATABASE_URL" in sentence
    assert not line.home.exists()


def test_an_address_where_something_else_listens_is_told(line):
    with raw_server(answer("200 OK"), reads=False) as other:
        address = f"postgresql://{other.url.removeprefix('http://')}/app"
        assert "DATABASE_URL" in line.knowing(**{**AWAY, "DATABASE_URL": address}).run("status").complaint()


def test_a_host_name_nobody_knows_is_told(line):
    address = "postgresql://db.invalid/app"
    sentence = line.knowing(**{**AWAY, "DATABASE_URL": address}).run("status").complaint()
    assert "db.invalid" in sentence
    assert "host name nobody knows" in sentence


def test_a_wrong_password_is_told_and_not_shown(line, guarded_database):
    sentence = line.knowing(**{**AWAY, "DATABASE_URL": guarded_database}).run("status").complaint()
    assert "refuses the user or the password: correct them in DATABASE_URL" in sentence
    assert "hush-hush" not in sentence


def test_a_database_that_does_not_exist_is_told(line, postgres_url):
    missing = _changed(postgres_url, database="no_such_database")
    assert "does not exist" in line.knowing(**{**AWAY, "DATABASE_URL": missing}).run("db", "upgrade").complaint()


def test_a_database_without_tables_is_told_and_gets_none(line, empty_database_url, redis_url):
    line = line.knowing(**KEYS, DATABASE_URL=empty_database_url, REDIS_URL=redis_url, **own_ports())
    for arguments in (("status",), ("teams", "add", "Sales"), ("up",), ("db", "status")):
        assert "remindersync db upgrade" in line.run(*arguments).complaint()
    assert _tables(empty_database_url) == set()


def test_a_redis_out_of_reach_stops_the_processes(office):
    line = office.line.knowing(REDIS_URL=f"redis://{NOWHERE}", **own_ports())
    sentence = line.run("up").complaint()
    assert sentence.startswith(f"Redis at {NOWHERE} does not answer")
    assert "REDIS_URL" in sentence


def test_a_redis_with_another_password_stops_the_processes(office, office_settings):
    wrong = office_settings["REDIS_URL"].replace("redis://:", "redis://:hush-hush")
    sentence = office.line.knowing(REDIS_URL=wrong, **own_ports()).run("up").complaint()
    assert "password in REDIS_URL" in sentence
    assert "hush-hush" not in sentence


def test_a_server_that_is_no_redis_stops_the_processes(office):
    with raw_server(answer("200 OK"), reads=False) as other:
        line = office.line.knowing(REDIS_URL=other.url.replace("http", "redis"), **own_ports())
        assert "REDIS_URL" in line.run("up").complaint()


def test_without_redis_people_are_still_added_and_switched_on(office):
    office.connect()
    line = office.line.knowing(REDIS_URL=f"redis://{NOWHERE}")
    assert line.run("sync", "on", office.email(), "--json").json()["sync_on"] is True
    assert office.user().sync_on
    assert line.run("status", office.email(), "--json").json()[0]["allowance"] is None


@pytest.mark.parametrize("command", [("up",), ("orgsim", "--port")])
def test_a_port_in_use_is_told_by_name(office, command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        arguments = (*command, port) if command[-1] == "--port" else command
        sentence = office.line.knowing(PORT=port).run(*arguments).complaint()
    assert f"port {port}" in sentence
    assert "choose another" in sentence


def _tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in found}


def _is_refused(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return True
    return False


def _changed(url: str, **parts: str) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)
