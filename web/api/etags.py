"""A reminder's version as its ETag, and If-Match as the version a change expects."""

import re
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header

from web.problems import Refused

_STRONG = re.compile(r'"(\d{1,10})"')


def etag(version: int) -> str:
    """Return a version as an ETag."""
    return f'"{version}"'


def _expected(if_match: Annotated[str | None, Header(max_length=200, examples=['"7"'])] = None) -> int | None:
    """Return the version If-Match names; None where any will do. One that is no version of ours matches nothing."""
    if if_match is None or if_match.strip() == "*":
        return None
    match = _STRONG.fullmatch(if_match.strip())
    if match is None:
        raise Refused(
            HTTPStatus.PRECONDITION_FAILED, 'If-Match names no version: send a reminder\'s ETag, such as "7".'
        )
    return int(match[1])


Expected = Annotated[int | None, Depends(_expected)]
