"""A Salesforce org's Tasks, read by SOQL and written in collections: the port SalesforceTasks over REST."""

from collections.abc import Callable, Collection, Iterator, MutableMapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeVar

from remindersync.errors import Fault, SalesforceRefused
from remindersync.model import FirstSync, OrgFacts, Values
from remindersync.ports import Deletions, Key, Page, Stamps, TaskWrite, Window, WriteAnswer
from remindersync.salesforce import checking, queries, records, saving
from remindersync.salesforce.client import Answer, Call, Client
from remindersync.salesforce.faults import fault
from remindersync.salesforce.ids import record_id

DEFAULT_KEY_FIELD = "RemindersyncKey__c"
IDS_PER_QUERY = 200
# Of no ids: earlier than anything, so that it proves nothing.
_NOTHING_READ = datetime(1970, 1, 1, tzinfo=UTC)

# What describe said, by (org id, Salesforce user id): field-level security shows users different fields.
Schemas = MutableMapping[tuple[str, str], records.Schema]
_SAYS_FIELD_IS_GONE = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE", "NOT_FOUND"})
_Read = TypeVar("_Read")


class RestSalesforceTasks:
    """The Tasks of `owner_id` as the client's login sees them.

    A login's first call in a process is preceded by a describe, which `schemas` remembers.
    """

    def __init__(self, client: Client, owner_id: str, schemas: Schemas, *, key_field: str = DEFAULT_KEY_FIELD) -> None:
        self._client = client
        self._owner_id = record_id(owner_id)
        self._schemas = schemas
        self._key_field = key_field

    @property
    def calls(self) -> int:
        return self._client.calls

    @property
    def login(self) -> str:
        return self._client.login.username

    def facts(self) -> OrgFacts:
        return self._schema().facts

    def changed(self, windows: Sequence[Window], *, after: Key | None = None, limit: int = 2000) -> Page:
        return self._page(lambda fields: queries.changed(fields, self._owner_id, windows, after, limit), limit)

    def count_first(self, since: datetime) -> int:
        answer = self._query(queries.count_first(self._owner_id, since))
        return read(lambda: int(answer.body["totalSize"]))

    def count_open(self) -> int:
        answer = self._query(queries.count_open(self._owner_id))
        return read(lambda: int(answer.body["totalSize"]))

    def first(self, first: FirstSync, today: date, *, limit: int = 200) -> Page:
        return self._page(lambda fields: queries.first(fields, self._owner_id, first, today, limit), limit)

    def by_ids(self, ids: Collection[str]) -> Page:
        wanted = sorted({record_id(one) for one in ids})
        chunks = [wanted[start : start + IDS_PER_QUERY] for start in range(0, len(wanted), IDS_PER_QUERY)]
        pages = [page for chunk in chunks for page in self._by_ids(chunk)]
        tasks = tuple(task for page in pages for task in page.tasks)
        return Page(tasks, min((page.read_at for page in pages), default=_NOTHING_READ))

    def by_keys(self, keys: Collection[str]) -> Page:
        field, wanted = self._schema().key_field, sorted(set(keys))
        assert field is not None
        pages = [
            self._page(partial(queries.by_keys, field=field, keys=wanted[start : start + IDS_PER_QUERY]), None)
            for start in range(0, len(wanted), IDS_PER_QUERY)
        ]
        tasks = tuple(task for page in pages for task in page.tasks)
        return Page(tasks, min((page.read_at for page in pages), default=_NOTHING_READ))

    def stamps(self, ids: Collection[str]) -> Stamps:
        wanted = sorted({record_id(one) for one in ids})
        chunks = [wanted[start : start + saving.MOST_READ] for start in range(0, len(wanted), saving.MOST_READ)]
        answers = [self._client.ask(saving.stamps(chunk)) for chunk in chunks]
        found = {
            record_id(row["Id"]): records.moment(row["SystemModstamp"])
            for answer in answers
            for row in read(partial(_shown, answer))
        }
        return Stamps(found, min((answer.read_at for answer in answers), default=_NOTHING_READ))

    def deleted(self, since: datetime, until: datetime) -> Deletions:
        span = {"start": _moment(since), "end": _moment(until)}
        answer = self._client.ask(Call("GET", "sobjects/Task/deleted", params=span))
        return read(lambda: _deletions(answer))

    def fitting(self, ids: Collection[str], condition: str) -> frozenset[str]:
        wanted = sorted({record_id(one) for one in ids})
        chunks = [wanted[start : start + IDS_PER_QUERY] for start in range(0, len(wanted), IDS_PER_QUERY)]
        found = [read(partial(records.rows, self._query(queries.fitting(chunk, condition)).body)) for chunk in chunks]
        return frozenset(record_id(row["Id"]) for rows in found for row in rows)

    def look_up(self, since: datetime, until: datetime, subject: Values) -> Page:
        me, span = self._client.login.salesforce_id, (since, until)
        return self._page(
            lambda fields: queries.look_up(fields, self._owner_id, me, span, subject), queries.LOOK_UP_ROWS
        )

    def create(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        key_field = self._schema().key_field if writes else None
        call = saving.create(writes, self._owner_id, key_field)
        try:
            answers = self._write(call, writes, saving.forgive_own_key(key_field))
        except SalesforceRefused as refused:
            self._doubt_schema([refused.fault])
            raise
        self._doubt_schema([answer.fault for answer in answers if answer.fault])
        return answers

    def update(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        if _conditional(writes):
            return checking.updated(self._client.ask(checking.update(self._client.root, writes)), writes)
        return self._write(saving.update(writes), writes, saving.forgive_nothing)

    def delete(self, writes: Sequence[TaskWrite]) -> list[WriteAnswer]:
        if _conditional(writes):
            answer = self._client.ask(checking.delete(self._client.root, writes))
            return checking.deleted(answer, writes, saving.forgive_deleted)
        return self._write(saving.delete(writes), writes, saving.forgive_deleted)

    def _by_ids(self, ids: Sequence[str]) -> Iterator[Page]:
        while ids:
            page = self._page(partial(queries.by_ids, ids=ids), None)
            yield page
            # Long rows make Salesforce cut a page short of what was asked.
            read = {task.id for task in page.tasks}
            ids = [one for one in ids if one not in read] if page.more and read else []

    def _page(self, soql: Callable[[Sequence[str]], str], limit: int | None) -> Page:
        before = self._schema()
        try:
            answer = self._query(soql(before.fields))
        except SalesforceRefused as refused:
            # A field may have been hidden or removed since it was described.
            if refused.fault.code != "INVALID_FIELD" or self._describe() == before:
                raise
            answer = self._query(soql(self._schema().fields))
        return read(lambda: self._as_page(answer, limit))

    def _as_page(self, answer: Answer, limit: int | None) -> Page:
        key_field = self._schema().key_field
        rows = tuple(records.task(row, answer.read_at, key_field) for row in records.rows(answer.body))
        return Page(rows, answer.read_at, more=not answer.body["done"] or len(rows) == limit)

    def _query(self, text: str) -> Answer:
        return self._client.ask(Call("GET", "queryAll", params={"q": text}))

    def _write(self, call: Call, sent: Sequence[TaskWrite], forgive: saving.Forgive) -> list[WriteAnswer]:
        return saving.answers(self._client.ask(call), sent, forgive) if sent else []

    def _doubt_schema(self, faults: Sequence[Fault]) -> None:
        # The key field may be gone or hidden by now: the next use describes again.
        if any(fault.code in _SAYS_FIELD_IS_GONE for fault in faults):
            self._schemas.pop(self._schema_key, None)

    def _schema(self) -> records.Schema:
        return self._schemas.get(self._schema_key) or self._describe()

    def _describe(self) -> records.Schema:
        answer = self._client.ask(Call("GET", "sobjects/Task/describe"))
        found = read(lambda: records.schema(answer.body, self._key_field))
        self._schemas[self._schema_key] = found
        return found

    @property
    def _schema_key(self) -> tuple[str, str]:
        return self._client.login.org_id, self._client.login.salesforce_id


def _conditional(writes: Sequence[TaskWrite]) -> bool:
    return any(write.unless_after is not None for write in writes)


def _shown(answer: Answer) -> list[dict[str, Any]]:
    """Return the rows of a retrieve; ids that are deleted or not shown come back as null."""
    rows: list[dict[str, Any]] = [row for row in answer.body if row is not None]
    return rows


def _deletions(answer: Answer) -> Deletions:
    deleted = {record_id(row["id"]): records.moment(row["deletedDate"]) for row in answer.body["deletedRecords"]}
    return Deletions(deleted, records.moment(answer.body["latestDateCovered"]))


def _moment(value: datetime) -> str:
    # With an offset, as the REST guide writes it (sObject Get Deleted).
    return value.astimezone(UTC).replace(microsecond=0).isoformat()


def read(take: Callable[[], _Read]) -> _Read:
    """Take what is wanted from an answer. Raises `SalesforceRefused` where a part is missing."""
    try:
        return take()
    except (KeyError, TypeError, ValueError, AttributeError):
        raise SalesforceRefused(fault("NOT_AN_ANSWER", "a part that always is there is missing")) from None
