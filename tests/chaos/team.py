"""Twenty people of one team, with their org, their logins and some Tasks they have already."""

from dataclasses import dataclass
from datetime import date
from itertools import count

import httpx

from orgsim.door import Door, SimUser
from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store.logins import LoginGrant
from tests.chaos.house import House

ORG = record_id("00DCH0000000001")
ROOT = "root@chaos.example"
DAILY_CALLS = 1_000_000


@dataclass(frozen=True)
class Member:
    """One person: in Salesforce's pages, and as a program that speaks the HTTP API for them."""

    number: int
    user_id: str
    email: str
    salesforce_id: str
    door: Door
    there: SimUser
    here: httpx.Client


class Values:
    """Texts and dates of which no two of a side's are the same: each edit can be followed by what it wrote."""

    def __init__(self, side: str, first_day: date) -> None:
        self._side, self._first_day = side, first_day.toordinal()
        self._numbers = count(1)

    def of(self, name: str) -> str:
        """Return a new value for a field of a reminder."""
        number = next(self._numbers)
        return _day(self._first_day + number) if name == "due_date" else f"{name} {number} from {self._side}"


def _day(number: int) -> str:
    return date.fromordinal(number).isoformat()


def settle(house: House, people: int, tasks_each: int, *, sync: bool = True) -> list[Member]:
    """Fill the org, add everybody, and turn their sync on; return them with the Tasks still to be imported."""
    house.door.load(_world(people))
    house.parts.directory.add_team("Sales")
    team = [_join(house, number) for number in range(1, people + 1)]
    for member in team:
        for number in range(tasks_each):
            member.there.create(Subject=f"Old {member.number}-{number}", Status="Not Started", Priority="Normal")
    for member in team if sync else ():
        house.parts.directory.turn_on(member.user_id)
    return team


def _world(people: int) -> dict[str, object]:
    users = [{"Id": _salesforce_id(one), "Username": _email(one), "Name": f"P{one}"} for one in range(1, people + 1)]
    users.append({"Id": _salesforce_id(0), "Username": ROOT, "Name": "Root", "ViewAllData": True})
    return {"orgs": [{"id": ORG, "name": "Chaos", "users": users, "settings": {"daily_limit": DAILY_CALLS}}]}


def _join(house: House, number: int) -> Member:
    directory, email = house.parts.directory, _email(number)
    user = directory.add_user(email, "Sales", name=f"P{number}")
    login = house.door.session(email)
    tokens = (login["instance_url"], login["access_token"], login["refresh_token"])
    directory.connect(user.id, LoginGrant(ORG, _salesforce_id(number), email, *tokens, Grant.REFRESH))
    headers = {"Authorization": f"Bearer {directory.issue_token(user.id)}"}
    here = house.things.enter_context(httpx.Client(base_url=f"{house.web_url}/api/v1", headers=headers, timeout=30))
    # A door of their own: one is no thread's but its maker's.
    door = house.things.enter_context(Door(house.door.url))
    return Member(number, user.id, email, _salesforce_id(number), door, door.as_user(email), here)


def _email(number: int) -> str:
    return f"p{number}@chaos.example"


def _salesforce_id(number: int) -> str:
    return record_id(f"005CH{number:010}")
