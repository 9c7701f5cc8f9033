import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import pytest

from orgsim.ids import numbered_id
from orgsim.schema import object_name_of
from orgsim.soql import Answer, execute, parse
from orgsim.stamps import Span

NOW = dt.datetime(2026, 11, 22, 10, 0, 0, tzinfo=dt.UTC)
ADA, BEN, QUEUE = numbered_id("005", 1), numbered_id("005", 2), numbered_id("00G", 1)
CONTACT, ACCOUNT, LEAD = numbered_id("003", 1), numbered_id("001", 1), numbered_id("00Q", 1)


def task(number: int, **values: Any) -> dict[str, Any]:
    return {
        "Id": numbered_id("00T", number),
        "Subject": f"Task {number}",
        "Status": "Not Started",
        "Priority": "Normal",
        "OwnerId": ADA,
        "IsClosed": False,
        "IsDeleted": False,
        "SystemModstamp": NOW - dt.timedelta(hours=number),
        "CreatedDate": NOW - dt.timedelta(days=number),
        **values,
    }


PEOPLE = [
    {"Id": ADA, "Name": "Ada", "Email": "ada@kauri.example", "Username": "ada@kauri.example", "IsActive": True},
    {"Id": BEN, "Name": "Ben", "Email": "ben@kauri.example", "Username": "ben", "IsActive": True, "ManagerId": ADA},
]
OTHERS = [
    {"Id": QUEUE, "Name": "Inbound", "Type": "Queue"},
    {"Id": CONTACT, "Name": "Grace Hopper", "Email": "grace@x.example", "AccountId": ACCOUNT, "OwnerId": BEN},
    {"Id": LEAD, "Name": "Alan Turing", "Email": None},
    {"Id": ACCOUNT, "Name": "Acme", "Type": "Prospect", "OwnerId": BEN},
]
TASKS = [
    task(1, Subject="Call Ada", WhoId=CONTACT, AccountId=ACCOUNT, ActivityDate=dt.date(2026, 11, 22)),
    task(2, Subject="call ada", OwnerId=BEN, WhoId=LEAD, ActivityDate=dt.date(2026, 11, 23)),
    task(3, Subject="50% off_all", Status="Completed", IsClosed=True, ActivityDate=dt.date(2026, 10, 31)),
    task(4, Subject=None, Priority="High", OwnerId=QUEUE, CallDurationInSeconds=30),
    task(5, Subject="O'Brien \\ Söhne", OwnerId=BEN, WhatId=ACCOUNT, CallDurationInSeconds=90),
]


class MemoryCatalog:
    """All rows, and the hint that the last query gave."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self.by_id = {row["Id"]: row for row in rows}
        self.hint: Mapping[str, Collection[object]] = {}

    def rows(
        self, object_name: str, equal: Mapping[str, Collection[object]], stamped: Span | None = None
    ) -> Iterable[Mapping[str, Any]]:
        self.hint = equal
        return [row for key, row in self.by_id.items() if object_name_of(key) == object_name]

    def row(self, record_id: str) -> Mapping[str, Any] | None:
        return self.by_id.get(record_id)


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog([*PEOPLE, *OTHERS, *TASKS])


@pytest.fixture
def ask(catalog: MemoryCatalog) -> Callable[..., Answer]:
    def asked(text: str, **options: Any) -> Answer:
        return execute(parse(text), catalog, now=NOW, **options)

    return asked


@pytest.fixture
def numbers(ask: Callable[..., Answer]) -> Callable[..., list[int]]:
    """Which of the Tasks 1 to 5 a WHERE clause finds."""
    known = {numbered_id("00T", number): number for number in range(1, 6)}

    def found(where: str, **options: Any) -> list[int]:
        return [known[record["Id"]] for record in ask(f"SELECT Id FROM Task WHERE {where}", **options).records]

    return found
