"""The Tasks of one org: every kind a sync meets, each knowing by construction who must import it."""

from __future__ import annotations

import dataclasses
import itertools
import random
from collections.abc import Iterator
from typing import Any

from orgsim.ids import numbered_id
from orgsim.sample import texts
from orgsim.sample.people import Company, Person

Values = dict[str, Any]
"""Field values: stamps are seconds from the moment of loading, due dates days from the owner's today."""

DAY = 86_400
# Recent stamps stay well inside the last 24 hours and well before now; old ones well outside.
_NEWEST, _OLDEST_RECENT = -300, -DAY + 1_200
_NEWEST_OLD = -DAY - 1_200
_YEAR_DAYS = 365
_RECENT_PER_USER = 14
_OLD_PER_ORG = 850
_ARCHIVED_PER_ORG = 140
_OLD_BULK, _RECENT_BULK = 200, 36
_RENAMED = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Planned:
    """One Task, and the mailbox of the app user whose first sync must import it, or None."""

    values: Values
    importer: str | None


class TaskPlan:
    """Plans the Tasks of one company; the same `chance` gives the same Tasks."""

    def __init__(self, company: Company, chance: random.Random) -> None:
        self._company = company
        self._chance = chance
        self._numbers = itertools.count(1)
        self._syncing = [person for person in company.people if person.syncing]
        self._others = [person for person in company.people if not person.syncing]

    def tasks(self) -> list[Planned]:
        """Return every Task of the org, oldest Id first."""
        recipes = (
            self._recent_everyday,
            self._recent_oddities,
            self._recent_not_reminders,
            self._recent_of_others,
            self._renamed_picklist,
            self._bulk,
            self._old_everyday,
            self._old_not_reminders,
            self._archived,
            self._recurring,
        )
        return [planned for recipe in recipes for planned in recipe()]

    # What the first sync imports -------------------------------------------------------------

    def _recent_everyday(self) -> Iterator[Planned]:
        for person in self._syncing:
            for place in range(_RECENT_PER_USER + self._chance.randrange(10)):
                due = (None, -30, -1, 0, 0, 1, 1, 2, 7, 45, 400, -800)[place % 12]
                values = {**self._everyday(), "ActivityDate": due}
                yield self._imported(person, values, created_now=place % 2 == 0)

    def _recent_oddities(self) -> Iterator[Planned]:
        oddities = [*self._every_choice(), *self._every_text(), *self._kinds_of_reminder()]
        for person, values in zip(itertools.cycle(self._syncing), oddities, strict=False):
            yield self._imported(person, values, created_now=len(values) % 2 == 0)
        for person in self._syncing:
            for age in (_OLDEST_RECENT, _NEWEST):
                values = {"Subject": f"Changed {-age // 60} minutes ago", "LastModifiedDate": age}
                yield self._imported(person, values, created_now=False)

    def _every_choice(self) -> Iterator[Values]:
        for status, _, _ in self._company.statuses:
            for priority, _, _ in self._company.priorities:
                subject = f"{status} / {priority}"
                yield {"Subject": subject, "Status": status, "Priority": priority, "ActivityDate": 0}

    def _every_text(self) -> Iterator[Values]:
        for place, subject in enumerate(texts.STRANGE):
            yield {"Subject": subject, "ActivityDate": place % 3, "Description": subject}
        for subject in texts.longest_subjects():
            yield {"Subject": subject, "ActivityDate": 1}
        for comment in texts.COMMENTS:
            yield {"Subject": "Comment to keep as it is", "Description": comment}
        for comment in texts.long_comments():
            yield {"Subject": "Minutes", "Description": comment, "ActivityDate": 0}
        yield {"Subject": None, "Description": "A Task without a Subject", "ActivityDate": 0}
        yield {"Subject": None}

    def _kinds_of_reminder(self) -> Iterator[Values]:
        due = {"ActivityDate": 0}
        yield {"Subject": "Call back", "TaskSubtype": "Call", "Type": "Call", **due}
        yield {"Subject": "InMail to the CFO", "TaskSubtype": "LinkedIn", **due}
        yield {"Subject": "Cadence step 3", "TaskSubtype": "Cadence", **due}
        yield {"Subject": "Remind me", "IsReminderSet": True, "ReminderDateTime": 7_200, **due}
        yield {"Subject": "Reminder fired", "IsReminderSet": False, "ReminderDateTime": -7_200, **due}
        for trigger in ("RecurrenceRegenerateAfterDueDate", "RecurrenceRegenerateAfterToday"):
            repeats = {"RecurrenceRegeneratedType": trigger, "RecurrenceInterval": 7}
            yield {"Subject": "Repeats when done", **repeats, **due}
        yield {"Subject": "About nobody", "WhoId": None, "WhatId": None, **due}
        yield {"Subject": "About a company", "WhatId": self._account(0), **due}

    def _imported(self, person: Person, values: Values, *, created_now: bool) -> Planned:
        """Plan a recent Task of a syncing user; a closed one was created open and completed later."""
        changed = values.get("LastModifiedDate", self._recent())
        closed = values.get("Status") in self._company.closed_statuses
        created = changed if created_now and not closed else changed - self._chance.randrange(2 * DAY, 30 * DAY)
        stamps = {"CreatedDate": created, "LastModifiedDate": changed}
        if closed:
            stamps["CompletedDateTime"] = changed
        return Planned(self._filled({**values, **stamps}, person), person.mailbox)

    # What is recent and stays out -------------------------------------------------------------

    def _recent_not_reminders(self) -> Iterator[Planned]:
        for person in self._syncing:
            for values in self._log_entries():
                yield self._left_out(person, {**values, **self._born_closed(self._recent())})
            for subtype in ("Email", "ListEmail"):
                values = {"Subject": f"{subtype} not yet answered", "TaskSubtype": subtype, "ActivityDate": 0}
                yield self._left_out(person, {**values, **self._changed_at(self._recent())})
            for place in range(2):
                values = {"Subject": f"Deleted today {place}", "IsDeleted": True}
                yield self._left_out(person, {**values, **self._changed_at(self._recent())})

    def _log_entries(self) -> Iterator[Values]:
        logged = {"Status": "Completed", "ActivityDate": 0}
        call = {"TaskSubtype": "Call", "Type": "Call", "CallType": "Outbound", "CallDurationInSeconds": 184}
        yield {
            "Subject": "Email: Your quote",
            "TaskSubtype": "Email",
            "Description": "To: ada@customer.example\r\n\r\nDear Ada",
            **logged,
        }
        yield {"Subject": "List email: Newsletter", "TaskSubtype": "ListEmail", **logged}
        yield {"Subject": "Call", "CallDisposition": "Left voicemail 📞", **call, **logged}
        yield {"Subject": "Logged LinkedIn message", "TaskSubtype": "LinkedIn", **logged}
        yield {"Subject": "Logged after the visit", **logged}

    def _recent_of_others(self) -> Iterator[Planned]:
        for person in self._others:
            for _ in range(6):
                yield self._left_out(person, {**self._everyday(), **self._changed_at(self._recent())})
        for queue in self._company.queue_ids:
            for _ in range(12):
                values = {**self._everyday(), **self._changed_at(self._recent()), "OwnerId": queue}
                yield self._left_out(self._others[0], values)

    def _renamed_picklist(self) -> Iterator[Planned]:
        """Plan Tasks nobody touched for months, stamped anew when an admin renamed a picklist value."""
        stamp = -5_400
        for place in range(_RENAMED):
            person = self._syncing[place % len(self._syncing)]
            values = {**self._everyday(), **self._changed_at(self._old()), "SystemModstamp": stamp}
            yield self._left_out(person, {**values, "Status": "Deferred"})

    def _bulk(self) -> Iterator[Planned]:
        """Plan rows written by one bulk load each: all stamps of a load are one second."""
        for place in range(_OLD_BULK):
            person = self._syncing[place % len(self._syncing)]
            values = {"Subject": f"Imported row {place}", "ActivityDate": place % 90}
            yield self._left_out(person, {**values, **self._changed_at(-3 * DAY, created=-3 * DAY)})
        stamps = {"LastModifiedDate": -40_000}
        for place in range(_RECENT_BULK):
            person = self._syncing[place % len(self._syncing)]
            values = {"Subject": f"Mass-assigned {place}", "ActivityDate": place % 4, **stamps}
            yield self._imported(person, values, created_now=True)

    # What is old ------------------------------------------------------------------------------

    def _old_everyday(self) -> Iterator[Planned]:
        owners = [*self._syncing * 4, *self._others]
        for place in range(_OLD_PER_ORG):
            person = owners[place % len(owners)]
            changed = _NEWEST_OLD if place < len(owners) else self._old()
            values = {**self._everyday(), "Status": self._status(), **self._changed_at(changed)}
            if values["Status"] in self._company.closed_statuses:
                values["CompletedDateTime"] = changed
            if place % 23 == 0:
                values["OwnerId"] = self._chance.choice(self._company.queue_ids)
            yield self._left_out(person, values)
        for comment in texts.long_comments():
            values = {"Subject": "Old minutes", "Description": comment, **self._changed_at(self._old())}
            yield self._left_out(self._syncing[0], values)

    def _old_not_reminders(self) -> Iterator[Planned]:
        for person in self._syncing:
            for _ in range(3):
                for values in self._log_entries():
                    yield self._left_out(person, {**values, **self._born_closed(self._old())})
            for place in range(3):
                # Inside the fifteen days a deleted Task stays in the recycle bin.
                stamps = self._changed_at(-DAY * (2 + 4 * place))
                yield self._left_out(person, {"Subject": f"Deleted {place}", "IsDeleted": True, **stamps})

    def _archived(self) -> Iterator[Planned]:
        for place in range(_ARCHIVED_PER_ORG):
            person = self._syncing[place % len(self._syncing)]
            changed = -DAY * self._chance.randrange(_YEAR_DAYS + 20, 5 * _YEAR_DAYS)
            due = None if place % 4 == 0 else changed // DAY
            closed = {"Status": "Completed", "CompletedDateTime": changed, "IsArchived": True}
            values = {**self._everyday(), **closed, **self._changed_at(changed), "ActivityDate": due}
            yield self._left_out(person, values)

    # Recurring series -------------------------------------------------------------------------

    def _recurring(self) -> Iterator[Planned]:
        """Plan a recent and an old weekly series for every user: its record, and its occurrences."""
        for person in self._syncing:
            for recent in (True, False):
                yield from self._series(person, self._recent() if recent else self._old(), recent=recent)

    def _series(self, person: Person, changed: int, *, recent: bool) -> Iterator[Planned]:
        subject = f"Weekly check-in ({person.name})"
        stamps = self._changed_at(changed, created=changed)
        master = self._left_out(person, {"Subject": subject, **stamps, **self._weekly(person)})
        yield master
        for week in range(4):
            values = {"Subject": subject, "ActivityDate": 7 * week, **stamps}
            values["RecurrenceActivityId"] = master.values["Id"]
            importer = person.mailbox if recent else None
            yield Planned(self._filled(values, person), importer)

    def _weekly(self, person: Person) -> Values:
        return {
            "IsRecurrence": True,
            "RecurrenceType": "RecursWeekly",
            "RecurrenceInterval": 1,
            "RecurrenceDayOfWeekMask": 2,
            "RecurrenceStartDateOnly": 0,
            "RecurrenceEndDateOnly": 27,
            "RecurrenceTimeZoneSidKey": person.zone,
        }

    # Parts ------------------------------------------------------------------------------------

    def _left_out(self, person: Person, values: Values) -> Planned:
        return Planned(self._filled(values, person), None)

    def _filled(self, values: Values, person: Person) -> Values:
        """Complete the values of a Task owned, created and last saved by `person` unless they say otherwise."""
        owner = self._company.user_id(person.mailbox)
        number = next(self._numbers)
        filled = {
            # Ids of the two orgs coincide, as those of a sandbox and its origin do.
            "Id": numbered_id("00T", number, pod="Z0"),
            "OwnerId": owner,
            "Status": "Not Started",
            "Priority": "Normal",
            "CreatedById": owner,
            "LastModifiedById": owner,
            "SystemModstamp": values["LastModifiedDate"],
            **self._about(number),
            **values,
        }
        filled["IsClosed"] = filled["Status"] in self._company.closed_statuses
        return {name: value for name, value in filled.items() if value is not None}

    def _about(self, number: int) -> Values:
        if number % 3 == 0:
            return {"WhoId": self._company.id("003", 1 + number % 40)}
        if number % 5 == 0:
            # Every sixth lead is converted, and a conversion moves its Tasks away.
            place = number % 30
            return {"WhoId": self._company.id("00Q", 1 + place + (place % 6 == 0))}
        return {"WhatId": self._account(number)} if number % 7 == 0 else {}

    def _account(self, number: int) -> str:
        return self._company.id("001", 1 + number % 8)

    def _everyday(self) -> Values:
        chance = self._chance
        return {
            "Subject": texts.subject(chance),
            "Description": texts.comment(chance),
            "Priority": chance.choice(self._company.priorities)[0],
            "ActivityDate": chance.choice((None, chance.randrange(-90, 180), chance.randrange(-3, 10))),
        }

    def _status(self) -> str:
        return self._chance.choice(self._company.statuses)[0]

    def _recent(self) -> int:
        return self._chance.randrange(_OLDEST_RECENT, _NEWEST)

    def _old(self) -> int:
        return self._chance.randrange(-300 * DAY, _NEWEST_OLD)

    def _changed_at(self, changed: int, created: int | None = None) -> Values:
        if created is None:
            created = changed - self._chance.randrange(2 * DAY, 50 * DAY)
        return {"CreatedDate": created, "LastModifiedDate": changed}

    def _born_closed(self, created: int) -> Values:
        return {"CreatedDate": created, "LastModifiedDate": created, "CompletedDateTime": created}
