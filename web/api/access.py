"""Who calls the API: the user a bearer token speaks for."""

from http import HTTPStatus
from math import ceil
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from remindersync.store.people import AppUser
from remindersync.store.tokens import NeedsUser
from web.problems import Refused
from worker.services import Services

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token made with `remindersync users token EMAIL`, or with `remindersync teams token TEAM`"
    " for a program that acts for all users of a team.",
)
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


_TOO_MANY = "Too many requests: wait as long as Retry-After says; reminders/batch and changes need fewer."


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


App = Annotated[Services, Depends(_services)]


ActFor = Annotated[
    str | None,
    Header(alias="X-Act-For", max_length=320, description="With a team's token: the address of the user to act for."),
]


def _caller(services: App, request: Request, _: Bearer = None, __: ActFor = None) -> AppUser:
    return caller_of(services, request)


def caller_of(services: Services, request: Request) -> AppUser:
    """Return who sends a request, asked for once a request.

    Raises `Refused`: 401 without a valid token, 403 for a team's token that names nobody, 429 for too many requests.
    """
    known: AppUser | None = getattr(request.state, "caller", None)
    if known is None:
        known = _identified(services, request)
        wait = services.throttle.wait_seconds(known.id)
        if wait:
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, _TOO_MANY, {"Retry-After": str(ceil(wait))})
        request.state.caller = known
    return known


def _identified(services: Services, request: Request) -> AppUser:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        bears = scheme.lower() == "bearer"
        user = services.directory.user_of_token(token.strip(), request.headers.get("X-Act-For")) if bears else None
    except NeedsUser as mistake:
        raise Refused(HTTPStatus.FORBIDDEN, str(mistake)) from None
    if user is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="remindersync"'}
        sentence = "Send a valid token as Authorization: Bearer TOKEN; `remindersync users token EMAIL` makes one."
        raise Refused(HTTPStatus.UNAUTHORIZED, sentence, challenge)
    return user


Caller = Annotated[AppUser, Depends(_caller)]


def _admin(caller: Caller) -> AppUser:
    if not caller.is_admin:
        raise Refused(HTTPStatus.FORBIDDEN, "Only an admin of the team may do this: ask one.")
    return caller


Admin = Annotated[AppUser, Depends(_admin)]
