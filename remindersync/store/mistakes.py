"""The mistakes a caller tells apart: asking for what is not there, and saving over a newer version."""

from remindersync.errors import UserMistake
from remindersync.model import Reminder


class NotFound(UserMistake):
    """There is no such thing, or none this person may see: the two must look alike (SAFE-1)."""


class Conflict(UserMistake):
    """The reminder changed since the caller read it; `current` is what it is now."""

    def __init__(self, current: Reminder) -> None:
        super().__init__(
            f"This reminder was changed meanwhile and is at version {current.version} now: compare, then save again."
        )
        self.current = current
