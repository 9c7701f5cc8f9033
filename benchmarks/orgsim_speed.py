"""How fast the org in a box is, as a whole process on one core: rows out of /query, saves through collections.

    python benchmarks/orgsim_speed.py [--rows 50000] [--json orgsim_speed.json]

The box runs as `python -m orgsim` in a process of its own, pinned to one core where the system can; this script is
the client on another. Each line is the middle of its rounds. The targets are those the project promises.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from orgsim.door import Door
from orgsim.ids import numbered_id

FIELDS = (
    "Id, Subject, Status, Priority, ActivityDate, Description, OwnerId, WhoId, WhatId, IsClosed, IsDeleted, "
    "IsArchived, CreatedDate, LastModifiedDate, LastModifiedById, SystemModstamp, RemindersyncKey__c, Owner.Name"
)
START = datetime(2026, 5, 1, tzinfo=UTC)
ANN = numbered_id("005", 1)
COLLECTION = 200
ROUNDS = 3


@dataclass(frozen=True)
class Result:
    """One line of the table."""

    name: str
    rows: int
    seconds: float
    rows_a_second: float
    target: int | None

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "met" if self.rows_a_second >= self.target else "MISSED"


@contextmanager
def box(state: Path | None) -> Iterator[str]:
    """Run the box as its own process and give its URL."""
    command = [sys.executable, "-m", "orgsim", "--port", "0"]
    process = subprocess.Popen(
        [*command, *(["--state", str(state)] if state else [])], stdout=subprocess.PIPE, text=True
    )
    try:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(process.pid, {max(os.sched_getaffinity(0))})
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
    finally:
        process.terminate()
        process.wait()


class Client:
    """One user's token over plain HTTP."""

    def __init__(self, url: str, door: Door) -> None:
        login = door.session("ann@speed.example")
        self.root, self.base = url, f"{url}/services/data/v66.0"
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {login['access_token']}"
        self.http.headers["Accept-Encoding"] = "identity"

    def query(self, soql: str) -> int:
        """Read every page; give how many rows came."""
        found = self.http.get(f"{self.base}/query", params={"q": soql}).json()
        rows = len(found["records"])
        while not found["done"]:
            found = self.http.get(self.root + found["nextRecordsUrl"]).json()
            rows += len(found["records"])
        return rows

    def collection(self, method: str, records: list[dict[str, Any]], path: str = "") -> list[str]:
        body = {"records": [{"attributes": {"type": "Task"}, **record} for record in records]}
        answer = self.http.request(method, f"{self.base}/composite/sobjects{path}", json=body)
        results = answer.json()
        assert all(one["success"] for one in results), results[0]
        return [one["id"] for one in results]


def world(rows: int) -> dict[str, Any]:
    users = [{"Id": ANN, "Username": "ann@speed.example", "Name": "Ann"}]
    contacts = [{"Id": numbered_id("003", number), "Name": f"Person {number}"} for number in range(1, 501)]
    org = {"id": numbered_id("00D", 1), "name": "Speed", "users": users, "contacts": contacts}
    return {"orgs": [{**org, "tasks": list(tasks(rows)), "settings": {"daily_limit": 10_000_000}}]}


def tasks(rows: int) -> Iterator[dict[str, Any]]:
    for number in range(1, rows + 1):
        moment = (START + timedelta(seconds=number // 3)).strftime("%Y-%m-%dT%H:%M:%SZ")
        yield {
            "Id": numbered_id("00T", number),
            "Subject": f"Follow up with person {number}",
            "Description": "Ask about the offer, and when they decide. " * 3,
            "ActivityDate": "2026-06-01",
            "OwnerId": ANN,
            "WhoId": numbered_id("003", number % 500 + 1),
            "CreatedDate": moment,
            "SystemModstamp": moment,
        }


def measured(name: str, work: Callable[[int], int], target: int | None = None) -> Result:
    """Time `work` ROUNDS times (it takes the round's number and gives how many rows it moved)."""
    speeds, rows, seconds = [], 0, 0.0
    for number in range(ROUNDS):
        start = time.perf_counter()
        rows = work(number)
        seconds = time.perf_counter() - start
        speeds.append(rows / seconds)
    speed = statistics.median(speeds)
    return Result(name, rows, round(rows / speed, 3), round(speed), target)


def created(client: Client, number: int) -> list[str]:
    made = []
    for start in range(0, 4000, COLLECTION):
        records = [
            {"Subject": f"New {one}", "WhoId": numbered_id("003", 1), "RemindersyncKey__c": f"{number}-{one}"}
            for one in range(start, start + COLLECTION)
        ]
        made += client.collection("POST", records)
    return made


def changed(client: Client, ids: list[str], number: int) -> int:
    for start in range(0, len(ids), COLLECTION):
        client.collection(
            "PATCH", [{"id": one, "Subject": f"Round {number}"} for one in ids[start : start + COLLECTION]]
        )
    return len(ids)


def upserted(client: Client, number: int) -> int:
    for start in range(0, 4000, COLLECTION):
        records = [
            {"RemindersyncKey__c": f"{number}-{one}", "Priority": "High"} for one in range(start, start + COLLECTION)
        ]
        client.collection("PATCH", records, "/Task/RemindersyncKey__c")
    return 4000


def singles(client: Client, ids: list[str]) -> int:
    for one in ids[:300]:
        client.http.patch(f"{client.base}/sobjects/Task/{one}", json={"Subject": "single"}).raise_for_status()
    return 300


def narrow(client: Client) -> int:
    moments = [(START + timedelta(seconds=offset)).strftime("%Y-%m-%dT%H:%M:%SZ") for offset in (1000, 1010)]
    text = f"SELECT {FIELDS} FROM Task WHERE SystemModstamp >= {moments[0]} AND SystemModstamp < {moments[1]}"
    return sum(client.query(text) for _ in range(50))


def keyset(client: Client, rows: int) -> int:
    """Page as a feed does: by stamp and id, a query a page."""
    moment, last, found = "2026-01-01T00:00:00Z", "000000000000000AAA", 0
    while True:
        text = (
            f"SELECT {FIELDS} FROM Task WHERE (SystemModstamp = {moment} AND Id > '{last}') "
            f"OR SystemModstamp > {moment} ORDER BY SystemModstamp, Id LIMIT 2000"
        )
        page = client.http.get(f"{client.base}/queryAll", params={"q": text}).json()["records"]
        found += len(page)
        if len(page) < 2000 or found >= rows:
            return found
        moment, last = page[-1]["SystemModstamp"].replace("+0000", "Z"), page[-1]["Id"]


def run(client: Client, rows: int, label: str = "") -> Iterator[Result]:
    everything = f"SELECT {FIELDS} FROM Task"
    yield measured(f"/query, every page{label}", lambda _: client.query(everything), 3000)
    yield measured(f"/query, a feed by stamp and id{label}", lambda _: keyset(client, rows), 3000)
    yield measured(f"/query, 50 narrow ranges of stamps{label}", lambda _: narrow(client))
    made: list[str] = []
    yield measured(
        f"collections, create{label}", lambda number: len(made[:0] + _kept(made, created(client, number))), 2000
    )
    yield measured(f"collections, update{label}", lambda number: changed(client, made[:4000], number), 2000)
    yield measured(f"collections, upsert by key{label}", lambda _: upserted(client, 0), 2000)
    yield measured(f"single rows, update{label}", lambda _: singles(client, made))


def _kept(made: list[str], ids: list[str]) -> list[str]:
    made += ids
    return ids


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=50_000, help="Tasks in the org before the rounds")
    parser.add_argument("--json", type=Path, default=Path("orgsim_speed.json"), help="where to write the results")
    parser.add_argument("--state", type=Path, help="a state file, to measure with it")
    options = parser.parse_args()
    with box(options.state) as url, Door(url) as door:
        start = time.perf_counter()
        door.load(world(options.rows))
        print(f"{options.rows} Tasks loaded in {time.perf_counter() - start:.1f} s\n")
        print(f"{'what':<42}{'rows':>9}{'seconds':>10}{'rows/s':>10}{'target':>9}")
        results = []
        for result in run(Client(url, door), options.rows, ", state file" if options.state else ""):
            results.append(result)
            target = result.target or ""
            print(
                f"{result.name:<42}{result.rows:>9}{result.seconds:>10}"
                f"{result.rows_a_second:>10}{target:>9} {result.verdict}"
            )
    found = [{**asdict(one), "verdict": one.verdict} for one in results]
    options.json.write_text(json.dumps({"rows": options.rows, "results": found}, indent=2) + "\n", encoding="utf-8")
    print(f"\nwritten to {options.json}")


if __name__ == "__main__":
    main()
