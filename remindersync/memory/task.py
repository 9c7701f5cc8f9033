"""A Task in memory, and how a read shows it."""

from dataclasses import dataclass
from datetime import datetime

from remindersync.model import SalesforceTask, Value

FIELDS = ("Subject", "Status", "Priority", "ActivityDate", "Description", "WhoId")
_CLOSED = "Completed"


@dataclass
class MemoryTask:
    """A Task as the org holds it."""

    id: str
    owner_id: str
    values: dict[str, Value]
    created_at: datetime
    modified_at: datetime
    stamp: datetime
    created_by: str
    is_deleted: bool = False
    is_recurrence: bool = False
    subtype: str = "Task"
    key: str | None = None
    completed_at: datetime | None = None
    company_id: str | None = None

    @property
    def is_closed(self) -> bool:
        return self.values.get("Status") == _CLOSED

    @property
    def due(self) -> str:
        """The due date, the empty text where there is none: before every date."""
        return self.values["ActivityDate"] or ""

    def shown(self, read_at: datetime) -> SalesforceTask:
        """Return the Task as a read that began at `read_at` shows it."""
        return SalesforceTask(
            id=self.id,
            owner_id=self.owner_id,
            values={name: self.values[name] for name in FIELDS},
            is_closed=self.is_closed,
            created_at=self.created_at,
            modified_at=self.modified_at,
            stamp=self.stamp,
            read_at=read_at,
            subtype=self.subtype,
            is_deleted=self.is_deleted,
            is_recurrence=self.is_recurrence,
            completed_at=self.completed_at,
            created_by=self.created_by,
            key=self.key,
            company_id=self.company_id,
            related_id=self.values.get("WhatId"),
        )
