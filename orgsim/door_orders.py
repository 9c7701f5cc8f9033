"""The part of the door's client that orders an org's own workings: rules, locks, conversions, jobs, mass edits."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any

Record = dict[str, Any]


class OrdersDoor(ABC):
    """Orders to an org; `Door` is the whole client."""

    @abstractmethod
    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **query: Any) -> Record: ...

    # the customer's automation

    def add_rule(self, kind: str, *, org_id: str | None = None, **rule: Any) -> list[Record]:
        """Add automation to an org (see `orgsim.automation.Rule` for its keys); give all of its rules.

        Kinds: validation (where, message, fields, code), flow and after_save (where, set, run_as), bulk_limit and
        policy (more_than). Any may be narrowed by on, changed and users, and called by a name.
        """
        return list(self._ask("POST", "rules", {"org_id": org_id, "kind": kind, **rule})["rules"])

    def clear_rules(self, name: str | None = None, org_id: str | None = None) -> None:
        """Remove the rules of a name, or all."""
        self._ask("DELETE", "rules", {"name": name, "org_id": org_id})

    # locks

    def lock_rows(self, *record_ids: str, seconds: float, org_id: str | None = None) -> None:
        """Hold rows (Tasks, persons, companies) for so long on the virtual clock: saves that need them are refused."""
        self._ask("POST", "locks", {"ids": record_ids, "seconds": seconds, "org_id": org_id})

    def lock_records(self, *record_ids: str, org_id: str | None = None) -> None:
        """Put records into an approval: edits get ENTITY_IS_LOCKED until `unlock`, but of who may modify all."""
        self._ask("POST", "locks", {"ids": record_ids, "approval": True, "org_id": org_id})

    def unlock(self, *record_ids: str, org_id: str | None = None) -> None:
        """End the locks of these records, of all where none are named."""
        self._ask("DELETE", "locks", {"ids": record_ids or None, "org_id": org_id})

    def locks(self, org_id: str | None = None) -> Record:
        """Give {"rows": {id: until}, "records": [id]}."""
        return self._ask("GET", "locks", org_id=org_id)

    # conversions and merges

    def convert_lead(self, username: str, lead_id: str, **named: str) -> Record:
        """Convert a lead as a user; `contact_id`, `account_id`, `owner_id` name where it goes, else new records.

        Gives contact_id, account_id and tasks (ids). Raises UserRefusedError.
        """
        return self._ask("POST", "convert", {"username": username, "lead_id": lead_id, **named})

    def merge(self, username: str, master_id: str, *loser_ids: str) -> list[str]:
        """Merge leads, contacts or accounts into the first; give the Tasks that changed parents."""
        body = {"username": username, "master_id": master_id, "ids": loser_ids}
        return list(self._ask("POST", "merge", body)["tasks"])

    # jobs and mass changes

    def touch(self, *record_ids: str, org_id: str | None = None) -> None:
        """Move SystemModstamp alone, as internal processes do."""
        self._ask("POST", "touch", {"org_id": org_id, "ids": record_ids})

    def archive(self, org_id: str | None = None) -> int:
        """Run the archiving job; give how many Tasks it took."""
        return int(self._ask("POST", "archive", {"org_id": org_id})["archived"])

    def purge(self, org_id: str | None = None) -> int:
        """Empty the recycle bins of what is older than 15 days; give how many."""
        return int(self._ask("POST", "purge", {"org_id": org_id})["purged"])

    def purge_deletions(self, before: datetime | None = None, org_id: str | None = None) -> None:
        """Purge the deletion log up to a moment (two hours ago): older spans get INVALID_REPLICATION_DATE."""
        self._ask("POST", "purge-deletions", {"before": before, "org_id": org_id})

    def rename_value(self, field: str, old: str, new: str, org_id: str | None = None) -> int:
        """Rename a value of Status or Priority; give how many Tasks' SystemModstamp moved."""
        body = {"field": field, "old": old, "new": new, "org_id": org_id}
        return int(self._ask("POST", "rename-value", body)["renamed"])

    def mass_update(self, username: str, where: str | None = None, **fields: Any) -> list[str]:
        """Edit every live Task that meets a SOQL condition, all with one stamp, as a user; give their ids."""
        return list(self._ask("POST", "mass-update", {"username": username, "where": where, "fields": fields})["ids"])
