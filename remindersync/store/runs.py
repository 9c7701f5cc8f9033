"""The book of runs in PostgreSQL: each run starts, locks its fence and ends with one statement."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row

from remindersync.errors import Superseded
from remindersync.model import ActsAs, Counts, Outcome, Plan, RunKind, RunRef, SyncUser
from remindersync.ports import Clock, Finish
from remindersync.store import rows
from remindersync.store.database import Database
from remindersync.store.due import Lane, mark_due
from remindersync.store.items import plan_items, preview_items
from remindersync.store.run_statements import AGAIN, FINISH, HOLD_FENCE, START
from remindersync.store.transaction import SqlTransaction

_ASKED_FOR = (RunKind.FIRST, RunKind.FULL, RunKind.DRY, RunKind.ONE, RunKind.HAND_OVER)
# Whose user need not sync, and then is not due again.
_WHILE_OFF = (RunKind.PREVIEW, RunKind.HAND_OVER)
_PUT_OFF = (Outcome.RETRY, Outcome.WAITING)
_WENT_WELL = (Outcome.DONE, Outcome.MORE)
_UNFINISHED = ("queued", "running")
# A slice takes less (SYNC-2).
RUN_LEASE_SECONDS = 120.0


class SqlRuns:
    """`ports.Runs` over `run_state` and `runs`.

    When a user is due and who may write is measured on the database's clock; what a run writes into reminders
    and history has `clock`'s time. A run that was killed is sent out again `run_lease_seconds` after its start.
    """

    def __init__(self, database: Database, clock: Clock, run_lease_seconds: float = RUN_LEASE_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._run_lease_seconds = run_lease_seconds

    def start(self, user_id: str, claim: int | None) -> RunRef | Outcome:
        """See `ports.Runs`. A user without a Salesforce user, or in a team without an org, is OFF."""
        with self._database.begin() as connection:
            asked = {"user_id": user_id, "claim": claim, "run_lease_seconds": self._run_lease_seconds}
            row = connection.execute(START, asked).one_or_none()
        if row is None or not row.can_run:
            return Outcome.OFF
        if row.fence is None:
            return Outcome.OFF if claim is None else Outcome.STALE_CLAIM
        place = rows.place(row.place)
        return RunRef(
            id=str(row.run_id or uuid4()),
            user=_user(row),
            fence=row.fence,
            kind=_kind(row, first=place.first is not None),
            place=place,
            started_at=self._clock.now(),
            poll_seconds=float(row.poll_seconds),
            full=bool(row.full_read) or row.kind == RunKind.FULL,
            only=None if row.reminder_id is None else str(row.reminder_id),
            choice=rows.choice(row.choice),
            asked=row.asked,
        )

    def again(self, user_id: str, claim: int | None) -> None:
        """See `ports.Runs`. The claim is used up; one that is not the row's present one changes nothing."""
        with self._database.begin() as connection:
            connection.execute(AGAIN, {"user_id": user_id, "claim": claim})

    @contextmanager
    def transaction(self, run: RunRef) -> Iterator[SqlTransaction]:
        """See `ports.Runs`.

        Other users whom the block made due are marked after it, in a transaction of their own: two runs that mark
        each other while holding their own rows would deadlock. Lost in a crash, such a mark costs a poll's delay.
        """
        with self._database.begin() as connection:
            may_run = connection.execute(HOLD_FENCE, {"user_id": run.user.id, "fence": run.fence}).scalar()
            if not may_run:
                raise _superseded(run)
            transaction = SqlTransaction(connection, run, self._clock.now())
            yield transaction
        if transaction.woken:
            with self._database.begin() as connection:
                mark_due(connection, transaction.woken, Lane.SYNC)

    def finish(self, run: RunRef, end: Finish) -> datetime | None:
        """See `ports.Runs`. A poll that found nothing to do leaves no row in the list of runs.

        A run that goes on, or was asked for and has to wait, stays in the list to be taken up again; its counts
        and its plan add up.
        """
        with self._database.begin() as connection:
            row = connection.execute(FINISH, _ending(run, end)).one_or_none()
        if row is None or (row.next_due_at is None and run.kind not in _WHILE_OFF):
            raise _superseded(run)
        return row.next_due_at  # type: ignore[no-any-return]  # the column is a timestamp


def _user(row: Row[Any]) -> SyncUser:
    # What somebody leaves goes away with their own login while that works, else with the team's.
    return rows.sync_user(row, ActsAs.EITHER if row.kind == RunKind.HAND_OVER else ActsAs.OWN)


def _kind(row: Row[Any], *, first: bool) -> RunKind:
    if row.kind is not None:
        return RunKind(row.kind)
    if first:
        return RunKind.FIRST
    return RunKind.EDIT if row.lane == Lane.INTERACTIVE else RunKind.POLL


def _superseded(run: RunRef) -> Superseded:
    return Superseded(f"Run {run.id} may write nothing more: a later run took over, or sync was turned off.")


def _ending(run: RunRef, end: Finish) -> dict[str, object]:
    """Return what `FINISH` is told."""
    state = _state(run.kind, end.outcome)
    return {
        "run_id": run.id,
        "user_id": run.user.id,
        "fence": run.fence,
        "kind": run.kind,
        "state": state,
        "over": state not in _UNFINISHED,
        "goes_on": state in _UNFINISHED and run.kind in _ASKED_FOR,
        "went_well": end.outcome in _WENT_WELL,
        "quiet": _is_quiet(run, end),
        "outcome": end.outcome,
        "counts": json.dumps(asdict(end.counts)),
        "calls": end.calls,
        "plan": None if end.plan is None else json.dumps(_items(run, end.plan)),
        "error": end.error,
        "started_at": run.started_at,
        "wait_seconds": end.wait_seconds,
        "only_planned": end.plan is not None,
        "place": json.dumps(rows.place_json(end.place)),
        "poll_seconds": round(end.poll_seconds),
    }


def _items(run: RunRef, planned: Plan) -> list[dict[str, Any]]:
    return preview_items(planned) if run.kind is RunKind.PREVIEW else plan_items(planned)


def _state(kind: RunKind, outcome: Outcome) -> str:
    if outcome is Outcome.DONE:
        return "done"
    if outcome is Outcome.MORE:
        return "running"
    if outcome in _PUT_OFF and kind in _ASKED_FOR:
        return "queued"
    return "held" if outcome is Outcome.WAITING else "failed"


def _is_quiet(run: RunRef, end: Finish) -> bool:
    """Say whether a run is not worth a row of its own: what it passed over, every poll passes over again."""
    nothing = replace(end.counts, skipped=0) == Counts() and end.plan is None and end.error is None
    return nothing and run.kind is RunKind.POLL and end.outcome is Outcome.DONE
