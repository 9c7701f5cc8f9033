"""What the engine needs from the world, as protocols; the adapters beside it and `memory` fulfil them.

Every transaction belongs to one run and begins by locking the run's fence; a later run's start makes it raise
`Superseded`. None is ever open while Salesforce is being asked.
"""

from remindersync.ports.asked import Asked, AskedPlace
from remindersync.ports.coordination import Clock, Lease, Limiter, Locks
from remindersync.ports.logins import Grant, Login, Logins, SalesforceUser
from remindersync.ports.org_feed import NOT_ACTIVE_THERE, FeedTeam, OrgBook, OrgReading
from remindersync.ports.salesforce import (
    CHECKED_DELETES,
    CHECKED_UPDATES,
    Connect,
    ConnectOrg,
    Deletions,
    Key,
    Org,
    Page,
    SalesforceTasks,
    Stamps,
    TaskWrite,
    Turns,
    Window,
    WriteAnswer,
)
from remindersync.ports.store import (
    Batches,
    Change,
    Feed,
    FeedState,
    Finish,
    Guards,
    HandOvers,
    Intents,
    Journal,
    Links,
    Listed,
    Reminders,
    Runs,
    Staged,
    Transaction,
)
from remindersync.ports.watching import UNWATCHED, Fact, Watch

__all__ = [
    "CHECKED_DELETES",
    "CHECKED_UPDATES",
    "NOT_ACTIVE_THERE",
    "UNWATCHED",
    "Asked",
    "AskedPlace",
    "Batches",
    "Change",
    "Clock",
    "Connect",
    "ConnectOrg",
    "Deletions",
    "Fact",
    "Feed",
    "FeedState",
    "FeedTeam",
    "Finish",
    "Grant",
    "Guards",
    "HandOvers",
    "Intents",
    "Journal",
    "Key",
    "Lease",
    "Limiter",
    "Links",
    "Listed",
    "Locks",
    "Login",
    "Logins",
    "Org",
    "OrgBook",
    "OrgReading",
    "Page",
    "Reminders",
    "Runs",
    "SalesforceTasks",
    "SalesforceUser",
    "Staged",
    "Stamps",
    "TaskWrite",
    "Transaction",
    "Turns",
    "Watch",
    "Window",
    "WriteAnswer",
]
