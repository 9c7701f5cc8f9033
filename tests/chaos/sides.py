"""Both sides as anybody can read them: reminders by the app's HTTP API, Tasks by Salesforce's REST API."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from sqlalchemy import select

from remindersync.model import LinkState
from remindersync.store.tables import links
from tests.chaos.house import House
from tests.chaos.team import ROOT, Member

Record = dict[str, Any]
# name of a reminder's member, and of a Task's field
PAIRS = {
    "name": "Subject",
    "details": "Description",
    "due_date": "ActivityDate",
    "priority": "Priority",
    "status": "Status",
}
_MEANING = {"Not Started": "open", "Completed": "completed", "Normal": "normal", "High": "high"}
_QUERY = f"SELECT Id, OwnerId, IsDeleted, {', '.join(PAIRS.values())} FROM Task"
_PAGE = 200


@dataclass(frozen=True)
class Sides:
    """Every reminder and every Task, those in the bins too, by id; `owners` are people's Salesforce ids by address.

    `states` tells by Task how its pair stands.
    """

    here: dict[str, Record]
    there: dict[str, Record]
    owners: dict[str, str]
    states: dict[str, str]

    def problems(self, undeleted: Collection[str] = ()) -> list[str]:
        """Return everything in which the two differ; `undeleted` are Tasks that people brought back in Salesforce.

        One whose reminder had been restored here before has no reminder any more: that one got another (MERGE-3).
        """
        replaced = {one for one in undeleted if self.states.get(one) == LinkState.SUPERSEDED}
        return [*self._of_reminders(), *self._of_tasks(replaced)]

    def _of_reminders(self) -> Iterator[str]:
        for reminder in self.live_here():
            task = self.there.get(reminder["sync"]["salesforce_id"])
            if task is None or task["IsDeleted"]:
                yield f"reminder {reminder['id']} ({reminder['sync']['state']}) has no living Task: {reminder['name']}"
                continue
            if task["OwnerId"] != self.owners[reminder["assignee"]]:
                yield f"reminder {reminder['id']} and Task {task['Id']} have two owners"
            for name, field in PAIRS.items():
                if (reminder[name] or "") != shown(task[field]):
                    where = f"reminder {reminder['id']} ({reminder['sync']['state']}), Task {task['Id']}"
                    yield f"{where}: {name} {reminder[name]!r} and {task[field]!r}"

    def _of_tasks(self, replaced: Collection[str]) -> Iterator[str]:
        known = Counter(reminder["sync"]["salesforce_id"] for reminder in self.live_here())
        for task in self.there.values():
            if not task["IsDeleted"] and known[task["Id"]] != 1 and task["Id"] not in replaced:
                pair = self.states.get(task["Id"], "unknown")
                yield f"Task {task['Id']} ({task['Subject']}, {pair}) has {known[task['Id']]} reminders"

    def live_here(self) -> list[Record]:
        return [reminder for reminder in self.here.values() if reminder["deleted_at"] is None]


def shown(value: str | None) -> str:
    """Return a Task's value as a reminder would hold it."""
    return _MEANING.get(value or "", value or "")


def read(house: House, team: Sequence[Member]) -> Sides:
    """Read both sides whole."""
    here = {one["id"]: one for member in team for one in _reminders(member)}
    there = {one["Id"]: one for one in _tasks(house)}
    with house.parts.database.begin() as connection:
        states = {row.task_id: row.state for row in connection.execute(select(links.c.task_id, links.c.state))}
    return Sides(here, there, {member.email: member.salesforce_id for member in team}, states)


def _reminders(member: Member) -> Iterator[Record]:
    cursor = None
    while True:
        wanted = {"limit": _PAGE, "include_deleted": True} | ({"cursor": cursor} if cursor else {})
        page = member.here.get("/reminders", params=wanted).raise_for_status().json()
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return


def _tasks(house: House) -> Iterator[Record]:
    login = house.door.session(ROOT)
    path, params = "/services/data/v66.0/queryAll", {"q": _QUERY}
    while path:
        headers = {"Authorization": f"Bearer {login['access_token']}"}
        answer = requests.get(f"{login['instance_url']}{path}", params=params, headers=headers, timeout=30)
        answer.raise_for_status()
        yield from answer.json()["records"]
        path, params = answer.json().get("nextRecordsUrl"), {}


def events(member: Member, reminder_id: str) -> Iterator[Record]:
    """Yield what a reminder's history says, oldest first."""
    cursor = None
    while True:
        wanted = {"limit": _PAGE} | ({"cursor": cursor} if cursor else {})
        page = member.here.get(f"/reminders/{reminder_id}/history", params=wanted).raise_for_status().json()
        yield from page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return
