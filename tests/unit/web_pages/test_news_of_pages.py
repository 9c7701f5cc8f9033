"""How long an open page is told news: until it has to ask anew, or its session has ended."""

import asyncio
from types import SimpleNamespace

import pytest

from remindersync.store.changes import START
from remindersync.store.sign_ins import Session
from web.news import News, Newsroom
from web.pages.news import ENDED, _events

ADA, BOB = Session("ada", "one", 1), Session("bob", "two", 1)


class Busy:
    """A newsroom in which something changes all the time."""

    async def of(self, _: Session, *, beat_seconds: float):
        assert beat_seconds > 0
        while True:
            yield News.CHANGED


class Open:
    """The request of a page that stays open."""

    def __init__(self, newsroom: object) -> None:
        self.app = SimpleNamespace(state=SimpleNamespace(newsroom=newsroom))

    async def is_disconnected(self) -> bool:
        return False


class Still:
    """A book of changes in which nothing happens."""

    def latest(self):
        return START

    def owners_since(self, spot):
        return frozenset(), spot


class Standing:
    """Sessions of which some have ended; remembers what it was asked."""

    def __init__(self, *ended: Session) -> None:
        self.ended = set(ended)
        self.asked: list[frozenset[Session]] = []

    def standing(self, sessions):
        self.asked.append(frozenset(sessions))
        return frozenset(sessions) - self.ended


async def told(newsroom: object, session: Session = ADA) -> list[str]:
    return [line async for line in _events(Open(newsroom), session)]


def test_news_end_and_are_asked_for_anew_also_where_something_changes_all_the_time():
    assert "event: changed" in asyncio.run(told(Busy()))[-1]


def test_a_page_whose_session_has_ended_is_told_so_last_and_the_others_go_on():
    sign_ins = Standing(ADA)

    async def both():
        newsroom = Newsroom(Still(), sign_ins, every_seconds=0.001)
        other = asyncio.create_task(told(newsroom, BOB))
        lines = await told(newsroom)
        assert not other.done()
        other.cancel()
        return lines

    assert asyncio.run(both())[-1] == ENDED


def test_one_question_is_for_the_sessions_of_all_open_pages():
    sign_ins = Standing(ADA, BOB)

    async def all_of_them():
        newsroom = Newsroom(Still(), sign_ins, every_seconds=0.001)
        await asyncio.gather(told(newsroom), told(newsroom), told(newsroom, BOB))

    asyncio.run(all_of_them())
    assert sign_ins.asked == [{ADA, BOB}]


@pytest.mark.parametrize("opened", [1, 3])
def test_a_page_that_closes_is_asked_about_no_more(opened):
    sign_ins = Standing()

    async def open_and_close():
        newsroom = Newsroom(Still(), sign_ins, every_seconds=0.001)
        pages = [newsroom.of(ADA, beat_seconds=0.001) for _ in range(opened)]
        for page in pages:
            await anext(page)
            await page.aclose()
        return newsroom._readers

    assert asyncio.run(open_and_close()) == set()
