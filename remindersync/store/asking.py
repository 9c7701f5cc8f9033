"""What asking would change of a team's reminders, line by line: the reading behind every preview (MAP-2, SUBJ-5)."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, select

from remindersync.mapping import following
from remindersync.model import AskedKind, Line, LinkState, TeamSettings
from remindersync.model.asked import digest
from remindersync.store import rows
from remindersync.store.tables import links, reminders, users
from remindersync.subject import renewing

NOT_SYNCING = "Its user does not sync"

_LINES = {AskedKind.FOLLOW: following.line, AskedKind.RERENDER: renewing.line}
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One reminder that would change; `user` is its owner's address, `user_id` their id."""

    reminder_id: str
    name: str
    user_id: str
    user: str
    line: Line


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview: what would change, how many of each user, and how many are left out for which reason.

    Its `digest` stands for exactly these lines; None where there are none.
    """

    kind: AskedKind
    lines: tuple[ShownLine, ...]
    left_out: tuple[tuple[str, int], ...]

    @property
    def users(self) -> tuple[tuple[str, int], ...]:
        """How many reminders of each user would change, by address."""
        return tuple(sorted(Counter(line.user for line in self.lines).items()))

    @property
    def digest(self) -> str | None:
        if not self.lines:
            return None
        whole = sha256(self.kind.encode())
        for one in sorted(self.lines, key=lambda line: line.reminder_id):
            whole.update(f"{one.reminder_id}{one.user_id}{digest(one.line.before)}{digest(one.line.after)}".encode())
        return whole.hexdigest()


def shown(connection: Connection, team_id: str, kind: AskedKind, settings: TeamSettings) -> Shown:
    """Return what asking would change under these settings."""
    found: list[ShownLine] = []
    left_out: Counter[str] = Counter()
    for line, left in _lines(connection, team_id, kind, settings):
        if left is None:
            found.append(line)
        else:
            left_out[left] += 1
    ordered = sorted(found, key=lambda line: (line.user, line.name, line.reminder_id))
    return Shown(kind, tuple(ordered), tuple(sorted(left_out.items())))


def _lines(
    connection: Connection, team_id: str, kind: AskedKind, settings: TeamSettings
) -> Iterator[tuple[ShownLine, str | None]]:
    """Yield each reminder that is concerned, with the reason why it is left out or None."""
    syncs = (users.c.sync_on & users.c.active & users.c.salesforce_id.is_not(None)).label("syncs")
    mine = select(reminders, users.c.email, syncs).join(users, users.c.id == reminders.c.owner_id)
    mine = mine.where(reminders.c.team_id == team_id, reminders.c.shared).order_by(reminders.c.id).limit(_PAGE)
    page = connection.execute(mine).all()
    while page:
        there = links.c.reminder_id.in_([row.id for row in page]) & (links.c.state != LinkState.SUPERSEDED.value)
        linked = {row.reminder_id: rows.link(row) for row in connection.execute(select(links).where(there))}
        for row in page:
            reminder, link = rows.reminder(row), linked.get(row.id)
            line = None if link is None else _LINES[kind](reminder, link, settings)
            if line is not None:
                left = line if isinstance(line, str) else None if row.syncs else NOT_SYNCING
                values = line if isinstance(line, Line) else Line({}, {})
                yield ShownLine(reminder.id, reminder.name, reminder.owner_id, row.email, values), left
        page = connection.execute(mine.where(reminders.c.id > page[-1].id)).all() if len(page) == _PAGE else []
