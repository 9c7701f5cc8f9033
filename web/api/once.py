"""Requests that carry an Idempotency-Key are done once: repeated, they get the answer of the first time."""

import hashlib
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID, uuid5

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from remindersync.store.answers import KeptAnswer, Taken
from remindersync.store.people import AppUser
from web.api.access import caller_of
from web.problems import Refused
from worker.services import Services

_NAMES = UUID("2f1b0f7e-8a55-4d0c-9a0c-6f1f5f0e2d11")
_LONGEST = 255
# What a repeated answer has of the first one; the rest is made for each answer anew.
_KEPT_HEADERS = ("content-type", "etag", "location")
_UNDER_WAY = "A request with this Idempotency-Key is under way: wait for its answer, or repeat this one in a minute."
_OTHER = "This Idempotency-Key came with another request before: use a new key for each request."
_WRONG = f"Idempotency-Key: it has 1 to {_LONGEST} visible ASCII characters."

HEADER = "Idempotency-Key"
# What reads it is the route itself, so the document is told here, for every POST.
PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "Any text of your own: repeated with it within a day, a request is answered, not done again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": _LONGEST, "pattern": "^[ -~]+$"},
}


def _given(request: Request) -> str | None:
    return request.headers.get(HEADER)


OnceKey = Annotated[str | None, Depends(_given)]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def own_id(caller: AppUser, key: str | None, place: int = 0) -> str | None:
    """Return the id of what a request with a key makes: the same one however often it is done, None without a key.

    A process may die between saving and keeping the answer; the id is what keeps the second try from making a twin.
    """
    return None if key is None else str(uuid5(_NAMES, f"{caller.id}:{place}:{key}"))


class OncePerKey(APIRoute):
    """A route whose POST requests are done once per Idempotency-Key of a caller."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = _given(request)
            if key is None or request.method != "POST":
                return await handle(request)
            if not (0 < len(key) <= _LONGEST and key.isascii() and key.isprintable()):
                raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, _WRONG)
            services: Services = request.app.state.services
            caller = await run_in_threadpool(caller_of, services, request)
            return await _done_once(services, caller, key, request, handle)

        return once


async def _done_once(services: Services, caller: AppUser, key: str, request: Request, handle: Handler) -> Response:
    digest = await _digest(request)
    found = await run_in_threadpool(services.answers.take, caller.id, key, digest)
    if found is Taken.UNDER_WAY:
        raise Refused(HTTPStatus.CONFLICT, _UNDER_WAY, {"Retry-After": "5"})
    if found is Taken.OTHER_REQUEST:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, _OTHER)
    if isinstance(found, KeptAnswer):
        headers = {**found.headers, "Idempotent-Replayed": "true"}
        return Response(found.body, status_code=found.status, headers=headers)
    try:
        answer = await handle(request)
    except BaseException:
        # Refused: nothing was done. Broken off: what was made has an id of its own, and is found again.
        await run_in_threadpool(services.answers.drop, caller.id, key)
        raise
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    kept = KeptAnswer(answer.status_code, headers, bytes(answer.body))
    await run_in_threadpool(services.answers.keep, caller.id, key, kept)
    return answer


async def _digest(request: Request) -> bytes:
    parts = (request.method, request.url.path, request.url.query)
    return hashlib.sha256("\0".join(parts).encode() + b"\0" + await request.body()).digest()
