"""What settings would mean for a team before they are saved, shown on its own reminders (SUBJ-5, MAP-2)."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, func, select

from remindersync import subject
from remindersync.model import AskedKind, LinkState, ReminderType, Side, TeamSettings
from remindersync.store import asking, rows, team_settings
from remindersync.store.asking import Shown
from remindersync.store.database import Database
from remindersync.store.tables import links, reminders
from remindersync.store.texts import known_id
from remindersync.subject.renewing import template_for


@dataclass(frozen=True, slots=True)
class Example:
    """One of the team's reminders: its Subject now, None without a Task, and what the template would make of it."""

    reminder_id: str
    name: str
    kind: str
    present: str | None
    subject: str
    reads_as: str | None
    readable: bool


@dataclass(frozen=True, slots=True)
class TemplatePreview:
    """What a template would mean: why Subjects cannot be read back, if so, and examples."""

    one_way: str | None
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class SettingsPreview:
    """What settings would mean: why Subjects cannot be read back, if so; examples; which reminders could follow."""

    one_way: str | None
    examples: tuple[Example, ...]
    following: Shown


class SettingsPreviews:
    """Shows settings on a team's own reminders; nothing is saved or changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def template(self, team_id: str, wanted: TeamSettings) -> TemplatePreview:
        """Return what the template of these settings would mean, from a handful of reminders: for while it is typed.

        Raises `UserMistake` naming a setting that is wrong.
        """
        clean, team_id = team_settings.checked(wanted), known_id(team_id, "team")
        with self._database.begin() as connection:
            examples = tuple(_examples(connection, team_id, clean))
        return TemplatePreview(subject.parse(clean.subject_template).one_way, examples)

    def preview(self, team_id: str, wanted: TeamSettings) -> SettingsPreview:
        """Return what settings would mean. Raises `UserMistake` naming one that is wrong; the org is not asked."""
        clean, team_id = team_settings.checked(wanted), known_id(team_id, "team")
        one_way = subject.parse(clean.subject_template).one_way
        with self._database.begin() as connection:
            examples = tuple(_examples(connection, team_id, clean))
            return SettingsPreview(one_way, examples, asking.shown(connection, team_id, AskedKind.FOLLOW, clean))


def _examples(connection: Connection, team_id: str, settings: TeamSettings) -> Iterator[Example]:
    """Yield a handful of reminders that differ, each once."""
    seen: list[str] = []
    for kind, fits, order in _KINDS:
        mine = select(reminders).where(reminders.c.team_id == team_id, reminders.c.deleted_at.is_(None), fits)
        row = connection.execute(mine.where(reminders.c.id.not_in(seen)).order_by(order).limit(1)).one_or_none()
        if row is not None:
            seen.append(row.id)
            yield _example(connection, kind, row, settings)


def _example(connection: Connection, kind: str, row: Row[tuple[str]], settings: TeamSettings) -> Example:
    reminder = rows.reminder(row)
    present = (links.c.reminder_id == reminder.id) & (links.c.state != LinkState.SUPERSEDED.value)
    linked = connection.execute(select(links).where(present)).one_or_none()
    link = None if linked is None else rows.link(linked)
    here = reminder.origin is Side.APP if link is None else link.created_here
    made = subject.sample(template_for(settings, created_here=here), reminder)
    shown = None if link is None else link.base.raw.get("Subject")
    return Example(reminder.id, reminder.name, kind, shown, made.subject, made.reads_as, made.readable)


_here = reminders.c.origin == Side.APP.value
_newest = reminders.c.updated_at.desc()
_KINDS: tuple[tuple[str, ColumnElement[bool], ColumnElement[object]], ...] = (
    ("a call", _here & (reminders.c.type == ReminderType.CALL.value), _newest),
    ("of a campaign", _here & (reminders.c.campaign_name != ""), _newest),
    ("of no campaign", _here & (reminders.c.campaign_name == ""), _newest),
    ("made in Salesforce", reminders.c.origin == Side.SALESFORCE.value, _newest),
    ("the longest name", _here, func.length(reminders.c.name).desc()),
)
