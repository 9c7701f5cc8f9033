"""One run of one user: lock, fence, then one slice of work, then the end, which says when the next run comes."""

from contextlib import suppress
from dataclasses import asdict, replace

from remindersync import endings, slices
from remindersync.errors import AllowanceSpent, LoginLost, RunRefused, Superseded, SyncError
from remindersync.model import Outcome, Plan, Report, RunKind, RunRef
from remindersync.pace import Pace
from remindersync.ports import UNWATCHED, Clock, Connect, Finish, Lease, Locks, Runs, Turns, Watch
from remindersync.pull import Sources
from remindersync.send import FREE
from remindersync.slices import Done, Slice

SLICE_SECONDS = 20.0
# Stamps and the Date header are whole seconds: after this long a row's read is surely later than our write of it.
READ_AGAIN_SECONDS = 2.0
# A person waits for these: they may use more of the org's calls than background work (DIAG-3).
_WAITED_FOR = (RunKind.EDIT, RunKind.PREVIEW)


class Engine:
    """Keeps one user's reminders and Tasks in step, a slice at a time. Safe to share between threads."""

    def __init__(  # noqa: PLR0913 the ports, each once
        self,
        runs: Runs,
        connect: Connect,
        locks: Locks,
        clock: Clock,
        pace: Pace | None = None,
        slice_seconds: float = SLICE_SECONDS,
        *,
        turns: Turns = FREE,
        watch: Watch = UNWATCHED,
    ) -> None:
        self._runs = runs
        self._connect = connect
        self._locks = locks
        self._clock = clock
        self._pace = pace or Pace()
        self._slice_seconds = slice_seconds
        self._turns = turns
        self._watch = watch

    def sync_user(self, user_id: str, claim: int | None = None) -> Report:
        """Run one slice for a user and say how it ended; expected trouble is an outcome, never an exception.

        `claim` is the number that came with the message, None for a run asked for directly. Where another run
        holds the lock, the user is noted as due once more and nothing is done.
        """
        with self._watch.during("run", user=user_id):
            report = self._locked(user_id, claim)
            counts = {name: times for name, times in asdict(report.counts).items() if times}
            self._watch.note(outcome=report.outcome.value, calls=report.calls, **counts)
            if report.error:
                self._watch.fail(report.outcome.value)
        return report

    def _locked(self, user_id: str, claim: int | None) -> Report:
        try:
            lease = self._locks.acquire(f"user:{user_id}")
        except RunRefused as refused:
            return Report(user_id, Outcome.RETRY, error=str(refused))
        if lease is None:
            self._runs.again(user_id, claim)
            return Report(user_id, Outcome.BUSY)
        try:
            run = self._runs.start(user_id, claim)
            if isinstance(run, Outcome):
                return Report(user_id, run)
            self._watch.note(run=run.id, kind=run.kind.value)
            return self._run(run, lease)
        finally:
            lease.release()

    def _run(self, run: RunRef, lease: Lease, *, again: bool = False) -> Report:
        slice_ = None
        try:
            slice_ = self._begun(run, lease)
            more = slice_.go()
            return self._finish(run, slice_.done, Outcome.MORE if more else Outcome.DONE)
        except Superseded:
            return Report(run.user.id, Outcome.SUPERSEDED)
        except LoginLost as lost:
            if run.kind is not RunKind.HAND_OVER or again:
                return self._failed(run, _done(run, slice_), lost)
        except AllowanceSpent as spent:
            return self._stopped(run, lease, _done(run, slice_), spent)
        except SyncError as error:
            return self._failed(run, _done(run, slice_), error)
        except Exception as error:
            self._broken(run, _done(run, slice_), error)
            raise
        # The login of who leaves was their own until now; from here on it is the team's (SYNC-10).
        return self._run(run, lease, again=True)

    def _begun(self, run: RunRef, lease: Lease) -> Slice:
        salesforce = self._connect(run.user, background=run.kind not in _WAITED_FOR)
        sources = Sources(self._runs, salesforce, self._clock, self._watch)
        return slices.begin(run, sources, lease, self._turns, self._slice_seconds)

    def _stopped(self, run: RunRef, lease: Lease, done: Done, spent: AllowanceSpent) -> Report:
        """End a run for which there are no calls; what people edited meanwhile goes out if there are for that."""
        place = run.place if done.dry_plan is not None else done.place
        edit = replace(run, kind=RunKind.EDIT, place=place, full=False, only=None, asked=False)
        slice_ = None
        try:
            if run.kind not in (*_WAITED_FOR, RunKind.HAND_OVER) and place.front is not None and self._edited(edit):
                slice_ = self._begun(edit, lease)
                slice_.edits()
        except Superseded:
            return Report(run.user.id, Outcome.SUPERSEDED)
        except SyncError as trouble:
            return self._failed(run, _done(edit, slice_).behind(done), trouble)
        return self._failed(run, slice_.done.behind(done) if slice_ else done, spent)

    def _edited(self, run: RunRef) -> bool:
        with self._runs.transaction(run) as tx:
            return bool(tx.reminders.unsynced(1))

    def _broken(self, run: RunRef, done: Done, error: Exception) -> None:
        """End a run that met what nobody foresaw: begun anew, it would meet it again, and keep all others waiting."""
        told = SyncError(f"Something unforeseen ended this run ({type(error).__name__}): the worker's log says where.")
        with suppress(SyncError):
            self._finish(run, replace(done, dry_plan=done.dry_plan and Plan()), Outcome.FAILED, told)

    def _failed(self, run: RunRef, done: Done, error: SyncError) -> Report:
        if done.dry_plan is not None and run.kind is RunKind.PREVIEW:
            # Half a preview is none.
            done = replace(done, dry_plan=Plan())
        try:
            fault = endings.fault_of(error)
            if fault is not None:
                with self._runs.transaction(run) as tx:
                    tx.journal.fault(fault)
            return self._finish(run, done, endings.outcome(error), error)
        except Superseded:
            return Report(run.user.id, Outcome.SUPERSEDED)

    def _finish(self, run: RunRef, done: Done, outcome: Outcome, error: SyncError | None = None) -> Report:
        rest = self._pace.rest(
            outcome,
            run.poll_seconds,
            changed=done.counts.changed > 0,
            spread=endings.spread(run, error),
            fed=done.fed,
            calls_each=self._pace.calls_each(run.user.org_id),
        )
        told = str(error) if error else None
        wait = _wait_seconds(run, done, rest.wait_seconds, error)
        end = Finish(outcome, done.place, done.counts, done.calls, wait, rest.poll_seconds, told, done.dry_plan)
        due = self._runs.finish(run, end)
        return Report(run.user.id, outcome, end.counts, end.calls, due, end.error, end.plan)


def _done(run: RunRef, slice_: Slice | None) -> Done:
    return slice_.done if slice_ else Done(run.place)


def _wait_seconds(run: RunRef, done: Done, rest_seconds: float, error: SyncError | None) -> float:
    """Return seconds until the next run: what the error says, else the rest; soon if something is to be read again."""
    told = endings.wait_seconds(run, error) if error else None
    wait = rest_seconds if told is None else max(told, 1.0)
    if not done.read_again:
        return wait
    return READ_AGAIN_SECONDS if run.kind is RunKind.HAND_OVER else min(wait, READ_AGAIN_SECONDS)
