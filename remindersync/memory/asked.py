"""What admins ask for after a preview, in dicts: shown, asked for, and decided by runs."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import uuid4

from remindersync.mapping import following
from remindersync.memory.scope import Scope
from remindersync.memory.state import State
from remindersync.model import AskedItem, AskedKind, Decided, Line, LinkState
from remindersync.model.asked import digest
from remindersync.ports import AskedPlace
from remindersync.subject import renewing

_LINES = {AskedKind.FOLLOW: following.line, AskedKind.RERENDER: renewing.line}


@dataclass
class MemoryAsked:
    """Fulfils `ports.Asked`."""

    scope: Scope

    def waiting(self, after: AskedPlace | None, limit: int) -> list[AskedItem]:
        rows = self.scope.state.asked.values()
        mine = [item for user, item, decided in rows if user == self.scope.user_id and decided is None]
        places = sorted((item.reminder_id, item.action_id) for item in mine)
        behind = [place for place in places if after is None or place > after][:limit]
        return [self.scope.state.asked[action, reminder][1] for reminder, action in behind]

    def decide(self, decisions: Collection[Decided]) -> None:
        for one in decisions:
            key = one.item.action_id, one.item.reminder_id
            user, item, _ = self.scope.state.asked[key]
            self.scope.undo.put(self.scope.state.asked, key, (user, item, one))


def waits(state: State, user_id: str) -> bool:
    """Say whether anything asked of a user's reminders is not decided yet."""
    return any(user == user_id and decided is None for user, _, decided in state.asked.values())


def shown(state: State, kind: AskedKind) -> dict[str, Line | str]:
    """Return what asking would change of each reminder, or why one is left out: a preview."""
    found: dict[str, Line | str] = {}
    for link in state.links.values():
        reminder, user = state.reminders[link.reminder_id], state.users[state.reminders[link.reminder_id].owner_id]
        line = None if link.state is LinkState.SUPERSEDED else _LINES[kind](reminder, link, user.user.settings)
        if line is not None and user.may_run:
            found[reminder.id] = line
    return found


def ask(state: State, kind: AskedKind, lines: Iterable[tuple[str, Line]], by: str) -> str:
    """Ask for lines that were shown; return the action's id. Make the owners due afterwards."""
    action_id = str(uuid4())
    for reminder_id, line in lines:
        item = AskedItem(action_id, reminder_id, kind, digest(line.before), digest(line.after), by)
        state.asked[action_id, reminder_id] = state.reminders[reminder_id].owner_id, item, None
    return action_id
