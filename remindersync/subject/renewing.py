"""Renders Subjects anew by today's template, exactly those an admin was shown, as ordinary writes (SUBJ-5)."""

from collections.abc import Sequence

from remindersync import text
from remindersync.model import AskedItem, AskedKind, Base, Decided, Line, Link, Reminder, SyncUser, TeamSettings
from remindersync.model.asked import GONE, SOMEBODY_ELSES, digest, holds, out_of_reach
from remindersync.ports import Transaction
from remindersync.subject.template import Template, inputs, parse, render

NOT_OURS = "Salesforce shows a Subject this app did not write"
REFUSED = "Salesforce refused it: its diagnostic says why"


def template_for(settings: TeamSettings, *, created_here: bool) -> Template:
    """Return the template of a Subject: the team's, or the bare name for Tasks made in Salesforce (SUBJ-2)."""
    templated = created_here or settings.template_on_imported
    return parse(settings.subject_template if templated else "{{activity_subject}}")


def shows_ours(base: Base) -> bool:
    """Say whether Salesforce still shows the Subject as this app last wrote it (SUBJ-2)."""
    return base.written is not None and text.same(base.written, base.raw.get("Subject"))


def line(reminder: Reminder, link: Link, settings: TeamSettings) -> Line | str | None:
    """Return what rendering anew would change of a Subject; None for nothing, a text for why it is left."""
    shown = link.base.raw.get("Subject")
    template = template_for(settings, created_here=link.created_here)
    made = render(template, reminder.name, inputs(reminder)).text
    if text.same(shown, made):
        return None
    if not shows_ours(link.base):
        return NOT_OURS
    return out_of_reach(reminder, link) or Line({"Subject": text.normal(shown)}, {"Subject": made})


def take(tx: Transaction, items: Sequence[AskedItem], user: SyncUser) -> list[Link]:
    """Note which of these items are done or are to be left; return the links whose Subject is still to be written."""
    mine = [item for item in items if item.kind is AskedKind.RERENDER]
    reminders = tx.reminders.by_ids([item.reminder_id for item in mine])
    links = tx.links.of_reminders([item.reminder_id for item in mine])
    decided: list[Decided] = []
    wanted: list[Link] = []
    for item in mine:
        reminder, link = reminders.get(item.reminder_id), links.get(item.reminder_id)
        if reminder is None or link is None:
            decided.append(Decided(item, GONE))
        elif digest({"Subject": text.normal(link.base.raw.get("Subject"))}) == item.after:
            decided.append(Decided(item))
        elif (left := _left(item, reminder, link, user)) is not None:
            decided.append(Decided(item, left))
        else:
            wanted.append(link)
    tx.asked.decide(decided)
    return wanted


def _left(item: AskedItem, reminder: Reminder, link: Link, user: SyncUser) -> str | None:
    if reminder.owner_id != user.id:
        return SOMEBODY_ELSES
    if reminder.parked_version == reminder.version:
        return REFUSED
    return holds(item, line(reminder, link, user.settings))
