"""How sync stands, for everybody and for the fleet, while a worker runs and while none does."""

from remindersync.store.due import Lane, mark_due

STATUS = (
    "allowance backlog email errors held lag_seconds last_error last_outcome last_run_at least_poll_seconds left_out"
    " next_due_at progress state"
)


def test_status_tells_how_each_user_stands(in_sync):
    row = in_sync.status()
    assert " ".join(sorted(row)) == STATUS
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
    row = office.status()
    assert (row["state"], row["progress"]) == ("first_sync", "0/?")
