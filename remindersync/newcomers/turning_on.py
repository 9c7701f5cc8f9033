"""From where reading goes on once a person turns sync on, with what they chose (FIRST-2, FIRST-4, FIRST-6)."""

from dataclasses import replace
from datetime import datetime

from remindersync.model import Choice, FirstSync, Place, Since
from remindersync.newcomers.importing import IMPORT_SPAN


def begun(place: Place, moment: datetime, choice: Choice, listed: int = 0) -> Place:
    """Return the place of a user who turns sync on at `moment`; `listed` Tasks were chosen by name.

    Who never synced begins a first sync. Who did goes on where their reading stood: what changed since then comes in,
    or what changed in the last 24 hours.
    """
    if place == Place():
        return Place(first=FirstSync(moment - IMPORT_SPAN, listed=listed))
    first = place.first
    since = min(place.front or moment, first.since if first else moment) if choice.since is Since.OFF else moment
    if listed:
        first = replace(first or FirstSync(moment), listed=listed, total=None)
    # The last 24 hours are counted on Salesforce's clock, which is known once it was asked (`importable`).
    return replace(place, since=since if since < moment - IMPORT_SPAN else None, first=first)


def previewed(place: Place, moment: datetime, choice: Choice) -> Place:
    """Return the place from which a preview reads: also open Tasks however old, where the choice is about them."""
    start = begun(place, moment, choice)
    if not choice.asks:
        return start
    first = replace(start.first or FirstSync(moment), every_open=True, part=1, after=None, today=None)
    return replace(start, first=first)
