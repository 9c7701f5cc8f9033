"""Compare a reminder with its Task by today's settings, and tell drift from what merely waits or does not sync."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from remindersync import mapping, merge, newcomers, subject, text
from remindersync.mapping import DETAILS, DUE_DATE, FIELDS, NAME, PERSON, PRIORITY, STATUS, UNSYNCED, Field
from remindersync.model import (
    Base,
    Intent,
    Link,
    LinkState,
    Place,
    Reminder,
    SalesforceTask,
    Side,
    Status,
    SyncUser,
    TeamSettings,
    Value,
)
from remindersync.subject.renewing import template_for


class Weight(StrEnum):
    """Drift is what no run mends by itself; pending is what a run to come deals with; a notice is for a person."""

    DRIFT = "drift"
    PENDING = "pending"
    NOTICE = "notice"


class What(StrEnum):
    """What is not as it should be. MEMORY: a field that both sides are taken to agree on, and do not."""

    FIELD = "field"
    MEMORY = "memory"
    DELETED = "deleted"
    UNDELETED = "undeleted"
    GONE = "gone"
    OWNER = "owner"
    AWAKE = "awake"
    BIN = "bin"
    IMPORT = "import"
    NO_TASK = "no_task"
    KEY = "key"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing an audit found, with a reason a person can read; `here` and `there` are the values of a `field`."""

    weight: Weight
    what: What
    reason: str
    reminder_id: str | None = None
    task_ids: tuple[str, ...] = ()
    field: str | None = None
    here: Value = None
    there: Value = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store has of a pair: `intents` without an answer, and whether a row of the Task waits for a run.

    `owner_syncs` says whether the reminder's owner has runs at all.
    """

    reminder: Reminder
    link: Link
    intents: tuple[Intent, ...] = ()
    staged: bool = False
    owner_syncs: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """Whose sides are compared, and how far their runs have read."""

    user: SyncUser
    place: Place

    @property
    def settings(self) -> TeamSettings:
        return self.user.settings


# ── Pairs ───────────────────────────────────────────────────────────────────────────────────────────────────


def pair(known: Known, task: SalesforceTask | None, case: Case) -> Iterator[Finding]:
    """Yield what is wrong with a pair of the case's user; `task` is None where Salesforce does not show it."""
    state = known.link.state
    if task is None:
        if state is LinkState.ACTIVE and known.reminder.deleted_at is None:
            yield _found(known, None, case, What.GONE, "Salesforce no longer shows the Task")
    elif state is LinkState.DELETED:
        if not task.is_deleted and (known.link.stamp is None or task.stamp > known.link.stamp):
            yield _found(known, task, case, What.UNDELETED, "Undeleted in Salesforce")
    elif state is not LinkState.SUPERSEDED:
        yield from _of_living_link(known, task, case)


def _of_living_link(known: Known, task: SalesforceTask, case: Case) -> Iterator[Finding]:
    mine = task.owner_id == case.user.salesforce_id
    binned = known.reminder.deleted_at is not None
    if task.is_deleted:
        if not binned and known.link.state is not LinkState.ASLEEP:
            yield _found(known, task, case, What.DELETED, "Deleted in Salesforce")
    elif known.link.state is not LinkState.ACTIVE:
        if mine:
            yield _found(known, task, case, What.AWAKE, "Salesforce shows the Task again, and the pair still sleeps")
    elif not mine:
        yield _moved(known, task, case)
    elif binned and not task.is_recurrence:
        yield _found(known, task, case, What.BIN, "Deleted here, and still in Salesforce")
    elif not task.is_recurrence:
        yield from _fields(known, task, case)


def of_colleague(known: Known, task: SalesforceTask, case: Case) -> Iterator[Finding]:
    """Yield what is wrong with a Task of the case's user whose reminder somebody else of the team has (SYNC-7)."""
    awake = known.link.state in (LinkState.ACTIVE, LinkState.UNREACHABLE)
    theirs = task.owner_id == case.user.salesforce_id and not task.is_deleted
    if awake and theirs and known.owner_syncs:
        reason = "The Task is theirs, and its reminder is still somebody else's"
        yield _found(known, task, case, What.OWNER, reason, there=task.owner_id)


def _moved(known: Known, task: SalesforceTask, case: Case) -> Finding:
    found = _found(known, task, case, What.OWNER, f"The Task belongs to {task.owner_id}", there=task.owner_id)
    reread_at = case.place.reread_at
    lately = reread_at is None or task.stamp >= reread_at.replace(microsecond=0)
    # No other read shows that a Task left its owner (SYNC-7).
    if found.weight is Weight.DRIFT and lately and known.reminder.status is Status.OPEN:
        reason = f"The Task belongs to {task.owner_id}; the hourly re-reading of open ones finds it."
        return replace(found, weight=Weight.PENDING, reason=reason)
    return found


def _found(
    known: Known, task: SalesforceTask | None, case: Case, what: What, reason: str, *, there: Value = None
) -> Finding:
    sides = {Side.APP} if what is What.BIN else {Side.SALESFORCE}
    waits = _waits(known, task, case, sides)
    weight = Weight.PENDING if waits else Weight.DRIFT
    told = f"{reason}; {waits or 'no run dealt with it'}."
    return Finding(weight, what, told, known.reminder.id, (known.link.task_id,), there=there)


def _waits(known: Known, task: SalesforceTask | None, case: Case, sides: set[Side]) -> str | None:
    """Say in words what a run to come will do about changes of these sides, None if nothing tells that one will."""
    if known.staged:
        return "a row of it waits for the next run"
    if known.intents:
        return "a write of it has no answer yet"
    if task is not None and _overtaken(task, known.link):
        return "it was read before the last run wrote it"
    told = [_unsent(known.reminder) if side is Side.APP else _unread(task, case.place) for side in sorted(sides)]
    return None if None in told or not told else " and ".join(one for one in told if one)


def _overtaken(task: SalesforceTask, link: Link) -> bool:
    """Whether a read began before the store's own knowledge of the Task, or in the second of our own write (SYNC-4)."""
    by_write = link.own_write_at is not None and task.read_at <= link.own_write_at
    return by_write or (link.seen_at is not None and task.read_at < link.seen_at)


def _unsent(reminder: Reminder) -> str | None:
    if not reminder.shared or reminder.version == reminder.synced_version:
        return None
    if reminder.version == reminder.parked_version:
        return "Salesforce refused what was sent"
    return "it waits to be sent"


def _unread(task: SalesforceTask | None, place: Place) -> str | None:
    return "a run to come reads it" if task is not None and unread(task, place) else None


def unread(task: SalesforceTask, place: Place) -> bool:
    """Whether a run to come reads this row in any case: the front or the sweep has not passed its stamp (SYNC-5)."""
    passed = [at for at in (place.front, place.swept) if at is not None]
    return place.front is None or task.stamp >= min(passed).replace(microsecond=0)


# ── Fields ──────────────────────────────────────────────────────────────────────────────────────────────────


def _fields(known: Known, task: SalesforceTask, case: Case) -> Iterator[Finding]:
    ours = mapping.values(known.reminder)
    for field in FIELDS:
        raw = task.values.get(field.salesforce)
        if not in_step(field, known, raw, case.settings):
            yield _difference(field, known, task, case, (ours[field.name], raw))


def _difference(field: Field, known: Known, task: SalesforceTask, case: Case, values: tuple[Value, Value]) -> Finding:
    here, there = values
    base = known.link.base
    sides = set()
    if not text.same(here, base.agreed.get(field.name)):
        sides.add(Side.APP)
    if mapping.changed(field, there, base):
        sides.add(Side.SALESFORCE)
    what, weight, reason = _judged(field, known, task, case, sides)
    return Finding(
        weight, what, reason, known.reminder.id, (known.link.task_id,), field.name, _plain(here), _plain(there)
    )


def _judged(field: Field, known: Known, task: SalesforceTask, case: Case, sides: set[Side]) -> tuple[What, Weight, str]:
    if not sides and field in (STATUS, PRIORITY):
        # MAP-2: a changed map is no edit, and reminders follow it only through a previewed action.
        return What.FIELD, Weight.PENDING, "The value map was changed; reminders follow it when somebody asks for that."
    if field == NAME and Side.SALESFORCE not in sides and not _name_agreed(known, case.settings):
        # SUBJ-3, SUBJ-5: settings may have kept name and Subject apart, and a change of settings is no edit.
        return What.FIELD, Weight.PENDING, "The Subject was left alone under earlier settings; a new name is written."
    waits = _waits(known, task, case, sides)
    if not sides:
        weight = Weight.PENDING if waits else Weight.DRIFT
        return What.MEMORY, weight, f"Taken for equal, and not; {waits or 'no run would notice'}."
    where = " and ".join(_CHANGED[side] for side in sorted(sides))
    weight = Weight.PENDING if waits else Weight.DRIFT
    return What.FIELD, weight, f"Changed {where}; {waits or 'no run dealt with it'}."


_CHANGED = {Side.APP: "here", Side.SALESFORCE: "in Salesforce"}


def in_step(field: Field, known: Known, raw: Value, settings: TeamSettings) -> bool:
    """Whether a raw value shows the reminder's by today's maps and template, or is one that does not sync.

    What one side cannot hold, and the rest of a cut text that was edited in its visible part, count as shown (MAP-4).
    """
    if field == NAME:
        return _name_in_step(known, raw, settings)
    ours = mapping.values(known.reminder)[field.name]
    if field in (STATUS, PRIORITY, DUE_DATE):
        meaning = mapping.read(field, raw, None, settings)
        # Beside a value that means nothing here the reminder keeps the one agreed on; another is still to be sent.
        return ours == (known.link.base.agreed.get(field.name) if meaning is UNSYNCED else meaning)
    if text.same(mapping.fits(field, ours), mapping.fits(field, raw)):
        return True
    return _paired(field, known.link.base, ours, raw) and _legitimate(field, ours, raw)


def _legitimate(field: Field, ours: Value, raw: Value) -> bool:
    """Whether two values that both sides agreed on may differ: a person Salesforce did not take, a hidden rest."""
    if field == PERSON:
        return raw is None
    return field in (DETAILS, NAME) and _begins(ours, raw)


def _paired(field: Field, base: Base, ours: Value, raw: Value) -> bool:
    return text.same(ours, base.agreed.get(field.name)) and not mapping.changed(field, raw, base)


def _begins(whole: Value, beginning: Value) -> bool:
    start = text.normal(beginning)
    return start is not None and text.flatten(text.normal(whole) or "").startswith(text.flatten(start))


def _name_in_step(known: Known, raw: Value, settings: TeamSettings) -> bool:
    link, ours = known.link, text.normal(known.reminder.name)
    template = template_for(settings, created_here=link.created_here)
    same_name = text.same(ours, link.base.agreed.get(NAME.name))
    apart = template.one_way is not None or not settings.subject_inbound
    edit = mapping.changed(NAME, raw, link.base) and merge.takes_in_subject(link, settings)
    if not edit and (subject.NAME not in template.fields or (same_name and apart)):
        return True
    inputs = subject.inputs(known.reminder)
    rendered, today = (subject.render(template, name, inputs) for name in (known.reminder.name, ""))
    around = [(link.base.before, link.base.after), (today.before, today.after)]
    written = [rendered.text, *(mapping.fits(NAME, f"{before}{ours or ''}{after}") for before, after in around)]
    shown = [text.normal(raw), *(text.invert(raw, [one])[0] for one in around)]
    if any(text.same(raw, one) for one in written) or any(_same_name(ours, one) for one in shown):
        return True
    return _paired(NAME, link.base, ours, raw) and any(_begins(ours, one) for one in shown)


def _name_agreed(known: Known, settings: TeamSettings) -> bool:
    """Whether the Subject that is remembered shows the name that is."""
    base = known.link.base
    before = replace(known.reminder, name=base.agreed.get(NAME.name) or "")
    return _name_in_step(replace(known, reminder=before), base.raw.get(NAME.salesforce), settings)


def _same_name(ours: Value, shown: Value) -> bool:
    return text.same(text.flatten(ours or ""), shown or merge.NO_SUBJECT)


def _plain(value: Value) -> Value:
    return text.normal(value)


# ── Without a partner ───────────────────────────────────────────────────────────────────────────────────────


def stray(task: SalesforceTask, case: Case, attempts: Sequence[Intent], *, staged: bool, keyed: bool) -> Finding:
    """Return what is wrong with an importable Task nobody here has (FIRST-2, MAP-7).

    `attempts` are the user's creates without an answer, one of which may have made it; `keyed` tells how that shows.
    """
    waits = None
    if case.place.first is not None:
        waits = "the first sync is under way"
    elif staged or unread(task, case.place):
        waits = "a run to come reads it"
    elif any(newcomers.made_by(task, one, keyed=keyed) for one in attempts):
        waits = "it may be the answer to a create that has none yet"
    weight = Weight.PENDING if waits else Weight.DRIFT
    reason = f"A Task of theirs that has no reminder; {waits or 'no run imported it'}."
    return Finding(weight, What.IMPORT, reason, task_ids=(task.id,), there=_plain(task.values.get(NAME.salesforce)))


def untasked(reminder: Reminder, intents: tuple[Intent, ...]) -> Finding:
    """Return what is wrong with a shared reminder that has no Task."""
    waits = "its create has no answer yet" if intents else _unsent(reminder)
    weight = Weight.PENDING if waits else Weight.DRIFT
    reason = f"Shared, and without a Task; {waits or 'nothing waits to be sent'}."
    return Finding(weight, What.NO_TASK, reason, reminder.id, here=_plain(reminder.name))


def same_key(task_ids: tuple[str, ...]) -> Finding:
    """Return the finding that several living Tasks have one key: that is one reminder twice (ONCE-2)."""
    reason = "These Tasks have one key: delete in Salesforce what is too many."
    return Finding(Weight.DRIFT, What.KEY, reason, task_ids=task_ids)


def same_content(task_ids: tuple[str, ...], *, ours: int) -> Finding:
    """Return the finding that several open Tasks show the same; `ours` of them were created from here.

    Where some and not all were, a create whose answer was lost may have been saved twice. Otherwise people made them,
    here or there, and may have meant it.
    """
    if 0 < ours < len(task_ids):
        reason = "A possible duplicate: they show the same, and not all were created from here; compare them."
        return Finding(Weight.DRIFT, What.DUPLICATE, reason, task_ids=task_ids)
    return Finding(Weight.NOTICE, What.DUPLICATE, "They show the same; people made them.", task_ids=task_ids)


# ── Mending ─────────────────────────────────────────────────────────────────────────────────────────────────


def agreeing(base: Base, names: Collection[str], settings: TeamSettings) -> Base:
    """Return a base in which the raw values of some fields are those that show what was agreed.

    Where Salesforce shows others, the next run takes that for an edit made there: nobody knows better whose is right.
    """
    raw = {
        field.salesforce: _showing(field, base, settings) if field.name in names else base.raw.get(field.salesforce)
        for field in FIELDS
    }
    return replace(base, raw={**base.raw, **raw})


def _showing(field: Field, base: Base, settings: TeamSettings) -> Value:
    agreed = base.agreed.get(field.name)
    if field == NAME:
        return mapping.fits(NAME, f"{base.before}{agreed or ''}{base.after}")
    return mapping.write(field, agreed, None, settings)
