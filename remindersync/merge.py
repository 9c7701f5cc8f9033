"""Three-way merge of one reminder and its Task against what both last agreed on, field by field (MERGE-1)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from remindersync import mapping, subject, text
from remindersync.mapping import FIELDS, UNSYNCED, Field
from remindersync.model import (
    Base,
    ConflictRule,
    Intent,
    Link,
    Loss,
    Reminder,
    SalesforceTask,
    Side,
    TeamSettings,
    Value,
    Values,
)
from remindersync.subject.renewing import shows_ours, template_for

NO_SUBJECT = "(no subject)"


@dataclass(frozen=True, slots=True)
class Times:
    """When things happened, for the rule of the latest edit.

    `unchanged_until` is the last read that showed the base, on Salesforce's clock; `offset_seconds` is what has to
    be added to a time of the app's clock to get Salesforce's.
    """

    unchanged_until: datetime | None = None
    offset_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge decided: `inbound` goes into the reminder, `base` is what Salesforce is known to hold now.

    `unread` are values that changed in Salesforce and change nothing here, by their names there.
    """

    inbound: Values
    losses: tuple[Loss, ...]
    base: Base
    unread: Values


def merge(
    reminder: Reminder, link: Link, task: SalesforceTask, settings: TeamSettings, times: Times = Times()
) -> Merge:
    """Merge what Salesforce shows now into what is known of it, and decide which values the reminder takes over.

    A field that only Salesforce changed goes in; one that both changed goes in if the team's rule says so. What the
    reminder holds otherwise than `Merge.base` afterwards is still to be written to Salesforce.
    """
    ours = mapping.values(reminder)
    base, seen = link.base, look(reminder, link, task, settings)
    inbound: dict[str, Value] = {}
    losses: list[Loss] = []
    unread: dict[str, Value] = {}
    for field in FIELDS:
        app, before, now = ours[field.name], base.agreed.get(field.name), seen.agreed.get(field.name)
        if text.same(now, before):
            raw = seen.raw.get(field.salesforce)
            if mapping.changed(field, raw, base):
                unread[field.salesforce] = raw
            continue
        if text.same(app, now):
            continue
        if text.same(app, before):
            inbound[field.name] = now
            continue
        winner, rule = _decide(field, reminder, task, settings, times)
        if winner is Side.SALESFORCE:
            inbound[field.name] = now
            losses.append(Loss(field.name, Side.APP, app, now, rule))
        else:
            losses.append(Loss(field.name, Side.SALESFORCE, now, app, rule))
    return Merge(inbound, tuple(losses), seen, unread)


def look(reminder: Reminder, link: Link, task: SalesforceTask, settings: TeamSettings) -> Base:
    """Return the base as Salesforce shows it now: raw values and what they mean here.

    A raw value that does not sync keeps the meaning agreed before (MAP-1).
    """
    base = link.base
    agreed: dict[str, Value] = dict(base.agreed)
    for field in FIELDS:
        raw = task.values.get(field.salesforce)
        if field.name != "name" and mapping.changed(field, raw, base):
            meaning = mapping.read(field, raw, base, settings)
            if meaning is not UNSYNCED:
                agreed[field.name] = meaning if isinstance(meaning, str) else None
    seen = replace(
        base,
        agreed=agreed,
        raw=dict(task.values),
        open_status=base.open_status if task.is_closed else task.values.get("Status"),
    )
    return _look_at_subject(reminder, link, seen, settings)


def _look_at_subject(reminder: Reminder, link: Link, seen: Base, settings: TeamSettings) -> Base:
    raw = seen.raw.get("Subject")
    if text.same(raw, link.base.raw.get("Subject")):
        return seen
    template = template_for(settings, created_here=link.created_here)
    if not takes_in_subject(link, settings):
        return replace(seen, written=None)
    inputs = subject.inputs(reminder)
    today = subject.render(template, "", inputs)
    name, before, after = mapping.read_subject(raw, link.base, (today.before, today.after), settings)
    return replace(
        seen,
        agreed={**seen.agreed, "name": name or NO_SUBJECT},
        before=before,
        after=after,
        written=None,
        inputs=inputs,
    )


def takes_in_subject(link: Link, settings: TeamSettings) -> bool:
    """Whether a Subject that is changed in Salesforce changes the name (SUBJ-3).

    One that shows the name twice or not at all cannot be read back: taken whole, it would grow (SUBJ-5).
    """
    template = template_for(settings, created_here=link.created_here)
    one_way = not mapping.readable(link.base) and (link.base.written is not None or template.one_way is not None)
    return settings.subject_inbound and not one_way


def absorb(
    link: Link, task: SalesforceTask, intents: tuple[Intent, ...], reminder: Reminder, settings: TeamSettings
) -> Link:
    """Return the link with our own late writes taken as agreed (ONCE-1).

    A value that equals the payload of an intent without an answer is what we sent, never a person's edit.
    """
    mine = {
        field.salesforce: task.values.get(field.salesforce)
        for field in FIELDS
        for intent in intents
        if field.salesforce in intent.payload
        and text.same(intent.payload[field.salesforce], task.values.get(field.salesforce))
    }
    link = replace(link, base=_built_upon(link, task, intents, reminder, settings))
    if not mine:
        return link
    seen = look(reminder, link, replace(task, values={**link.base.raw, **mine}), settings)
    return replace(link, base=as_sent(reminder, link, seen, settings) if "Subject" in mine else seen)


def _built_upon(
    link: Link, task: SalesforceTask, intents: tuple[Intent, ...], reminder: Reminder, settings: TeamSettings
) -> Base:
    """Return the base with the texts around the name of a late write that a person may have edited since (SUBJ-4)."""
    base, sent = link.base, [intent.payload["Subject"] for intent in intents if "Subject" in intent.payload]
    if not sent or base.before or base.after or text.same(task.values.get("Subject"), base.raw.get("Subject")):
        return base
    late = as_sent(reminder, link, replace(base, raw={**base.raw, "Subject": sent[-1]}), settings)
    return replace(base, before=late.before, after=late.after)


def as_sent(reminder: Reminder, link: Link, seen: Base, settings: TeamSettings) -> Base:
    """Return the base with the name and the texts around it as this app sent the Subject it shows.

    Another template may have made it than the one before: taken apart with that one's texts, a prefix would become
    part of the name (SUBJ-4).
    """
    sent = seen.raw.get("Subject")
    template = template_for(settings, created_here=link.created_here)
    made = with_subject(seen, reminder, template)
    if text.same(made.written, sent):
        return replace(made, raw=seen.raw, written=sent)
    today = subject.render(template, "", made.inputs)
    name, before, after = subject.invert(sent, [(today.before, today.after)])
    if template.one_way or not (before or after):
        return replace(seen, written=sent)
    agreed = {**seen.agreed, "name": name or NO_SUBJECT}
    return replace(seen, agreed=agreed, before=before, after=after, written=sent, inputs=made.inputs)


def _decide(
    field: Field, reminder: Reminder, task: SalesforceTask, settings: TeamSettings, times: Times
) -> tuple[Side, str]:
    """Say who wins a field that both sides changed, and by which rule."""
    if settings.conflict_rule is ConflictRule.SALESFORCE:
        return Side.SALESFORCE, "rule: Salesforce wins"
    if settings.conflict_rule is ConflictRule.APP:
        return Side.APP, "rule: the app wins"
    later = _latest(reminder.edited_at.get(field.name), task, times)
    if later is not None:
        return later, "latest edit"
    return settings.tie_rule, f"order unknown: {settings.tie_rule.value} wins"


def _latest(edited_at: datetime | None, task: SalesforceTask, times: Times) -> Side | None:
    """Say which edit is later, None where that cannot be known.

    Salesforce's edit of a field lies between the last read that still showed the old value and LastModifiedDate;
    stamps are whole seconds, so equal seconds are a tie.
    """
    if edited_at is None:
        return None
    ours = (edited_at + timedelta(seconds=times.offset_seconds)).replace(microsecond=0)
    if ours > task.modified_at:
        return Side.APP
    if times.unchanged_until is not None and ours < times.unchanged_until:
        return Side.SALESFORCE
    return None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is to be written to Salesforce, and the base that holds once it is."""

    payload: Values
    base: Base


def outgoing(reminder: Reminder, link: Link, settings: TeamSettings, *, rerender: bool = False) -> Outgoing:
    """Return the fields Salesforce lacks, by their Salesforce names; an empty payload if it lacks none.

    To `rerender` a Subject is to write it by today's template, if Salesforce still shows what was last written.
    """
    base = link.base
    ours = mapping.values(reminder)
    payload: dict[str, Value] = {}
    agreed = dict(base.agreed)
    for field in FIELDS:
        if field.name != "name" and not text.same(ours[field.name], base.agreed.get(field.name)):
            raw = mapping.write(field, ours[field.name], base, settings)
            agreed[field.name] = ours[field.name]
            if not text.same(raw, base.raw.get(field.salesforce)):
                payload[field.salesforce] = raw
    after = replace(base, agreed=agreed, raw={**base.raw, **payload})
    return _outgoing_subject(reminder, link, Outgoing(payload, after), settings, rerender=rerender)


def _outgoing_subject(
    reminder: Reminder, link: Link, so_far: Outgoing, settings: TeamSettings, *, rerender: bool
) -> Outgoing:
    base = link.base
    template = template_for(settings, created_here=link.created_here)
    renamed = subject.NAME in template.fields and not text.same(reminder.name, base.agreed.get("name"))
    if not renamed and not (shows_ours(base) and (rerender or _inputs_changed(reminder, base, template))):
        return replace(so_far, base=_unshown(so_far.base, reminder, template))
    after = with_subject(so_far.base, reminder, template)
    written = after.raw.get("Subject")
    changed = not text.same(written, base.raw.get("Subject"))
    return Outgoing({**so_far.payload, "Subject": written} if changed else so_far.payload, after)


def name_shown(base: Base) -> Value:
    """Return the name that the base's Subject stands for: the one agreed on, also where it is cut or made one-way."""
    raw, agreed, known = base.raw.get("Subject"), base.agreed.get("name"), (base.before, base.after)
    whole = mapping.fits(mapping.NAME, f"{base.before}{agreed or ''}{base.after}")
    if text.same(whole, raw) or (shows_ours(base) and not any(known)):
        return agreed
    return text.invert(raw, [known])[0]


def _unshown(base: Base, reminder: Reminder, template: subject.Template) -> Base:
    """Return the base with what the Subject does not show of the reminder: Salesforce lacks none of it.

    Left as it was, it would be written by another template though nobody changed the reminder since (SUBJ-5).
    """
    if subject.NAME not in template.fields:
        base = replace(base, agreed={**base.agreed, "name": reminder.name})
    return replace(base, inputs=subject.inputs(reminder)) if shows_ours(base) else base


def with_subject(base: Base, reminder: Reminder, template: subject.Template) -> Base:
    """Return the base that holds once the reminder's Subject, rendered now, is written."""
    inputs = subject.inputs(reminder)
    rendered = subject.render(template, reminder.name, inputs)
    return replace(
        base,
        agreed={**base.agreed, "name": reminder.name},
        raw={**base.raw, "Subject": rendered.text},
        before=rendered.before,
        after=rendered.after,
        written=rendered.text,
        inputs=inputs,
    )


def _inputs_changed(reminder: Reminder, base: Base, template: subject.Template) -> bool:
    """Say whether another field of the template changed (SUBJ-2)."""
    now = subject.inputs(reminder)
    return any(now[name] != base.inputs.get(name, "") for name in template.fields if name != subject.NAME)
