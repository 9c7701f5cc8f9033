"""Teams, users and tokens at the command line, in words for people and as JSON for programs."""

import os
import subprocess
import sys

import pytest

from tests.system.commands import COMMAND

_LOADED = """
import sys
sys.argv = ["remindersync", "users", "list", "--json"]
from worker.cli import cli
cli.main(standalone_mode=False)
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""


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
        "salesforce_username": None,
    }
    assert email.lower() in office.line.run("users", "list").told()


def test_a_token_speaks_for_its_user(office):
    plain = office.line.run("users", "token", office.email()).told().strip()
    in_json = office.line.run("users", "token", office.email(), "--json").json()["token"]
    assert plain != in_json
    for token in (plain, in_json):
        assert office.directory.user_of_token(token).email == office.email()


def test_tokens_of_a_user_are_listed_and_revoked(office):
    token = office.line.run("users", "token", office.email(), "--name", "export").told().strip()
    (shown,) = office.line.run("users", "tokens", office.email(), "--json").json()
    assert set(shown) == {"id", "name", "created_at", "last_used_at"}
    assert (shown["name"], shown["last_used_at"]) == ("export", None)
    of_ben = office.line.run("users", "tokens", office.email("ben"), "--revoke", shown["id"])
    assert f"There is no token {shown['id']} of {office.email('ben')}: " in of_ben.complaint()
    assert office.directory.user_of_token(token) is not None
    told = office.line.run("users", "tokens", office.email(), "--revoke", shown["id"]).told()
    assert f"The token 'export' of {office.email()} counts no more." in told
    assert office.directory.user_of_token(token) is None
    assert "No program has a token" in office.line.run("users", "tokens", office.email()).told()


def test_tokens_of_a_teams_programs_are_listed_and_revoked_and_no_others(office):
    token = office.line.run("teams", "token", office.team, "--name", "console").told().strip()
    own = office.directory.issue_token(office.user().id, "own")
    (shown,) = office.line.run("teams", "tokens", office.team, "--json").json()
    assert shown["name"] == "console"
    assert "console" in office.line.run("teams", "tokens", office.team).told()
    (her_own,) = office.directory.tokens_of(office.user().id)
    assert office.line.run("teams", "tokens", office.team, "--revoke", her_own.id).complaint()
    assert office.line.run("users", "tokens", office.email(), "--revoke", shown["id"]).complaint()
    revoked = office.line.run("teams", "tokens", office.team, "--revoke", shown["id"], "--json").json()
    assert revoked == {"id": shown["id"], "name": "console"}
    assert office.directory.user_of_token(token, office.email()) is None
    assert office.directory.user_of_token(own) is not None


def test_lists_are_whole_lines_where_no_terminal_shows_them(office):
    email = f"{'long' * 15}{office.number}@{'very-' * 12}long.example"
    office.line.run("users", "add", email, "--team", office.team, "--name", "N" * 200).told()
    lines = office.line.run("users", "list", "--team", office.team).told().splitlines()
    assert any(email in text and "N" * 200 in text for text in lines)


@pytest.mark.parametrize("arguments", [("--help",), ("teams", "list"), ("teams", "list", "--json")], ids=" ".join)
def test_nothing_is_said_where_whoever_read_has_enough(office, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as nobody:
        line = {"cwd": office.line.folder, "env": office.line.environ}
        done = subprocess.run([COMMAND, *arguments], stdout=nobody, stderr=subprocess.PIPE, **line, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_list_loads_nothing_that_speaks_to_the_queue_or_to_salesforce(office):
    code = [sys.executable, "-c", _LOADED]
    done = subprocess.run(
        code, env=office.line.environ, cwd=office.line.folder, capture_output=True, text=True, check=True
    )
    assert office.email() in done.stdout
    loaded = set(done.stderr.split())
    assert "sqlalchemy" in loaded
    assert loaded.isdisjoint(
        {"alembic", "celery", "fastapi", "kombu", "redis", "requests", "rich", "simple_salesforce"}
    )
