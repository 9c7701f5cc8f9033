"""The load: people who create, edit, complete, reopen, delete and restore on both sides, often the same record."""

import random
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import httpx
from requests import RequestException

from orgsim.door import DoorError, UserRefusedError
from tests.chaos.journal import Journal
from tests.chaos.team import Member, Values

# Followed value by value; the rest of the fields is compared in the end.
FIELDS = {"name": "Subject", "details": "Description", "due_date": "ActivityDate"}
_LIVE_EACH = 12
_LATEST = 6
_BETWEEN_SECONDS = 0.4


class Load:
    """Two threads of people on each side, until told to rest."""

    def __init__(self, team: Sequence[Member], journal: Journal, seed: int) -> None:
        self._rest = threading.Event()
        self._threads: list[threading.Thread] = []
        board = Board()
        for side, values in ((Here, Values("here", date(1980, 1, 1))), (There, Values("there", date(2030, 1, 1)))):
            for half in (0, 1):
                rng = random.Random(f"{seed} {side.__name__} {half}")
                people = side(team[half::2], journal, board, values, rng)
                self._threads.append(threading.Thread(target=self._work, args=(people, rng), daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._rest.set()
        for thread in self._threads:
            thread.join()

    def _work(self, side: "Here | There", rng: random.Random) -> None:
        while not self._rest.wait(rng.expovariate(1 / _BETWEEN_SECONDS)):
            side.act()


class Board:
    """Which reminder and Task belong together, as the app shows it, and which were touched last: people meet there."""

    def __init__(self) -> None:
        self.latest: defaultdict[int, deque[str]] = defaultdict(lambda: deque(maxlen=_LATEST))
        self.reminder_of: dict[str, str] = {}
        self.task_of: dict[str, str] = {}

    def pair(self, reminder_id: str, task_id: str) -> None:
        self.reminder_of[task_id], self.task_of[reminder_id] = reminder_id, task_id


class Here:
    """People in the app, through its HTTP API."""

    def __init__(
        self, share: Sequence[Member], journal: Journal, board: Board, values: Values, rng: random.Random
    ) -> None:
        self._share, self._journal, self._board, self._values, self._rng = share, journal, board, values, rng
        self._live: dict[int, list[str]] = {}
        self._binned: defaultdict[int, list[str]] = defaultdict(list)

    def act(self) -> None:
        member = self._rng.choice(self._share)
        if member.number not in self._live or self._rng.random() < 0.2:
            self._look(member)
        live = self._live.get(member.number, [])
        deed = self._create if len(live) < _LIVE_EACH else self._rng.choices(self._deeds, self._weights)[0]
        deed(member)

    @property
    def _deeds(self) -> list[Callable[[Member], None]]:
        return [self._edit, self._tick, self._rank, self._delete, self._restore, self._create]

    _weights = (70, 10, 8, 4, 4, 4)

    def _look(self, member: Member) -> None:
        page = self._ask(member, "GET", "/reminders", params={"limit": 100, "order": "updated"})
        if page is not None:
            self._live[member.number] = [one["id"] for one in page["items"]]
            for one in page["items"]:
                if one["sync"]["salesforce_id"]:
                    self._board.pair(one["id"], one["sync"]["salesforce_id"])

    def _create(self, member: Member) -> None:
        sent = {"name": self._values.of("name"), "details": self._values.of("details")}
        made = self._ask(member, "POST", "/reminders", json=sent)
        if made is not None:
            self._live.setdefault(member.number, []).append(made["id"])
            self._accepted(made["id"], sent)

    def _edit(self, member: Member) -> None:
        chosen = self._choose(member)
        names = self._rng.sample(sorted(FIELDS), self._rng.choice([1, 1, 2]))
        sent = {name: self._values.of(name) for name in names}
        if self._ask(member, "PATCH", f"/reminders/{chosen}", json=sent) is not None:
            self._accepted(chosen, sent)
            self._board.latest[member.number].append(self._board.task_of.get(chosen, ""))

    def _tick(self, member: Member) -> None:
        self._ask(
            member,
            "PATCH",
            f"/reminders/{self._choose(member)}",
            json={"status": self._rng.choice(["open", "completed"])},
        )

    def _rank(self, member: Member) -> None:
        sent = {"priority": self._rng.choice(["normal", "high"])}
        self._ask(member, "PATCH", f"/reminders/{self._choose(member)}", json=sent)

    def _delete(self, member: Member) -> None:
        chosen = self._choose(member)
        if self._ask(member, "DELETE", f"/reminders/{chosen}") is not None:
            self._live[member.number].remove(chosen)
            self._binned[member.number].append(chosen)

    def _restore(self, member: Member) -> None:
        if self._binned[member.number]:
            chosen = self._binned[member.number].pop()
            self._ask(member, "POST", f"/reminders/{chosen}/restore")

    def _choose(self, member: Member) -> str:
        live = self._live[member.number]
        met = [self._board.reminder_of.get(task_id) for task_id in self._board.latest[-member.number]]
        met = [one for one in met if one in live]
        return self._rng.choice(met if met and self._rng.random() < 0.5 else live)

    def _accepted(self, reminder_id: str, sent: dict[str, str]) -> None:
        for name, value in sent.items():
            self._journal.accepted_here(reminder_id, name, value)

    def _ask(self, member: Member, method: str, path: str, **sent: Any) -> Any:
        """Return what the app answers, None if it refused or nobody knows."""
        try:
            answer = member.here.request(method, path, **sent)
        except httpx.TransportError as error:
            self._journal.count(f"here in doubt ({type(error).__name__})")
            return None
        if answer.is_success:
            if method != "GET":
                self._journal.count("edits here")
            return answer.json() if answer.content else {}
        self._journal.count(f"here refused ({answer.status_code})")
        if answer.status_code not in {404, 409, 412, 422, 503}:
            self._journal.wonder(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return None


class There:
    """People in Salesforce's own pages."""

    def __init__(
        self, share: Sequence[Member], journal: Journal, board: Board, values: Values, rng: random.Random
    ) -> None:
        self._share, self._journal, self._board, self._values, self._rng = share, journal, board, values, rng
        self._live: defaultdict[int, list[str]] = defaultdict(list)
        self._binned: defaultdict[int, list[str]] = defaultdict(list)

    def act(self) -> None:
        member = self._rng.choice(self._share)
        live = self._live[member.number]
        known = [task for task in self._board.latest[member.number] if task]
        live += [task for task in known if task not in live and task not in self._binned[member.number]]
        deed = self._create if len(live) < _LIVE_EACH // 2 else self._rng.choices(self._deeds, self._weights)[0]
        try:
            deed(member)
        except UserRefusedError as refused:
            self._journal.count(f"there refused ({refused.code})")
        except (DoorError, RequestException) as error:
            self._journal.wonder(f"the org's door: {error}")

    @property
    def _deeds(self) -> list[Callable[[Member], None]]:
        return [self._edit, self._tick, self._rank, self._delete, self._undelete, self._create]

    _weights = (70, 10, 8, 4, 4, 4)

    def _create(self, member: Member) -> None:
        sent = {"Subject": self._values.of("name"), "Description": self._values.of("details")}
        made = member.there.create(**sent, Status="Not Started", Priority="Normal")
        self._live[member.number].append(made)
        self._saved(made, sent, {})

    def _edit(self, member: Member) -> None:
        chosen = self._choose(member)
        names = self._rng.sample(sorted(FIELDS), self._rng.choice([1, 1, 2]))
        sent = {FIELDS[name]: self._values.of(name) for name in names}
        saw = member.door.task(chosen) or {}
        member.there.update(chosen, **sent)
        self._saved(chosen, sent, saw)
        self._board.latest[-member.number].append(chosen)

    def _tick(self, member: Member) -> None:
        member.there.update(self._choose(member), Status=self._rng.choice(["Not Started", "Completed"]))
        self._journal.count("edits there")

    def _rank(self, member: Member) -> None:
        member.there.update(self._choose(member), Priority=self._rng.choice(["Normal", "High"]))
        self._journal.count("edits there")

    def _delete(self, member: Member) -> None:
        chosen = self._choose(member)
        member.there.delete(chosen)
        self._journal.deleted_there.add(chosen)
        self._journal.count("edits there")
        self._live[member.number].remove(chosen)
        self._binned[member.number].append(chosen)

    def _undelete(self, member: Member) -> None:
        if self._binned[member.number]:
            chosen = self._binned[member.number].pop()
            member.there.undelete(chosen)
            self._journal.undeleted_there.add(chosen)
            self._journal.count("edits there")
            self._live[member.number].append(chosen)

    def _choose(self, member: Member) -> str:
        live = self._live[member.number]
        met = [task for task in self._board.latest[member.number] if task in live]
        return self._rng.choice(met if met and self._rng.random() < 0.5 else live)

    def _saved(self, task_id: str, sent: dict[str, str], saw: dict[str, Any]) -> None:
        self._journal.count("edits there")
        for name, value in sent.items():
            self._journal.accepted_there(task_id, name, value, saw.get(name))
