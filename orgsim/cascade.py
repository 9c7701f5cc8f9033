"""What goes to the recycle bin with a record, and comes back with it: persons of a company, Tasks, occurrences."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from orgsim import series
from orgsim.tables import Row

if TYPE_CHECKING:
    from orgsim.saving import Saver

_ALL = ("Task", "Contact")


def hanging_on(saver: "Saver", object_name: str, row: Row) -> Iterator[tuple[str, Row]]:
    """Give the live records that are deleted along with one, those that hang on others first."""
    if object_name == "Task":
        closed_too = saver.by_api and saver.org.beliefs["series_delete_by_api"] == "all"
        found = series.occurrences(saver.org, row["Id"]) if row.get("IsRecurrence") else []
        yield from (("Task", one) for one in found if closed_too or not one["IsClosed"])
        return
    persons = _persons_of(saver, row) if object_name == "Account" else []
    parents = {row["Id"], *(one["Id"] for one in persons)}
    for one in list(saver.org.table("Task").rows.values()):
        if not one["IsDeleted"] and parents.intersection((one.get("WhoId"), one.get("WhatId"))):
            yield "Task", one
    yield from (("Contact", one) for one in persons)


def _persons_of(saver: "Saver", account: Row) -> list[Row]:
    contacts = saver.org.table("Contact").rows.values()
    return [one for one in contacts if one.get("AccountId") == account["Id"] and not one["IsDeleted"]]


def restore(saver: "Saver", object_name: str, row: Row) -> None:
    """Take a record out of the bin, and what went there with it; what was binned by itself stays."""
    saver.unbin(object_name, row, is_cascade=False)
    for name in _ALL:
        for one in list(saver.org.table(name).rows.values()):
            if one.get("BinnedWith") == row["Id"] and one["IsDeleted"]:
                saver.unbin(name, one, is_cascade=True)
