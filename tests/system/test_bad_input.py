"""Whatever is missing or wrong, a command says so in one sentence with the remedy, and leaves nothing half-done."""

import gzip
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.engine import make_url

import orgsim
from remindersync.store.database import Database
from remindersync.store.tables import metadata
from tests.fixtures.salesforce import answer, cut, raw_server
from tests.fixtures.waiting import eventually
from tests.system.commands import KEYS, CommandLine, Ended
from tests.system.conftest import Office

# A port of this machine on which nothing listens: only root may, and nobody does.
NOWHERE = "127.0.0.1:1"
AWAY = {**KEYS, "DATABASE_URL": f"postgresql://{NOWHERE}/app", "REDIS_URL": f"redis://{NOWHERE}"}

WRONG_SETTINGS = [
    ("DATABASE_URL", "mysql://localhost/app"),
    ("DATABASE_URL", "postgresql://localhost:port/app"),
    ("REDIS_URL", "http://localhost"),
    ("SECRET_KEY", ""),
    ("SECRET_KEY", "short"),
    ("TOKEN_KEYS", ""),
    ("TOKEN_KEYS", "a token key for tests only, short"),
    ("PUBLIC_URL", "http://sync.example.com"),
    ("PORT", "web"),
    ("PORT", "65536"),
    ("SALESFORCE_LOGIN_URL", "login.salesforce.com"),
    ("SALESFORCE_PRIVATE_KEY_FILE", "/no/such/file"),
    ("SALESFORCE_API_VERSION", "newest"),
    ("SALESFORCE_ALLOWED_HOSTS", "https://sf.example.com"),
    ("POLL_MIN_SECONDS", "0"),
    ("POLL_MAX_SECONDS", "1"),
    ("ORG_FEED_SECONDS", "often"),
    ("API_SHARE_PERCENT", "150"),
    ("REQUESTS_PER_MINUTE", "0"),
    ("WEBHOOK_ALLOWED_HOSTS", "a b"),
    ("HISTORY_DAYS", "-1"),
    ("BIN_DAYS", "1.5"),
    ("RUN_DAYS", "ever"),
    ("LOG_LEVEL", "LOUD"),
    ("LOG_FORMAT", "xml"),
]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], tuple[Ended, Path]]]:
    """How `status` ended under each wrong setting, and where its home would be."""

    # Made beforehand: pytest makes no folders for several threads at once.
    lines = {
        wrong: CommandLine(tmp_path_factory.mktemp("wrong"), AWAY).knowing(**dict([wrong])) for wrong in WRONG_SETTINGS
    }
    with ThreadPoolExecutor(2) as pool:
        asked = {wrong: pool.submit(line.run, "status") for wrong, line in lines.items()}
        yield {wrong: (ended.result(), lines[wrong].home) for wrong, ended in asked.items()}


@pytest.mark.parametrize("wrong", WRONG_SETTINGS, ids="=".join)
def test_a_wrong_setting_stops_every_command_by_name(refusals, wrong):
    ended, home = refusals[wrong]
    assert wrong[0] in ended.complaint()
    assert not home.exists()
    assert ended.out == ""


def test_a_wrong_home_is_told_though_root_may_write_anywhere(line):
    line.home.write_text("a file in its place")
    for arguments in (("db", "upgrade"), ("demo",), ("up",)):
        sentence = line.knowing(**KEYS, **_own_ports()).run(*arguments).complaint()
        assert "REMINDERSYNC_HOME" in sentence
        assert "choose another folder" in sentence
    assert line.home.read_text() == "a file in its place"


def test_a_settings_file_that_is_no_text_is_told(line):
    (line.folder / ".env").write_bytes(b"\xff\xfe\x00PORT=1")
    assert ".env" in line.knowing(**AWAY).run("status").complaint()


def test_a_demo_needs_no_setting_but_refuses_a_wrong_one(line):
    assert "LOG_LEVEL" in line.knowing(LOG_LEVEL="LOUD").run("demo", "--check").complaint()


# ── Servers ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("arguments", [("status",), ("users", "list"), ("db", "upgrade"), ("db", "status"), ("up",)])
def test_a_database_out_of_reach_is_told_with_its_place(line, arguments):
    sentence = line.knowing(**AWAY, **_own_ports()).run(*arguments).complaint()
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
    line = line.knowing(**KEYS, DATABASE_URL=empty_database_url, REDIS_URL=redis_url, **_own_ports())
    for arguments in (("status",), ("teams", "add", "Sales"), ("up",), ("db", "status")):
        assert "remindersync db upgrade" in line.run(*arguments).complaint()
    assert _tables(empty_database_url) == set()


def test_a_redis_out_of_reach_stops_the_processes(office):
    line = office.line.knowing(REDIS_URL=f"redis://{NOWHERE}", **_own_ports())
    sentence = line.run("up").complaint()
    assert sentence.startswith(f"Redis at {NOWHERE} does not answer")
    assert "REDIS_URL" in sentence


def test_a_redis_with_another_password_stops_the_processes(office, office_settings):
    wrong = office_settings["REDIS_URL"].replace("redis://:", "redis://:hush-hush")
    sentence = office.line.knowing(REDIS_URL=wrong, **_own_ports()).run("up").complaint()
    assert "password in REDIS_URL" in sentence
    assert "hush-hush" not in sentence


def test_a_server_that_is_no_redis_stops_the_processes(office):
    with raw_server(answer("200 OK"), reads=False) as other:
        line = office.line.knowing(REDIS_URL=other.url.replace("http", "redis"), **_own_ports())
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


# ── Salesforce ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_token_nobody_issued_connects_nobody(office):
    with _unchanged(office.database):
        sentence = _connect(office, "no-such-token", office.sim.url).complaint()
    assert "token" in sentence
    assert "no-such-token" not in sentence


def test_an_expired_token_connects_nobody(office):
    tokens = office.tokens()
    office.sim.door.end_sessions(office.email())
    with _unchanged(office.database):
        assert "token" in _connect(office, tokens["access_token"], tokens["instance_url"]).complaint()


def test_a_server_that_is_not_salesforce_gets_no_token(office):
    with raw_server(cut) as other, _unchanged(office.database):
        sentence = _connect(
            office, "a-token", other.url, line=office.line.knowing(SALESFORCE_ALLOWED_HOSTS=_host(office.sim.url))
        ).complaint()
        assert other.requests == []
    assert "is not a Salesforce server" in sentence
    assert "SALESFORCE_ALLOWED_HOSTS" in sentence


@pytest.mark.parametrize("url", ["http://example.my.salesforce.com", "https://me@x.salesforce.com", "https://[", "sf"])
def test_an_address_that_cannot_be_an_orgs_is_refused(office, url):
    with _unchanged(office.database):
        assert "Salesforce" in _connect(office, "a-token", url).complaint()


def test_a_login_server_that_is_not_salesforces_is_refused(office):
    line = office.line.knowing(SALESFORCE_LOGIN_URL="https://salesforce.example.com")
    sentence = line.run("status").complaint()
    assert sentence.startswith("SALESFORCE_LOGIN_URL: salesforce.example.com is not a Salesforce server")
    assert "SALESFORCE_ALLOWED_HOSTS" in sentence


def test_a_salesforce_out_of_reach_connects_nobody(office):
    with _unchanged(office.database):
        assert "could not be reached" in _connect(office, "a-token", f"http://127.0.0.1:{_free_port()}").complaint()


@pytest.mark.parametrize("behaviour", [cut, answer("503 Service Unavailable", "<html>later</html>")])
def test_a_salesforce_that_answers_nonsense_connects_nobody(office, behaviour):
    with raw_server(behaviour) as broken, _unchanged(office.database):
        assert "try again" in _connect(office, "a-token", broken.url).complaint()


def test_a_login_of_another_org_is_refused_with_both_named(office, sim):
    office.connect("ben")
    strangers = _other_org(sim, office)
    with _unchanged(office.database):
        user = _connect(office, strangers["access_token"], strangers["instance_url"]).complaint()
        whole_team = _connect(office, strangers["access_token"], strangers["instance_url"], team=True).complaint()
    for sentence in (user, whole_team):
        assert office.org_id in sentence
        assert "stranger@elsewhere.example" in sentence


def test_an_org_of_another_team_is_refused_with_the_team_named(office):
    office.connect("ben")
    tokens = office.tokens()
    office.directory.add_team(f"Rivals {office.number}")
    office.directory.add_user(f"eve{office.number}@acme.example", f"Rivals {office.number}")
    with _unchanged(office.database):
        ended = _connect(
            office, tokens["access_token"], tokens["instance_url"], email=f"eve{office.number}@acme.example"
        )
    assert f"belongs to the team {office.team}" in ended.complaint()


def test_another_persons_login_is_refused_with_both_named(office):
    office.connect("ada")
    tokens = office.tokens("ben")
    with _unchanged(office.database):
        sentence = _connect(office, tokens["access_token"], tokens["instance_url"]).complaint()
    assert office.email("ada") in sentence
    assert office.email("ben") in sentence


def test_a_signed_login_without_a_key_is_told(office):
    with _unchanged(office.database):
        ended = office.line.run("teams", "connect", office.team, "--jwt-user", office.email("root"))
    assert "SALESFORCE_PRIVATE_KEY_FILE" in ended.complaint()


def test_a_signed_login_with_a_key_that_is_none_is_told(office, tmp_path):
    (tmp_path / "key.pem").write_text("not a key")
    line = office.line.knowing(SALESFORCE_PRIVATE_KEY_FILE=str(tmp_path / "key.pem"))
    with _unchanged(office.database):
        ended = line.run("teams", "connect", office.team, "--jwt-user", office.email("root"))
    assert ended.complaint().startswith(
        "SALESFORCE_PRIVATE_KEY_FILE holds no RSA key in PEM form: name the private key"
    )


# ── What people ask for ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("teams", "add", "{team}"), "There is a team '{team}' already"),
        (("teams", "add", " "), "is empty"),
        (("users", "add", "{ada}", "--team", "{team}"), "There is a user {ada} already"),
        (("users", "add", "eve@acme.example", "--team", "Nobody's"), "There is no team"),
        (("users", "add", "no-address", "--team", "{team}"), "is not an e-mail address"),
        (
            ("users", "add", "eve@acme.example", "--team", "{team}", "--time-zone", "Mars"),
            "There is no time zone 'Mars'",
        ),
        (("users", "list", "--team", "Nobody's"), "There is no team"),
        (("users", "token", "eve@acme.example"), "There is no user eve@acme.example"),
        (("teams", "connect", "Nobody's", "--jwt-user", "x"), "There is no team"),
        (("connect", "eve@acme.example"), "There is no user eve@acme.example"),
        (("sync", "on", "eve@acme.example"), "There is no user eve@acme.example"),
        (("sync", "on", "{ada}"), "is not connected to Salesforce: connect first"),
        (("resync", "{ada}"), "Sync is off for {ada}: turn it on first"),
        (("resync", "--team", "Nobody's"), "There is no team"),
        (("status", "eve@acme.example"), "There is no user eve@acme.example"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_told_and_not_begun(office, arguments, said):
    names = {"team": office.team, "ada": office.email()}
    with _unchanged(office.database):
        sentence = office.line.run(*(word.format(**names) for word in arguments)).complaint()
    assert said.format(**names) in sentence


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("status", "--nonsense"),
        ("demo", "extra"),
        ("orgsim",),
        ("orgsim", "--port", "many"),
        ("users", "add", "ada@example.com"),
        ("connect",),
        ("connect", "ada@example.com", "--access-token", "T"),
        ("connect", "ada@example.com", "--refresh-token", "R"),
        ("teams", "connect", "Sales"),
        ("teams", "connect", "Sales", "--jwt-user", "U", "--access-token", "T"),
        ("resync",),
        ("resync", "ada@example.com", "--all"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_told_with_where_to_look_before_anything_starts(line, arguments):
    ended = line.run(*arguments)
    assert "--help`" in ended.complaint(code=2)
    assert ended.out == ""
    assert not line.home.exists()


# ── The sample ──────────────────────────────────────────────────────────────────────────────────────────────


def _missing(sample: Path) -> None:
    sample.unlink()


def _cut_off(sample: Path) -> None:
    sample.write_bytes(sample.read_bytes()[:-1000])


def _damaged(sample: Path) -> None:
    sample.write_bytes(gzip.compress(b'{"kind": "head"\n'))


@pytest.mark.parametrize(("harm", "said"), [(_missing, "is missing"), (_cut_off, "damaged"), (_damaged, "damaged")])
def test_a_sample_that_cannot_be_read_is_told_with_how_to_get_it_back(line, harm, said):
    package = line.folder / "packages" / "orgsim"
    shutil.copytree(Path(orgsim.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    harm(package / "sample" / "sample.jsonl.gz")
    line = line.knowing(PYTHONPATH=str(package.parent))
    sentence = line.run("demo", "--check").complaint()
    assert said in sentence
    assert "restore it from the repository" in sentence
    assert not line.home.exists()
    alone = line.run("orgsim", "--port", "0", "--sample")
    assert (alone.code, alone.err.count("\n")) == (1, 1)
    assert said in alone.err


# ── Around them ─────────────────────────────────────────────────────────────────────────────────────────────


def _connect(
    office: Office,
    access_token: str,
    instance_url: str,
    *,
    line: CommandLine | None = None,
    email: str = "",
    team: bool = False,
) -> Ended:
    whom = ["teams", "connect", office.team] if team else ["connect", email or office.email()]
    return (line or office.line).run(*whom, "--access-token", access_token, "--instance-url", instance_url)


def _other_org(sim, office: Office) -> dict[str, str]:
    number = f"{office.number:06}"
    user = {"Id": f"005ZZ0000{number}", "Username": "stranger@elsewhere.example", "Name": "Stranger"}
    sim.door.load({"orgs": [{"id": f"00DZZ0000{number}", "name": "Elsewhere", "users": [user]}]})
    return sim.door.session("stranger@elsewhere.example")


@contextmanager
def _unchanged(database: Database) -> Iterator[None]:
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


def _tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in found}


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


def _is_refused(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return True
    return False


def _changed(url: str, **parts: str) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)


def _host(url: str) -> str:
    return url.removeprefix("http://")


def _own_ports() -> dict[str, str]:
    """Ports that no process of another test, running beside this one, has taken."""
    return {"PORT": str(_free_port()), "FLOWER_PORT": str(_free_port())}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
