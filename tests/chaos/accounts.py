"""What became of every value people wrote: still there, overwritten by an edit that saw it, in history, or lost."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.journal import Edit, Journal
from tests.chaos.sides import PAIRS, Sides, events
from tests.chaos.team import Member

_HERE = {there: here for here, there in PAIRS.items()}


@dataclass
class Accounts:
    """The books of one run.

    `races` are values written over between our read and our write, as the org saw them. `pairs` are reminders by the
    Tasks they have and had: one that is restored here gets another Task.
    """

    team: Sequence[Member]
    sides: Sides
    journal: Journal
    races: Sequence[dict[str, Any]]
    pairs: Mapping[str, str]
    found: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    _events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def settle(self) -> None:
        """Follow every edit; `lost` holds those of which nothing tells."""
        self._members = {member.email: member for member in self.team}
        self._reminders = {task: self.sides.here[reminder] for task, reminder in self.pairs.items()}
        self._raced = {(race["id"], race["lost"]) for race in self.races}
        self._deleted_unseen = {race["id"] for race in self.races if race["field"] == "IsDeleted"}
        for edits in self.journal.here.values():
            for edit in edits:
                self._close(edit, "here", self._of_app(edit))
        for edits in self.journal.there.values():
            for edit, later in zip(edits, [*edits[1:], None], strict=True):
                self._close(edit, "there", self._of_salesforce(edit, later))

    def _close(self, edit: Edit, side: str, what: str | None) -> None:
        self.found[f"{side}: {what or 'LOST'}"] += 1
        if what is None:
            self.lost += [f"{edit.at:%T} {side}, {edit.record}, {edit.field}: {edit.value!r}", *self._told_of(edit)]

    def _of_app(self, edit: Edit) -> str | None:
        reminder = self.sides.here.get(edit.record)
        if reminder is not None and reminder[edit.field] == edit.value:
            return "present"
        overwritten = [one for one in self._history(edit.record) if one["old"] == edit.value]
        return "in history" if overwritten else None

    def _of_salesforce(self, edit: Edit, later: Edit | None) -> str | None:
        task, reminder = self.sides.there[edit.record], self._reminders.get(edit.record)
        if task[edit.field] == edit.value and self._is_kept(task, reminder, edit):
            return "present"
        if reminder is not None:
            told = [one for one in self._history(reminder["id"]) if edit.value in (one["old"], one["new"])]
            if told:
                return "in history"
        if later is not None and later.saw == edit.value:
            return "overwritten by somebody who saw it"
        if (edit.record, edit.value) in self._raced or edit.record in self._deleted_unseen:
            return "lost in a race"
        return None

    def _is_kept(self, task: dict[str, Any], reminder: dict[str, Any] | None, edit: Edit) -> bool:
        """Whether a value that stands in Salesforce still does so for people: not in a Task that we deleted over it."""
        if not task["IsDeleted"] or edit.record in self.journal.deleted_there:
            return True
        return reminder is not None and reminder[_HERE[edit.field]] == edit.value

    def _told_of(self, edit: Edit) -> Iterator[str]:
        """Yield everything that is known of a field, for people who look for a lost value of it."""
        books = (self.journal.here, self.journal.there)
        task = self.sides.there.get(edit.record) or {}
        reminder = self._reminders.get(edit.record) or self.sides.here.get(edit.record) or {}
        yield f"    now {task.get(edit.field)!r}, deleted {task.get('IsDeleted')}; here {reminder.get('deleted_at')}"
        ids, names = {edit.record, reminder.get("id")}, {edit.field, _HERE.get(edit.field), PAIRS.get(edit.field)}
        for one in sorted((one for book in books for some in book.values() for one in some), key=lambda one: one.at):
            if one.record in ids and one.field in names:
                yield f"    {one.at:%T.%f} a person wrote {one.value!r} over {one.saw!r}"
        for event in self._history(reminder.get("id", "")):
            if event["field"] in {*names, "deleted"}:
                shown = {name: event[name] for name in ("at", "side", "actor", "old", "new", "kept", "rule")}
                yield f"    {shown}"
        yield from (f"    race: {race}" for race in self.races if race["id"] in ids)

    def _history(self, reminder_id: str) -> list[dict[str, Any]]:
        if reminder_id not in self._events:
            reminder = self.sides.here.get(reminder_id)
            member = self._members.get(reminder["assignee"]) if reminder else None
            self._events[reminder_id] = list(events(member, reminder_id)) if member else []
        return self._events[reminder_id]
