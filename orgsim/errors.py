"""What the platform refuses, in its own words: one exception, two wire shapes.

A single-row call answers an array with `errorCode`; a collection answers per record with `statusCode`.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

BAD_REQUEST = HTTPStatus.BAD_REQUEST
NOT_FOUND = HTTPStatus.NOT_FOUND


@dataclass(slots=True, eq=False)
class Refusal(Exception):
    """The platform refuses a call or one record of it."""

    code: str
    message: str
    fields: tuple[str, ...] | None = None
    status: int = BAD_REQUEST
    whole_call: bool = False

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def as_row_error(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields is not None:
            body["fields"] = list(self.fields)
        return body

    def as_collection_error(self) -> dict[str, Any]:
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields or ())}


class OAuthRefusal(Exception):
    """The token endpoint refuses; `error` and `description` are its two words."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description


def not_found() -> Refusal:
    return Refusal("NOT_FOUND", "The requested resource does not exist", status=NOT_FOUND)


def not_an_id(text: str) -> Refusal:
    message = f"Provided external ID field does not exist or is not accessible: {text}"
    return Refusal("NOT_FOUND", message, status=NOT_FOUND)


def unknown_on_write() -> Refusal:
    """Refuse a PATCH or DELETE of an unknown id, which is not NOT_FOUND (error_bodies: checked on an org)."""
    return Refusal("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", (), NOT_FOUND)


def is_deleted() -> Refusal:
    return Refusal("ENTITY_IS_DELETED", "entity is deleted", (), NOT_FOUND)


def no_such_column(name: str, object_name: str) -> Refusal:
    message = f"No such column '{name}' on sobject of type {object_name}"
    return Refusal("INVALID_FIELD", message)


def read_only(names: list[str]) -> Refusal:
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this "
        "field and verify that it is read/write for your profile or permission set."
    )
    return Refusal("INVALID_FIELD_FOR_INSERT_UPDATE", message, tuple(names))


def required_missing(names: list[str]) -> Refusal:
    message = f"Required fields are missing: [{', '.join(names)}]"
    return Refusal("REQUIRED_FIELD_MISSING", message, tuple(names))


def wrong_json_type(type_name: str, token: str, value: object) -> Refusal:
    message = (
        f"Cannot deserialize instance of {type_name} from {token} value {value} "
        "or request may be missing a required field at [line:1, column:2]"
    )
    return Refusal("JSON_PARSER_ERROR", message, whole_call=True)


def session_invalid() -> Refusal:
    return Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=HTTPStatus.UNAUTHORIZED)


def header_invalid() -> Refusal:
    return Refusal("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", status=HTTPStatus.UNAUTHORIZED)


def quota_exhausted() -> Refusal:
    return Refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=HTTPStatus.FORBIDDEN)


def parser_error(message: str) -> Refusal:
    return Refusal("JSON_PARSER_ERROR", message, whole_call=True)


def maintenance(status: int) -> Refusal:
    """Refuse a write in read-only mode: of the whole call, as nothing of it can be saved."""
    message = "Updates can't be made during maintenance; reads still work."
    return Refusal("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", message, (), status, whole_call=True)
