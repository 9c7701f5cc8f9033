"""What a run comes to: drift, duplicates, values lost and races, and what all of it cost."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from remindersync.store.tables import links
from tests.chaos.accounts import Accounts
from tests.chaos.sides import Sides
from tests.chaos.siege import Siege

_SHOWN = 40


@dataclass(frozen=True)
class Verdict:
    """All that is judged and told of one run."""

    siege: Siege
    accounts: Accounts
    findings: list[str]
    pending: int
    counters: dict[str, Any]

    @property
    def duplicates(self) -> list[str]:
        """Return what the org counts as there twice: by key, or made by the API with the same content."""
        found = self.counters["duplicates"]
        return [f"{name}: {count}" for name, count in found.items() if name != "by_content" and count]

    @property
    def unforeseen(self) -> list[str]:
        """Return what workers and web say of faults of our own: a job's trouble that nobody foresaw."""
        programs = self.siege.house.programs.values()
        return [f"{one.name}: {line}" for one in programs for line in one.said() if _is_unforeseen(line)]

    @property
    def writes(self) -> int:
        return sum(self.counters["records"].values())

    @property
    def races(self) -> int:
        """Return how many values were written over without a condition, unseen by anybody here."""
        return int(self.counters["races"]["total"])

    def told(self) -> str:
        """Return everything as lines to print."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        siege, races = self.siege, self.counters["races"]
        yield f"\nchaos: seed {siege.seed}, {siege.seconds:.0f} s, {len(siege.team)} people"
        yield "inflicted: " + _listed(siege.inflicted)
        yield "people: " + _listed(siege.journal.counts)
        yield f"Salesforce: {self.counters['calls']} calls, {self.writes} records written"
        yield "runs: " + _listed(_outcomes(siege))
        yield f"quiet after {siege.quiet_seconds:.0f} s; log lines: {_log_lines(siege)}"
        yield f"ended by themselves: {len(siege.house.ended)}"
        yield from (f"  {line}" for line in siege.house.ended)
        yield "edits: " + _listed(self.accounts.found)
        yield f"races: {races['total']} without a condition {races['by_field']}, {races['past_condition']} past one"
        yield f"drift: {len(self.findings)}, pending: {self.pending}, duplicates: {self.duplicates or 0}"
        for what in (self.findings, self.accounts.lost, siege.journal.strange, self.unforeseen):
            yield from (f"  {line}" for line in what[:_SHOWN])


def judged(siege: Siege, sides: Sides) -> Verdict:
    """Look at everything once both sides are at rest."""
    counters = siege.house.door.counters()
    parts = siege.house.parts
    with parts.database.begin() as connection:
        pairs = {
            task: str(reminder) for task, reminder in connection.execute(select(links.c.task_id, links.c.reminder_id))
        }
    accounts = Accounts(siege.team, sides, siege.journal, counters["races"]["last"], pairs)
    accounts.settle()
    found = [finding for member in siege.team for finding in parts.auditor.audit(member.user_id).findings]
    drift = [
        f"{one.what}: {one.reason} {one.field} {one.here!r} {one.there!r}" for one in found if one.weight == "drift"
    ]
    return Verdict(siege, accounts, drift, sum(one.weight == "pending" for one in found), counters)


def _is_unforeseen(line: str) -> bool:
    return line.endswith(" failed:") or line.startswith("Traceback")


def _outcomes(siege: Siege) -> Counter[str]:
    lines = [line for worker in siege.house.workers for line in worker.said() if " synced " in line]
    return Counter(line.partition("outcome=")[2].partition(" ")[0] for line in lines)


def _log_lines(siege: Siege) -> str:
    return ", ".join(f"{program.name} {len(program.said())}" for program in siege.house.programs.values())


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
