"""Being followed: what is done, step by step, told to whoever traces it."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

Fact = str | int | bool


class Watch(Protocol):
    """Follows pieces of work in this thread; never raises by itself.

    Names of work are few; facts are ids, kinds, counts and codes, never what people wrote (SAFE-2).
    """

    def during(self, work: str, **facts: Fact) -> AbstractContextManager[None]:
        """Return the block in which a piece of work is done; of an error that leaves it the kind is told."""

    def note(self, **facts: Fact) -> None:
        """Add facts to the innermost piece of work."""

    def fail(self, code: str) -> None:
        """Say that the innermost piece of work came to nothing, by a code of Salesforce's or of ours."""


class Unwatched:
    """Nobody looks."""

    def during(self, work: str, **facts: Fact) -> AbstractContextManager[None]:
        del work, facts
        return nullcontext()

    def note(self, **facts: Fact) -> None:
        """Tell nobody."""

    def fail(self, code: str) -> None:
        """Tell nobody."""


UNWATCHED = Unwatched()
