"""The admin door's orders to an org's own workings: rules, locks, conversions, merges, jobs, mass edits."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Protocol

from orgsim import housekeeping
from orgsim.conversion import Conversion
from orgsim.ids import long_id
from orgsim.org import Org
from orgsim.tables import Row
from orgsim.values import date_time_value
from orgsim.world import World

Body = dict[str, Any]


class Order(Protocol):
    """One call of the door."""

    world: World
    body: Body

    def org(self) -> Org: ...
    def orgs(self) -> list[Org]: ...
    def user(self, name: str) -> tuple[Org, Row]: ...


def _ids(body: Body, name: str = "ids") -> list[str]:
    found = [long_id(text) for text in body[name]]
    if None in found:
        raise ValueError(f"{body[name][found.index(None)]!r} is no Salesforce id.")
    return [one for one in found if one]


def _optional_id(body: Body, name: str) -> str | None:
    return _ids({"ids": [body[name]]})[0] if body.get(name) else None


def _add_rule(ask: Order) -> Body:
    org = ask.org()
    rule = {name: value for name, value in ask.body.items() if name != "org_id"}
    org.patch_settings({"automation": [*org.settings.automation, rule]})
    return {"rules": org.settings.automation}


def _clear_rules(ask: Order) -> Body:
    for org in ask.orgs():
        name = ask.body.get("name")
        org.patch_settings({"automation": [one for one in org.settings.automation if name and one.get("name") != name]})
    return {}


def _lock(ask: Order) -> Body:
    """Lock rows for so many seconds, or records until they are unlocked."""
    org, ids = ask.org(), _ids(ask.body)
    if ask.body.get("approval"):
        org.locks.records.update(ids)
    else:
        org.locks.hold(ids, ask.world.clock.now() + timedelta(seconds=float(ask.body["seconds"])))
    return _locks(ask)


def _unlock(ask: Order) -> Body:
    org = ask.org()
    named = _ids(ask.body) if ask.body.get("ids") is not None else None
    org.locks.release(named)
    org.locks.records.difference_update(list(org.locks.records) if named is None else named)
    return _locks(ask)


def _locks(ask: Order) -> Body:
    org = ask.org()
    held = org.locks.held(ask.world.clock.now())
    return {"rows": {one: until.isoformat() for one, until in held.items()}, "records": sorted(org.locks.records)}


def _conversion(ask: Order) -> Conversion:
    org, user = ask.user(str(ask.body["username"]))
    return Conversion(org, user["Id"], ask.world.clock.second())


def _convert(ask: Order) -> Body:
    named = {name: _optional_id(ask.body, name) for name in ("contact_id", "account_id", "owner_id")}
    (lead_id,) = _ids({"ids": [ask.body["lead_id"]]})
    return asdict(_conversion(ask).convert(lead_id, **named))


def _merge(ask: Order) -> Body:
    (master,) = _ids({"ids": [ask.body["master_id"]]})
    return {"tasks": _conversion(ask).merge(master, _ids(ask.body))}


def _archive(ask: Order) -> Body:
    return {"archived": sum(housekeeping.archive(org, ask.world.clock.now()) for org in ask.orgs())}


def _purge(ask: Order) -> Body:
    return {"purged": sum(housekeeping.purge(org, ask.world.clock.now()) for org in ask.orgs())}


def _purge_deletions(ask: Order) -> Body:
    before = date_time_value(str(ask.body["before"])) if ask.body.get("before") else None
    for org in ask.orgs():
        # The platform keeps at least the last two hours.
        housekeeping.purge_deletions(org, before or ask.world.clock.second() - timedelta(hours=2))
    return {}


def _rename(ask: Order) -> Body:
    field, old, new = (str(ask.body[name]) for name in ("field", "old", "new"))
    return {"renamed": housekeeping.rename_value(ask.org(), field, old, new, ask.world.clock.second())}


def _touch(ask: Order) -> Body:
    housekeeping.touch(ask.org(), map(long_id, ask.body["ids"]), ask.world.clock.second())
    return {}


def _mass_update(ask: Order) -> Body:
    org, user = ask.user(str(ask.body["username"]))
    now: datetime = ask.world.clock.second()
    return {"ids": housekeeping.mass_update(org, user["Id"], ask.body.get("where"), ask.body["fields"], now)}


ORDERS: dict[tuple[str, str], Callable[[Any], Body]] = {
    ("POST", "rules"): _add_rule,
    ("DELETE", "rules"): _clear_rules,
    ("GET", "locks"): _locks,
    ("POST", "locks"): _lock,
    ("DELETE", "locks"): _unlock,
    ("POST", "convert"): _convert,
    ("POST", "merge"): _merge,
    ("POST", "archive"): _archive,
    ("POST", "purge"): _purge,
    ("POST", "purge-deletions"): _purge_deletions,
    ("POST", "rename-value"): _rename,
    ("POST", "touch"): _touch,
    ("POST", "mass-update"): _mass_update,
}
