"""Runs by hand for many people: a handful of statements, one way for pages, programs and the command line (SYNC-8)."""

import pytest
from sqlalchemy import insert, select, update

from remindersync.errors import UserMistake
from remindersync.store.tables import run_state, runs, users
from tests.fixtures.statements import counted_statements
from worker import by_hand
from worker.by_hand import Wanted


@pytest.fixture
def crowd(services, ada):
    """Add so many more people who sync; return the ids of them all."""

    made: list[str] = []

    def add(number: int) -> list[str]:
        start = len(made)
        rows = [
            {
                "team_id": ada.team_id,
                "sync_on": True,
                "email": f"person{start + one}@example.com",
                "salesforce_id": f"005CR{start + one:010}AAA",
            }
            for one in range(number)
        ]
        with services.database.begin() as connection:
            ids = connection.execute(insert(users).returning(users.c.id), rows).scalars().all()
            connection.execute(insert(run_state), [{"user_id": one} for one in ids])
        made.extend(ids)
        return list(ids)

    return add


@pytest.fixture
def waiting(services):
    """Read the runs that wait, by user."""

    def read() -> dict[str, str]:
        with services.database.begin() as connection:
            return {row.user_id: row.id for row in connection.execute(select(runs).where(runs.c.state == "queued"))}

    return read


def test_a_run_of_each_of_many_takes_as_many_statements_as_of_a_few(services, crowd, queued, waiting):
    few = crowd(3)
    with counted_statements(services.database) as for_few:
        by_hand.queue(services, few)
    many = [*few, *crowd(600)]
    with counted_statements(services.database) as for_many:
        found = by_hand.queue(services, many)
    assert len(for_many) == len(for_few) <= 8
    assert (list(found), found) == (many, waiting())
    assert sorted(queued()) == sorted(many)


def test_many_are_queued_page_by_page(services, crowd, queued, waiting, monkeypatch):
    monkeypatch.setattr(by_hand, "_PAGE", 2)
    people = crowd(5)
    assert list(by_hand.queue(services, people)) == people
    assert waiting().keys() == set(people)
    assert sorted(queued()) == sorted(people)


def test_who_has_the_same_run_waiting_gets_no_second_one(services, crowd):
    people = crowd(3)
    (first,) = by_hand.queue(services, people[:1], Wanted(full=True), agreed=True).values()
    again = by_hand.queue(services, [people[0], *people], Wanted(full=True), agreed=True)
    assert (again[people[0]], len(again)) == (first, 3)
    assert set(again.values()).isdisjoint(by_hand.queue(services, people).values())


def test_where_the_sync_of_some_is_off_none_of_them_is_queued(services, crowd, ada, queued, waiting):
    people = crowd(2)
    with pytest.raises(UserMistake, match=r"ada@example\.com does not sync: turn sync on first"):
        by_hand.queue(services, [*people, ada.id])
    assert (waiting(), queued()) == ({}, [])


def test_who_is_paused_gets_a_run_that_has_ended_and_says_why(services, crowd, waiting):
    paused, other = crowd(2)
    with services.database.begin() as connection:
        connection.execute(update(users).where(users.c.id == paused).values(inactive_there=True))
    ended, queued = services.requests.these(list(by_hand.queue(services, [paused, other]).values()))
    assert (ended.state, ended.error is None, queued.state) == ("failed", False, "queued")
    assert waiting().keys() == {other}


def test_what_is_asked_for_without_a_broker_waits_in_the_database(services, crowd, waiting, monkeypatch):
    people = crowd(3)
    monkeypatch.setattr(services.dispatcher, "_redis", Away())
    assert by_hand.queue(services, people) == waiting()
    assert [claim.user_id for claim in services.due.claim(10, 60)] == sorted(people)


class Away:
    """A broker that cannot be reached."""

    def ping(self) -> None:
        raise ConnectionError


def test_full_runs_of_many_wait_until_their_price_is_agreed_to(services, crowd, syncing_ada, queued, waiting):
    people = [syncing_ada.id, *crowd(3)]
    before = waiting()
    org_id = services.directory.status(syncing_ada.id)[0].org_id
    services.limiter.saw(org_id, 499, 1000)
    with pytest.raises(by_hand.TooCostly) as refused:
        by_hand.queue(services, people, Wanted(full=True))
    assert refused.value.price.calls == 4
    assert waiting() == before
    assert len(by_hand.queue(services, people, Wanted(full=True), agreed=True)) == 4
