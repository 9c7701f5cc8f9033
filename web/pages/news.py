"""News for open pages, as server-sent events: that something changed, not what; the page asks for that itself."""

from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from remindersync.store.sign_ins import Session
from web.news import News, Newsroom
from web.pages.access import Person

router = APIRouter()

NEWS = "text/event-stream"
# The page shows what nobody signed in may see any more, so it loads itself anew.
ENDED = "event: ended\ndata:\n\n"
# Others were opened since: the page asks when somebody looks at it again.
_FULL = "event: full\ndata:\n\n"
# How long a page that has gone holds its place.
_LOOK_SECONDS = 1.0
# Proxies cut connections that are silent for a minute.
_BEAT_LOOKS = 20
# Then the page comes again by itself, and how old its session is gets looked at again.
_MOST_LOOKS = 600


@router.get("/news")
def news(request: Request, _: Person) -> StreamingResponse:
    """Stream an event whenever the person's reminders change, and one when their session has ended."""
    events = _events(request, request.state.claimed)
    return StreamingResponse(events, media_type=NEWS, headers={"X-Accel-Buffering": "no"})


async def _events(request: Request, session: Session) -> AsyncIterator[str]:
    newsroom: Newsroom = request.app.state.newsroom
    looks = 0
    async for news in newsroom.of(session, beat_seconds=_LOOK_SECONDS):
        if news in {News.ENDED, News.FULL}:
            yield ENDED if news is News.ENDED else _FULL
            return
        if news is News.CHANGED:
            yield "event: changed\ndata:\n\n"
        looks += 1
        if looks == _MOST_LOOKS or await request.is_disconnected():
            return
        if looks % _BEAT_LOOKS == 0:
            yield ": still here\n\n"
