"""Reading error bodies, whatever shape they come in: nothing in an answer is trusted to be there."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One error as Salesforce named it. `message` may quote user data."""

    code: str
    message: str


def problems(body: object) -> list[Problem]:
    """Return the errors in a parsed answer; none where it is no error, text, or nothing at all.

    Known are the array of single-row calls (`errorCode`), a collection's record with its `errors` and each of
    those (`statusCode`), and the OAuth object (`error`, `error_description`).
    """
    if isinstance(body, list):
        return [problem for item in body for problem in problems(item)]
    if not isinstance(body, dict):
        return []
    if "errors" in body:
        return problems(body["errors"])
    for code, message in (("errorCode", "message"), ("statusCode", "message"), ("error", "error_description")):
        if isinstance(body.get(code), str):
            return [Problem(body[code], _text(body.get(message)))]
    return []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
