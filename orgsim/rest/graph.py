"""Composite graphs: up to 75 graphs of up to 500 parts, each of them saved as a whole or not at all."""

import re
from typing import Any
from urllib.parse import urlsplit

from orgsim.calls import Answer, Call
from orgsim.errors import Refusal, parser_error
from orgsim.rest.composite import Dispatch, Part, checked_parts, halted, has_failed, run_parts

MAX_GRAPHS, MAX_NODES, MAX_DEPTH, MAX_KINDS, MAX_FAILURES = 75, 500, 15, 15, 14
_GRAPH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_NODE = re.compile(r"/services/data/(v\d+\.0)/sobjects/(\w+)(?:/.*)?", re.IGNORECASE)
_METHODS = frozenset({"GET", "POST", "PATCH", "DELETE"})
_REFERENCE = re.compile(r"@\{(\w+)[.\[]")


def graph(call: Call, dispatch: Dispatch) -> Answer:
    """Run graphs one by one; after too many failures the rest are halted unseen."""
    graphs = call.json_object().get("graphs")
    if not isinstance(graphs, list) or not graphs or not all(isinstance(one, dict) for one in graphs):
        raise parser_error("The request needs a list of graphs under 'graphs'.")
    _check(graphs)
    failures = 0
    answers = []
    for one in graphs:
        answers.append(_run(call, one, dispatch, is_halted=failures >= MAX_FAILURES))
        failures += not answers[-1]["isSuccessful"]
    return Answer(200, {"graphs": answers})


def _run(call: Call, one: dict[str, Any], dispatch: Dispatch, *, is_halted: bool) -> dict[str, Any]:
    parts = one["compositeRequest"]
    results = halted(parts, None) if is_halted else run_parts(call, parts, dispatch, all_or_none=True)
    good = not any(has_failed(result) for result in results)
    return {"graphId": one["graphId"], "graphResponse": {"compositeResponse": results}, "isSuccessful": good}


def _check(graphs: list[dict[str, Any]]) -> None:
    if len(graphs) > MAX_GRAPHS:
        raise _beyond(f"The number of graphs can't exceed {MAX_GRAPHS}.")
    names = [one.get("graphId") for one in graphs]
    if any(not isinstance(name, str) or not _GRAPH_ID.fullmatch(name) for name in names):
        raise Refusal("INVALID_INPUT", "Each graph needs a graphId of at most 40 letters, digits, - and _.")
    if len(set(names)) < len(names):
        raise Refusal("INVALID_INPUT", "The graphIds have to be unique.")
    kinds = set().union(*(_check_nodes(checked_parts(one.get("compositeRequest"))) for one in graphs))
    if len(kinds) > MAX_KINDS:
        raise _beyond(f"The number of different nodes can't exceed {MAX_KINDS}.")


def _check_nodes(parts: list[Part]) -> set[tuple[str, ...]]:
    """Give the kinds of node in one graph: version, method and object; raises Refusal."""
    if len(parts) > MAX_NODES:
        raise _beyond(f"The number of nodes in a graph can't exceed {MAX_NODES}.")
    kinds = set()
    for part in parts:
        method = str(part.get("method", "")).upper()
        found = _NODE.fullmatch(urlsplit(str(part.get("url") or "")).path)
        if found is None or method not in _METHODS:
            message = f"A graph takes sObject rows only, not {method} {part.get('url')}"
            raise Refusal("INVALID_INPUT", message)
        kinds.add((method, *(one.lower() for one in found.groups())))
    if _depth(parts) > MAX_DEPTH:
        raise _beyond(f"The depth of a graph can't exceed {MAX_DEPTH}.")
    return kinds


def _depth(parts: list[Part]) -> int:
    """Give how many parts hang one on the other, at most."""
    depths: dict[str, int] = {}
    for part in parts:
        needed = _REFERENCE.findall(f"{part.get('url')} {part.get('body')}")
        depths[part["referenceId"]] = 1 + max((depths.get(name, 0) for name in needed), default=0)
    return max(depths.values())


def _beyond(message: str) -> Refusal:
    return Refusal("LIMIT_EXCEEDED", message)
