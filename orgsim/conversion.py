"""Leads converted and records merged: Tasks change hands and parents by no edit of anyone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orgsim.automation import Automation
from orgsim.errors import Refusal
from orgsim.org import Org
from orgsim.schema import object_name_of
from orgsim.tables import Row

_FIELDS = ("WhoId", "WhatId")


@dataclass(frozen=True, slots=True)
class Converted:
    """Where a lead went."""

    contact_id: str
    account_id: str
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversion:
    """Who converts leads or merges records, and when."""

    org: Org
    user_id: str
    now: datetime

    def convert(
        self, lead_id: str, contact_id: str | None = None, account_id: str | None = None, owner_id: str | None = None
    ) -> Converted:
        """Convert a lead into a contact and company, new ones where none are named.

        Raises:
            Refusal: the lead is none or converted, or a validation rule refuses one of its Tasks; nothing changes then.

        """
        lead = self.org.table("Lead").get(lead_id)
        if lead is None or lead.get("IsDeleted"):
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ("leadId",))
        if lead.get("IsConverted"):
            raise Refusal("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", ())
        with self.org.transaction() as transaction:
            try:
                return self._converted(lead, contact_id, account_id, owner_id or lead.get("OwnerId") or self.user_id)
            except Refusal:
                transaction.rollback()
                raise

    def _converted(self, lead: Row, contact_id: str | None, account_id: str | None, owner_id: str) -> Converted:
        name = lead.get("Company") or lead.get("Name") or "Company"
        account_id = account_id or self._made("Account", {"Name": name, "OwnerId": owner_id})
        person: Row = {key: lead[key] for key in ("FirstName", "LastName", "Name", "Email", "Phone") if key in lead}
        contact_id = contact_id or self._made("Contact", {**person, "AccountId": account_id, "OwnerId": owner_id})
        links = {"ConvertedContactId": contact_id, "ConvertedAccountId": account_id}
        done = {"IsConverted": True, "ConvertedDate": self.now.date(), "Status": "Closed - Converted"}
        self.org.write("Lead", {**lead, **links, **done, **self._stamps(both=True)})
        moved = [self._moved(row, lead["Id"], contact_id, account_id, owner_id) for row in self._tasks_of([lead["Id"]])]
        return Converted(contact_id, account_id, tuple(moved))

    def _made(self, object_name: str, values: Row) -> str:
        record_id = self.org.new_id(object_name)
        made = {"Id": record_id, "CreatedDate": self.now, "CreatedById": self.user_id, "IsDeleted": False}
        self.org.write(object_name, {**values, **made, **self._stamps(both=True)})
        return record_id

    def _moved(self, row: Row, lead_id: str, contact_id: str, account_id: str, owner_id: str) -> str:
        after = {**row, "AccountId": account_id, **{name: contact_id for name in _FIELDS if row.get(name) == lead_id}}
        after.setdefault("WhatId", account_id)
        if not row["IsClosed"] and row["OwnerId"] == self.user_id:
            after["OwnerId"] = owner_id
        Automation(self.org, self.user_id, self.now).validate(after, row, "update")
        both = bool(self.org.beliefs["conversion_moves_last_modified"])
        self.org.write("Task", {**after, **self._stamps(both=both)})
        return str(row["Id"])

    def _stamps(self, *, both: bool) -> Row:
        stamps: dict[str, Any] = {"SystemModstamp": self.now}
        return {**stamps, "LastModifiedDate": self.now, "LastModifiedById": self.user_id} if both else stamps

    def _tasks_of(self, record_ids: Iterable[str]) -> list[Row]:
        wanted = set(record_ids)
        tasks = self.org.table("Task").rows.values()
        return [row for row in tasks if not row["IsDeleted"] and wanted.intersection(map(row.get, _FIELDS))]

    def merge(self, master_id: str, loser_ids: Iterable[str]) -> list[str]:
        """Merge records of one object into the first, past all triggers; give the Tasks that changed parents."""
        losers = list(loser_ids)
        found = [self.org.find(record_id) for record_id in (master_id, *losers)]
        names = {one[0] for one in found if one is not None and not one[1].get("IsDeleted")}
        if None in found or len(names) != 1 or not names <= {"Lead", "Contact", "Account"} or master_id in losers:
            raise Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", ())
        tasks = self._tasks_of(losers)
        for row in tasks:
            self._reparent(row, master_id, losers)
        for record_id in losers:
            name = object_name_of(record_id) or ""
            loser = self.org.table(name).rows[record_id]
            self.org.write(name, {**loser, "IsDeleted": True, **self._stamps(both=True)})
            self.org.log_removal(name, loser, self.now)
        return [row["Id"] for row in tasks]

    def _reparent(self, row: Row, master_id: str, losers: list[str]) -> None:
        moved = {name: master_id for name in _FIELDS if row.get(name) in losers}
        belief = self.org.beliefs["merge_moves"]
        stamps = {} if belief == "neither" else self._stamps(both=belief == "both")
        after = {**row, **moved, **stamps}
        if after.get("AccountId") in losers:
            after["AccountId"] = master_id
        self.org.write("Task", after)
