"""How long an open page is told news before it has to ask anew."""

import asyncio
from types import SimpleNamespace

from web.pages.news import _events


class Busy:
    """A newsroom in which something changes all the time."""

    async def of(self, _: str, *, beat_seconds: float):
        assert beat_seconds > 0
        while True:
            yield True


class Open:
    """The request of a page that stays open."""

    app = SimpleNamespace(state=SimpleNamespace(newsroom=Busy()))

    async def is_disconnected(self) -> bool:
        return False


def test_news_end_and_are_asked_for_anew_also_where_something_changes_all_the_time():
    async def told() -> list[str]:
        return [line async for line in _events(Open(), "ada")]

    assert "event: changed" in asyncio.run(told())[-1]
