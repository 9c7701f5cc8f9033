"""The database: its address, its migrations, and what it says when something is wrong."""

import subprocess
import sys
from threading import Thread

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, text
from sqlalchemy.engine import make_url

from remindersync.errors import ConfigurationError, SyncError
from remindersync.store.database import Database
from remindersync.store.tables import metadata, teams

CATALOGUE = """
SELECT 'column', table_name, column_name, concat_ws(' ', data_type, is_nullable, column_default, is_identity,
       identity_generation, generation_expression) FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
          WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'sequence', '', sequence_name, data_type FROM information_schema.sequences
"""


@pytest.fixture
def empty(empty_database_url):
    database = Database(empty_database_url)
    yield database
    database.close()


def test_the_migrations_leave_nothing_for_alembic_to_add(database):
    with database.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_create_exactly_the_tables_of_the_code(database, empty):
    with empty.begin() as connection:
        metadata.create_all(connection)
        wanted = {tuple(row) for row in connection.execute(text(CATALOGUE))}
    with database.begin() as connection:
        found = {tuple(row) for row in connection.execute(text(CATALOGUE)) if row[1] != "alembic_version"}
    assert found == wanted


def test_the_migrations_can_be_taken_back(empty):
    from alembic import command

    from remindersync.store.database import _alembic

    empty.upgrade()
    config = _alembic()
    with empty.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        left = {tuple(row) for row in connection.execute(text(CATALOGUE)) if row[1] != "alembic_version"}
    assert left == set()


def test_people_who_were_connected_before_names_were_kept_are_named_as_their_login_is(empty):
    from alembic import command

    from remindersync.store.database import _alembic

    config = _alembic()
    with empty.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0017")
        team = connection.scalar(text("INSERT INTO teams (name, org_id) VALUES ('Sales', 'org') RETURNING id"))
        user = "INSERT INTO users (team_id, email, salesforce_id) VALUES (:team, :email, :there) RETURNING id"
        people = [{"team": team, "email": "ada@example.com", "there": "005A"}]
        people += [{"team": team, "email": "bob@example.com", "there": "005B"}]
        ada, _ = (connection.scalar(text(user), person) for person in people)
        login = """INSERT INTO salesforce_logins (user_id, team_id, org_id, salesforce_id, username, instance_url,
                   access_token) VALUES (:user, :team, 'org', '005A', 'ada@org', 'https://acme', '')"""
        connection.execute(text(login), {"user": ada, "team": team})
        command.upgrade(config, "0018")
        named = connection.execute(text("SELECT email, salesforce_username FROM users ORDER BY email")).all()
    assert [tuple(row) for row in named] == [("ada@example.com", "ada@org"), ("bob@example.com", None)]


def test_status_tells_an_empty_database_from_an_upgraded_one(empty):
    assert empty.status().current is None
    assert not empty.status().up_to_date
    empty.upgrade()
    assert empty.status().up_to_date


def test_two_processes_may_upgrade_an_empty_database_at_once(empty_database_url, empty):
    program = "import sys; from remindersync.store.database import Database; Database(sys.argv[1]).upgrade()"
    processes = [
        subprocess.Popen([sys.executable, "-c", program, empty_database_url], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in processes]
    assert ([process.returncode for process in processes], said) == ([0, 0], ["", ""])
    assert empty.status().up_to_date


def test_upgrading_twice_changes_nothing(database):
    before = database.status()
    database.upgrade()
    assert database.status() == before


def test_times_come_back_in_utc_whatever_the_server_s_zone(database):
    with database.begin() as connection:
        assert connection.execute(text("SELECT now()")).scalar_one().utcoffset().total_seconds() == 0


def test_the_server_can_tell_whose_connection_it_is(database_url):
    database = Database(database_url, application_name="remindersync worker")
    with database.begin() as connection:
        assert connection.execute(text("SHOW application_name")).scalar_one() == "remindersync worker"
    database.close()


def test_a_block_that_fails_leaves_nothing_behind(database):
    def insert_and_fail():
        with database.begin() as connection:
            connection.execute(insert(teams).values(name="Sales"))
            raise LookupError

    with pytest.raises(LookupError):
        insert_and_fail()
    with database.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM teams")).scalar_one() == 0


@pytest.mark.parametrize(
    "url", ["mysql://u:hush-hush@h/d", "hush-hush", "", "postgresql+asyncpg://u:hush-hush@h/d", "redis://:hush-hush@h"]
)
def test_an_address_that_is_not_postgresql_s_is_refused_without_showing_it(url):
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        Database(url)
    assert "hush-hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("postgresql://u:hush-hush@127.0.0.1:1/d", "does not answer"),
        ("postgresql://u:hush-hush@127.0.0.1:1/d?hush=hush-hush", "option"),
        ("postgresql://u:hush-hush@no-such-host.invalid/d", "host name"),
    ],
)
def test_a_server_out_of_reach_is_named_with_cause_and_remedy_and_no_password(url, cause):
    database = Database(url)
    with pytest.raises(ConfigurationError, match=cause) as caught:
        database.status()
    assert "DATABASE_URL" in str(caught.value)
    assert "hush-hush" not in str(caught.value) + repr(database)
    assert caught.value.__suppress_context__
    database.close()


def test_a_database_that_does_not_exist_is_named(postgres_url):
    address, _, options = postgres_url.partition("?")
    database = Database(f"{address.rpartition('/')[0]}/nowhere?{options}")
    with pytest.raises(ConfigurationError, match=r"database nowhere at .* does not exist: create it"):
        database.upgrade()
    database.close()


def test_a_user_who_does_not_exist_is_told_from_a_database_that_does_not(postgres_url):
    stranger = make_url(postgres_url).set(username="nobody", password="hush-hush")
    database = Database(stranger.render_as_string(hide_password=False))
    with pytest.raises(ConfigurationError, match="user") as caught:
        database.status()
    assert "hush-hush" not in str(caught.value)
    database.close()


def test_a_server_that_goes_away_is_reported_and_the_next_transaction_connects_anew(database, database_url):
    def lose_the_connection():
        with database.begin() as connection:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with psycopg.connect(database_url) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            connection.execute(text("SELECT 1"))

    with pytest.raises(ConfigurationError, match="does not answer"):
        lose_the_connection()
    with database.begin() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_missing_tables_are_answered_with_the_command_that_makes_them(empty):
    with pytest.raises(ConfigurationError, match="remindersync db upgrade"), empty.begin() as connection:
        connection.execute(insert(teams).values(name="Sales"))


def test_a_refused_write_names_the_rule_and_never_the_row(database):
    def insert_one():
        with database.begin() as connection:
            connection.execute(insert(teams).values(name="A secret name"))

    insert_one()
    with pytest.raises(SyncError, match="uq_teams_name") as caught:
        insert_one()
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_process_has_no_more_connections_than_its_pool(database_url):
    database = Database(database_url, pool_size=1)
    numbers = []

    def ask():
        with database.begin() as connection:
            numbers.append(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(numbers), len(set(numbers))) == (4, 1)
    database.close()


def test_a_process_whose_connections_all_stay_busy_is_told_so(database_url):
    database = Database(database_url, pool_size=1, pool_wait_seconds=0.01)
    with database.begin(), pytest.raises(ConfigurationError, match="stayed busy"):
        database.status()
    database.close()


def test_a_connection_cut_off_while_it_rested_is_replaced_unnoticed(database, database_url, monkeypatch):
    monkeypatch.setattr("remindersync.store.database._RESTED_SECONDS", 0)
    with database.begin() as connection:
        first = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(database_url) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
    with database.begin() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != first
