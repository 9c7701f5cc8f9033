"""News for open pages, as server-sent events: that something changed, not what; the page asks for that itself."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from web.news import Newsroom
from web.pages.access import Person

router = APIRouter()

# How long a page that has gone holds its place.
_LOOK_SECONDS = 1.0
# Proxies cut connections that are silent for a minute.
_BEAT_LOOKS = 20
# Then the browser comes again by itself, and whether the person is still signed in is looked at again.
_MOST_LOOKS = 600


@router.get("/news")
def news(request: Request, person: Person) -> StreamingResponse:
    """Stream an event whenever the person's reminders change."""
    return StreamingResponse(
        _events(request, person.id), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _events(request: Request, user_id: str) -> AsyncIterator[str]:
    newsroom: Newsroom = request.app.state.newsroom
    yield "retry: 3000\n\n"
    looks = 0
    async for changed in newsroom.of(user_id, beat_seconds=_LOOK_SECONDS):
        if changed:
            yield "event: changed\ndata:\n\n"
        looks += 1
        if looks == _MOST_LOOKS or await request.is_disconnected():
            return
        if looks % _BEAT_LOOKS == 0:
            yield ": still here\n\n"
