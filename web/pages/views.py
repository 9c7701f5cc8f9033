"""The views of the Command Center: what each shows, page by page, and where it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from remindersync.model import Status
from remindersync.store.listing import Due, ListQuery, Shelf
from remindersync.store.people import AppUser
from web.pages.cards import Card, card
from worker.services import Services

START = "due"
_OPEN = ListQuery(status=Status.OPEN, limit=100)


@dataclass(frozen=True, slots=True)
class Part:
    """One list of a view: a kind for the style, a title, what an empty one says, and what it shows."""

    kind: str
    title: str
    empty: str
    query: ListQuery


_OVERDUE = Part("overdue", "Overdue", "Nothing is overdue.", replace(_OPEN, due=Due.OVERDUE))
_TODAY = Part("today", "Today", "Nothing is due today.", replace(_OPEN, due=Due.TODAY))
_TOMORROW = Part("tomorrow", "Tomorrow", "Nothing is due tomorrow.", replace(_OPEN, due=Due.TOMORROW))
_ALL = Part("all", "All open", "No open reminders: add one above.", _OPEN)
_DONE = Part("done", "Done", "Nothing is done yet.", replace(_OPEN, status=Status.COMPLETED))
_ELSEWHERE = Part(
    "elsewhere",
    "Elsewhere",
    "Reminders whose Task went to somebody else are shown here for 30 days.",
    replace(_OPEN, status=None, shelf=Shelf.ELSEWHERE),
)
_BIN = Part("bin", "Bin", "The bin is empty.", replace(_OPEN, status=None, shelf=Shelf.BIN))

PARTS: dict[str, tuple[Part, ...]] = {
    START: (_OVERDUE, _TODAY, _TOMORROW),
    "overdue": (_OVERDUE,),
    "today": (_TODAY,),
    "tomorrow": (_TOMORROW,),
    "all": (_ALL,),
    "done": (_DONE,),
    "elsewhere": (_ELSEWHERE,),
    "bin": (_BIN,),
}
NAMES = {START: "Due now"} | {key: part.title for key, (part, *_) in PARTS.items() if key != START}


@dataclass(frozen=True, slots=True)
class Group:
    """One list as it is shown; `next` is the address of its next page."""

    kind: str
    title: str
    empty: str
    cards: tuple[Card, ...]
    next: str | None


def groups(services: Services, person: AppUser, view: str, after: str | None) -> Iterator[Group]:
    """Yield a view's lists, from behind the cursor `after`. Raises `UserMistake` for a cursor that is none."""
    for part in PARTS[view]:
        listing = services.reminders.list(person, replace(part.query, cursor=after))
        if view == START and part is _OVERDUE and not listing.items:
            continue
        # A list among several has no next page here: it has a view of its own.
        more = (part.kind if view == START else view, listing.next_cursor)
        cards = tuple(card(item) for item in listing.items)
        yield Group(part.kind, part.title, part.empty, cards, address(*more) if listing.next_cursor else None)


def place(address: str) -> tuple[str, str | None]:
    """Return which view an address shows, and from behind which cursor."""
    query = dict(parse_qsl(urlsplit(address).query))
    view = query.get("view", START)
    return view if view in PARTS else START, query.get("after")


def address(view: str, after: str | None = None) -> str:
    """Return where a view is, from behind a cursor."""
    query = {name: value for name, value in (("view", view if view != START else None), ("after", after)) if value}
    return f"/?{urlencode(query)}" if query else "/"
