"""Content types: bodies the REST API does not read (415) and answers it does not give (406)."""

from orgsim.calls import Request
from orgsim.errors import Refusal

_READ = ("application/json", "text/csv", "text/plain")
_GIVEN = ("*/*", "application/*", "application/json", "text/csv")


def refusal(request: Request) -> Refusal | None:
    """Give what refuses a request for its Content-Type or Accept header, or None."""
    given = _media_type(request.headers.get("content-type", ""))
    if request.body and given and given not in _READ:
        message = f"Content-Type header specified in HTTP request is not supported: {given}"
        return Refusal("UNSUPPORTED_MEDIA_TYPE", message, status=415)
    wanted = [_media_type(one) for one in request.headers.get("accept", "").split(",")]
    if any(wanted) and not any(one in _GIVEN for one in wanted):
        message = f"Accept header specified in HTTP request is not supported: {', '.join(wanted)}"
        return Refusal("NOT_ACCEPTABLE", message, status=406)
    return None


def _media_type(text: str) -> str:
    return text.partition(";")[0].strip().lower()
