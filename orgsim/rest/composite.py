"""Several calls in one: /composite with references and per-part headers, and /composite/batch."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from orgsim.calls import Answer, Call, Request, truth
from orgsim.errors import Refusal, parser_error

MAX_PARTS, MAX_QUERIES = 25, 5
Dispatch = Callable[[Call], Answer]
Part = dict[str, Any]
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.[A-Za-z0-9_]+|\[\d+\])*)\}")
_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(\d+)\]")
_REFERENCE_ID = re.compile(r"[A-Za-z0-9_]+")
_COUNTED_AS_QUERY = re.compile(r"/services/data/v[\d.]+/(?:query|queryall|composite/sobjects)(?:/|$)", re.IGNORECASE)
_CLIENT_ERROR = 400
_KEPT_HEADERS = frozenset({"accept", "authorization", "content-type"})


class _MissingReferenceError(Exception):
    """A reference to a part that failed or a field that its answer doesn't have."""


def composite(call: Call, dispatch: Dispatch) -> Answer:
    """Run up to 25 parts in order; `allOrNone` takes all of them back when one fails."""
    body = call.json_object()
    parts = checked_parts(body.get("compositeRequest"))
    if len(parts) > MAX_PARTS:
        raise Refusal("LIMIT_EXCEEDED", f"The number of subrequests can't exceed {MAX_PARTS}.")
    queries = sum(bool(_COUNTED_AS_QUERY.match(urlsplit(str(part.get("url"))).path)) for part in parts)
    if queries > MAX_QUERIES:
        raise Refusal("LIMIT_EXCEEDED", f"The number of query and collection subrequests can't exceed {MAX_QUERIES}.")
    results = run_parts(call, parts, dispatch, all_or_none=truth(body.get("allOrNone")))
    return Answer(200, {"compositeResponse": results})


def run_parts(call: Call, parts: list[Part], dispatch: Dispatch, *, all_or_none: bool) -> list[Part]:
    """Give the results of parts run in order; with `all_or_none` a failed one takes back and halts the others."""
    results: list[Part] = []
    answers: dict[str, Any] = {}
    counters, races = call.world.counters, call.world.races
    counted = counters.records.copy(), counters.created_ids.copy(), races.marked()
    with call.org.transaction() as transaction:
        for part in parts:
            results.append(_run_part(call, part, answers, dispatch))
            if all_or_none and has_failed(results[-1]):
                transaction.rollback()
                counters.records, counters.created_ids, mark = counted
                races.back_to(mark)
                return halted(parts, results[-1])
    return results


def has_failed(result: Part) -> bool:
    return bool(result["httpStatusCode"] >= _CLIENT_ERROR)


def checked_parts(parts: Any) -> list[Part]:
    """Give the parts of a request, each an object with a reference of its own; raises Refusal."""
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise parser_error("The request needs a list of parts under 'compositeRequest'.")
    names = [part.get("referenceId") for part in parts]
    if not all(isinstance(part.get("httpHeaders") or {}, dict) for part in parts):
        raise parser_error("The httpHeaders of a subrequest are an object.")
    if any(not isinstance(name, str) or not _REFERENCE_ID.fullmatch(name) for name in names):
        raise Refusal("INVALID_INPUT", "Each subrequest needs a referenceId of letters, digits and underscores.")
    if len(set(names)) < len(names):
        raise Refusal("INVALID_INPUT", "The referenceIds of the subrequests have to be unique.")
    return parts


def _run_part(call: Call, part: dict[str, Any], answers: dict[str, Any], dispatch: Dispatch) -> dict[str, Any]:
    name = part["referenceId"]
    try:
        url = _filled(str(part.get("url") or ""), answers)
        body = _filled_json(part.get("body"), answers)
    except _MissingReferenceError as missing:
        refusal = Refusal("PROCESSING_HALTED", f"Invalid reference specified. {missing}")
        return _result(name, Answer(_CLIENT_ERROR, [refusal.as_row_error()]))
    answer = dispatch(_part_call(call, part, url, body))
    if answer.status < _CLIENT_ERROR:
        answers[name] = answer.body
    return _result(name, answer)


def _result(name: str, answer: Answer) -> dict[str, Any]:
    return {
        "body": answer.body,
        "httpHeaders": answer.headers,
        "httpStatusCode": answer.status,
        "referenceId": name,
    }


def _part_call(call: Call, part: dict[str, Any], url: str, body: Any) -> Call:
    split = urlsplit(url)
    given = part.get("httpHeaders") or {}
    headers = {name.lower(): str(value) for name, value in given.items() if name.lower() not in _KEPT_HEADERS}
    encoded = b"" if body is None else json.dumps(body).encode()
    request = Request(
        str(part.get("method", "GET")).upper(), split.path, split.query, headers, encoded, call.request.base_url
    )
    return replace(call, request=request, params={}, kind="", is_part=True)


def _filled_json(value: Any, answers: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return _filled(value, answers)
    if isinstance(value, list):
        return [_filled_json(one, answers) for one in value]
    if isinstance(value, dict):
        return {name: _filled_json(one, answers) for name, one in value.items()}
    return value


def _filled(text: str, answers: dict[str, Any]) -> str:
    return _REFERENCE.sub(lambda found: str(_looked_up(found[1], found[2], answers)), text)


def _looked_up(name: str, path: str, answers: dict[str, Any]) -> Any:
    message = f"No value for {name}{path} found in {name}."
    if name not in answers:
        raise _MissingReferenceError(message)
    value = answers[name]
    for key, index in _STEP.findall(path):
        try:
            value = value[key] if key else value[int(index)]
        except (KeyError, IndexError, TypeError):
            raise _MissingReferenceError(message) from None
    return value


def halted(parts: list[Part], failed: Part | None) -> list[Part]:
    """Give the results of parts that were rolled back: the failed one tells why, the others were halted."""
    message = "The transaction was rolled back since another operation in the same transaction failed."
    answer = Answer(_CLIENT_ERROR, [Refusal("PROCESSING_HALTED", message).as_row_error()])
    reason = failed["referenceId"] if failed else None
    return [
        failed if failed and part["referenceId"] == reason else _result(part["referenceId"], answer) for part in parts
    ]


def batch(call: Call, dispatch: Dispatch) -> Answer:
    """Run up to 25 independent parts; each counts as a call of its own."""
    body = call.json_object()
    parts = body.get("batchRequests")
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise parser_error("The request needs a list of parts under 'batchRequests'.")
    if len(parts) > MAX_PARTS:
        raise Refusal("LIMIT_EXCEEDED", f"The number of subrequests can't exceed {MAX_PARTS}.")
    results: list[dict[str, Any]] = []
    for part in parts:
        if truth(body.get("haltOnError")) and any(one["statusCode"] >= _CLIENT_ERROR for one in results):
            refusal = Refusal("BATCH_PROCESSING_HALTED", "Batch processing was halted", status=412)
            results.append({"statusCode": 412, "result": [refusal.as_row_error()]})
            continue
        answer = dispatch(_part_call(call, part, _batch_url(str(part.get("url") or "")), part.get("richInput")))
        results.append({"statusCode": answer.status, "result": answer.body})
    failed = any(one["statusCode"] >= _CLIENT_ERROR for one in results)
    return Answer(200, {"hasErrors": failed, "results": results})


def _batch_url(url: str) -> str:
    # Parts of a batch may begin at the version: "v66.0/sobjects/…".
    return url if url.startswith("/services/") else "/services/data/" + url.lstrip("/")
