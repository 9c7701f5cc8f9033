"""The pages for people: Tasks to edit as a Salesforce user, users, calls, counters; and the login page."""

import re
from collections.abc import Mapping
from datetime import UTC
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, PackageLoader, select_autoescape

from orgsim import page_controls
from orgsim.calls import Answer, Request
from orgsim.duplicates import duplicates
from orgsim.errors import Refusal
from orgsim.ids import long_id
from orgsim.org import Org
from orgsim.persons import person_saver
from orgsim.saving import Saver
from orgsim.sessions import ConnectedApp
from orgsim.tables import Row
from orgsim.values import date_value
from orgsim.world import World

HTML = "text/html; charset=utf-8"
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_SHOWN = 200
_LAST_CALLS = 50
_CHOICES = 500
_EDITED = ("Subject", "Status", "Priority", "ActivityDate", "Description", "OwnerId", "WhoId", "WhatId")
_TEMPLATES = Environment(
    loader=PackageLoader("orgsim"),
    autoescape=select_autoescape(default=True),
    trim_blocks=True,
    lstrip_blocks=True,
)


def answer(world: World, request: Request) -> Answer:
    """Answer a person's browser: `/`, `/users`, `/calls`, `/faults`, `/task` and the forms they send."""
    path = "/".join(request.segments()).lower()
    if request.method == "POST" and path in _FORMS:
        # The box trusts whoever opens it; a page of elsewhere that posts here is not that person.
        if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return Answer(403, "<h1>This form came from another site</h1>", media_type=HTML)
        return _FORMS[path](world, request)
    if request.method != "GET" or path not in _PAGES:
        return Answer(404, "<h1>There is no such page</h1>", media_type=HTML)
    asked = request.query()
    org = world.org(asked.get("org", "")) or next(iter(world.orgs.values()), None)
    shared = {
        "orgs": list(world.orgs.values()),
        "org": org,
        "now": world.clock.now(),
        "page": path or "tasks",
        "is_frozen": world.clock.is_frozen,
        "steps": page_controls.STEPS,
        "here": _here(request),
        "problem": asked.get("problem"),
        "faults_on": len(world.faults.rules),
    }
    if org is None:
        return _html("empty.html", shared)
    return _PAGES[path](world, org, asked, shared)


def _html(template: str, values: Mapping[str, Any], status: int = 200) -> Answer:
    return Answer(status, _TEMPLATES.get_template(template).render(**values), dict(_HEADERS), media_type=HTML)


def _here(request: Request) -> str:
    """Give this page's own address, to come back to after a form; without what a form said last time."""
    kept = {name: value for name, value in request.query().items() if name not in {"problem", "done"}}
    return request.path + ("?" + urlencode(kept) if kept else "")


def _tasks(world: World, org: Org, asked: Mapping[str, str], shared: dict[str, Any]) -> Answer:
    rows = [row for row in org.table("Task").rows.values() if _is_wanted(row, asked)]
    rows.sort(key=lambda row: (row["SystemModstamp"], row["Id"]), reverse=True)
    values = {
        "rows": rows[:_SHOWN],
        "count": len(rows),
        "asked": asked,
        "names": _names(org),
        "users": _people(org),
        "statuses": _choices(org, "TaskStatus"),
        "counters": world.counters,
        "races": world.races.by_field.total(),
        "duplicates": duplicates(world.orgs.values(), world.counters.created_ids),
        "used": org.allowance.used(world.clock.now()),
    }
    return _html("tasks.html", {**shared, **values})


def _is_wanted(row: Row, asked: Mapping[str, str]) -> bool:
    text = asked.get("text", "").casefold()
    return (
        (asked.get("bin") == "1") == row["IsDeleted"]
        and asked.get("owner", "") in ("", row["OwnerId"])
        and asked.get("status", "") in ("", row.get("Status"))
        and text in (row.get("Subject") or "").casefold()
    )


def _names(org: Org) -> dict[str, str]:
    tables = (org.table(name).rows.values() for name in ("User", "Group", "Lead", "Contact", "Account"))
    return {row["Id"]: str(row.get("Name") or row.get("Username")) for rows in tables for row in rows}


def _people(org: Org) -> list[Row]:
    active = (row for row in org.table("User").rows.values() if row.get("IsActive", True))
    return sorted(active, key=lambda row: str(row.get("Name")))


def _choices(org: Org, table: str) -> list[str]:
    rows = sorted(org.table(table).rows.values(), key=lambda row: row.get("SortOrder") or 0)
    return [str(row["ApiName"]) for row in rows]


def _choosable(org: Org, *tables: str) -> list[Row]:
    """Give the persons or companies a Task may be hung on; a form of thousands helps nobody."""
    rows = [row for name in tables for row in org.table(name).rows.values()]
    live = (row for row in rows if not row.get("IsDeleted") and not row.get("IsConverted"))
    return sorted(live, key=lambda row: str(row.get("Name")))[:_CHOICES]


def _task(_world: World, org: Org, asked: Mapping[str, str], shared: dict[str, Any]) -> Answer:
    row = org.table("Task").get(long_id(asked.get("id")) or "")
    if asked.get("id") and row is None:
        return _html("empty.html", {**shared, "problem": "There is no such Task."}, 404)
    return _form(org, row, shared, asked)


def _form(org: Org, row: Row | None, shared: Mapping[str, Any], asked: Mapping[str, str]) -> Answer:
    values = {
        "row": row or {"Status": "Not Started", "Priority": "Normal"},
        "names": _names(org),
        "users": _people(org),
        "queues": [row for row in org.table("Group").rows.values() if row.get("Type") == "Queue"],
        "persons": _choosable(org, "Contact", "Lead"),
        "companies": _choosable(org, "Account"),
        "is_locked": row is not None and row["Id"] in org.locks.records,
        "statuses": _choices(org, "TaskStatus"),
        "priorities": _choices(org, "TaskPriority"),
        "acting": asked.get("as") or (row or {}).get("OwnerId"),
    }
    return _html("task.html", {**shared, **values})


def _saved(world: World, request: Request) -> Answer:
    sent = request.form()
    org = world.org(sent.get("org", ""))
    user = org.table("User").get(sent.get("as", "")) if org else None
    if org is None or user is None:
        return _redirect("/", {})
    saver = person_saver(world, org, user, request.path)
    record_id = sent.get("id", "")
    try:
        record_id = _save(saver, org, record_id, sent)
    except Refusal as refusal:
        told = {"org": org.id, "id": record_id, "as": user["Id"], "problem": str(refusal)}
        return _redirect("/task", told)
    if sent.get("back"):
        return _back(sent)
    return _redirect("/task", {"org": org.id, "id": record_id, "as": user["Id"]})


def _quick(world: World, request: Request) -> Answer:
    """Complete or undelete a row of the list, as its owner would."""
    sent = request.form()
    org = world.org(sent.get("org", ""))
    action = "undelete" if "undelete" in sent else "complete"
    row = org.table("Task").get(sent.get(action, "")) if org else None
    if org is None or row is None:
        return _back(sent, "There is no such Task.")
    users = org.table("User").rows
    person = users.get(row["OwnerId"]) or users.get(row["LastModifiedById"])
    if person is None:
        return _back(sent, "Nobody of this org can do that; open the Task and say who acts.")
    try:
        _save(person_saver(world, org, person, request.path), org, row["Id"], {"action": action})
    except Refusal as refusal:
        return _back(sent, str(refusal))
    return _back(sent)


def _save(saver: Saver, org: Org, record_id: str, sent: Mapping[str, str]) -> str:
    action = sent.get("action", "save")
    if action == "complete":
        saver.update("Task", record_id, {"Status": _closed_status(org)})
        return record_id
    if action in {"delete", "undelete"}:
        getattr(saver, action)("Task", record_id)
        return record_id
    before = org.table("Task").get(record_id)
    fields = {name: _typed(name, sent[name]) for name in _EDITED if name in sent}
    if before is None:
        return saver.create("Task", {name: value for name, value in fields.items() if value is not None})
    # A page sends only what the person changed; a browser turns every line break into CRLF.
    saver.update("Task", record_id, {name: value for name, value in fields.items() if _differs(before, name, value)})
    return record_id


def _closed_status(org: Org) -> str:
    rows = sorted(org.table("TaskStatus").rows.values(), key=lambda row: row.get("SortOrder") or 0)
    return next((str(row["ApiName"]) for row in rows if row.get("IsClosed")), "Completed")


def _back(sent: Mapping[str, str], problem: str | None = None) -> Answer:
    """Lead back to the page a form stood on; only to one of ours."""
    path, _, query = sent.get("back", "/").partition("?")
    asked = dict(parse_qsl(query)) | ({"problem": problem} if problem else {})
    return _redirect("/" + path.strip("/"), asked)


def _clock_moved(world: World, request: Request) -> Answer:
    sent = request.form()
    page_controls.move_clock(world, sent)
    return _back(sent)


def _fault_switched(world: World, request: Request) -> Answer:
    sent = request.form()
    org = world.org(sent.get("org", ""))
    try:
        if sent.get("preset"):
            page_controls.switch(world, sent["preset"])
        elif sent.get("clear"):
            world.faults.clear(None if sent["clear"] == "all" else int(sent["clear"]))
        elif "read_only" in sent and org is not None:
            page_controls.set_maintenance(org, sent)
        else:
            page_controls.add_fault(world, sent)
    except (ValueError, re.error) as error:
        return _back(sent, str(error))
    return _back(sent)


def _counters_reset(world: World, request: Request) -> Answer:
    world.counters.reset()
    world.races.reset_counts()
    return _back(request.form())


def _typed(name: str, text: str) -> str | None:
    if name == "ActivityDate" and date_value(text) is None:
        return None
    return text or None


def _differs(before: Row, name: str, value: str | None) -> bool:
    stored = before.get(name)
    known = None if stored is None else str(stored)
    return (known or "").replace("\r\n", "\n") != (value or "").replace("\r\n", "\n")


def _redirect(path: str, query: Mapping[str, str]) -> Answer:
    return Answer(303, headers={"Location": path + ("?" + urlencode(query) if query else "")})


def _users(world: World, org: Org, _asked: Mapping[str, str], shared: dict[str, Any]) -> Answer:
    roles = {row["Id"]: row.get("Name") for row in org.table("UserRole").rows.values()}
    open_tasks: dict[str, int] = {}
    for row in org.table("Task").rows.values():
        if not row["IsDeleted"] and not row["IsClosed"]:
            open_tasks[row["OwnerId"]] = open_tasks.get(row["OwnerId"], 0) + 1
    values = {
        "users": sorted(org.table("User").rows.values(), key=lambda row: str(row.get("Name"))),
        "queues": list(org.table("Group").rows.values()),
        "roles": roles,
        "open_tasks": open_tasks,
        "calls": world.counters.by_user,
    }
    return _html("users.html", {**shared, **values})


def _calls(world: World, org: Org, _asked: Mapping[str, str], shared: dict[str, Any]) -> Answer:
    values = {
        "calls": list(world.log)[: -_LAST_CALLS - 1 : -1],
        "counters": world.counters,
        "duplicates": duplicates(world.orgs.values(), world.counters.created_ids),
        "races": world.races,
        "race_names": {row["Id"]: row.get("Subject") for row in org.table("Task").rows.values()}
        if world.races.last
        else {},
        "names": _names(org),
    }
    return _html("calls.html", {**shared, **values})


def _faults(world: World, org: Org, _asked: Mapping[str, str], shared: dict[str, Any]) -> Answer:
    values = {
        "presets": page_controls.PRESETS,
        "on": page_controls.switched_on(world),
        "rules": world.faults.rules,
        "actions": page_controls.ACTION_NAMES,
        "held": world.holds.all(),
        "locked": org.locks.held(world.clock.now()),
        "names": _names(org),
    }
    return _html("faults.html", {**shared, **values})


_PAGES = {"": _tasks, "task": _task, "users": _users, "calls": _calls, "faults": _faults}
_FORMS = {"task": _saved, "clock": _clock_moved, "fault": _fault_switched, "counters": _counters_reset, "quick": _quick}


def login_page(world: World, app: ConnectedApp, asked: Mapping[str, str]) -> str:
    """Give the page on which a person picks whom to log in as."""
    orgs = [{"name": org.name, "users": _people(org)} for org in world.orgs.values()]
    template = _TEMPLATES.get_template("login.html")
    return template.render(orgs=orgs, app=app, asked=dict(asked), now=world.clock.now().astimezone(UTC))
