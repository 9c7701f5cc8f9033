"""A page that lists the API's operations, made from its OpenAPI document; it loads nothing from elsewhere."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from web.api import once
from web.pages.rendering import environment

router = APIRouter(include_in_schema=False)
_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as the page shows it; `body` names a schema."""

    method: str
    path: str
    summary: str
    parameters: tuple[str, ...]
    body: str | None
    statuses: tuple[str, ...]


@router.get("/docs")
def read(request: Request) -> HTMLResponse:
    """Show every operation and every shape."""
    document = request.app.openapi()
    shapes = document["components"]["schemas"]
    context = {
        "about": _spans(document["info"]["description"]),
        "operations": list(_operations(document)),
        "shapes": {name: list(_members(shape)) for name, shape in sorted(shapes.items()) if "properties" in shape},
        "examples": {name: _example(shape["examples"]) for name, shape in shapes.items() if "examples" in shape},
    }
    return HTMLResponse(environment().get_template("docs.html").render(context))


def _spans(text: str) -> list[tuple[str, bool]]:
    """Return a text in parts, each with whether it is code."""
    return [(part, bool(number % 2)) for number, part in enumerate(text.split("`"))]


def _example(examples: Sequence[Any]) -> str:
    return json.dumps(examples[0], indent=2, ensure_ascii=False)


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield _operation(method, path, methods[method])


def _operation(method: str, path: str, found: Mapping[str, Any]) -> Operation:
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return Operation(
        method=method.upper(),
        path="/api/v1" + path,
        summary=found.get("summary", ""),
        parameters=tuple(each.get("name", once.HEADER) for each in found.get("parameters", ())),
        body=_type(body) if body else None,
        statuses=tuple(sorted(found["responses"])),
    )


def _members(shape: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    required = shape.get("required", ())
    for name, member in shape["properties"].items():
        yield name, _type(member), name in required


def _type(schema: Mapping[str, Any]) -> str:
    """Return a schema in a few words."""
    match schema:
        case {"$ref": reference}:
            words = str(reference).rpartition("/")[2]
        case {"anyOf": options} | {"oneOf": options}:
            words = " | ".join(_type(option) for option in options)
        case {"enum": values}:
            words = " | ".join(f'"{value}"' for value in values)
        case {"type": "array", "items": items}:
            words = f"[{_type(items)}]"
        case {"type": kind, "format": form}:
            words = f"{kind} ({form})"
        case _:
            words = str(schema.get("type", "any"))
    return words
