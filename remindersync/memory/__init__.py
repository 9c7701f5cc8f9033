"""Every port in memory: for unit tests, examples and models of the engine; no process, no server, no waiting."""

from remindersync.memory.locks import MemoryClock, MemoryLocks
from remindersync.memory.org import MemoryOrg
from remindersync.memory.org_book import MemoryOrgBook
from remindersync.memory.salesforce import MemorySalesforce
from remindersync.memory.state import MemoryUser
from remindersync.memory.store import MemoryStore
from remindersync.memory.task import MemoryTask

__all__ = [
    "MemoryClock",
    "MemoryLocks",
    "MemoryOrg",
    "MemoryOrgBook",
    "MemorySalesforce",
    "MemoryStore",
    "MemoryTask",
    "MemoryUser",
]
