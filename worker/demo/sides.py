"""The two sides as anybody may see them: the app through its HTTP API, Salesforce through its REST API."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from remindersync.errors import SyncError

Record = dict[str, Any]

SECONDS = 30
WAIT_SECONDS = 90
_FIELDS = "Id, OwnerId, Subject, Status, Priority, ActivityDate, Description, WhoId, IsDeleted"


class CheckFailed(SyncError):
    """Something is not as it has to be."""


@dataclass(frozen=True, slots=True)
class AppSide:
    """One person's reminders, through `/api/v1` with their token."""

    url: str
    token: str

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: Any) -> Record:
        """Call the API; return the JSON of its answer. Raises `CheckFailed` on any error."""
        answer = requests.request(
            method,
            f"{self.url}/api/v1{path}",
            json=body,
            params=query,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=SECONDS,
        )
        if not answer.ok:
            raise CheckFailed(f"{method} /api/v1{path} answered {answer.status_code}: {answer.text[:300]}")
        return dict(answer.json()) if answer.content else {}

    def reminders(self) -> Iterator[Record]:
        """Yield all reminders that are not in the bin."""
        cursor = None
        while True:
            page = self.ask("GET", "/reminders", limit=200, **({"cursor": cursor} if cursor else {}))
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def resync(self, *, full: bool = False) -> Record:
        """Queue a run, wait for its end and return it."""
        queued = self.ask("POST", "/me/resync", {"full": full})
        ended: Record = wait_until(lambda: self._ended(queued["id"]), f"the end of run {queued['id']}")
        if ended["state"] == "failed":
            raise CheckFailed(f"A run of {ended['user']} failed: {ended['error']}")
        return ended

    def _ended(self, run_id: str) -> Record | None:
        run = self.ask("GET", f"/runs/{run_id}")
        return run if run["state"] in ("done", "failed") else None


@dataclass(frozen=True, slots=True)
class SalesforceSide:
    """One person's Tasks, through the org's REST API with a session of theirs."""

    url: str
    access_token: str
    version: str = "v62.0"

    def tasks(self, where: str) -> Iterator[Record]:
        """Yield the Tasks that a condition selects, deleted ones too."""
        path = f"/services/data/{self.version}/queryAll"
        page = self._get(path, q=f"SELECT {_FIELDS} FROM Task WHERE {where} ORDER BY Id")  # noqa: S608 our own words
        while True:
            yield from page["records"]
            if page["done"]:
                return
            page = self._get(page["nextRecordsUrl"])

    def _get(self, path: str, **query: str) -> Record:
        headers = {"Authorization": f"Bearer {self.access_token}"}
        answer = requests.get(f"{self.url}{path}", params=query, headers=headers, timeout=SECONDS)
        if not answer.ok:
            raise CheckFailed(f"Salesforce answered {answer.status_code}: {answer.text[:300]}")
        return dict(answer.json())


def wait_until(look: Callable[[], Any], what: str, seconds: float = WAIT_SECONDS) -> Any:
    """Wait until `look()` returns something true and return that. Raises `CheckFailed` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise CheckFailed(f"Waited {seconds:.0f} s in vain for {what}.")
        time.sleep(0.1)
