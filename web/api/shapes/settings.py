"""A team's settings."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from remindersync.model import ConflictRule, Side
from web.api.shapes.common import Changes, Line, Taken


class StatusMap(Taken):
    open: list[Line]
    completed: list[Line]
    write_open: Line
    write_completed: Line


class PriorityMap(Taken):
    normal: list[Line]
    high: list[Line]
    write_normal: Line
    write_high: Line


class TeamSettingsShape(BaseModel):
    subject_template: str
    template_on_imported: bool
    subject_inbound: bool
    status_map: StatusMap
    priority_map: PriorityMap
    import_closed_on_creation: bool
    import_condition: str
    conflict_rule: ConflictRule
    tie_rule: Side
    delete_rule: Literal["delete_wins", "edit_wins"]
    api_share_percent: int
    guard_count: int
    guard_percent: int


class TeamSettingsChanges(Changes):
    """The settings to change; what is left out stays."""

    subject_template: Annotated[str, StringConstraints(max_length=1000)] = ""
    template_on_imported: bool = False
    subject_inbound: bool = True
    status_map: StatusMap = StatusMap(open=[], completed=[], write_open="", write_completed="")
    priority_map: PriorityMap = PriorityMap(normal=[], high=[], write_normal="", write_high="")
    import_closed_on_creation: bool = False
    import_condition: Annotated[str, StringConstraints(max_length=2000)] = ""
    conflict_rule: ConflictRule = ConflictRule.LATEST
    tie_rule: Side = Side.APP
    delete_rule: Literal["delete_wins", "edit_wins"] = "delete_wins"
    api_share_percent: Annotated[int, Field(ge=0, le=100)] = 50
    guard_count: Annotated[int, Field(ge=0, le=1_000_000)] = 50
    guard_percent: Annotated[int, Field(ge=0, le=100)] = 30

    def changes(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude_unset=True)
