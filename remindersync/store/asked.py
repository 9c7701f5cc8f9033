"""What admins asked for after a preview, as a run of one user sees and decides it."""

from collections.abc import Collection

from sqlalchemy import bindparam, func, literal, select, tuple_, update

from remindersync.model import AskedItem, AskedKind, Decided
from remindersync.ports import AskedPlace
from remindersync.store.action_tables import team_action_items as items
from remindersync.store.action_tables import team_actions
from remindersync.store.scope import Scope
from remindersync.store.tables import users

DONE, LEFT, SHOWN, WAITING = "done", "left", "shown", "waiting"

_DECIDE = (
    update(items)
    .where(items.c.action_id == bindparam("action"), items.c.reminder_id == bindparam("reminder"))
    .values(state=bindparam("decided"), reason=bindparam("why"))
)


class SqlAsked:
    """`ports.Asked`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def waiting(self, after: AskedPlace | None, limit: int) -> list[AskedItem]:
        """See `ports.Asked`."""
        by = func.coalesce(users.c.email, "an admin").label("by")
        found = select(items, team_actions.c.kind, by).join(team_actions, team_actions.c.id == items.c.action_id)
        mine = found.outerjoin(users, users.c.id == team_actions.c.asked_by).where(
            items.c.user_id == self._scope.user_id, items.c.state == WAITING
        )
        place = (items.c.reminder_id, items.c.action_id)
        if after is not None:
            known = (literal(one, column.type) for one, column in zip(after, place, strict=True))
            mine = mine.where(tuple_(*place) > tuple_(*known))
        return [
            AskedItem(row.action_id, row.reminder_id, AskedKind(row.kind), row.before, row.after, row.by)
            for row in self._scope.connection.execute(mine.order_by(*place).limit(limit))
        ]

    def decide(self, decisions: Collection[Decided]) -> None:
        """See `ports.Asked`."""
        rows = [
            {
                "action": one.item.action_id,
                "reminder": one.item.reminder_id,
                "decided": DONE if one.left is None else LEFT,
                "why": one.left,
            }
            for one in decisions
        ]
        if rows:
            self._scope.connection.execute(_DECIDE, rows)
