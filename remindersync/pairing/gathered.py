"""What a pull has in hand before it is joined into pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remindersync.model import Intent, Reminder, SalesforceTask, WriteKind
from remindersync.ports import FeedState


@dataclass(frozen=True, slots=True)
class Gathered:
    """Rows from Salesforce with what waits here: edits, writes without an answer, and look-ups made for them.

    `tasks` have the rows that other users' runs (`handed`) and the org feed (`feed`) left here among them. `made` are,
    by reminder, the Tasks of those whose create has no answer though they have one.
    """

    tasks: Sequence[SalesforceTask]
    edits: Sequence[Reminder] = ()
    intents: Sequence[Intent] = ()
    looked_up: Mapping[str, tuple[SalesforceTask, ...]] = field(default_factory=dict)
    keyed: bool = False
    handed: tuple[str, ...] = ()
    feed: FeedState | None = None
    made: Mapping[str, str] = field(default_factory=dict)

    @property
    def attempts(self) -> list[Intent]:
        """The creates without an answer."""
        return [intent for intent in self.intents if intent.kind is WriteKind.CREATE]
