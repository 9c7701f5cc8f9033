"""Errors of the HTTP API as problem details, `application/problem+json` (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from remindersync.errors import SalesforceRefused

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one part of a request; `pointer` is a JSON pointer into the body, or names a parameter."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """Why a request was not carried out."""

    type: str = "about:blank"
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no such reminder."])
    errors: list[FieldProblem] | None = None


class Refused(Exception):
    """An API request that ends with a problem; `detail` is one sentence for people."""

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def answer(
    status: int,
    detail: str,
    *,
    errors: list[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem as a response."""
    title = HTTPStatus(status).phrase
    problem = Problem(title=title, status=status, detail=detail, errors=errors)
    content = problem.model_dump(exclude_none=True)
    return JSONResponse(content, status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def told_of_salesforce(error: Exception) -> str:
    """Say why Salesforce did not do what a request needs of it, or why it was not asked."""
    if isinstance(error, SalesforceRefused):
        return f"Salesforce did not answer this request: {error.fault.meaning} {error.fault.remedy}"
    return "Redis is out of reach, and without it Salesforce is not asked: try again in a minute."


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return OpenAPI's description of the problems an operation may answer with."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": schema, "example": _example(status)}},
        }
        for status in statuses
    }


def _example(status: int) -> dict[str, Any]:
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=_DETAILS[status])
    return problem.model_dump(exclude_none=True)


_DETAILS = {
    400: "The body is not valid JSON.",
    401: "Send a valid token: Authorization: Bearer TOKEN.",
    403: "Only an admin of the team may do this.",
    404: "There is no such reminder.",
    409: "A request with this Idempotency-Key is under way: send it again in a moment.",
    410: "Changes this old are no longer kept: begin anew.",
    412: "This reminder was changed meanwhile and is at version 8 now: compare, then save again.",
    413: "A request may hold at most 8 MB; send it in parts.",
    422: "Some of what was sent is not valid; errors says what.",
    428: "Ask for a preview first, then turn sync on with its digest.",
    429: "Too many requests: go on in 12 seconds.",
    503: "The service cannot reach its database at the moment: try again in a minute.",
}


def field_problems(errors: list[dict[str, Any]]) -> list[FieldProblem]:
    """Turn pydantic's errors into ours, without repeating what was sent."""
    return [FieldProblem(pointer=_pointer(error["loc"]), detail=str(error["msg"])) for error in errors]


def _pointer(location: tuple[str | int, ...]) -> str:
    place, *rest = location
    if place != "body":
        return " ".join(map(str, location))
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in rest)


def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refused)
    return answer(error.status, error.detail, headers=error.headers)


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = {404: "There is nothing at this address.", 405: "This address does not know that method."}
    return answer(error.status_code, detail.get(error.status_code, error.detail), headers=error.headers)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = list(error.errors())
    if any(each["loc"][0] == "path" for each in errors):
        return answer(404, "There is nothing at this address.")
    if any(each["type"] == "json_invalid" for each in errors):
        return answer(400, "The body is not valid JSON.")
    return answer(422, "Some of what was sent is not valid; errors says what.", errors=field_problems(errors))


def _broken(_: Request, error: Exception) -> JSONResponse:
    del error  # Logged by the server; it may quote what must not be shown.
    return answer(500, "Something went wrong here; try again, and tell the operator if it stays.")


def install(api: FastAPI) -> None:
    """Make every error of `api` a problem."""
    api.add_exception_handler(Refused, _refused)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(Exception, _broken)
