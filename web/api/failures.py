"""Which problem each of the engine's errors becomes."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from remindersync.errors import SalesforceRefused, SyncError, Unsafe, UserMistake
from remindersync.store.mistakes import Conflict, NotFound, Outdated, PreviewNeeded, PreviewOutdated
from web.api.etags import etag
from web.problems import answer, told_of_salesforce

_AWAY = "The service cannot reach its database at the moment; nothing was changed: try again in a minute."
_RETRY = {"Retry-After": "30"}


def install(api: FastAPI) -> None:
    """Make every error of the engine a problem."""
    api.add_exception_handler(NotFound, _not_found)
    api.add_exception_handler(Conflict, _conflict)
    api.add_exception_handler(PreviewNeeded, _needed)
    api.add_exception_handler(PreviewOutdated, _outdated_preview)
    api.add_exception_handler(Outdated, _outdated)
    api.add_exception_handler(UserMistake, _mistake)
    api.add_exception_handler(SalesforceRefused, _salesforce)
    api.add_exception_handler(Unsafe, _salesforce)
    api.add_exception_handler(SyncError, _away)


def _not_found(_: Request, error: Exception) -> JSONResponse:
    return answer(HTTPStatus.NOT_FOUND, str(error))


def _conflict(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Conflict)
    headers = {"ETag": etag(error.current.version)}
    return answer(HTTPStatus.PRECONDITION_FAILED, str(error), headers=headers)


def _outdated(_: Request, error: Exception) -> JSONResponse:
    return answer(HTTPStatus.GONE, str(error))


def _needed(_: Request, error: Exception) -> JSONResponse:
    return answer(HTTPStatus.PRECONDITION_REQUIRED, str(error))


def _outdated_preview(_: Request, error: Exception) -> JSONResponse:
    return answer(HTTPStatus.CONFLICT, str(error))


def _mistake(_: Request, error: Exception) -> JSONResponse:
    return answer(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))


def _salesforce(_: Request, error: Exception) -> JSONResponse:
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, told_of_salesforce(error), headers=_RETRY)


def _away(_: Request, __: Exception) -> JSONResponse:
    # The error names the database's server, which is the operator's to know.
    return answer(HTTPStatus.SERVICE_UNAVAILABLE, _AWAY, headers=_RETRY)
