"""Read both sides of a user record by record, in pages, and compare them; have the engine mend what differs."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from remindersync import audit, newcomers, pull
from remindersync.audit import Case, Finding, Known, Weight, What
from remindersync.model import Intent, Pair, Reminder, SalesforceTask, Snapshot
from remindersync.ports import Clock, Connect, Key, Page, SalesforceTasks, Window
from remindersync.screening import screened
from remindersync.sightings import Sightings

# A slice of a run ends after 20 s and the call under way: what differed because of one, differs no more.
PAUSE_SECONDS = 25.0
PAGE_ROWS = 2000
IDS_A_CALL = 200
_PAIRS = 500
# Fewer calls by id than this are not worth a count of all Tasks.
_WORTH_COUNTING = 2
_CLOCKS_APART = timedelta(hours=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Item = TypeVar("Item")

# These are about several Tasks at once; the rest is about one Task or one reminder.
_DOUBLES = frozenset({What.KEY, What.DUPLICATE})


class AuditBook(Protocol):
    """What an audit reads of the store, at one moment a call, and the marks by which it asks for runs.

    Pairs are those of a user's own reminders unless it says otherwise.
    """

    def case(self, user_id: str) -> Case:
        """Return a user and how far their runs have read. Raises `UserMistake` for one whose sync is off."""

    def pairs(self, case: Case) -> int:
        """Count the pairs that are to be compared."""

    def older(self, case: Case, since: datetime) -> int:
        """Count the pairs whose Task, as far as is known, was last stamped before `since` or is out of reach."""

    def linked(self, case: Case, after: str, limit: int) -> list[Known]:
        """Return active and unreachable pairs by Task id, behind `after`."""

    def of_tasks(self, case: Case, task_ids: Collection[str]) -> dict[str, Known]:
        """Return the pairs of these Tasks in whatever state, whoever owns the reminder, by Task id."""

    def staged(self, case: Case, task_ids: Collection[str]) -> set[str]:
        """Return those of the Tasks of which a row waits for the user's next run."""

    def untasked(self, case: Case, after: str, limit: int) -> list[tuple[Reminder, tuple[Intent, ...]]]:
        """Return shared reminders out of the bin that have no Task, by id, behind `after`, with their open intents."""

    def attempts(self, case: Case) -> tuple[Intent, ...]:
        """Return the user's creates without an answer."""

    def mark(self, case: Case, marks: "Marks") -> None:
        """Ask the user's next run to look at these again; writes no reminder's value and nothing in Salesforce."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What a run is asked to deal with: rows as just read, fields it shall not take for known, reminders to send."""

    rows: Sequence[SalesforceTask] = ()
    forget: Mapping[str, frozenset[str]] = field(default_factory=dict)
    resend: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What an audit is about to do: pairs to compare, and the calls that takes, those made to find out included."""

    email: str
    pairs: int
    calls: int


@dataclass(frozen=True, slots=True)
class Audit:
    """What one user's audit found, and what it cost."""

    expected: Expected
    calls: int
    findings: tuple[Finding, ...]

    @property
    def drift(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.weight is Weight.DRIFT)


@dataclass(frozen=True, slots=True)
class Auditor:
    """Compares both sides; it holds no lock, for it only reads.

    What a run changes meanwhile looks like drift at first. So what differs is read once more after a `pause` longer
    than a run, and is called drift only if it still differs in the same way.
    """

    book: AuditBook
    connect: Connect
    clock: Clock
    pause: Callable[[float], None]

    def audit(
        self, user_id: str, *, pause_seconds: float = PAUSE_SECONDS, tell: Callable[[Expected], None] = lambda _: None
    ) -> Audit:
        """Compare one user's sides, as background work; `tell` hears what it will take before most of it is done.

        Raises `UserMistake` for a user whose sync is off, and what reading Salesforce raises.
        """
        case = self.book.case(user_id)
        with Sightings() as sightings:
            look = _Look(self.book, self.connect(case.user, background=True), self.clock, case, sightings)
            expected = look.expect()
            tell(expected)
            findings = list(look.all())
            if any(one.weight is Weight.DRIFT for one in findings):
                self.pause(pause_seconds)
                look.case = self.book.case(user_id)
                findings = list(look.again(findings))
            return Audit(expected, look.salesforce.calls, tuple(findings))

    def mend(self, user_id: str, findings: Iterable[Finding]) -> bool:
        """Ask the engine for what mends drift; say whether that needs a full run, else any run does.

        Rows are read anew and left where the user's next run takes them for its own reading. What only a person can
        decide, Tasks that are there twice, is passed over.
        """
        case = self.book.case(user_id)
        drift = [one for one in findings if one.weight is Weight.DRIFT]
        single = [one for one in drift if one.what not in _DOUBLES]
        salesforce = self.connect(case.user, background=True)
        for ids in _chunks(sorted({task_id for one in single for task_id in one.task_ids}), IDS_A_CALL):
            self.book.mark(case, Marks(salesforce.by_ids(ids).tasks, _forgotten(single, ids)))
        resend = [one.reminder_id for one in single if one.what is What.NO_TASK and one.reminder_id is not None]
        for some in _chunks(resend, _PAIRS):
            self.book.mark(case, Marks(resend=some))
        return any(one.what is What.GONE for one in single)


def _forgotten(drift: Iterable[Finding], task_ids: Collection[str]) -> dict[str, frozenset[str]]:
    """Return the fields, by Task, that both sides are wrongly taken to agree on."""
    wrong: defaultdict[str, set[str]] = defaultdict(set)
    for one in drift:
        if one.what is What.MEMORY and one.field is not None:
            wrong[one.task_ids[0]].add(one.field)
    return {task_id: frozenset(wrong[task_id]) for task_id in task_ids if task_id in wrong}


@dataclass
class _Look:
    """One reading of both sides."""

    book: AuditBook
    salesforce: SalesforceTasks
    clock: Clock
    case: Case
    sightings: Sightings
    offset_seconds: float = 0.0
    begin: datetime = _BEGINNING

    # ── How: by pages of the owner's Tasks, and by id what they do not show ──

    def expect(self) -> Expected:
        """Choose how to read: from when Tasks were imported on, or all of the owner's where that takes fewer calls."""
        since = self._since()
        self.salesforce.facts()
        self.begin, calls = since, self._calls(since)
        if self.book.older(self.case, since) > _WORTH_COUNTING * IDS_A_CALL:
            of_all = self._calls(_BEGINNING)
            if of_all < calls:
                self.begin, calls = _BEGINNING, of_all
        return Expected(self.case.user.email, self.book.pairs(self.case), self.salesforce.calls + calls)

    def _since(self) -> datetime:
        """Return a time before which no Task was to be imported (FIRST-2), whichever side's clock is late."""
        return (self.case.place.since or self.case.user.turned_on_at - newcomers.IMPORT_SPAN) - _CLOCKS_APART

    def _calls(self, begin: datetime) -> int:
        pages = self.salesforce.count_first(begin) // PAGE_ROWS + 1
        return pages + -(-self.book.older(self.case, begin) // IDS_A_CALL)

    # ── The first look ──

    def all(self) -> Iterator[Finding]:
        for page in self._pages():
            for rows in _chunks(page.tasks, _PAIRS):
                yield from self._compare(rows, page.read_at)
        yield from self._unshown()
        yield from self._untasked()
        yield from self._doubles()

    def _pages(self) -> Iterator[Page]:
        after = None
        while True:
            asked_at = self.clock.now()
            page = self.salesforce.changed([Window(self.begin)], after=after, limit=PAGE_ROWS)
            self.offset_seconds = pull.clock_offset(page.read_at, asked_at)
            yield page
            if not (page.more and page.tasks):
                return
            after = Key(page.tasks[-1].stamp, page.tasks[-1].id)

    def _unshown(self) -> Iterator[Finding]:
        """Read by id the Tasks of pairs that no page showed: older ones, and those the owner has no more."""
        missing: list[str] = []
        for known in self._linked():
            missing += self.sightings.unseen([one.link.task_id for one in known])
            while len(missing) >= IDS_A_CALL:
                yield from self._by_ids(missing[:IDS_A_CALL])
                missing = missing[IDS_A_CALL:]
        yield from self._by_ids(missing)

    def _linked(self) -> Iterator[list[Known]]:
        after = ""
        while known := self.book.linked(self.case, after, _PAIRS):
            yield known
            after = known[-1].link.task_id

    def _by_ids(self, task_ids: Sequence[str]) -> Iterator[Finding]:
        if task_ids:
            page = self.salesforce.by_ids(task_ids)
            yield from self._compare(page.tasks, page.read_at)
            found = {task.id for task in page.tasks}
            yield from self._gone([one for one in task_ids if one not in found])

    def _gone(self, task_ids: Sequence[str]) -> Iterator[Finding]:
        self.sightings.forget(task_ids)
        for known in self._mine(task_ids).values():
            yield from audit.pair(known, None, self.case)

    def _mine(self, task_ids: Collection[str]) -> dict[str, Known]:
        pairs = self.book.of_tasks(self.case, task_ids)
        return {one: known for one, known in pairs.items() if known.reminder.owner_id == self.case.user.id}

    def _compare(self, tasks: Sequence[SalesforceTask], read_at: datetime) -> Iterator[Finding]:
        pairs = self.book.of_tasks(self.case, [task.id for task in tasks])
        self.sightings.see(tasks, {one for one, known in pairs.items() if known.link.created_here})
        for task in tasks:
            known = pairs.get(task.id)
            if known is not None:
                mine = known.reminder.owner_id == self.case.user.id
                yield from (audit.pair if mine else audit.of_colleague)(known, task, self.case)
        yield from self._strays([task for task in tasks if task.id not in pairs], read_at)

    def _strays(self, tasks: Sequence[SalesforceTask], read_at: datetime) -> Iterator[Finding]:
        facts = self.salesforce.facts()
        snapshot = Snapshot(
            self.case.user,
            facts,
            read_at,
            (),
            clock_offset_seconds=self.offset_seconds,
            import_since=self.case.place.since,
        )
        new = [task for task in tasks if newcomers.importable(task, snapshot)]
        # A team's own condition is asked of Salesforce, a call for 200 of those that would be missed without it.
        wanting = screened(replace(snapshot, pairs=tuple(Pair(task=task) for task in new)), self.salesforce).snapshot
        wanted = [task for task in new if newcomers.importable(task, wanting)]
        if wanted:
            staged = self.book.staged(self.case, [task.id for task in wanted])
            attempts, keyed = self.book.attempts(self.case), facts.key_field is not None
            for task in wanted:
                yield audit.stray(task, self.case, attempts, staged=task.id in staged, keyed=keyed)

    def _untasked(self) -> Iterator[Finding]:
        after = ""
        while found := self.book.untasked(self.case, after, _PAIRS):
            for reminder, intents in found:
                yield audit.untasked(reminder, intents)
            after = found[-1][0].id

    def _doubles(self) -> Iterator[Finding]:
        for double in self.sightings.same_key():
            yield audit.same_key(double.task_ids)
        for double in self.sightings.same_content():
            yield audit.same_content(double.task_ids, ours=double.ours)

    # ── The second ──

    def again(self, before: Sequence[Finding]) -> Iterator[Finding]:
        """Look again at what differed; yield what still differs in the same way, and the rest of the first look."""
        suspects = {_mark(one) for one in before if one.weight is Weight.DRIFT}
        ids = {one for finding in before if finding.weight is Weight.DRIFT for one in finding.task_ids}
        yield from (one for one in before if one.weight is Weight.PENDING and ids.isdisjoint(one.task_ids))
        for some in _chunks(sorted(ids), IDS_A_CALL):
            yield from _confirmed(self._by_ids(some), suspects)
        if any(what is What.NO_TASK for what, *_ in suspects):
            known = {one.reminder_id for one in before if one.weight is Weight.PENDING}
            yield from (one for one in _confirmed(self._untasked(), suspects) if one.reminder_id not in known)
        yield from self._doubles()


def _confirmed(found: Iterable[Finding], suspects: Collection[tuple[object, ...]]) -> Iterator[Finding]:
    return (one for one in found if one.weight is not Weight.DRIFT or _mark(one) in suspects)


def _mark(one: Finding) -> tuple[object, ...]:
    return one.what, one.reminder_id, one.task_ids, one.field


def _chunks(rows: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    return (rows[start : start + size] for start in range(0, len(rows), size))
