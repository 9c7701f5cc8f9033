"""A worker killed in the middle of a first sync, and beat killed: who is due is run again, and nothing twice."""

import time

import pytest
from sqlalchemy import func, select

from remindersync.store.tables import links
from tests.chaos.conftest import Home
from tests.chaos.house import house
from tests.chaos.team import settle
from tests.fixtures.waiting import eventually

pytestmark = pytest.mark.processes

TASKS = 600
# What docs/guarantees.md states its bounds for; the house's own settings are short.
AS_SHIPPED = {
    "POLL_MIN_SECONDS": "15",
    "POLL_MAX_SECONDS": "900",
    "SALESFORCE_READ_SECONDS": "30",
    "LOCK_SECONDS": "60",
    "LEASE_SECONDS": "180",
    "RUN_LEASE_SECONDS": "120",
    "VISIBILITY_SECONDS": "600",
}


@pytest.fixture(
    params=[pytest.param({}, id="short"), pytest.param(AS_SHIPPED, id="as-shipped", marks=pytest.mark.full)]
)
def own_home(request, tmp_path):
    with house(tmp_path, **request.param) as made:
        yield Home(made, settle(made, 1, tasks_each=0, sync=False))


def test_a_first_sync_whose_worker_was_killed_goes_on_where_it_was(own_home, capsys):
    home, door = own_home.house, own_home.house.door
    tasks = [{"OwnerId": own_home.ada.salesforce_id, "Subject": f"Many {one}"} for one in range(TASKS)]
    door.put_tasks(one | {"Status": "Not Started", "Priority": "Normal"} for one in tasks)
    # Pages come slowly enough for one to be there and the next to be under way: a first sync reads by queryAll.
    door.add_fault("slow", kind="query_all", seconds=1, times=None)
    home.parts.directory.turn_on(own_home.ada.user_id)
    before = eventually(lambda: _imported(home) or None)
    for worker in home.workers:
        worker.kill()
    killed_at = time.monotonic()
    door.clear_faults()
    for worker in home.workers:
        worker.start()
    eventually(lambda: _imported(home) > before, give_up_seconds=200)
    _tell(capsys, "a run went on", killed_at)
    own_home.await_equal()
    assert _imported(home) == TASKS


def test_beat_that_was_killed_is_missed_only_until_it_begins_again(own_home, capsys):
    home = own_home.house
    home.parts.directory.turn_on(own_home.ada.user_id)
    own_home.await_equal()
    beat = home.programs["beat"]
    beat.kill()
    killed_at = time.monotonic()
    own_home.ada.there.create(Subject="Made while nobody ticked", Status="Not Started")
    beat.start()
    eventually(lambda: "Made while nobody ticked" in own_home.names())
    _tell(capsys, "a Task made meanwhile was here", killed_at)


def _imported(home):
    with home.parts.database.begin() as connection:
        return connection.execute(select(func.count()).select_from(links)).scalar_one()


def _tell(capsys, what, since):
    with capsys.disabled():
        print(f"\n{what} {time.monotonic() - since:.1f} s after the kill")  # noqa: T201 a measurement to be read
