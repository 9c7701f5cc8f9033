"""The web application: the API and the pages over one set of services."""

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.staticfiles import StaticFiles

from web import health
from web.api.application import create_api
from web.news import Newsroom
from web.pages import (
    admin,
    approving,
    command_center,
    connect,
    failures,
    news,
    programs,
    reminder,
    runs,
    settings,
    sign_in,
    turning_on,
    why,
)
from web.pages.rendering import STATIC
from web.sessions import SESSION_SECONDS
from web.shield import BoundedBody, SecurityHeaders
from web.traced import NOT_BY_FASTAPI
from worker.services import Services

_WORK = (command_center, reminder, why, news, approving, runs)
_ROUTERS = (health, *_WORK, settings, programs, turning_on, admin, sign_in, connect)


# Of the forty threads that answer requests, so many may wait for Salesforce, and for so long.
SALESFORCE_AT_ONCE = 8
SALESFORCE_SECONDS = 10.0


def create_app(services: Services) -> FastAPI:
    """Build the application. It serves several requests at once, each in a thread, and keeps no state of its own."""
    services.http.serve_people(at_once=SALESFORCE_AT_ONCE, read_seconds=SALESFORCE_SECONDS)
    app = FastAPI(openapi_url=None, middleware=_middleware(services), telemetry=NOT_BY_FASTAPI)
    app.state.services = services
    app.state.measures = health.Measures()
    app.state.newsroom = Newsroom(services.changes, services.sign_ins)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.mount("/api/v1", create_api(services))
    for module in _ROUTERS:
        app.include_router(module.router)
    failures.install(app)
    return app


def _middleware(services: Services) -> list[Middleware]:
    """Return what surrounds every request, outermost first."""
    https = services.settings.public_url.startswith("https://")
    return [
        Middleware(health.Measured),
        Middleware(SecurityHeaders, https=https),
        Middleware(BoundedBody),
        Middleware(
            SessionMiddleware,
            secret_key=services.settings.secret_key,
            session_cookie="__Host-remindersync" if https else "remindersync",
            max_age=SESSION_SECONDS,
            same_site="lax",
            https_only=https,
        ),
    ]
