"""Tasks put into an org past all rules, and short words for what was read."""

from datetime import UTC, datetime
from typing import Any

from remindersync.model import SalesforceTask
from remindersync.ports import Page, Window
from remindersync.salesforce.client import Client, Door
from remindersync.salesforce.hosts import Hosts
from remindersync.salesforce.ids import record_id
from remindersync.salesforce.records import Schema
from remindersync.salesforce.tasks import RestSalesforceTasks
from tests.fixtures.salesforce import ADA, LEAD, ORG, Box

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ALWAYS = [Window(datetime(2000, 1, 1, tzinfo=UTC))]
VALUES = {
    "Subject": "Call Ada",
    "Status": "Not Started",
    "Priority": "High",
    "ActivityDate": "2026-11-23",
    "Description": "one\ntwo",
    "WhoId": LEAD,
}


def number(count: int) -> str:
    return record_id(f"00TSM000000{count:04d}")


def row(count: int, **fields: Any) -> dict[str, Any]:
    return {
        "Id": number(count),
        "OwnerId": ADA,
        "Subject": f"Task {count}",
        "SystemModstamp": NOON.isoformat(),
    } | fields


def stored(box: Box, count: int, **fields: Any) -> str:
    """Put a Task into the org as given, past all rules."""
    return box.sim.door.put_tasks([row(count, **fields)])[0]


def ids(page: Page) -> list[str]:
    return [task.id for task in page.tasks]


def only(page: Page) -> SalesforceTask:
    assert len(page.tasks) == 1
    return page.tasks[0]


def tasks_behind(box: Box, url: str) -> RestSalesforceTasks:
    """Tasks behind a server that answers as told, described already."""
    door = Door(box.http, box.limiter, Hosts(["127.0.0.1"]))
    client = Client(box.login(instance_url=url), box.refresher, door, background=False)
    return RestSalesforceTasks(client, ADA, {(ORG, ADA): Schema(("Id",))})
