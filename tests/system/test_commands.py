"""Every command does what its help says, in words for people and as JSON for programs, with a worker that runs."""

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psutil
import pytest
import requests

from remindersync.store.app_reminders import AppReminders, Draft, ListQuery
from remindersync.store.due import Lane, mark_due
from remindersync.store.logins import SqlLogins
from remindersync.store.vault import Vault
from tests.fixtures.process_handle import ProcessHandle
from tests.fixtures.salesforce import _key_pair
from tests.fixtures.waiting import eventually
from tests.system.commands import KEYS, CommandLine
from tests.system.conftest import Office
from worker import redis_server
from worker.supervisor import program

WAIT_SECONDS = 120
COUNTS = {
    "created_here",
    "updated_here",
    "deleted_here",
    "created_there",
    "updated_there",
    "deleted_there",
    "skipped",
    "parked",
}
RUN_KEYS = {"user", "state", "calls", "error"} | COUNTS
PLAN_KEYS = {"user", "action", "side", "reminder", "salesforce_id", "fields", "reason"}
STATUS_KEYS = {
    "email",
    "state",
    "last_run_at",
    "last_outcome",
    "last_error",
    "next_due_at",
    "backlog",
    "errors",
    "held",
    "left_out",
    "least_poll_seconds",
    "lag_seconds",
    "progress",
    "allowance",
}


@pytest.fixture(scope="module")
def worker(office_line: CommandLine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProcessHandle]:
    """A worker on the module's servers; nothing but commands wakes it."""
    handle = ProcessHandle("worker", program("worker"), tmp_path_factory.mktemp("worker"), office_line.environ)
    try:
        assert eventually(lambda: " ready." in _log(handle) or handle.status == "exited", give_up_seconds=WAIT_SECONDS)
        assert handle.status == "running", _log(handle)
        yield handle
    finally:
        handle.stop()


@pytest.fixture
def at_work(worker: ProcessHandle, office: Office) -> Office:
    """A team whose Ada is connected, with a worker that syncs her."""
    office.connect()
    return office


@pytest.fixture
def in_sync(at_work: Office) -> Office:
    """Ada's sync is on and her first sync is done: two Tasks came in."""
    for subject in ("Call Cora", "Write to Lea"):
        at_work.there().create(Subject=subject)
    at_work.line.run("sync", "on", at_work.email()).told()
    _until_idle(at_work)
    return at_work


# ── The database ────────────────────────────────────────────────────────────────────────────────────────────


def test_db_upgrade_makes_the_tables_once_and_db_status_tells_their_version(line, empty_database_url, redis_url):
    line = line.knowing(**KEYS, DATABASE_URL=empty_database_url, REDIS_URL=redis_url)
    before = line.run("db", "status", "--json")
    assert (before.code, '"version": null' in before.out) == (1, True)
    made = line.run("db", "upgrade", "--json").json()
    assert set(made) == {"version"}
    assert line.run("db", "upgrade", "--json").json() == made
    told = line.run("db", "status", "--json").json()
    assert (told["version"], told["needed"]) == (made["version"], made["version"])
    assert [sentence.split()[0] for sentence in told["servers"]] == ["PostgreSQL", "Redis"]
    assert f"version {made['version']}" in line.run("db", "status").told()


def test_no_command_shows_a_password(office, office_settings):
    password = office_settings["REDIS_URL"].split(":")[2].split("@")[0]
    assert password not in office.line.run("db", "status").told()


# ── Teams and users ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_team_is_added_and_listed(office):
    name = f"Überseehandel 株式会社 {office.number}"
    assert name in office.line.run("teams", "add", name).told()
    added = office.line.run("teams", "add", f"{name} II", "--json").json()
    assert set(added) == {"id", "name"}
    listed = {team["name"]: team for team in office.line.run("teams", "list", "--json").json()}
    assert {name, f"{name} II", office.team} <= set(listed)
    assert set(listed[name]) == {"name", "org_id", "created_at"}
    assert name in office.line.run("teams", "list").told()


def test_a_user_is_added_with_all_that_is_given_and_listed(office):
    email = f"Eve{office.number}@Acme.example"
    options = ("--team", office.team, "--name", "Eve Ö", "--time-zone", "Pacific/Auckland", "--admin")
    added = office.line.run("users", "add", email, *options, "--json").json()
    assert added == {"id": added["id"], "email": email.lower()}
    listed = office.line.run("users", "list", "--team", office.team, "--json").json()
    assert [user["email"] for user in listed] == [office.email("ada"), office.email("ben"), email.lower()]
    assert listed[-1] == {
        "email": email.lower(),
        "name": "Eve Ö",
        "time_zone": "Pacific/Auckland",
        "is_admin": True,
        "active": True,
        "sync_on": False,
        "on_integration_login": False,
    }
    assert email.lower() in office.line.run("users", "list").told()


def test_a_token_speaks_for_its_user(office):
    plain = office.line.run("users", "token", office.email()).told().strip()
    in_json = office.line.run("users", "token", office.email(), "--json").json()["token"]
    assert plain != in_json
    for token in (plain, in_json):
        assert office.directory.user_of_token(token).email == office.email()


# ── Logins ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_connect_without_tokens_prints_where_people_do_it_themselves(office):
    line = office.line.knowing(PUBLIC_URL="https://sync.example.com")
    address = "https://sync.example.com/connect/salesforce"
    assert address in line.run("connect", office.email()).told()
    assert line.run("connect", office.email(), "--json").json() == {"url": address}


def test_connect_stores_the_login_of_given_tokens(office):
    connected = office.line.run("connect", office.email(), *office.token_options(), "--json").json()
    assert connected == {"username": office.email(), "org_id": office.org_id}
    login = _logins(office).of_user(office.user().id)
    assert (login.username, login.org_id, login.grant.value) == (office.email(), office.org_id, "refresh")
    assert office.email() in office.line.run("connect", office.email(), *office.token_options()).told()


def test_connect_without_a_refresh_token_stores_a_login_that_ends(office):
    office.line.run("connect", office.email(), *office.token_options()[:4]).told()
    assert _logins(office).of_user(office.user().id).grant.value == "none"


def test_a_teams_integration_login_is_stored_from_tokens(office):
    connected = office.line.run("teams", "connect", office.team, *office.token_options("root"), "--json").json()
    assert connected == {"team": office.team, "username": office.email("root"), "org_id": office.org_id}
    assert _logins(office).of_team(office.directory.team(office.team).id).username == office.email("root")


def test_a_teams_integration_login_is_stored_from_a_signed_login(office, tmp_path):
    public, private = _key_pair()
    office.sim.door.register_app("signing", public_key=public)
    key = tmp_path / "key.pem"
    key.write_text(private)
    line = office.line.knowing(SALESFORCE_CLIENT_ID="signing", SALESFORCE_PRIVATE_KEY_FILE=str(key))
    said = line.run("teams", "connect", office.team, "--jwt-user", office.email("root")).told()
    assert office.email("root") in said
    login = _logins(office).of_team(office.directory.team(office.team).id)
    assert (login.username, login.grant.value) == (office.email("root"), "jwt")


# ── Sync ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_sync_on_brings_the_tasks_in_and_sync_off_keeps_them(at_work):
    at_work.there().create(Subject="Call Cora")
    switched = at_work.line.run("sync", "on", at_work.email(), "--json").json()
    assert switched == {"email": at_work.email(), "sync_on": True}
    _until_idle(at_work)
    assert _names(at_work) == {"Call Cora"}
    switched = at_work.line.run("sync", "off", at_work.email(), "--json").json()
    assert switched == {"email": at_work.email(), "sync_on": False}
    assert _names(at_work) == {"Call Cora"}
    assert _status(at_work)["state"] == "off"


def test_sync_on_shows_by_name_what_a_choice_would_do_and_does_it_once_agreed(at_work):
    then = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    old = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), then)
    owner = at_work.user().salesforce_id
    ids = [
        {"OwnerId": owner, "Subject": subject, "Status": "Not Started", "Priority": "Normal", **old}
        for subject in ("Call Cora", "Visit Lea", "Visit Lea")
    ]
    at_work.sim.door.put_tasks(ids, at_work.org_id)
    reminders = AppReminders(at_work.database)
    for name in ("Call Cora", "Visit Lea"):
        reminders.create(at_work.user(), Draft(name))
    asked = at_work.line.run("sync", "on", at_work.email(), "--match-existing")
    assert (asked.code, "do exactly this?" in asked.err, "say --yes" in asked.err) == (2, True, True)
    for word in ("match", "Call Cora", "1 reminder and 2 Tasks"):
        assert word in asked.out
    assert _status(at_work)["state"] == "off"
    done = at_work.line.run("sync", "on", at_work.email(), "--match-existing", "--import-open", "--json").json()
    assert (done["sync_on"], done["counts"]["matched"], done["counts"]["imported"]) == (True, 1, 2)
    assert sorted(item["name"] for item in done["items"]) == ["Call Cora", *["Visit Lea"] * 3]
    _until_idle(at_work)
    assert sorted(one.reminder.name for one in reminders.list(at_work.user()).items) == [
        "Call Cora",
        *["Visit Lea"] * 3,
    ]
    assert _status(at_work)["left_out"] == 0


def test_push_lets_reminders_out_that_were_here_before(at_work):
    reminders = AppReminders(at_work.database)
    ids = [reminders.create(at_work.user(), Draft(name)).reminder.id for name in ("one", "two", "three")]
    assert "turn sync on before" in at_work.line.run("push", ids[0]).err
    at_work.line.run("sync", "on", at_work.email()).told()
    assert at_work.line.run("push", *ids[:2], "--json").json() == {"reminders": ids[:2]}
    _until_idle(at_work)
    subjects = {row["Subject"] for row in at_work.sim.door.tasks(at_work.org_id)}
    assert subjects == {"one", "two"}
    assert "There is no such reminder" in at_work.line.run("push", "8c1f0ae6-0000-4000-8000-000000000000").err


def test_resync_with_wait_shows_what_the_run_did(in_sync):
    in_sync.there().create(Subject="New there")
    (run,) = in_sync.line.run("resync", in_sync.email(), "--wait", "--json").json()
    assert set(run) == RUN_KEYS
    assert (run["user"], run["state"], run["created_here"], run["error"]) == (in_sync.email(), "done", 1, None)
    assert run["calls"] > 0
    assert "New there" in _names(in_sync)
    table = in_sync.line.run("resync", in_sync.email(), "--wait").told()
    assert in_sync.email() in table
    assert "created here" in table


def test_resync_without_wait_tells_the_run_to_look_for(in_sync):
    queued = in_sync.line.run("resync", in_sync.email(), "--json").json()
    assert list(queued["runs"]) == [in_sync.email()]
    assert in_sync.email() in in_sync.line.run("resync", in_sync.email()).told()


def test_a_dry_run_does_nothing_and_equals_what_the_next_run_does(in_sync):
    there = in_sync.there()
    tasks = {task["Subject"]: task["Id"] for task in in_sync.sim.door.tasks(in_sync.org_id)}
    there.create(Subject="New there", Priority="High")
    there.update(tasks["Call Cora"], Subject="Call Cora again")
    there.delete(tasks["Write to Lea"])
    before = _names(in_sync)
    written = in_sync.sim.door.counters()["records"]
    items = in_sync.line.run("resync", in_sync.email(), "--dry-run", "--json").json()
    assert all(set(item) == PLAN_KEYS for item in items)
    assert _names(in_sync) == before
    assert in_sync.sim.door.counters()["records"] == written
    planned = {f"{item['action']}d_{_SIDES[item['side']]}" for item in items}
    (run,) = in_sync.line.run("resync", in_sync.email(), "--wait", "--json").json()
    assert {name: run[name] for name in COUNTS if run[name]} == dict.fromkeys(planned, 1)
    assert planned == {"created_here", "updated_here", "deleted_here"}
    assert _names(in_sync) == {"New there", "Call Cora again"}


def test_a_dry_run_is_readable(in_sync):
    in_sync.there().create(Subject="New there")
    assert "name: None → 'New there'" in in_sync.line.run("resync", in_sync.email(), "--dry-run").told()
    in_sync.line.run("resync", in_sync.email(), "--wait").told()
    assert "A run would do nothing." in in_sync.line.run("resync", in_sync.email(), "--dry-run").told()


def test_a_full_resync_reads_every_linked_task_again(in_sync):
    calls = in_sync.sim.door.counters()["calls"]
    (run,) = in_sync.line.run("resync", in_sync.email(), "--full", "--wait", "--json").json()
    assert (run["state"], {name: run[name] for name in COUNTS if run[name]}) == ("done", {})
    assert in_sync.sim.door.counters()["calls"] - calls >= run["calls"] > 1


def test_resync_of_a_team_or_of_all_takes_whose_sync_is_on(in_sync):
    of_team = in_sync.line.run("resync", "--team", in_sync.team, "--wait", "--json").json()
    assert [run["user"] for run in of_team] == [in_sync.email()]
    of_all = in_sync.line.run("resync", "--all", "--json").json()["runs"]
    assert in_sync.email() in of_all
    assert in_sync.email("ben") not in of_all


def test_a_team_nobody_of_which_syncs_has_nothing_to_resync(office):
    assert office.line.run("resync", "--team", office.team, "--json").json() == {"runs": {}}
    assert "Nobody's sync is on" in office.line.run("resync", "--team", office.team).told()


def test_a_run_that_fails_is_told_with_its_cause(in_sync):
    in_sync.sim.door.end_sessions(in_sync.email(), refresh_tokens=True)
    ended = in_sync.line.run("resync", in_sync.email(), "--wait", "--json")
    assert ended.code == 1
    assert f"1 of 1 runs failed ({in_sync.email()}: " in ended.err.splitlines()[-1]
    assert _status(in_sync)["state"] == "reconnect"


# ── Status ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_status_tells_how_each_user_stands(in_sync):
    row = _status(in_sync)
    assert set(row) == STATUS_KEYS
    assert (row["email"], row["state"], row["last_outcome"], row["errors"]) == (in_sync.email(), "idle", "done", 0)
    assert (row["backlog"], row["lag_seconds"]) == (0, 0)
    assert row["last_run_at"] < row["next_due_at"]
    assert " of " in row["allowance"]
    everybody = in_sync.line.run("status").told()
    for email in (in_sync.email("ada"), in_sync.email("ben")):
        assert email in everybody


def test_the_fleet_names_the_worker_and_counts_its_runs(in_sync):
    now = in_sync.line.run("fleet", "--json").json()
    (worker,) = now["workers"]
    assert worker["seen_seconds"] < 30
    assert now["runs_a_minute"]["done"] > 0
    assert f"Workers: {worker['name']}" in in_sync.line.run("fleet").told()


def test_status_shows_a_backlog_while_no_worker_takes_it(office):
    office.connect()
    user = office.directory.turn_on(office.user().id)
    with office.database.begin() as connection:
        mark_due(connection, [user.id], Lane.BULK)
    row = _status(office)
    assert (row["state"], row["progress"]) == ("first_sync", "0/?")


def test_lists_are_whole_lines_where_no_terminal_shows_them(office):
    email = f"{'long' * 15}{office.number}@{'very-' * 12}long.example"
    office.line.run("users", "add", email, "--team", office.team, "--name", "N" * 200).told()
    lines = office.line.run("users", "list", "--team", office.team).told().splitlines()
    assert any(email in text and "N" * 200 in text for text in lines)


# ── The processes ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_orgsim_serves_until_it_is_told_to_end(line, number):
    running = line.start("orgsim", "--port", "0", "--sample", "--json")
    try:
        eventually(lambda: running.says("}"), give_up_seconds=WAIT_SECONDS)
        address = json.loads(running.output())["url"]
        assert requests.get(address, timeout=WAIT_SECONDS).ok
        running.process.send_signal(number)
        assert running.process.wait(WAIT_SECONDS) == 0
    finally:
        running.process.kill()
        running.process.wait()


def test_up_runs_every_process_on_the_configured_servers_until_ctrl_c(line, office_settings):
    port, flower = redis_server.free_port(), redis_server.free_port()
    # Flower and the Procfile know nothing of the file: `up` hands it on.
    (line.folder / ".env").write_text(f"FLOWER_PORT={flower}\n")
    running = line.knowing(**office_settings, PORT=str(port)).start("up", "--json")
    try:
        eventually(lambda: running.says("PostgreSQL is the one at"), give_up_seconds=WAIT_SECONDS)
        for address in (f"http://127.0.0.1:{port}/readyz", f"http://127.0.0.1:{flower}/"):
            eventually(lambda address=address: running.says("") and _answers(address), give_up_seconds=WAIT_SECONDS)
        eventually(lambda: running.says(" ready."), give_up_seconds=WAIT_SECONDS)
        children = psutil.Process(running.process.pid).children(recursive=True)
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(WAIT_SECONDS) == 0
    finally:
        running.process.kill()
        running.process.wait()
    assert len(children) >= 4
    told = [json.loads(one) for one in running.output().splitlines()]
    assert list(told[0]) == ["servers"]
    assert {one["process"] for one in told[1:]} == {"web", "worker", "beat", "flower"}
    eventually(lambda: not any(child.is_running() for child in children))
    assert not (line.home / "postgres").exists()


# ── Around them ─────────────────────────────────────────────────────────────────────────────────────────────

_SIDES = {"app": "here", "salesforce": "there"}


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=5).ok
    except requests.RequestException:
        return False


def _log(handle: ProcessHandle) -> str:
    return handle.logs().decode(errors="replace")


def _status(office: Office) -> dict:
    (row,) = office.line.run("status", office.email(), "--json").json()
    return row


def _until_idle(office: Office) -> None:
    """Wait for the end of the first sync, as the database tells it."""

    def idle() -> bool:
        (found,) = office.directory.status(office.user().id)
        return found.state == "idle" and found.last_run_at is not None

    eventually(idle, give_up_seconds=WAIT_SECONDS)


def _names(office: Office) -> set[str]:
    return {item.reminder.name for item in AppReminders(office.database).list(office.user(), ListQuery()).items}


def _logins(office: Office) -> SqlLogins:
    return SqlLogins(office.database, Vault([KEYS["TOKEN_KEYS"]]))
