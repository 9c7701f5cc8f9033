"""One thing the doctor looked at, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from remindersync.errors import SalesforceRefused, SyncError


class Verdict(StrEnum):
    """`unknown` is what could not be looked at because of something else that is named already."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at (`check`), of whom or what (`about`), how it is and, where it is not well, what to do."""

    check: str
    about: str
    verdict: Verdict
    said: str
    remedy: str = ""


def ok(check: str, about: str, said: str) -> Finding:
    return Finding(check, about, Verdict.OK, said)


def problem(check: str, about: str, said: str, remedy: str) -> Finding:
    return Finding(check, about, Verdict.PROBLEM, said, remedy)


def unknown(check: str, about: str, said: str, remedy: str = "") -> Finding:
    return Finding(check, about, Verdict.UNKNOWN, said, remedy)


def refused(check: str, about: str, error: SyncError) -> Finding:
    """Turn an error into a finding; its text has cause and remedy, and no secret."""
    if isinstance(error, SalesforceRefused):
        meaning = error.fault.meaning.rstrip(".")
        return problem(check, about, f"{meaning} ({error.fault.code}).", error.fault.remedy)
    cause, colon, remedy = str(error).rpartition(": ")
    return (
        problem(check, about, f"{cause}.", f"{remedy[:1].upper()}{remedy[1:]}")
        if colon
        else problem(check, about, remedy, "")
    )


def looked(check: str, about: str, look: Callable[[], None], said: str) -> Finding:
    """Say `said` where `look` has nothing against it, else the error it raised."""
    try:
        look()
    except SyncError as error:
        return refused(check, about, error)
    return ok(check, about, said)


def is_well(findings: Sequence[Finding]) -> bool:
    """Say whether nothing is a problem."""
    return all(finding.verdict is not Verdict.PROBLEM for finding in findings)
