"""The Python client of the admin door: for tests, the demo and the benchmarks."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from orgsim.door_orders import OrdersDoor

Record = dict[str, Any]
_TIME_OUT = (5.0, 60.0)


class DoorError(Exception):
    """The door refused: its sentence says why."""


class UserRefusedError(DoorError):
    """Salesforce's rules refused what a person tried; `code` is the platform's errorCode."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Door(OrdersDoor):
    """The admin door of a running box. Close it, or use it as a context.

    `url` is the box's base URL; `ca_file` its certificate authority, where it speaks TLS.
    """

    def __init__(self, url: str, ca_file: Path | None = None) -> None:
        self.url = url.rstrip("/")
        self._http = requests.Session()
        # Proxies and authorities that the environment names are meant for clients of Salesforce.
        self._http.trust_env = False
        self._http.verify = str(ca_file) if ca_file else True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: Any) -> Record:
        params = {name: _text(value) for name, value in query.items() if value is not None}
        sent = None if body is None else _jsonable(body)
        answer = self._http.request(method, f"{self.url}/_sim/{path}", json=sent, params=params, timeout=_TIME_OUT)
        found: Record = answer.json()
        if answer.status_code == requests.codes.unprocessable_entity:
            raise UserRefusedError(found["code"], found["message"])
        if not answer.ok:
            raise DoorError(found.get("error") or f"The door answered {answer.status_code}.")
        return found

    # the world

    def load(self, world: Mapping[str, Any]) -> list[Record]:
        """Add or replace orgs from world records; give the orgs."""
        return list(self._ask("POST", "world", world)["orgs"])

    def reset(self, world: Mapping[str, Any] | None = None) -> list[Record]:
        """Forget everything, clock and faults too; load `world` where given."""
        return list(self._ask("POST", "reset", world or {})["orgs"])

    def orgs(self) -> list[Record]:
        return list(self._ask("GET", "orgs")["orgs"])

    def users(self, org_id: str | None = None) -> list[Record]:
        return list(self._ask("GET", "users", org_id=org_id)["users"])

    def set_user(self, username: str, **fields: Any) -> Record:
        """Change a user as an admin does.

        Fields: IsActive, RoleId, TimeZoneSidKey …, and rights: ViewAllData, ModifyAllData (as ViewAllData where not
        set), ApiEnabled, EditTasks, HiddenFields and ReadOnlyFields (of Task), HiddenObjects.
        """
        return self._ask("PATCH", "users", {"username": username, "fields": fields})

    def set_org(
        self,
        org_id: str | None = None,
        *,
        settings: Mapping[str, Any] | None = None,
        beliefs: Mapping[str, Any] | None = None,
        api_used: int | None = None,
        api_used_hours: int | None = None,
    ) -> list[Record]:
        """Patch settings and belief switches of one org, or of all.

        `api_used` sets the calls of the last 24 hours; spread over `api_used_hours`, they fall away hour by hour.
        """
        body: Record = {"org_id": org_id, "settings": settings or {}, "beliefs": beliefs or {}}
        body |= {"api_used": api_used, "api_used_hours": api_used_hours}
        return list(self._ask("PATCH", "orgs", body)["orgs"])

    def beliefs(self) -> list[Record]:
        """Give the table of switches: name, value, others, how well it is known, and from where."""
        return list(self._ask("GET", "beliefs")["beliefs"])

    # logins

    def session(self, username: str, client_id: str | None = None) -> Record:
        """Mint a login: access_token, refresh_token, instance_url, id."""
        return self._ask("POST", "session", {"username": username, "client_id": client_id})

    def end_sessions(self, username: str, *, refresh_tokens: bool = False) -> None:
        """End a user's access tokens, and revoke the refresh tokens when asked."""
        self._ask("DELETE", "session", {"username": username, "refresh_tokens": refresh_tokens})

    def register_app(self, client_id: str, **fields: Any) -> None:
        """Add or change a connected app.

        Fields: client_secret, name, redirect_uris, public_key (PEM, for JWT), preauthorized, run_as (username,
        for client credentials), rotate (refresh token rotation), require_pkce.
        """
        self._ask("POST", "apps", {"client_id": client_id, **fields})

    # records

    def tasks(self, org_id: str | None = None, *, include_deleted: bool = False) -> list[Record]:
        """Give the stored rows, past sharing and visibility; fields without a value are left out."""
        return list(self._ask("GET", "tasks", org_id=org_id, include_deleted=include_deleted)["tasks"])

    def task(self, record_id: str) -> Record | None:
        """Give one stored row, deleted or not, or None."""
        found = self._ask("GET", "tasks", id=record_id, include_deleted=True)["tasks"]
        return found[0] if found else None

    def records(self, object_name: str, org_id: str | None = None) -> list[Record]:
        return list(self._ask("GET", "records", org_id=org_id, object=object_name)["records"])

    def put_tasks(self, tasks: Iterable[Mapping[str, Any]], org_id: str | None = None) -> list[str]:
        """Store Tasks as given, past all rules (stamps, IsArchived, IsDeleted); give their ids."""
        body = {"org_id": org_id, "tasks": list(tasks)}
        return list(self._ask("PUT", "tasks", body)["ids"])

    def hard_delete(self, *record_ids: str) -> None:
        self._ask("POST", "hard-delete", {"ids": record_ids})

    def as_user(self, username: str) -> "SimUser":
        """Act as a person in Salesforce's own pages: no API calls, stamped with their name."""
        return SimUser(self, username)

    def act(self, username: str, action: str, **body: Any) -> str:
        return str(self._ask("POST", "act", {"username": username, "action": action, **body})["id"])

    # clock

    def clock(self) -> Record:
        """Give {"now", "offset_seconds", "frozen"}."""
        return self._ask("GET", "clock")

    def now(self) -> datetime:
        return datetime.fromisoformat(self.clock()["now"])

    def set_clock(self, moment: datetime) -> Record:
        return self._ask("POST", "clock", {"now": moment})

    def advance(self, seconds: float) -> Record:
        return self._ask("POST", "clock", {"advance_seconds": seconds})

    def freeze(self, moment: datetime | None = None) -> Record:
        return self._ask("POST", "clock", {"now": moment, "frozen": True})

    def unfreeze(self) -> Record:
        """Let time run on from where it stands."""
        return self._ask("POST", "clock", {"frozen": False})

    # faults, counters, log

    def add_fault(self, action: str, **rule: Any) -> int:
        """Add a fault rule; give its number.

        Actions: cut, slow (seconds), html (status 500 or 503), hold (until released, or `seconds` of the box's
        clock), each `when="before"` or `"after"` saving, slow and hold also `"during"` it, with its rows locked;
        error (code, message, status), unauthorized, quota; record_error (code, message, where={field: value});
        late (seconds: the save is seen so long after its stamp); skew (seconds: how far the answer's Date is off).
        Matching: method, path (a regular expression), kind, user (username or id). How often: times (None: endless),
        skip, probability with seed.
        """
        return int(self._ask("POST", "faults", {"action": action, **rule})["number"])

    def faults(self) -> list[Record]:
        return list(self._ask("GET", "faults")["faults"])

    def clear_faults(self, number: int | None = None) -> None:
        self._ask("DELETE", "faults", {"number": number})

    def held(self) -> list[Record]:
        """Give the requests held in flight, oldest first: number, method, path, kind, user, when, since, due."""
        return list(self._ask("GET", "held")["held"])

    def release(self, number: int | None = None) -> int:
        """Let one held request land, or all; give how many. They land after this call has returned."""
        return int(self._ask("POST", "release", {"number": number})["released"])

    def counters(self) -> Record:
        """Give calls, by_kind, by_user, records (created, updated, deleted), duplicates and races."""
        return self._ask("GET", "counters")

    def reset_counters(self) -> None:
        self._ask("DELETE", "counters")

    def calls(self, last: int = 100) -> list[Record]:
        """Give the last calls of clients, oldest first: at, method, path, kind, user, status, fault."""
        return list(self._ask("GET", "calls", last=last)["calls"])


class SimUser:
    """A person working in Salesforce."""

    def __init__(self, door: Door, username: str) -> None:
        self._door, self.username = door, username

    def create(self, **fields: Any) -> str:
        """Create a Task; give its id. Raises UserRefusedError."""
        return self._door.act(self.username, "create", fields=fields)

    def update(self, record_id: str, **fields: Any) -> None:
        self._door.act(self.username, "update", id=record_id, fields=fields)

    def delete(self, record_id: str) -> None:
        self._door.act(self.username, "delete", id=record_id)

    def undelete(self, record_id: str) -> None:
        self._door.act(self.username, "undelete", id=record_id)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _jsonable(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value
