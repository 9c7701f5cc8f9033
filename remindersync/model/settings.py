"""What an admin may choose for a team."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from remindersync.model.records import Side, Value


@dataclass(frozen=True, slots=True)
class ValueMap:
    """One picklist both ways: raw values that read as each of our two, and the one written for each (MAP-2)."""

    reads: Mapping[str, frozenset[str]]
    writes: Mapping[str, str]

    def read(self, raw: Value) -> Value:
        """Return what `raw` means here, None where it does not sync (MAP-1)."""
        return next((ours for ours, raws in self.reads.items() if raw in raws), None)


STATUS_MAP = ValueMap(
    {"open": frozenset({"Not Started"}), "completed": frozenset({"Completed"})},
    {"open": "Not Started", "completed": "Completed"},
)


PRIORITY_MAP = ValueMap(
    {"normal": frozenset({"Normal"}), "high": frozenset({"High"})},
    {"normal": "Normal", "high": "High"},
)


class ConflictRule(StrEnum):
    """Who wins a field that both sides changed (MERGE-1)."""

    LATEST = "latest"
    SALESFORCE = "salesforce"
    APP = "app"


@dataclass(frozen=True, slots=True)
class TeamSettings:
    """What an admin may choose for a team; the defaults are the product's."""

    subject_template: str = "{{activity_subject}}"
    template_on_imported: bool = False
    subject_inbound: bool = True
    status_map: ValueMap = STATUS_MAP
    priority_map: ValueMap = PRIORITY_MAP
    import_closed_on_creation: bool = False
    conflict_rule: ConflictRule = ConflictRule.LATEST
    tie_rule: Side = Side.APP
    deletion_wins: bool = True
    api_share_percent: int = 50
    import_condition: str = ""
    guard_count: int = 50
    guard_percent: int = 30
