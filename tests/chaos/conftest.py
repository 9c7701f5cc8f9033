"""A house that the tests of single outages share."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.chaos.house import House, house
from tests.chaos.sides import read
from tests.chaos.team import Member, settle
from tests.fixtures.waiting import eventually


@dataclass
class Home:
    """A house with two people in it."""

    house: House
    team: list[Member]

    @property
    def ada(self) -> Member:
        return self.team[0]

    def await_equal(self) -> None:
        """Wait until both sides are, and nothing waits to be sent."""

        def problems() -> list[str]:
            backlog = [one.email for one in self.house.parts.directory.status() if one.backlog]
            return [*read(self.house, self.team).problems(), *backlog]

        eventually(lambda: not problems(), pause_seconds=0.2)

    def subjects(self) -> set[str]:
        """Return the Subjects of all living Tasks."""
        return {task["Subject"] for task in self.house.door.tasks()}

    def names(self) -> set[str]:
        """Return the names of Ada's reminders."""
        return {one["name"] for one in self.ada.here.get("/reminders").raise_for_status().json()["items"]}

    def marked(self) -> dict[str, int]:
        """Remember how much everybody has said."""
        return {name: len(program.said()) for name, program in self.house.programs.items()}

    def since(self, marked: dict[str, int]) -> dict[str, list[str]]:
        """Return what everybody has said since."""
        return {name: program.said()[marked[name] :] for name, program in self.house.programs.items()}

    def all_run(self) -> bool:
        return all(program.runs for program in self.house.programs.values())


@pytest.fixture(scope="module")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with house(tmp_path_factory.mktemp("house")) as made:
        yield Home(made, settle(made, 2, tasks_each=1))


@pytest.fixture
def home(shared_home: Home) -> Iterator[Home]:
    """The house, at rest and without faults."""
    shared_home.await_equal()
    yield shared_home
    shared_home.house.door.clear_faults()
    shared_home.house.door.release()
