"""For machines that watch: alive, ready, and Prometheus metrics."""

import time

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from remindersync.errors import SyncError
from web.metrics import FleetCollector
from worker.fleet import Fleet
from worker.services import Services

router = APIRouter()
_FRESH_SECONDS = 5


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """Say that this process answers."""
    return JSONResponse({"alive": True})


@router.get("/readyz")
def readyz(request: Request) -> JSONResponse:
    """Say whether database and Redis are reachable: 200, or 503 with what is not."""
    services: Services = request.app.state.services
    found = {"database": _database(services), "redis": _redis(services)}
    return JSONResponse(found, status_code=200 if all(each == "ok" for each in found.values()) else 503)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Return the counters of this process, and how the fleet stands (five seconds old at most)."""
    measures: Measures = request.app.state.measures
    services: Services = request.app.state.services
    told = generate_latest(measures.registry) + measures.of_fleet(services.fleet)
    return Response(told, media_type=CONTENT_TYPE_LATEST)


def _database(services: Services) -> str:
    try:
        status = services.database.status()
    except SyncError:
        return "out of reach"
    return "ok" if status.up_to_date else "tables out of date"


def _redis(services: Services) -> str:
    try:
        lease = services.locks.acquire("readyz", ttl_seconds=5)
    except SyncError:
        return "out of reach"
    if lease is not None:
        lease.release()
    return "ok"


class Measures:
    """What this process counts, apart from any other application of the same process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.count = Counter(
            "web_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram("web_request_seconds", "Time to answer.", ("method", "route"), registry=self.registry)
        self._fleet: tuple[float, bytes] | None = None

    def of_fleet(self, fleet: Fleet) -> bytes:
        """Return how the fleet stands, looked at every few seconds at most: anybody may ask, and often."""
        now = time.monotonic()
        if self._fleet is None or now - self._fleet[0] > _FRESH_SECONDS:
            self._fleet = now, generate_latest(FleetCollector(fleet))
        return self._fleet[1]


class Measured:
    """Counts requests and their time by method, route and status; never by address, which names records."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        measures: Measures = scope["app"].state.measures
        status, started = 500, time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            method, route = names(scope)
            measures.count.labels(method, route, str(status)).inc()
            measures.seconds.labels(method, route).observe(time.perf_counter() - started)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def names(scope: Scope) -> tuple[str, str]:
    """Return method and route as labels, of which there are few, whatever a stranger sends."""
    route = getattr(scope.get("route"), "path", None)
    method = scope["method"] if scope["method"] in _METHODS else "other"
    return method, f"{scope.get('root_path', '')}{route}" if route else "none"
