"""The table of REST resources, and the way from a path to the one that answers it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from orgsim.calls import Answer, Call, Request, refused
from orgsim.errors import Refusal, not_found
from orgsim.faults import Seen
from orgsim.rest import composite, graph, jobs, metadata, query, record_sets, replication, rows, tree
from orgsim.rest.saver import seen

Work = Callable[[Call], Answer]
_VERSION = re.compile(r"v(\d+)\.0", re.IGNORECASE)
_FIRST_VERSION = 7


@dataclass(frozen=True, slots=True)
class Route:
    """One resource and method: `pattern` is relative to the version, `{name}` takes any segment."""

    method: str
    pattern: tuple[str, ...]
    kind: str
    work: Work

    def match(self, segments: list[str]) -> dict[str, str] | None:
        params = {}
        for wanted, given in zip(self.pattern, segments, strict=True):
            if wanted.startswith("{"):
                params[wanted[1:-1]] = given
            elif wanted != given.lower():
                return None
        return params


def dispatch(call: Call) -> Answer:
    """Work on a call or on a part of a composite one; refusals become its answer."""
    try:
        routed = route(call.request)
        if routed is None or routed.route is None:
            raise _unrouted(routed)
        _check_version(call, routed.version)
        routed_call = replace(call, version=routed.version, params=routed.params, kind=routed.route.kind)
        rule = call.world.faults.first(("error",), seen(routed_call)) if call.is_part else None
        if rule is not None:
            raise rule.refusal(call.org.beliefs)
        return routed.route.work(routed_call)
    except Refusal as refusal:
        return refused(refusal)


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a path leads; `route` is None when the path exists for other methods only."""

    version: str
    route: Route | None
    params: dict[str, str]


def route(request: Request) -> Routed | None:
    """Give where a request leads, or None when there is no such resource."""
    segments = request.segments()
    if [part.lower() for part in segments[:2]] != ["services", "data"] or len(segments) < 3:  # noqa: PLR2004 the shortest
        return None
    version, rest = segments[2].lower(), segments[3:]
    method = request.method
    if method == "POST":
        method = request.query().get("_HttpMethod", method).upper()
    path_exists = False
    for one in _BY_LENGTH.get(len(rest), ()):
        params = one.match(rest)
        if params is not None and one.method == method:
            return Routed(version, one, params)
        path_exists = path_exists or params is not None
    return Routed(version, None, {}) if path_exists else None


def kind_of_request(request: Request) -> str:
    routed = route(request)
    return routed.route.kind if routed and routed.route else "unknown"


def seen_request(request: Request, user_id: str = "", username: str = "", kind: str = "") -> Seen:
    return Seen(request.method, request.path, kind or kind_of_request(request), user_id, username)


def _unrouted(routed: Routed | None) -> Refusal:
    if routed is None:
        return not_found()
    message = "HTTP Method not allowed for this resource"
    return Refusal("METHOD_NOT_ALLOWED", message, status=405)


def version_number(text: str) -> int:
    """Give 66 of `v66.0`, 0 of what is no version."""
    found = _VERSION.fullmatch(text)
    return int(found[1]) if found else 0


def _check_version(call: Call, version: str) -> None:
    number = version_number(version)
    if call.org.settings.oldest_version <= number <= call.org.settings.newest_version:
        return
    if _FIRST_VERSION <= number < call.org.settings.oldest_version:
        raise Refusal(call.org.beliefs["retired_version_code"], f"API version {number}.0 is retired", status=410)
    raise not_found()


def _routes() -> list[Route]:
    one, by_key = ("sobjects", "{object}", "{id}"), ("sobjects", "{object}", "{field}", "{value}")
    sets, set_of = ("composite", "sobjects"), ("composite", "sobjects", "{object}")
    return [
        Route("GET", (), "resources", metadata.resources),
        Route("GET", ("limits",), "limits", metadata.limits),
        Route("GET", ("query",), "query", query.query),
        Route("GET", ("query", "{locator}"), "query_more", query.next_page),
        Route("GET", ("queryall",), "query_all", query.query_all),
        Route("GET", ("queryall", "{locator}"), "query_more", query.next_page),
        Route("GET", ("sobjects",), "objects", metadata.object_list),
        Route("GET", one[:2], "object", metadata.object_info),
        Route("POST", one[:2], "create", rows.create),
        Route("GET", (*one[:2], "describe"), "describe", metadata.describe),
        Route("GET", (*one[:2], "updated"), "updated", replication.updated),
        Route("GET", (*one[:2], "deleted"), "deleted", replication.deleted),
        Route("GET", one, "read", rows.read),
        Route("PATCH", one, "update", rows.update),
        Route("DELETE", one, "delete", rows.delete),
        Route("GET", by_key, "read", rows.read_by_key),
        Route("PATCH", by_key, "upsert", rows.upsert),
        Route("DELETE", by_key, "delete", rows.delete_by_key),
        Route("POST", ("composite",), "composite", partial(composite.composite, dispatch=dispatch)),
        Route("POST", ("composite", "batch"), "batch", partial(composite.batch, dispatch=dispatch)),
        Route("POST", ("composite", "graph"), "graph", partial(graph.graph, dispatch=dispatch)),
        Route("POST", ("composite", "tree", "{object}"), "tree", tree.create_tree),
        Route("POST", sets, "collection_create", record_sets.create),
        Route("PATCH", sets, "collection_update", record_sets.update),
        Route("DELETE", sets, "collection_delete", record_sets.delete),
        Route("GET", set_of, "collection_read", record_sets.read),
        Route("POST", set_of, "collection_read", record_sets.read),
        Route("PATCH", (*set_of, "{field}"), "collection_upsert", record_sets.upsert),
        *_job_routes(),
    ]


def _job_routes() -> list[Route]:
    uploads, queries = ("jobs", "ingest"), ("jobs", "query")
    upload, asked = (*uploads, "{id}"), (*queries, "{id}")
    return [
        Route("GET", uploads, "jobs", jobs.list_ingest),
        Route("POST", uploads, "job_create", jobs.create_ingest),
        Route("GET", upload, "job", jobs.look_at_ingest),
        Route("PATCH", upload, "job_state", jobs.set_ingest_state),
        Route("DELETE", upload, "job_delete", jobs.delete_ingest),
        Route("PUT", (*upload, "batches"), "job_upload", jobs.upload),
        Route("GET", (*upload, "successfulresults"), "job_results", jobs.successful),
        Route("GET", (*upload, "failedresults"), "job_results", jobs.failed),
        Route("GET", (*upload, "unprocessedrecords"), "job_results", jobs.unprocessed),
        Route("GET", queries, "jobs", jobs.list_query),
        Route("POST", queries, "job_create", jobs.create_query),
        Route("GET", asked, "job", jobs.look_at_query),
        Route("PATCH", asked, "job_state", jobs.set_query_state),
        Route("DELETE", asked, "job_delete", jobs.delete_query),
        Route("GET", (*asked, "results"), "job_results", jobs.query_results),
    ]


_BY_LENGTH: dict[int, list[Route]] = {}
for _route in _routes():
    _BY_LENGTH.setdefault(len(_route.pattern), []).append(_route)
