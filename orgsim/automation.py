"""The customer's own automation, as data: validation rules, flows, triggers and security policies over Tasks."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from orgsim.errors import Refusal
from orgsim.soql import SoqlError, parse, row_test
from orgsim.stamps import Span
from orgsim.tables import Row
from orgsim.values import wire

if TYPE_CHECKING:
    from orgsim.org import Org

Event = Literal["create", "update", "delete", "undelete"]
VALIDATION, FLOW, AFTER_SAVE, BULK_LIMIT, POLICY = "validation", "flow", "after_save", "bulk_limit", "policy"
KINDS = (VALIDATION, FLOW, AFTER_SAVE, BULK_LIMIT, POLICY)
_PLACE = re.compile(r"\{(\$?[A-Za-z]\w*)\}")
_POLICY_WORDS = (
    "The operation you requested isn't allowed due to a security policy in your organization. "
    "Contact your administrator."
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One piece of automation.

    `kind`: validation refuses records; flow rewrites them inside the save; after_save edits them in a second save
    by the running user (or by the user named in `run_as`); bulk_limit fails a whole call of more than `more_than`
    records; policy refuses queries that find more than `more_than` rows. `where` is a SOQL condition, `changed` names
    fields of which one must have changed, `users` whose saves are meant (usernames or ids; none: everyone's).
    `set` holds new values by field, in which `{Subject}` stands for a field and `{$user}` for the running user's id.
    """

    kind: str
    name: str = ""
    on: tuple[str, ...] = ("create", "update")
    where: str | None = None
    changed: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    code: str | None = None
    message: str | None = None
    fields: tuple[str, ...] = ()
    set: Mapping[str, Any] | None = None
    run_as: str | None = None
    more_than: int = 0
    active: bool = True


def rule_of(described: Mapping[str, Any]) -> Rule:
    """Give a rule of its data; ValueError says what is wrong with it."""
    known = {one.name for one in fields(Rule)}
    unknown = sorted(set(described) - known)
    if unknown:
        raise ValueError(f"A rule has no {unknown[0]!r}; it has {', '.join(sorted(known))}.")
    if described.get("kind") not in KINDS:
        raise ValueError(f"No automation is called {described.get('kind')!r}; the kinds are {', '.join(KINDS)}.")
    lists = {name: tuple(described[name]) for name in ("on", "changed", "users", "fields") if name in described}
    return Rule(**{**described, **lists})


def check_rules(described: Iterable[Mapping[str, Any]]) -> None:
    """Refuse (ValueError) rules that can't be understood, their conditions included."""
    for one in described:
        where = rule_of(one).where
        try:
            parse(_query(where))
        except SoqlError as error:
            raise ValueError(f"The condition {where!r} is no SOQL: {error.message}") from None


def check_fields(org: "Org") -> None:
    """Refuse (ValueError) rules that name fields the org's Tasks don't have."""
    kind = org.stored_type("Task")
    for rule in map(rule_of, org.settings.automation):
        named = (*rule.changed, *(rule.set or {}))
        unknown = [name for name in named if kind is None or name.lower() not in kind.fields]
        if unknown:
            raise ValueError(f"A rule names {unknown[0]!r}, which Tasks of this org don't have.")
        try:
            row_test(parse(_query(rule.where)), _EveryRow(org), now=datetime.now(UTC), schema=org.stored_type)
        except SoqlError as error:
            raise ValueError(f"The condition {rule.where!r} can't be met: {error.message}") from None


def _query(where: str | None) -> str:
    # Our own query language, over rows in memory.
    return "SELECT Id FROM Task" + (f" WHERE {where}" if where else "")  # noqa: S608 SOQL of the box itself, no SQL


class _EveryRow:
    """The whole org, as automation sees it: it runs in system context."""

    def __init__(self, org: "Org") -> None:
        self._org = org

    def rows(
        self,
        object_name: str,
        equal: Mapping[str, Collection[object]],  # noqa: ARG002 the protocol's hint, not needed here
        stamped: Span | None = None,  # noqa: ARG002 as above
    ) -> Iterable[Row]:
        return self._org.table(object_name).rows.values()

    def row(self, record_id: str) -> Row | None:
        found = self._org.find(record_id)
        return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Automation:
    """The rules of an org as they meet one user's save or query."""

    org: "Org"
    user_id: str
    now: datetime

    def _rules(self, kind: str, event: Event | None = None) -> Iterator[Rule]:
        for described in self.org.settings.automation:
            rule = rule_of(described)
            if rule.kind == kind and rule.active and self._is_meant(rule) and (event is None or event in rule.on):
                yield rule

    def _is_meant(self, rule: Rule) -> bool:
        if not rule.users:
            return True
        user = self.org.table("User").get(self.user_id) or {}
        return self.user_id in rule.users or str(user.get("Username")) in rule.users

    def _applies(self, rule: Rule, row: Row, before: Row | None) -> bool:
        if rule.changed and before is not None and all(row.get(one) == before.get(one) for one in rule.changed):
            return False
        return rule.where is None or self.test(rule.where)(row)

    def test(self, where: str) -> Callable[[Row], bool]:
        """Give the test of a SOQL condition, over every row of the org."""
        query = parse(_query(where))
        return row_test(query, _EveryRow(self.org), now=self.now, schema=self.org.stored_type)

    def rewrites(self, row: Row, before: Row | None, event: Event) -> dict[str, Any]:
        """Give what flows set inside the save; a later flow sees what an earlier one wrote."""
        changes: dict[str, Any] = {}
        for rule in self._rules(FLOW, event):
            seen = {**row, **changes}
            if self._applies(rule, seen, before):
                changes |= self._values(rule, seen)
        return changes

    def second_saves(self, row: Row, before: Row | None, event: Event) -> Iterator[tuple[dict[str, Any], str]]:
        """Give what triggers write after the save, each with the user who writes it."""
        for rule in self._rules(AFTER_SAVE, event):
            if self._applies(rule, row, before):
                runner = self.org.user_named(rule.run_as) if rule.run_as else None
                yield self._values(rule, row), str(runner["Id"]) if runner else self.user_id

    def _values(self, rule: Rule, row: Row) -> dict[str, Any]:
        return {name: self._filled(value, row) for name, value in (rule.set or {}).items()}

    def _filled(self, value: Any, row: Row) -> Any:
        if not isinstance(value, str):
            return value
        known = {**row, "$user": self.user_id}
        return _PLACE.sub(lambda found: str(wire(known.get(found[1])) or ""), value)

    def validate(self, row: Row, before: Row | None, event: Event) -> None:
        """Refuse a record that a validation rule doesn't accept."""
        for rule in self._rules(VALIDATION, event):
            if self._applies(rule, row, before):
                message = rule.message or rule.name or "A validation rule refuses these values."
                raise Refusal(rule.code or "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, rule.fields)

    def bulk_refusal(self, event: Event, count: int) -> Refusal | None:
        """Give what a trigger that isn't made for many records fails a whole call with."""
        rule = next((one for one in self._rules(BULK_LIMIT, event) if count > one.more_than), None)
        if rule is None:
            return None
        moment = {"create": "BeforeInsert", "update": "BeforeUpdate", "delete": "BeforeDelete"}.get(event)
        name = rule.name or "TaskTrigger"
        cause = "System.LimitException: Too many SOQL queries: 101"
        words = f"{name}: execution of {moment}\n\ncaused by: {cause}\n\nTrigger.{name}: line 7, column 1"
        return Refusal(rule.code or "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", rule.message or words, ())

    def policy_refusal(self, rows: int) -> Refusal | None:
        """Give what a transaction security policy answers to a query of so many rows."""
        rule = next((one for one in self._rules(POLICY) if rows > one.more_than), None)
        if rule is None:
            return None
        status = self.org.beliefs["policy_status"]
        return Refusal(rule.code or "TXN_SECURITY_NO_ACCESS", rule.message or _POLICY_WORDS, status=status)
