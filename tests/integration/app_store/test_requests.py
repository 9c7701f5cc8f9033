from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update

from remindersync.errors import UserMistake
from remindersync.model import Counts, RunKind
from remindersync.store.app_reminders import Draft
from remindersync.store.mistakes import NotFound
from remindersync.store.requests import RunRequests
from remindersync.store.tables import run_state, runs

LANES = [
    (RunKind.POLL, False, "interactive"),
    (RunKind.POLL, True, "sync"),
    (RunKind.FULL, False, "bulk"),
    (RunKind.DRY, True, "bulk"),
]
NOBODY = "8b0c9e5e-0000-4000-8000-000000000000"


@pytest.fixture
def requests(database):
    return RunRequests(database)


def test_a_queued_run_can_be_watched(requests, syncing_ada):
    run = requests.run(requests.queue(syncing_ada.id, RunKind.FULL))
    assert (run.user, run.user_id, run.team_id) == ("ada@example.com", syncing_ada.id, syncing_ada.team_id)
    assert (run.kind, run.state, run.counts, run.calls) == (RunKind.FULL, "queued", Counts(), 0)
    assert run.started_at is run.ended_at is run.error is run.plan is None


def test_a_request_makes_its_user_due_now_before_others(requests, syncing_ada, make_idle, state):
    make_idle(syncing_ada)
    requests.queue(syncing_ada.id, RunKind.POLL)
    row = state(syncing_ada)
    assert (row["next_due_at"].year < 2100, row["again_at"].year < 2100, row["lane"]) == (True, True, "interactive")


@pytest.mark.parametrize("kind", [RunKind.FULL, RunKind.DRY])
def test_sync_8_long_work_asked_for_stands_in_no_queue_before_what_people_wait_for(
    requests, syncing_ada, make_idle, state, kind
):
    make_idle(syncing_ada)
    requests.queue(syncing_ada.id, kind)
    row = state(syncing_ada)
    assert (row["next_due_at"].year < 2100, row["lane"]) == (True, "bulk")


def test_sync_8_an_edit_beside_long_work_that_was_asked_for_goes_first(app, requests, syncing_ada, state):
    requests.queue(syncing_ada.id, RunKind.FULL)
    reminder = app.create(syncing_ada, Draft("Call")).reminder
    assert reminder.shared
    assert state(syncing_ada)["lane"] == "interactive"


def test_the_same_request_again_is_the_same_run_while_it_waits(requests, syncing_ada, database):
    first = requests.queue(syncing_ada.id, RunKind.DRY)
    assert requests.queue(syncing_ada.id, RunKind.DRY) == first
    with database.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == first).values(state="running"))
    assert requests.queue(syncing_ada.id, RunKind.DRY) != first


def test_the_same_request_at_once_is_one_run(requests, syncing_ada):
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(lambda _: requests.queue(syncing_ada.id, RunKind.FULL), range(8)))) == 1


def test_another_kind_or_user_is_another_run(requests, syncing_ada, syncing_bob):
    asked = [(syncing_ada, RunKind.FULL), (syncing_ada, RunKind.DRY), (syncing_bob, RunKind.FULL)]
    assert len({requests.queue(user.id, kind) for user, kind in asked}) == 3


def test_who_does_not_sync_cannot_be_asked_for(requests, ada):
    with pytest.raises(UserMistake, match="turn sync on first"):
        requests.queue(ada.id, RunKind.POLL)


def test_a_finished_run_tells_what_it_did(requests, syncing_ada, database):
    run_id = requests.queue(syncing_ada.id, RunKind.DRY)
    done = {"state": "done", "outcome": "done", "counts": {"created_here": 2, "parked": 1}, "calls": 3}
    with database.begin() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(**done, plan=[{"action": "create"}]))
    run = requests.run(run_id)
    assert (run.state, run.outcome, run.calls) == ("done", "done", 3)
    assert run.counts == Counts(created_here=2, parked=1)
    assert run.plan == ({"action": "create"},)


def test_runs_are_listed_newest_first_and_only_the_users(requests, syncing_ada, syncing_bob):
    full, dry = (requests.queue(syncing_ada.id, kind) for kind in (RunKind.FULL, RunKind.DRY))
    assert [run.id for run in requests.runs_of(syncing_ada.id, 2)] == [dry, full]
    assert [run.kind for run in requests.runs_of(syncing_bob.id)] == [RunKind.FIRST]


@pytest.mark.parametrize("run_id", [NOBODY, "nonsense", "\0"])
def test_a_run_that_is_not_there_is_not_found(requests, run_id):
    with pytest.raises(NotFound):
        requests.run(run_id)


def test_safe_1_a_run_is_seen_by_its_user_and_the_teams_admins_alone(requests, syncing_ada, bob, chief, stranger):
    run_id = requests.queue(syncing_ada.id, RunKind.POLL)
    assert requests.seen_by(syncing_ada, run_id) == requests.seen_by(chief, run_id) == requests.run(run_id)
    for other in (bob, stranger):
        with pytest.raises(NotFound):
            requests.seen_by(other, run_id)


def test_nobody_has_no_runs(requests):
    assert requests.runs_of(NOBODY) == []
    with pytest.raises(NotFound):
        requests.queue(NOBODY, RunKind.POLL)


@pytest.mark.parametrize(("kind", "many", "lane"), LANES)
def test_sync_8_what_many_are_asked_for_stands_in_no_queue_before_an_edit(request, database, kind, many, lane):
    users = [request.getfixturevalue(name).id for name in ("syncing_ada", "syncing_bob")]
    with database.begin() as connection:
        connection.execute(update(run_state).values(lane="sync"))
    RunRequests(database).queue_each(users if many else users[:1], kind)
    with database.begin() as connection:
        assert connection.scalar(select(run_state.c.lane).where(run_state.c.user_id == users[0])) == lane
