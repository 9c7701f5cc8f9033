"""The mistakes a caller tells apart: asking for what is not there or no more, and saving over a newer version."""

from remindersync.errors import UserMistake
from remindersync.model import Reminder


class NotFound(UserMistake):
    """There is no such thing, or none this person may see: the two must look alike (SAFE-1)."""


class OfAnotherTeam(UserMistake):
    """Another team has what was asked for. The sentence does not say whose it is (SAFE-1), `to_operator` does."""

    def __init__(self, sentence: str, to_operator: str, team_id: str | None) -> None:
        super().__init__(sentence)
        self.to_operator = to_operator
        self.team_id = team_id


class Outdated(UserMistake):
    """A cursor that no longer leads on: what lay behind it has been cleared away."""


class PreviewNeeded(UserMistake):
    """Something has to be seen by name before it is done."""

    def __init__(self) -> None:
        super().__init__(
            "Importing all open Tasks and matching reminders are previewed first: ask for a preview, then turn sync on"
            " with its digest."
        )


class PreviewOutdated(UserMistake):
    """What would happen is no longer what the preview showed."""


class Conflict(UserMistake):
    """The reminder changed since the caller read it; `current` is what it is now."""

    def __init__(self, current: Reminder) -> None:
        super().__init__(
            f"This reminder was changed meanwhile and is at version {current.version} now: compare, then save again."
        )
        self.current = current
