"""How long an open page is told news: until it has to ask anew, or its session has ended."""

import asyncio
from types import SimpleNamespace

import pytest

from remindersync.store.changes import START
from remindersync.store.sign_ins import Session
from web.news import News, Newsroom
from web.pages.news import _FULL as FULL
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

    assert asyncio.run(open_and_close()) == {}


async def opened(newsroom: Newsroom, *sessions: Session) -> list[asyncio.Task[list[str]]]:
    """Open a page for each of these sessions, one after the other, as people do."""
    pages = []
    for session in sessions:
        pages.append(asyncio.create_task(told(newsroom, session)))
        await asyncio.sleep(0)
    return pages


def last_words(*sessions: Session, **most: int) -> list[str | None]:
    """What each page was told last, None for one that goes on."""

    async def look():
        newsroom = Newsroom(Still(), Standing(), **most)
        pages = await opened(newsroom, *sessions)
        # Whoever was ended says so within a few of their turns.
        for _ in range(50):
            await asyncio.sleep(0)
        words = [page.result()[-1] if page.done() else None for page in pages]
        for page in pages:
            page.cancel()
        return words

    return asyncio.run(look())


def test_beyond_a_persons_bound_the_page_opened_first_ends_and_other_peoples_go_on():
    assert last_words(ADA, BOB, ADA, ADA, most_of_one=2) == [FULL, None, None, None]
    assert last_words(ADA, BOB, ADA, ADA, ADA, most_of_one=2) == [FULL, None, FULL, None, None]


def test_beyond_a_processs_bound_the_page_opened_first_ends_whosever_it_is():
    assert last_words(BOB, ADA, ADA, most_of_all=2) == [FULL, None, None]


def test_a_person_may_have_eight_pages_open():
    assert last_words(*[ADA] * 8) == [None] * 8
    assert last_words(*[ADA] * 9) == [FULL, *[None] * 8]


def test_a_page_that_ends_while_it_is_being_told_something_still_hears_why():
    async def look():
        newsroom = Newsroom(Still(), Standing(), most_of_one=1)
        first, second = newsroom.of(ADA, beat_seconds=0.001), newsroom.of(ADA, beat_seconds=0.001)
        await anext(first)
        await anext(second)
        words = [word async for word in first]
        await second.aclose()
        return words

    assert asyncio.run(look()) == [News.FULL]
