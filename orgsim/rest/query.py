"""SOQL over HTTP: /query, /queryAll and the pages that follow."""

from functools import lru_cache
from typing import Any

from orgsim.automation import Automation
from orgsim.calls import Answer, Call, truth
from orgsim.catalog import CallerCatalog
from orgsim.errors import Refusal
from orgsim.locators import Cursor
from orgsim.rest.pages import page
from orgsim.rest.query_columns import columns
from orgsim.soql import Answer as Found
from orgsim.soql import Query, SoqlError, execute, parse

_MIN_PAGE, _MAX_PAGE = 200, 2000


def query(call: Call) -> Answer:
    return _run(call, include_deleted=False)


def query_all(call: Call) -> Answer:
    return _run(call, include_deleted=True)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Query:
    return parse(text)


def _run(call: Call, *, include_deleted: bool) -> Answer:
    asked = call.request.query()
    query, found = found_by(call, asked.get("q") or "", include_deleted=include_deleted)
    if truth(asked.get("columns")):
        return Answer(200, columns(call, query))
    if found.count_only:
        return Answer(200, {"totalSize": found.total_size, "done": True, "records": []})
    return _first_page(call, found)


def found_by(call: Call, text: str, *, include_deleted: bool) -> tuple[Query, Found]:
    """Give a query and what it finds for the caller; raises what it is refused with."""
    if not text:
        raise Refusal("MALFORMED_QUERY", "A query string has to be specified")
    try:
        query, found = _parsed(text), _execute(call, text, include_deleted=include_deleted)
    except SoqlError as error:
        raise Refusal(error.code, error.message) from error
    refusal = Automation(call.org, call.user_id, call.world.clock.now()).policy_refusal(found.total_size)
    if refusal is not None:
        raise refusal
    return query, found


def _execute(call: Call, text: str, *, include_deleted: bool) -> Found:
    now = call.world.clock.now()
    user = call.org.table("User").get(call.user_id) or {}
    return execute(
        _parsed(text),
        CallerCatalog(call.org, call.user_id, now, include_deleted=include_deleted),
        now=now,
        time_zone=user.get("TimeZoneSidKey") or "UTC",
        url_prefix=call.url_prefix,
        schema=lambda name: call.org.type_for(call.user_id, name),
        user_id=call.user_id,
    )


def page_size(call: Call) -> int:
    """Give the rows a page may have: what the caller hints at, within what the platform allows."""
    size = min(_MAX_PAGE, call.org.settings.page_size)
    for option in call.request.headers.get("sforce-query-options", "").split(","):
        name, _, value = option.partition("=")
        if name.strip().lower() == "batchsize" and value.strip().isdigit():
            size = min(size, max(_MIN_PAGE, int(value)))
    return size


def _first_page(call: Call, found: Found) -> Answer:
    size = page_size(call)
    if found.is_aggregate and len(found.records) > size:
        message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise Refusal("EXCEEDED_ID_LIMIT", message)
    now = call.world.clock.now()
    cursor = Cursor(call.session.token, now, found.total_size, found.records, size, found.catalog)
    return _page(call, None, cursor, 0)


def next_page(call: Call) -> Answer:
    status = call.org.beliefs["locator_status"]
    now = call.world.clock.now()
    found = call.world.locators.resume(call.params["locator"], call.session.token, now, status)
    return _page(call, *found)


def _page(call: Call, locator: str | None, cursor: Cursor, start: int) -> Answer:
    records, end = page(call, cursor, start)
    done = end >= len(cursor.records)
    body: dict[str, Any] = {"totalSize": cursor.total_size, "done": done}
    if not done:
        locator = locator or call.world.locators.open(cursor)
        # The path says query for queryAll too.
        body["nextRecordsUrl"] = f"/services/data/{call.version}/query/{locator}-{end}"
    return Answer(200, {**body, "records": records})
