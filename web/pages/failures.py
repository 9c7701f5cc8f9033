"""What a page says when something cannot be done: one sentence, with the right status."""

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from remindersync.errors import SalesforceRefused, SyncError, Unsafe, UserMistake
from remindersync.store.mistakes import NotFound
from web import problems, sessions
from web.pages.access import ForgedForm, SignedOut, local_path
from web.pages.news import ENDED, NEWS
from web.pages.rendering import PART, message, to
from web.shield import HEADERS

_NOTHING = "There is nothing at this address, or it is not yours to see."
_BROKEN = "Something went wrong here; try again, and tell your admin if it stays."
_AWAY = "The service cannot reach its database at the moment; nothing was changed. Try again in a minute."


def install(app: FastAPI) -> None:
    """Make every failure of a page a page; the API, mounted apart, answers with problems."""
    app.add_exception_handler(SignedOut, _sign_in)
    app.add_exception_handler(ForgedForm, _forged)
    app.add_exception_handler(NotFound, _not_found)
    app.add_exception_handler(UserMistake, _mistake)
    app.add_exception_handler(SalesforceRefused, _salesforce)
    app.add_exception_handler(Unsafe, _salesforce)
    app.add_exception_handler(SyncError, _away)
    app.add_exception_handler(RequestValidationError, _not_found)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _broken)


def _sign_in(request: Request, _: Exception) -> Response:
    # What asks for news, or for a part of a page, has no place for another page.
    if request.headers.get("accept") == NEWS:
        return PlainTextResponse(ENDED, media_type=NEWS)
    if {PART.lower(), "hx-request"} & set(request.headers):
        return PlainTextResponse("Please sign in.", HTTPStatus.UNAUTHORIZED)
    if sessions.end(request.session):
        sessions.say(request.session, "You were signed out: sign in again to go on.")
    if request.method == "GET":
        query = f"?{request.url.query}" if request.url.query else ""
        request.session["wanted"] = local_path(request.url.path + query)
    return to("/sign-in")


def _forged(request: Request, error: Exception) -> Response:
    return message(request, "Please try again", str(error), HTTPStatus.FORBIDDEN)


def _not_found(request: Request, _: Exception) -> Response:
    return message(request, "Not found", _NOTHING, HTTPStatus.NOT_FOUND)


def _mistake(request: Request, error: Exception) -> Response:
    return message(request, "That did not work", str(error), HTTPStatus.UNPROCESSABLE_ENTITY)


def _salesforce(request: Request, error: Exception) -> Response:
    return message(request, "Out of reach", problems.told_of_salesforce(error), HTTPStatus.SERVICE_UNAVAILABLE)


def _away(request: Request, _: Exception) -> Response:
    return message(request, "Out of reach", _AWAY, HTTPStatus.SERVICE_UNAVAILABLE)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    # A mount takes no path with a line break in it, and a program that sends one reads no pages.
    if request.url.path.startswith("/api/"):
        return problems.answer(error.status_code, "There is nothing at this address.", headers=error.headers)
    text = _NOTHING if error.status_code == HTTPStatus.NOT_FOUND else error.detail
    answer = message(request, HTTPStatus(error.status_code).phrase, text, HTTPStatus(error.status_code))
    answer.headers.update(error.headers or {})
    return answer


def _broken(_: Request, __: Exception) -> Response:
    # Logged by the server. Plain, for rendering may be what broke; with the headers, for this one is sent around them.
    return PlainTextResponse(_BROKEN, HTTPStatus.INTERNAL_SERVER_ERROR, HEADERS)
