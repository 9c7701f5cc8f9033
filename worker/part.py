"""A part of the services: made, with all that it needs, when it is first asked for."""

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

Made = TypeVar("Made")


class Whole:
    """What parts belong to. Any number of threads may ask for one: it is made once."""

    def __init__(self) -> None:
        self._making = threading.RLock()

    def made(self, name: str) -> Any:
        """Return a part if it was made, else None."""
        return self.__dict__.get(name)

    def make(self, *names: str) -> None:
        """Make some parts now: what cannot be made is told now, and nobody waits for it later."""
        for name in names:
            getattr(self, name)

    def make_all(self) -> None:
        """Make every part now."""
        kinds = (vars(kind) for kind in type(self).__mro__)
        self.make(*(name for kind in kinds for name, value in kind.items() if isinstance(value, Part)))


class Part(Generic[Made]):
    """Decorates the method that makes a part; from then on the part is an attribute of that name."""

    def __init__(self, make: Callable[[Any], Made]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, whole: Whole, kind: type[Whole]) -> Made:
        parts = vars(whole)
        with whole._making:  # noqa: SLF001 both stand in this module
            if self._name not in parts:
                # An attribute of its own goes before this descriptor, which is asked no more.
                parts[self._name] = self._make(whole)
        return cast("Made", parts[self._name])
