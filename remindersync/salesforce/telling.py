"""What is told of a request to whoever follows it: its kind, how many records, what came of it; never its words."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from remindersync.ports import Fact, Watch
from remindersync.salesforce.answers import problems
from remindersync.salesforce.connections import Reply

# Names of resources, objects and fields; whatever else stands in a path is an id or somebody's key.
_NAME = re.compile(r"[A-Za-z][A-Za-z_]{0,40}")


def work(method: str, path: str) -> str:
    """Return the kind of a request, such as `salesforce PATCH composite/sobjects`."""
    parts = (part if _NAME.fullmatch(part) else "{}" for part in path.partition("?")[0].strip("/").split("/"))
    return f"salesforce {method} {'/'.join(parts)}"


def sent(body: Any, params: Mapping[str, Any] | None) -> dict[str, Fact]:
    """Return how many records a request is about, where it says so itself."""
    if isinstance(body, dict):
        found = next((body[name] for name in ("records", "ids", "compositeRequest") if name in body), None)
        return {"records": len(found)} if isinstance(found, list | tuple) else {}
    ids = (params or {}).get("ids")
    return {"records": ids.count(",") + 1} if isinstance(ids, str) else {}


def tell(watch: Watch, reply: Reply, usage: tuple[int, int] | None) -> None:
    """Tell what came of the request under way."""
    watch.note(status=reply.status, **_rows(reply.body), **_refused(reply.body))
    if usage is not None:
        watch.note(calls_used=usage[0], calls_allowed=usage[1])
    if reply.status >= HTTPStatus.BAD_REQUEST:
        found = problems(reply.body)
        watch.fail(found[0].code if found else f"HTTP_{reply.status}")


def _rows(body: Any) -> dict[str, Fact]:
    rows = body.get("records") if isinstance(body, dict) else None
    return {"records": len(rows)} if isinstance(rows, list) else {}


def _refused(body: Any) -> dict[str, Fact]:
    """Return how many records of a collection were refused, each by itself."""
    if not isinstance(body, list):
        return {}
    refused = sum(isinstance(each, dict) and each.get("success") is False for each in body)
    return {"refused": refused} if refused else {}
