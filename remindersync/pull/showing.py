"""What one page from Salesforce shows, joined into pairs: the snapshot that is planned for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from remindersync import pairing
from remindersync.model import Pair, Place, RunRef, SalesforceTask, Snapshot
from remindersync.ports import Page
from remindersync.pull.gathering import alone
from remindersync.pull.reading import Sources, clock_offset


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, and Salesforce's clock minus the app's in seconds, as its read told."""

    page: Page
    offset_seconds: float


def ask(sources: Sources, question: Callable[[datetime], Page]) -> Shown:
    """Return the page that `question` reads; it is told the app's time right before."""
    asked_at = sources.clock.now()
    page = question(asked_at)
    return Shown(page, clock_offset(page.read_at, asked_at))


def joined(sources: Sources, run: RunRef, page: Page) -> tuple[tuple[Pair, ...], list[SalesforceTask]]:
    """Return the pairs of a page without edits, and the rows that are too old to be used."""
    with sources.runs.transaction(run) as tx:
        return pairing.pairs(tx, run, alone(tx, sources, page))


def snapshot(sources: Sources, run: RunRef, place: Place, shown: Shown, pairs: tuple[Pair, ...]) -> Snapshot:
    """Return what is to be planned for, of Tasks that showed their base until the place's front."""
    facts = sources.salesforce.facts()
    return Snapshot(run.user, facts, shown.page.read_at, pairs, place.front, shown.offset_seconds)


def nothing(sources: Sources, run: RunRef, place: Place) -> Snapshot:
    """Return a snapshot without pairs: of a step that only moves the place."""
    assert place.front is not None
    return Snapshot(run.user, sources.salesforce.facts(), place.front, ())
