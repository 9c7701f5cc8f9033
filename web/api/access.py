"""Who calls the API: the user a bearer token speaks for."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from remindersync.store.people import AppUser
from web.problems import Refused
from worker.services import Services

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token made with `remindersync users token EMAIL`.",
)


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


App = Annotated[Services, Depends(_services)]


def _caller(services: App, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> AppUser:
    user = services.directory.user_of_token(given.credentials) if given else None
    if user is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="remindersync"'}
        sentence = "Send a valid token as Authorization: Bearer TOKEN; an admin can make one."
        raise Refused(HTTPStatus.UNAUTHORIZED, sentence, challenge)
    return user


Caller = Annotated[AppUser, Depends(_caller)]


def _admin(caller: Caller) -> AppUser:
    if not caller.is_admin:
        raise Refused(HTTPStatus.FORBIDDEN, "Only an admin of the team may do this: ask one.")
    return caller


Admin = Annotated[AppUser, Depends(_admin)]
