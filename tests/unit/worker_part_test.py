"""Parts of the services: made when they are first asked for, and once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from worker import services
from worker.embedded import Server, Servers
from worker.part import Part, Whole
from worker.settings import Settings

SERVERS = Servers(Server("postgresql://127.0.0.1:1/app", "away"), Server("redis://127.0.0.1:1", "away"))


class Kitchen(Whole):
    def __init__(self) -> None:
        super().__init__()
        self.lit = 0
        self.begun = threading.Barrier(4)

    @Part
    def stove(self) -> list[str]:
        self.lit += 1
        return ["hot"]


class Restaurant(Kitchen):
    @Part
    def meal(self) -> list[str]:
        return [*self.stove, "served"]


@pytest.fixture
def built(tmp_path):
    made = services.build(Settings(tmp_path, "a secret key", ("a token key for tests",)), SERVERS)
    yield made
    made.close()


def test_a_part_is_made_when_it_is_first_asked_for():
    kitchen = Kitchen()
    assert (kitchen.lit, kitchen.made("stove")) == (0, None)
    assert kitchen.stove == ["hot"]
    assert kitchen.stove is kitchen.stove is kitchen.made("stove")
    assert kitchen.lit == 1


def test_threads_that_ask_at_once_get_the_same_part():
    kitchen = Kitchen()

    def ask(_: int) -> int:
        kitchen.begun.wait()
        return id(kitchen.stove)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
    assert kitchen.lit == 1


def test_all_parts_are_made_on_demand_also_those_of_what_it_is_built_upon():
    restaurant = Restaurant()
    restaurant.make_all()
    assert (restaurant.made("stove"), restaurant.made("meal")) == (["hot"], ["hot", "served"])


def test_every_part_of_the_services_can_be_made_before_any_server_is_reached(built):
    built.make_all()
    assert built.made("engine") is built.engine


def test_services_with_another_part_share_the_others(built):
    other = built.but(throttle="none")
    assert (other.throttle, other.database) == ("none", built.database)
    assert built.throttle != "none"


def test_services_of_which_nothing_was_used_are_closed_without_making_it(built):
    built.close()
    assert built.made("database") is built.made("redis") is None
