"""`python -m orgsim.sample`: write the sample file anew."""

from __future__ import annotations

import sys

from orgsim.sample import archive, expected, generate


def main() -> None:
    size = archive.write(generate.lines())
    tasks = sum(line["kind"] == "task" for line in archive.read())
    imports = sum(user["imports"] for team in expected().teams for user in team["users"])
    sys.stdout.write(f"{archive.PATH}: {tasks} Tasks, {imports} of them to import, {size / 1024:.0f} KiB\n")


if __name__ == "__main__":
    main()
