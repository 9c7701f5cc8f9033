"""Compare both sides record by record, and have the engine mend what differs."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from remindersync.errors import SyncError
from worker import by_hand
from worker.cli.here import services
from worker.cli.output import json_option, say, show, tell
from worker.cli.syncing import wait_for

if TYPE_CHECKING:
    from remindersync.audit import Finding
    from remindersync.auditor import Audit, Expected
    from remindersync.store.people import AppUser
    from worker.services import Services

_LONGEST = 40
_ROUNDS = 3
# Stamps are whole seconds: a run that could not tell two edits of one second apart can, after this long.
_BETWEEN_ROUNDS_SECONDS = 2.0


@click.command()
@click.argument("email", required=False)
@click.option("--repair", is_flag=True, help="Have the next runs mend what differs, wait for them, and look again.")
@click.option(
    "--pause",
    "pause_seconds",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    default=25.0,
    show_default=True,
    help="What differs is looked at again after so long, longer than a run, before it counts.",
)
@json_option
def audit(email: str | None, *, repair: bool, pause_seconds: float, as_json: bool) -> None:
    """Compare both sides record by record, for EMAIL or for everybody whose sync is on.

    Drift is what no run mends by itself: then this ends with 1. What merely waits to be sent or read is pending, and
    Tasks that look alike are a notice. It reads only, 2,000 Tasks a call or 200, as background work.
    """
    here = services()
    people = _chosen(here, email)
    found, failed = _audited(here, people, pause_seconds)
    mended: dict[str, Audit] = {}
    if repair and any(one.drift for one in found.values()):
        mended = {mail: one for mail, one in found.items() if one.drift}
        again, failed_now = _mended(here, [user for user in people if user.email in mended], mended, pause_seconds)
        found |= again
        failed |= failed_now
    _tell(found, failed, mended, as_json=as_json)
    if failed or any(one.drift for one in found.values()):
        raise click.exceptions.Exit(1)


def _chosen(here: "Services", email: str | None) -> "list[AppUser]":
    if email is not None:
        return [here.directory.user(email)]
    return [user for user in here.directory.users() if user.sync_on and user.active]


def _audited(
    here: "Services", people: "Sequence[AppUser]", pause_seconds: float
) -> "tuple[dict[str, Audit], dict[str, str]]":
    """Audit each of the people; return what was found, and why it could not be looked for."""
    found, failed = {}, {}
    for user in people:
        try:
            found[user.email] = here.auditor.audit(user.id, pause_seconds=pause_seconds, tell=_announce)
        except SyncError as error:
            if len(people) == 1:
                raise
            failed[user.email] = str(error)
    return found, failed


def _announce(expected: "Expected") -> None:
    tell(f"{expected.email}: {expected.pairs} pairs, about {expected.calls} calls …")


def _mended(
    here: "Services", people: "Sequence[AppUser]", drifted: "dict[str, Audit]", pause_seconds: float
) -> "tuple[dict[str, Audit], dict[str, str]]":
    """Have what drifted mended; return what is found then, and why it could not be looked for.

    A run that met trouble, or that Salesforce kept from writing for a moment, leaves its work to the next one.
    """
    full = {user.id: here.auditor.mend(user.id, drifted[user.email].drift) for user in people}
    waiting, found, failed = list(people), dict[str, "Audit"](), dict[str, str]()
    for round_ in range(_ROUNDS):
        if round_:
            time.sleep(_BETWEEN_ROUNDS_SECONDS)
        _run(here, {user.id: full[user.id] for user in waiting})
        found_now, failed_now = _audited(here, waiting, pause_seconds)
        found |= found_now
        failed |= failed_now
        waiting = [one for one in waiting if one.email in found and _waits(found[one.email], drifted[one.email])]
        if not waiting:
            break
    return found, failed


def _waits(now: "Audit", before: "Audit") -> bool:
    """Say whether something that drifted is still to be dealt with by a run to come."""
    drifted = {one.reminder_id or one.task_ids for one in before.drift}
    return any(one.weight == "pending" and (one.reminder_id or one.task_ids) in drifted for one in now.findings)


def _run(here: "Services", full: dict[str, bool]) -> None:
    """Queue runs of these users, `full` ones where that says so, and wait for them."""
    queued: dict[str, str] = {}
    for is_full in (True, False):
        asked = [user_id for user_id, whole in full.items() if whole is is_full]
        queued |= by_hand.queue(here, asked, by_hand.Wanted(full=is_full), agreed=True)
    for run in wait_for(here, list(queued.values())):
        if run.state != "done":
            tell(f"{run.user}: the run ended as {run.state}. {run.error or ''}")


def _tell(found: "dict[str, Audit]", failed: dict[str, str], mended: "dict[str, Audit]", *, as_json: bool) -> None:
    rows = [_row(mail, finding) for mail, one in found.items() for finding in one.findings]
    counts = {mail: _counts(one) for mail, one in found.items()}
    before = {mail: len(one.drift) for mail, one in mended.items()}
    if as_json:
        say("", as_json=True, users=counts, findings=rows, failed=failed, drift_before_repair=before)
        return
    show([_readable(row) for row in rows], as_json=False, empty=_agreement(len(found), len(failed)))
    for mail, count in counts.items():
        mended_here = before.get(mail, 0) - count["drift"] if mail in before else None
        click.echo(_sentence(mail, count) + (f" {mended_here} mended." if mended_here is not None else ""))
    for mail, reason in failed.items():
        click.echo(f"{mail} was not compared: {reason}")


def _agreement(compared: int, failed: int) -> str:
    """Return what it means that nothing was found."""
    if not compared:
        return "Nobody was compared." if failed else "Nobody's sync is on."
    return "Both sides agree for whom was compared." if failed else "Both sides agree."


def _sentence(mail: str, count: dict[str, int]) -> str:
    return (
        f"{mail}: {count['pairs']} pairs in {count['calls']} calls, {count['drift']} drifted, "
        f"{count['pending']} pending, {count['notices']} to look at."
    )


def _counts(one: "Audit") -> dict[str, int]:
    by_weight = [finding.weight.value for finding in one.findings]
    return {
        "pairs": one.expected.pairs,
        "expected_calls": one.expected.calls,
        "calls": one.calls,
        "drift": by_weight.count("drift"),
        "pending": by_weight.count("pending"),
        "notices": by_weight.count("notice"),
    }


def _row(mail: str, finding: "Finding") -> dict[str, Any]:
    return {
        "weight": finding.weight.value,
        "user": mail,
        "what": finding.what.value,
        "reminder": finding.reminder_id,
        "tasks": list(finding.task_ids),
        "field": finding.field,
        "here": finding.here,
        "there": finding.there,
        "reason": finding.reason,
    }


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row for a person: what they can judge first, ids last, long values cut."""
    return {
        "weight": row["weight"],
        "user": row["user"],
        "what": (row["field"] or row["what"]).replace("_", " "),
        "here": _short(row["here"]),
        "salesforce": _short(row["there"]),
        "reason": row["reason"],
        "tasks": "\n".join(row["tasks"]) or None,
        "reminder": row["reminder"],
    }


def _short(value: str | None) -> str | None:
    if value is None:
        return None
    line = " ".join(value.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
