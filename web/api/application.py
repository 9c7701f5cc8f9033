"""Puts the API together: its routes, its errors as problems, its OpenAPI document and a page to read it."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from web import problems
from web.api import (
    approving,
    batch,
    changes,
    diagnostics,
    docs,
    examples,
    failures,
    once,
    people,
    reminders,
    resyncing,
    syncing,
    team,
    watching,
    webhooks,
)
from web.api.shapes import BatchItem
from web.traced import NOT_BY_FASTAPI
from worker.services import Services

_ROUTERS = (
    reminders.router,
    changes.router,
    batch.router,
    syncing.router,
    resyncing.router,
    diagnostics.router,
    approving.router,
    team.router,
    watching.router,
    webhooks.router,
    people.router,
)
_ABOUT = """Reminders and how they stand with Salesforce. Send a token as `Authorization: Bearer TOKEN`; errors are
problem details (RFC 9457). Lists page by `cursor` and `limit`. A reminder's `ETag` is its version: send it as
`If-Match` with PATCH and DELETE to be told (412) when somebody was faster. A POST with an `Idempotency-Key` is done
once, however often it is sent within a day. Whoever sends too much is told (429) when to go on."""


def create_api(services: Services) -> FastAPI:
    """Build the API, to be mounted at `/api/v1`."""
    api = FastAPI(
        title="remindersync",
        version="1",
        description=_ABOUT,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=problems.described(400, 401, 403, 413, 422, 429, 503),
        telemetry=NOT_BY_FASTAPI,
    )
    api.state.services = services
    for router in _ROUTERS:
        api.include_router(router)
    api.include_router(docs.router)
    problems.install(api)
    failures.install(api)
    api.openapi = lambda: _document(api)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return api


def _document(api: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with the shape of problems and without FastAPI's own of validation errors."""
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title,
            version=api.version,
            description=api.description,
            routes=api.routes,
            servers=[{"url": "/api/v1"}],
        )
        schemas = document["components"]["schemas"]
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        schema = problems.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= schema.pop("$defs")
        schemas["Problem"] = schema
        # Its items are validated one by one, so that FastAPI does not see their shape.
        schemas["BatchItem"] = BatchItem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas["BatchItem"].pop("$defs")
        document["components"]["parameters"] = {"OnceKey": once.PARAMETER}
        for operations in document["paths"].values():
            if "post" in operations:
                operations["post"].setdefault("parameters", []).append({"$ref": "#/components/parameters/OnceKey"})
        examples.illustrate(document)
        api.openapi_schema = document
    return api.openapi_schema
