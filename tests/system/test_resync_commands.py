"""Runs by hand: waited for, dry, full, of a team and of all, told in words and as JSON."""

COUNTS = {f"{done}_{side}" for done in ("created", "updated", "deleted") for side in ("here", "there")} | {
    "skipped",
    "parked",
}
RUN_KEYS = {"user", "state", "calls", "error"} | COUNTS
PLAN_KEYS = {"user", "action", "side", "reminder", "salesforce_id", "fields", "reason"}
_SIDES = {"app": "here", "salesforce": "there"}


def test_resync_with_wait_shows_what_the_run_did(in_sync):
    in_sync.there().create(Subject="New there")
    (run,) = in_sync.line.run("resync", in_sync.email(), "--wait", "--json").json()
    assert set(run) == RUN_KEYS
    assert (run["user"], run["state"], run["created_here"], run["error"]) == (in_sync.email(), "done", 1, None)
    assert run["calls"] > 0
    assert "New there" in in_sync.names()
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
    before = in_sync.names()
    written = in_sync.sim.door.counters()["records"]
    items = in_sync.line.run("resync", in_sync.email(), "--dry-run", "--json").json()
    assert all(set(item) == PLAN_KEYS for item in items)
    assert in_sync.names() == before
    assert in_sync.sim.door.counters()["records"] == written
    planned = {f"{item['action']}d_{_SIDES[item['side']]}" for item in items}
    (run,) = in_sync.line.run("resync", in_sync.email(), "--wait", "--json").json()
    assert {name: run[name] for name in COUNTS if run[name]} == dict.fromkeys(planned, 1)
    assert planned == {"created_here", "updated_here", "deleted_here"}
    assert in_sync.names() == {"New there", "Call Cora again"}


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
    assert in_sync.status()["state"] == "reconnect"
