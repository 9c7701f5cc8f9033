"""The state file: what a restart keeps, and what it says to a file that is none."""

import os
import signal
import subprocess
import sys

import pytest
import requests

from orgsim import sample, serve
from orgsim.__main__ import main
from orgsim.door import UserRefusedError
from tests.orgsim.acme import ACCOUNT, ANN, CONTACT, Caller, world


def test_a_restart_keeps_records_logins_settings_and_the_bin(tmp_path):
    file = tmp_path / "org.db"
    with serve(world(), state=file) as sim:
        ann = Caller(sim, "ann@acme.example")
        kept = ann.create(Subject="kept", ActivityDate="2026-05-01", RemindersyncKey__c="k")
        binned, hard = ann.create(Subject="bin"), ann.create(Subject="hard")
        ann.delete(binned)
        sim.door.hard_delete(hard)
        sim.door.set_org(settings={"daily_limit": 7, "hidden_fields": ["ActivityDate"]}, beliefs={"trim_text": False})
        sim.door.register_app("other", client_secret="s")
        sim.door.freeze()
        before, login, now = sim.door.tasks(include_deleted=True), ann.login, sim.door.now()
        ann.http.close()
    with serve(state=file) as sim:
        assert sim.door.tasks(include_deleted=True) == before
        assert {row["Id"] for row in before} == {kept, binned}
        assert sim.door.now() == now
        (org,) = sim.door.orgs()
        assert (org["settings"]["daily_limit"], org["beliefs"]) == (7, {"trim_text": False})
        sim.door.set_org(settings={"hidden_fields": []})
        headers = {"Authorization": f"Bearer {login['access_token']}"}
        answer = requests.get(
            f"{sim.url}/services/data/v66.0/sobjects/Task/RemindersyncKey__c/k", headers=headers, timeout=10
        )
        assert answer.json()["ActivityDate"] == "2026-05-01"
        assert answer.headers["Sforce-Limit-Info"] == "api-usage=5/7"
        fresh = sim.door.as_user("ann@acme.example").create(Subject=" fresh")
        assert fresh not in {kept, binned, hard}
        form = {"grant_type": "refresh_token", "refresh_token": login["refresh_token"], "client_id": "orgsim-client"}
        assert requests.post(f"{sim.url}/services/oauth2/token", data=form, timeout=10).ok
    with serve(state=file) as sim:
        assert sim.door.task(fresh)["Subject"] == " fresh"
        sim.door.reset(world())
    with serve(state=file) as sim:
        assert sim.door.tasks(include_deleted=True) == []


def test_a_restart_keeps_locks_rules_rights_and_what_was_binned_together(tmp_path):
    file = tmp_path / "org.db"
    with serve(world(), state=file) as sim:
        person = sim.door.as_user("ann@acme.example")
        record_id = person.create(Subject="a", WhoId=CONTACT)
        sim.door.act("ann@acme.example", "delete", object="Contact", id=CONTACT)
        other = person.create(Subject="b")
        sim.door.lock_records(other)
        sim.door.lock_rows(ACCOUNT, seconds=3600)
        sim.door.add_rule("validation", where="Priority = 'High'", message="No")
        sim.door.set_user("ann@acme.example", ReadOnlyFields=["Subject"])
        sim.door.purge_deletions()
        (before,), locks = sim.door.orgs(), sim.door.locks()
    with serve(state=file) as sim:
        (org,) = sim.door.orgs()
        assert (org["settings"], sim.door.locks()) == (before["settings"], locks)
        with pytest.raises(UserRefusedError, match="ENTITY_IS_LOCKED"):
            sim.door.as_user("ann@acme.example").update(other, Priority="Low")
        with pytest.raises(UserRefusedError, match="INVALID_FIELD_FOR_INSERT_UPDATE"):
            sim.door.as_user("ann@acme.example").create(Subject="c")
        sim.door.act("ann@acme.example", "undelete", object="Contact", id=CONTACT)
        assert not sim.door.task(record_id)["IsDeleted"]


def start(*arguments):
    command = [sys.executable, "-W", "error", "-m", "orgsim", "--port", "0", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_program_says_where_it_is_and_ends_cleanly(tmp_path, number):
    with start("--state", str(tmp_path / "org.db")) as process:
        line = process.stdout.readline()
        assert line.startswith("orgsim ready at http://127.0.0.1:")
        url = line.split()[-1]
        assert requests.get(f"{url}/_sim/orgs", timeout=10).json() == {"orgs": []}
        assert requests.get(url, timeout=10).status_code == 200
        os.kill(process.pid, number)
        out, errors = process.communicate(timeout=20)
    assert (process.returncode, out, errors) == (0, "", "")


def test_a_file_that_is_no_state_is_named_in_one_sentence(tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text("Dear Sir or Madam, " * 100)
    with start("--state", str(file)) as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert len(errors.splitlines()) == 1
    assert "letter.txt is no state file of orgsim" in errors


def test_a_taken_port_is_told_in_one_sentence():
    with serve() as sim:
        port = sim.url.rsplit(":", 1)[1]
        command = [sys.executable, "-m", "orgsim", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert "Address already in use" in done.stderr
    assert ANN not in done.stderr


def test_a_broken_sample_is_told_in_one_sentence(monkeypatch, capsys):
    def broken(_now):
        raise sample.SampleError("The sample is torn; generate it again.")

    monkeypatch.setattr(sample, "load", broken)
    assert main(["--port", "0", "--sample"]) == 1
    assert capsys.readouterr().err == "orgsim can't start: The sample is torn; generate it again.\n"
