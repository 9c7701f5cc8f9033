"""Web requests as the beginning of traces: by method and route, never by address or by what was typed (SAFE-2)."""

from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.health import names
from worker import tracing

# FastAPI's own spans hold addresses with what people typed, and go to whatever tracer a process is run under.
NOT_BY_FASTAPI: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}

# Asked every few seconds by machines, or the same for everybody.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})
_FILES = "/static/"
_SERVER_ERROR = 500


class Traced:
    """Follows requests; within one, what is sent to workers belongs to its trace."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tracer = tracing.tracer() if _is_followed(scope) else None
        if tracer is None:
            await self._app(scope, receive, send)
            return
        status = _SERVER_ERROR

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with tracer.serving(_parent(scope)) as request:
            try:
                await self._app(scope, receive, noted)
            finally:
                method, route = names(scope)
                request.answered(method, route, status)


def _is_followed(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["path"] not in _QUIET and not scope["path"].startswith(_FILES)


def _parent(scope: Scope) -> str | None:
    """Return the trace that a request says it is part of (W3C trace context)."""
    found = [value for name, value in scope["headers"] if name == b"traceparent"]
    return found[0].decode("latin-1") if len(found) == 1 else None
