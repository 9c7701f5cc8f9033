"""Match reminders that are here already to Tasks that say the same, one to one (FIRST-6)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from remindersync import mapping, subject, text
from remindersync.mapping import FIELDS, UNSYNCED
from remindersync.merge import Times
from remindersync.model import (
    Base,
    Link,
    MatchTask,
    Reminder,
    SalesforceTask,
    Snapshot,
    TeamSettings,
    Value,
)

_Key = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Matches:
    """What belongs together: `pairs` are reminder ids by Task id.

    `unclear` are reminders that may be several Tasks, or with others the same one, each with why it was left alone.
    """

    pairs: Mapping[str, str] = field(default_factory=dict)
    unclear: tuple[tuple[str, str], ...] = ()


def matches(reminders: Iterable[Reminder], tasks: Iterable[SalesforceTask], settings: TeamSettings) -> Matches:
    """Match local reminders to Tasks nobody has, by name and due date; what could be meant in two ways is left alone.

    A Subject fits a reminder as the team's template renders it, or as the bare name. The result does not depend on the
    order of either.
    """
    by_key: dict[_Key, list[SalesforceTask]] = defaultdict(list)
    for task in tasks:
        shown = text.normal(task.values.get("Subject"))
        if shown is not None:
            by_key[shown, text.normal(task.values.get("ActivityDate"))].append(task)
    fitting: dict[str, set[str]] = {}
    claimed: dict[str, set[str]] = defaultdict(set)
    for reminder in reminders:
        found = {task.id for key in _keys(reminder, settings) for task in by_key.get(key, ())}
        if found:
            fitting[reminder.id] = found
        for task_id in found:
            claimed[task_id].add(reminder.id)
    pairs: dict[str, str] = {}
    unclear: list[tuple[str, str]] = []
    for reminder_id, found in sorted(fitting.items()):
        rivals = {other for task_id in found for other in claimed[task_id]}
        if len(found) == len(rivals) == 1:
            pairs[next(iter(found))] = reminder_id
        else:
            unclear.append((reminder_id, _why(len(rivals), len(found))))
    return Matches(pairs, tuple(unclear))


def _why(reminders: int, tasks: int) -> str:
    ours = "1 reminder" if reminders == 1 else f"{reminders} reminders"
    theirs = "1 Task" if tasks == 1 else f"{tasks} Tasks"
    return f"Not matched: {ours} and {theirs} have this name and due date"


def _keys(reminder: Reminder, settings: TeamSettings) -> set[_Key]:
    due = reminder.due_date.isoformat() if reminder.due_date else None
    names = {text.normal(one) for one in (_bare(reminder).text, _rendered(reminder, settings).text)}
    return {(name, due) for name in names if name is not None}


def _bare(reminder: Reminder) -> subject.Rendered:
    return subject.render(subject.parse("{{activity_subject}}"), reminder.name, subject.inputs(reminder))


def _rendered(reminder: Reminder, settings: TeamSettings) -> subject.Rendered:
    return subject.render(subject.parse(settings.subject_template), reminder.name, subject.inputs(reminder))


# ── What becomes of a match ─────────────────────────────────────────────────────────────────────────────────


def match(reminder: Reminder, task: SalesforceTask, snapshot: Snapshot) -> MatchTask:
    """Return the pairing of a local reminder with a Task.

    Nothing was ever agreed on, so a field in which both hold a different value counts as changed on both sides, and
    the team's rule decides about it; a value that one side lacks is taken over (MERGE-1).
    """
    base = _base(reminder, task, snapshot.user.settings)
    # A Subject that shows the template's texts goes on showing them: the bare name would eat them (SUBJ-4).
    templated = bool(base.before or base.after)
    link = Link(reminder.id, snapshot.user.org_id, task.id, base, created_here=templated, stamp=task.stamp)
    return MatchTask(reminder.id, reminder.version, reminder.name, link, "It has the name and the due date of a Task")


def _base(reminder: Reminder, task: SalesforceTask, settings: TeamSettings) -> Base:
    ours, raw = mapping.values(reminder), dict(task.values)
    agreed: dict[str, Value] = {}
    for one in FIELDS[1:]:
        theirs = mapping.read(one, raw.get(one.salesforce), None, settings)
        stands = theirs is UNSYNCED or text.same(mapping.fits(one, ours[one.name]), theirs)
        if not (stands or _keeps_person(one, reminder)):
            raw[one.salesforce] = None
        agreed[one.name] = None if raw[one.salesforce] is None else ours[one.name]
    around = next(
        (one for one in (_bare(reminder), _rendered(reminder, settings)) if text.same(one.text, raw.get("Subject"))),
        None,
    )
    if around is None:
        # Renamed since the two were chosen: no name was agreed on either.
        raw["Subject"] = None
    return Base(
        agreed={**agreed, "name": text.normal(reminder.name) if around else None},
        raw=raw,
        before=around.before if around else "",
        after=around.after if around else "",
        open_status=None if task.is_closed else task.values.get("Status"),
    )


def _keeps_person(one: mapping.Field, reminder: Reminder) -> bool:
    # A Lead or Contact of the Task would wipe out a name and an address nobody could restore.
    person = reminder.person
    return one is mapping.PERSON and person is not None and person.salesforce_id is None


def matched_times(task: SalesforceTask, snapshot: Snapshot) -> Times:
    """Return when things happened to a Task that is being matched: any value of it came after it was created."""
    return Times(task.created_at, snapshot.clock_offset_seconds)


def dated(reminder: Reminder) -> Reminder:
    """Return the reminder with a time for each of its values: those nobody edited came when it was made."""
    made = dict.fromkeys((one.name for one in FIELDS), reminder.created_at)
    return replace(reminder, edited_at={**made, **reminder.edited_at})
