"""Redis or PostgreSQL gone for a while, or Redis emptied: everybody waits, says so briefly, and picks up again."""

import pytest

from tests.fixtures.waiting import eventually

pytestmark = pytest.mark.processes

# What one process may say of one outage, however long: a worker has eight jobs under way, and tells of each.
_FEW_LINES = 40


def add(home, name):
    return home.ada.here.post("/reminders", json={"name": name})


def test_without_redis_edits_are_accepted_and_go_out_when_it_is_back(home):
    home.house.redis.stop()
    made = add(home, "Made without Redis")
    home.ada.there.create(Subject="Made there without Redis", Status="Not Started")
    home.house.redis.start()
    assert made.status_code == 201
    eventually(lambda: "Made without Redis" in home.subjects())
    eventually(lambda: "Made there without Redis" in home.names())
    home.await_equal()


def test_a_worker_that_loses_redis_in_the_middle_of_jobs_waits_and_goes_on(home):
    home.house.door.add_fault("hold", times=None)
    made = [add(home, f"Under way {number}") for number in range(3)]
    eventually(home.house.door.held)
    marked = home.marked()
    home.house.redis.stop()
    eventually(lambda: all(_says(home, marked, worker, "roker lost") for worker in ("worker-a", "worker-b")))
    home.house.door.clear_faults()
    home.house.door.release()
    home.house.redis.start()
    assert [one.status_code for one in made] == [201] * 3
    home.await_equal()
    assert home.all_run()


def test_a_long_outage_of_redis_is_told_in_few_lines(home):
    marked = home.marked()
    home.house.redis.stop()
    eventually(lambda: _says(home, marked, "beat", "tick could not be sent"))
    # A worker that has asked for the third time has waited for the longer part of a minute's tries.
    eventually(lambda: _says(home, marked, "worker-a", "(3/"))
    home.house.redis.start()
    home.await_equal()
    assert home.all_run()
    _assert_brief(home.since(marked))


def test_an_emptied_redis_makes_nobody_forgotten_who_is_due(home):
    home.house.door.add_fault("hold", times=None)
    add(home, "Under way when Redis was emptied")
    eventually(home.house.door.held)
    with home.house.broker() as redis:
        redis.flushall()
    add(home, "Made in an emptied Redis")
    home.house.door.clear_faults()
    home.house.door.release()
    home.await_equal()
    assert {"Under way when Redis was emptied", "Made in an emptied Redis"} <= home.subjects()


@pytest.mark.parametrize("end", ["stop", "crash"])
def test_without_postgresql_the_web_says_so_in_words_and_recovers_by_itself(home, end):
    getattr(home.house.postgres, end)()
    refused, page = add(home, "Not accepted"), home.ada.here.get(f"{home.house.web_url}/")
    home.house.postgres.start()
    assert refused.status_code == 503
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "try again" in refused.json()["detail"]
    assert page.status_code in {200, 303, 503}
    eventually(lambda: add(home, "Accepted afterwards").status_code == 201)
    assert "Not accepted" not in home.names()
    home.await_equal()


def test_without_postgresql_workers_wait_briefly_told_and_pick_up(home):
    marked = home.marked()
    home.house.postgres.stop()
    home.ada.there.create(Subject="Made there without PostgreSQL", Status="Not Started")
    eventually(lambda: len(_lines(home, marked, "fan_out stopped")) >= 3)
    home.house.postgres.start()
    eventually(lambda: _is_in(home, "Made there without PostgreSQL"))
    home.await_equal()
    assert home.all_run()
    _assert_brief(home.since(marked))


def _is_in(home, name):
    answer = home.ada.here.get("/reminders")
    return answer.is_success and name in {one["name"] for one in answer.json()["items"]}


def _says(home, marked, program, words):
    return any(words in line for line in home.since(marked)[program])


def _lines(home, marked, words):
    return [line for said in home.since(marked).values() for line in said if words in line]


def _assert_brief(said):
    for name, lines in said.items():
        worth_telling = [line for line in lines if " INFO " not in line]
        assert len(worth_telling) <= _FEW_LINES, (name, worth_telling)
        assert not [line for line in lines if line.startswith("Traceback")], name
