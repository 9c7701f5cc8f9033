"""One run of one user: who, from where, what it saw, how it ended."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from remindersync.model.actions import Plan
from remindersync.model.records import Intent, Link, Reminder, SalesforceTask
from remindersync.model.settings import TeamSettings


class ActsAs(StrEnum):
    """Whose login a user's runs act with in Salesforce: an admin chooses it, never the run (SYNC-9).

    EITHER is for handing over what somebody leaves: their own login while it works, else the team's (SYNC-10).
    """

    OWN = "own"
    INTEGRATION = "integration"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class SyncUser:
    """The person whose two lists a run keeps in step, and with whose login it does."""

    id: str
    team_id: str
    email: str
    time_zone: str
    org_id: str
    salesforce_id: str
    turned_on_at: datetime
    settings: TeamSettings = field(default_factory=TeamSettings)
    acts_as: ActsAs = ActsAs.OWN


@dataclass(frozen=True, slots=True)
class OrgFacts:
    """What describe says of an org: the unique field for our keys, if it has one (ONCE-2)."""

    key_field: str | None = None


class Since(StrEnum):
    """What comes in when sync is turned on again: what changed since it was off, or in the last 24 hours (FIRST-4)."""

    OFF = "off"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for turning sync on; importing all open Tasks and matching ask for a preview (FIRST-6)."""

    import_open: bool = False
    match_existing: bool = False
    since: Since = Since.OFF

    @property
    def asks(self) -> bool:
        """Whether it has to be seen by name before it is done."""
        return self.import_open or self.match_existing


@dataclass(frozen=True, slots=True)
class FirstSync:
    """How far a first sync has come: two keyset reads, due today or later first (FIRST-3).

    `since` bounds LastModifiedDate; `after` is the last (due date, id) stored, None at a read's start. `today` is the
    user's own as both reads began: by another they would pass over a day. `listed` Tasks that a person chose by name
    are still to be read before the two; `every_open` reads open ones however old (FIRST-6).
    """

    since: datetime
    part: int = 1
    after: tuple[str | None, str] | None = None
    done: int = 0
    total: int | None = None
    listed: int = 0
    every_open: bool = False
    today: date | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a user's reading stands, on Salesforce's clock (SYNC-5).

    Everything before `front` was read once, everything before `swept` twice. Linked Tasks were last all re-read by
    id at `reread_at`; while that is under way, `reread_after` is the last Task id. A Task without a reminder that
    was last edited before `since` stays out (FIRST-2, FIRST-4). Where the org feed goes on from `front` without a
    gap, `feed` is when that feed began (SYNC-3).
    `left_out` is how many open Tasks stayed out when the first sync ended.
    """

    front: datetime | None = None
    swept: datetime | None = None
    reread_at: datetime | None = None
    reread_after: str | None = None
    since: datetime | None = None
    first: FirstSync | None = None
    feed: datetime | None = None
    left_out: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """All that is known of one reminder and its Task when a plan is made; either may be missing.

    `intents` are writes of this pair whose answer is not known, oldest first. `moved_to` is the app user who
    owns the Task now, where that is somebody else of the same team. An `owner_asleep` is not the run's user, and no run
    of theirs will come (SYNC-10). `looked_up` are the Tasks that may have come
    of a create whose answer was lost, None where nobody has looked yet (ONCE-2). A person chose the Task by name to be
    imported (`chosen`), or to be matched with the local reminder `match` (FIRST-6).
    """

    reminder: Reminder | None = None
    link: Link | None = None
    task: SalesforceTask | None = None
    intents: tuple[Intent, ...] = ()
    moved_to: str | None = None
    next_owner_salesforce_id: str | None = None
    looked_up: tuple[SalesforceTask, ...] | None = None
    owner_asleep: bool = False
    chosen: bool = False
    match: Reminder | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Both sides as one pull saw them: the only thing a plan is made from.

    `now` is on Salesforce's clock; `clock_offset_seconds` is Salesforce's clock minus the app's.
    `unchanged_until` is the front before this pull: a Task not pulled since showed its base until then.
    `unreadable` are links whose Task was asked for by id and not shown; that proves no deletion (FIRST-4).
    A Task without a reminder is imported if it was edited at `import_since` or later; not one of `kept_out`, which
    the team's own condition does not want (MAP-7). An admin asked to `rerender` these reminders' Subjects (SUBJ-5).
    In a preview `choice` is what a person may choose (FIRST-6).
    """

    user: SyncUser
    org: OrgFacts
    now: datetime
    pairs: tuple[Pair, ...]
    unchanged_until: datetime | None = None
    clock_offset_seconds: float = 0.0
    unreadable: tuple[Link, ...] = ()
    import_since: datetime | None = None
    kept_out: frozenset[str] = frozenset()
    rerender: frozenset[str] = frozenset()
    choice: Choice = Choice()


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run that may write: whose it is, and the fence it raised when it started.

    A `full` one reads every linked Task by id; one that is about one reminder `only` reads and changes nothing else.
    Something waits that an admin `asked` for (MAP-2, SUBJ-5).
    A preview shows what turning on with a `choice` would do.
    """

    id: str
    user: SyncUser
    fence: int
    kind: "RunKind"
    place: Place
    started_at: datetime
    poll_seconds: float
    full: bool = False
    only: str | None = None
    asked: bool = False
    choice: Choice = Choice()


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the guards count of one user: open reminders, guarded changes done in 24 hours, and those that wait.

    Changes that somebody approved and deletions made while sync was off are not among those done.
    """

    open: int = 0
    done: int = 0
    waiting: int = 0


class RunKind(StrEnum):
    """What a run is for. ONE brings a single reminder in step, HAND_OVER gives away what was assigned to others."""

    POLL = "poll"
    EDIT = "edit"
    FIRST = "first"
    FULL = "full"
    DRY = "dry"
    PREVIEW = "preview"
    ONE = "one"
    HAND_OVER = "hand_over"


class Outcome(StrEnum):
    """How a run ended; the same words in logs, metrics and pages."""

    DONE = "done"
    MORE = "more"
    BUSY = "busy"
    STALE_CLAIM = "stale_claim"
    OFF = "off"
    SUPERSEDED = "superseded"
    RECONNECT = "reconnect"
    WAITING = "waiting_allowance"
    RETRY = "retry"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run did, by side."""

    created_here: int = 0
    updated_here: int = 0
    deleted_here: int = 0
    created_there: int = 0
    updated_there: int = 0
    deleted_there: int = 0
    skipped: int = 0
    parked: int = 0

    @property
    def changed(self) -> int:
        """How many records were created, updated or deleted on either side."""
        here = self.created_here + self.updated_here + self.deleted_here
        return here + self.created_there + self.updated_there + self.deleted_there


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, and when the user is due again."""

    user_id: str
    outcome: Outcome
    counts: Counts = Counts()
    calls: int = 0
    next_due_at: datetime | None = None
    error: str | None = None
    plan: Plan | None = None
