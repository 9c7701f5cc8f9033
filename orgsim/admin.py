"""The admin door, /_sim/…: worlds, users, clock, faults, counters, and acting as a Salesforce user."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from orgsim.beliefs import BELIEFS
from orgsim.calls import Answer, Request
from orgsim.duplicates import duplicates
from orgsim.errors import Refusal
from orgsim.grants import identity_url
from orgsim.ids import long_id
from orgsim.orders import ORDERS
from orgsim.org import Org
from orgsim.persons import person_saver
from orgsim.records import as_record, load_task, row_of
from orgsim.saving import Saver, hard_delete
from orgsim.sessions import DEFAULT_CLIENT_ID, ConnectedApp
from orgsim.tables import Row
from orgsim.values import date_time_value
from orgsim.world import World

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """One call of the door."""

    world: World
    request: Request
    body: Body

    def org(self) -> Org:
        """Give the org named by `org_id`, or the only one; ValueError otherwise."""
        org_id = self.body.get("org_id") or self.request.query().get("org_id")
        found = list(self.world.orgs.values()) if org_id is None else [self.world.orgs.get(str(long_id(org_id)))]
        if len(found) != 1 or found[0] is None:
            known = ", ".join(self.world.orgs) or "none"
            raise ValueError(f"Name one org by org_id; the box holds {known}.")
        return found[0]

    def user(self, name: str) -> tuple[Org, Row]:
        found = self.world.user(name)
        if found is None:
            raise ValueError(f"No org has a user {name!r}.")
        return found

    def orgs(self) -> list[Org]:
        named = self.body.get("org_id") or self.request.query().get("org_id")
        return [self.org()] if named else list(self.world.orgs.values())


def answer(world: World, request: Request) -> Answer:
    """Answer one call of the door; what is wrong with it comes back as {"error": sentence} and 400."""
    path = "/".join(part.lower() for part in request.segments()[1:])
    work = _DOORS.get((request.method, path))
    if work is None:
        return Answer(404, {"error": f"The door has no {request.method} /_sim/{path}."})
    try:
        body = json.loads(request.body) if request.body else {}
        return Answer(200, work(Ask(world, request, body)))
    except Refusal as refusal:
        return Answer(422, {"code": refusal.code, "message": refusal.message, "fields": refusal.fields})
    except KeyError as missing:
        return Answer(400, {"error": f"The request lacks {missing}."})
    except (ValueError, TypeError) as error:
        return Answer(400, {"error": str(error)})


def _load(ask: Ask) -> Body:
    ask.world.load(ask.body)
    return _state(ask)


def _reset(ask: Ask) -> Body:
    ask.world.reset(ask.body if ask.body.get("orgs") is not None else None)
    return _state(ask)


def _state(ask: Ask) -> Body:
    return {"orgs": [_org(org) for org in ask.world.orgs.values()]}


def _org(org: Org) -> Body:
    tables = org.tables().values()
    counts = {table.name: len(table) for table in tables}
    return {
        "id": org.id,
        "name": org.name,
        "counts": counts,
        "settings": asdict(org.settings),
        "beliefs": org.beliefs.changed(),
    }


def _users(ask: Ask) -> Body:
    return {
        "users": [{**as_record(row), "OrgId": org.id} for org in ask.orgs() for row in org.table("User").rows.values()]
    }


def _set_user(ask: Ask) -> Body:
    org, row = ask.user(str(ask.body["username"]))
    now = ask.world.clock.second()
    stamps = {"LastModifiedDate": now, "SystemModstamp": now}
    org.write("User", {**row, **row_of(org, "User", {"Id": row["Id"], **ask.body["fields"]}), **stamps})
    org.rebuild()
    return as_record(org.table("User").rows[row["Id"]])


def _session(ask: Ask) -> Body:
    org, user = ask.user(str(ask.body["username"]))
    client_id = str(ask.body.get("client_id") or DEFAULT_CLIENT_ID)
    logins = ask.world.logins
    # A login made by the door is no approval: it must not push out those that clients got.
    refresh = logins.issue_refresh_token(org, user["Id"], client_id, counted=False)
    session = logins.open_session(org, user["Id"], client_id, ask.world.clock.now(), refresh.family)
    base_url = ask.request.base_url
    return {
        "access_token": session.token,
        "refresh_token": refresh.token,
        "instance_url": base_url,
        "id": identity_url(base_url, session),
    }


def _end_sessions(ask: Ask) -> Body:
    """End a user's access tokens; `refresh_tokens` true revokes those too."""
    logins = ask.world.logins
    _, user = ask.user(str(ask.body["username"]))
    if ask.body.get("refresh_tokens"):
        logins.end_user(user["Id"])
    for token in [one.token for one in logins.sessions.values() if one.user_id == user["Id"]]:
        del logins.sessions[token]
    return {}


def _tasks(ask: Ask) -> Body:
    asked = ask.request.query()
    with_deleted = asked.get("include_deleted") == "true"
    found = ((org, row) for org in ask.orgs() for row in _asked_rows(org, asked.get("id")))
    return {
        "tasks": [{**as_record(row), "OrgId": org.id} for org, row in found if with_deleted or not row["IsDeleted"]]
    }


def _asked_rows(org: Org, text: str | None) -> Iterable[Row]:
    table = org.table("Task")
    if text is None:
        return table.rows.values()
    row = table.get(long_id(text) or "")
    return [row] if row else []


def _records(ask: Ask) -> Body:
    org, name = ask.org(), ask.request.query().get("object", "")
    kind = org.object_type(name)
    if kind is None:
        raise ValueError(f"There is no object {name!r}.")
    return {"records": [as_record(row) for row in org.table(kind.name).rows.values()]}


def _put_tasks(ask: Ask) -> Body:
    """Store Tasks as given, past all rules: stamps, IsArchived, IsDeleted too."""
    org, now = ask.org(), ask.world.clock.second()
    ids = []
    for record in ask.body["tasks"]:
        before = org.table("Task").get(str(long_id(record.get("Id")) or ""))
        filled = {**(as_record(before) if before else {"Id": org.new_id("Task")}), **record}
        ids.append(load_task(org, filled, now)["Id"])
    return {"ids": ids}


def _hard_delete(ask: Ask) -> Body:
    for text in ask.body["ids"]:
        record_id = long_id(text)
        holder = next((org for org in ask.world.orgs.values() if record_id and org.find(record_id)), None)
        if record_id is None or holder is None:
            raise ValueError(f"No org has a record {text!r}.")
        hard_delete(holder, record_id, ask.world.clock.second())
    return {}


def _act(ask: Ask) -> Body:
    """Save as a Salesforce user would in the pages: no API call, no counter."""
    org, user = ask.user(str(ask.body["username"]))
    action, name = str(ask.body["action"]), str(ask.body.get("object") or "Task")
    late = float(ask.body.get("late_seconds") or 0.0)
    saver = person_saver(ask.world, org, user, ask.request.path, late)
    return {"id": act(saver, action, name, ask.body)}


def act(saver: Saver, action: str, object_name: str, body: Body) -> str:
    """Do one thing a person can do with a record; give its id. Raises Refusal or ValueError."""
    values = dict(body.get("fields") or {})
    if action == "create":
        return saver.create(object_name, values)
    record_id = long_id(body.get("id"))
    if record_id is None:
        raise ValueError(f"{body.get('id')!r} is no Salesforce id.")
    if action == "update":
        saver.update(object_name, record_id, values)
    elif action == "delete":
        saver.delete(object_name, record_id)
    elif action == "undelete":
        saver.undelete(object_name, record_id)
    else:
        raise ValueError(f"A user can create, update, delete or undelete, not {action!r}.")
    return record_id


def _clock(ask: Ask) -> Body:
    return ask.world.clock.as_json()


def _set_clock(ask: Ask) -> Body:
    clock, body = ask.world.clock, ask.body
    moment = date_time_value(str(body["now"])) if body.get("now") else None
    if body.get("now") and moment is None:
        raise ValueError(f"{body['now']!r} is no dateTime with a zone.")
    if body.get("frozen") is True:
        clock.freeze(moment)
    else:
        if body.get("frozen") is False:
            clock.resume()
        if moment is not None:
            clock.set(moment)
    if body.get("advance_seconds"):
        clock.advance(float(body["advance_seconds"]))
    ask.world.holds.wake()
    return clock.as_json()


def _held(ask: Ask) -> Body:
    return {"held": [one.as_json() for one in ask.world.holds.all()]}


def _release(ask: Ask) -> Body:
    """Let held requests land: one by its number, or all."""
    number = ask.body.get("number")
    return {"released": ask.world.holds.release(int(number) if number is not None else None)}


def _counters(ask: Ask) -> Body:
    return {
        **ask.world.counters.as_json(),
        "races": ask.world.races.as_json(),
        "duplicates": duplicates(ask.world.orgs.values(), ask.world.counters.created_ids),
    }


def _reset_counters(ask: Ask) -> Body:
    ask.world.counters.reset()
    ask.world.races.reset_counts()
    return {}


def _calls(ask: Ask) -> Body:
    last = int(ask.request.query().get("last", "100"))
    log = list(ask.world.log)
    return {"calls": [entry.as_json() for entry in (log[-last:] if last else [])]}


def _faults(ask: Ask) -> Body:
    return {"faults": [rule.as_json() for rule in ask.world.faults.rules]}


def _add_fault(ask: Ask) -> Body:
    return ask.world.faults.add(ask.body).as_json()


def _clear_faults(ask: Ask) -> Body:
    number = ask.body.get("number")
    ask.world.faults.clear(int(number) if number is not None else None)
    return {}


def _set_app(ask: Ask) -> Body:
    known = {one.name for one in fields(ConnectedApp)}
    unknown = sorted(set(ask.body) - known)
    if unknown:
        raise ValueError(f"A connected app has no {unknown[0]!r}; it has {', '.join(sorted(known))}.")
    before = ask.world.logins.apps.get(str(ask.body["client_id"]))
    app = ConnectedApp(**{**(asdict(before) if before else {}), **ask.body})
    ask.world.logins.apps[app.client_id] = app
    return {"client_id": app.client_id}


def _set_org(ask: Ask) -> Body:
    changed = ask.orgs()
    for org in changed:
        org.beliefs.set(dict(ask.body.get("beliefs") or {}))
        org.patch_settings(dict(ask.body.get("settings") or {}))
        if ask.body.get("api_used") is not None:
            hours = int(ask.body.get("api_used_hours") or 1)
            org.allowance.set_used(ask.world.clock.now(), int(ask.body["api_used"]), hours)
    return {"orgs": [_org(org) for org in changed]}


def _beliefs(_ask: Ask) -> Body:
    return {"beliefs": [asdict(belief) for belief in BELIEFS]}


_DOORS: dict[tuple[str, str], Callable[[Ask], Body]] = {
    **ORDERS,
    ("POST", "world"): _load,
    ("POST", "reset"): _reset,
    ("GET", "orgs"): _state,
    ("PATCH", "orgs"): _set_org,
    ("GET", "beliefs"): _beliefs,
    ("GET", "users"): _users,
    ("PATCH", "users"): _set_user,
    ("POST", "session"): _session,
    ("DELETE", "session"): _end_sessions,
    ("GET", "tasks"): _tasks,
    ("PUT", "tasks"): _put_tasks,
    ("GET", "records"): _records,
    ("POST", "act"): _act,
    ("POST", "hard-delete"): _hard_delete,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _set_clock,
    ("GET", "counters"): _counters,
    ("DELETE", "counters"): _reset_counters,
    ("GET", "calls"): _calls,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "held"): _held,
    ("POST", "release"): _release,
    ("POST", "apps"): _set_app,
}
