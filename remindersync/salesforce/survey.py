"""Holds a team's settings against its org before they are saved: picklist values and the import condition (MAP-2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from remindersync import conditions
from remindersync.errors import SalesforceRefused, UserMistake
from remindersync.model import TeamSettings, ValueMap
from remindersync.salesforce.client import Call, Client
from remindersync.salesforce.faults import fault


@dataclass(frozen=True, slots=True)
class OrgSurvey:
    """What one login may know of an org's picklists and fields."""

    client: Client

    def check(self, before: TeamSettings, after: TeamSettings) -> None:
        """Ask the org about what is changed. Raises `UserMistake` naming what contradicts it, `SyncError`."""
        if after.status_map != before.status_map:
            refuse_unfit_statuses(after.status_map, self.statuses())
        if after.priority_map != before.priority_map:
            refuse_unknown("priority_map", after.priority_map, self.priorities())
        if after.import_condition and after.import_condition != before.import_condition:
            condition = conditions.parse(after.import_condition)
            refuse_unknown_fields(condition, self._ask("sobjects/Task/describe")["fields"])
            self._try(condition)

    def statuses(self) -> dict[str, bool]:
        """Return the values of a Task's Status, each with whether it is closed. Raises `SyncError`."""
        return {row["ApiName"]: bool(row["IsClosed"]) for row in self._rows("SELECT ApiName, IsClosed FROM TaskStatus")}

    def priorities(self) -> list[str]:
        """Return the values of a Task's Priority. Raises `SyncError`."""
        return [row["ApiName"] for row in self._rows("SELECT ApiName FROM TaskPriority")]

    def _try(self, condition: conditions.Condition) -> None:
        try:
            # Read and written anew by `conditions`, so that nothing reaches past its parentheses.
            self._rows(f"SELECT Id FROM Task WHERE {condition.text} LIMIT 1")  # noqa: S608 the reason is above
        except SalesforceRefused as refused:
            said = " ".join(refused.fault.message.split()) or refused.fault.meaning
            raise UserMistake(f"import_condition: Salesforce refuses it ({said.rstrip('.')}): correct it.") from None

    def _rows(self, soql: str) -> list[Mapping[str, Any]]:
        rows: list[Mapping[str, Any]] = self._ask("query", {"q": soql})["records"]
        return rows

    def _ask(self, path: str, params: dict[str, Any] | None = None) -> Mapping[str, Any]:
        body = self.client.ask(Call("GET", path, params=params)).body
        if not isinstance(body, Mapping):
            raise SalesforceRefused(fault("NOT_AN_ANSWER"))
        return body


def refuse_unfit_statuses(statuses: ValueMap, closed: Mapping[str, bool]) -> None:
    """Raise `UserMistake` for a Status the org does not have, or that `IsClosed` says the opposite of."""
    refuse_unknown("status_map", statuses, closed)
    for word, is_closed in (("open", False), ("completed", True)):
        for raw in sorted(statuses.reads[word]):
            if closed[raw] is not is_closed:
                other = "closed" if closed[raw] else "open"
                raise UserMistake(
                    f"status_map.{word}: {raw!r} is {other} in your org (IsClosed): take it out, or change it in Setup."
                )


def refuse_unknown(name: str, values: ValueMap, known: Collection[str]) -> None:
    """Raise `UserMistake` for a listed value that the org's picklist does not have."""
    for word, raws in values.reads.items():
        missing = sorted(raws - set(known))
        if missing:
            raise UserMistake(
                f"{name}.{word}: your org has no value {missing[0]!r}: use some of {', '.join(sorted(known))}."
            )


def refuse_unknown_fields(condition: conditions.Condition, described: Collection[Mapping[str, Any]]) -> None:
    """Raise `UserMistake` for a field that the login does not see, or that cannot be filtered by."""
    fields = {str(field["name"]).lower(): field for field in described}
    parents = {str(field["relationshipName"]).lower() for field in described if field.get("relationshipName")}
    for path in condition.fields:
        first, dot, _ = path.lower().partition(".")
        if first not in (parents if dot else fields):
            raise UserMistake(f"import_condition: Task has no field {path!r} that this login sees: correct its name.")
        if not dot and not fields[first].get("filterable", True):
            raise UserMistake(f"import_condition: Salesforce does not filter by {path}: use another field.")
