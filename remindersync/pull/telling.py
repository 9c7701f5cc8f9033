"""Each pull as a piece of work of its own, for whoever follows the run."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from remindersync.pull.reading import Pulled, Sources

Given = ParamSpec("Given")
Found = TypeVar("Found")


def told(pull: Callable[Concatenate[Sources, Given], Found]) -> Callable[Concatenate[Sources, Given], Found]:
    """Return a pull that tells its name and how many pairs it found."""
    name = f"pull {pull.__name__.replace('_', ' ')}"

    @wraps(pull)
    def followed(sources: Sources, /, *args: Given.args, **kwargs: Given.kwargs) -> Found:
        with sources.watch.during(name):
            found = pull(sources, *args, **kwargs)
            pulled = found[0] if isinstance(found, tuple) else found
            if isinstance(pulled, Pulled):
                sources.watch.note(pairs=len(pulled.snapshot.pairs))
        return found

    return followed
