"""Whose runs come, and whose do not: who is deactivated here, or not active in Salesforce any more (SYNC-10)."""

from sqlalchemy import ColumnElement, exists, not_, or_, text

from remindersync.store.logins import INACTIVE
from remindersync.store.tables import salesforce_logins as logins
from remindersync.store.tables import users


def asleep() -> ColumnElement[bool]:
    """Return the condition on `users` that is true of whom no run comes for."""
    gone = exists().where(logins.c.user_id == users.c.id, logins.c.state == INACTIVE)
    return or_(not_(users.c.active), users.c.inactive_there, not_(users.c.on_integration_login) & gone)


# Another transaction that holds the row may be making them active: then a later run takes the reminder, if any.
# Waiting for it could deadlock, as rows of `run_state` are locked in the order of their ids everywhere else (law 4).
STOP_ASLEEP = text(f"""
UPDATE run_state SET fence = fence + 1
WHERE user_id = (
    SELECT s.user_id FROM run_state s JOIN users u ON u.id = s.user_id
    WHERE s.user_id = :user_id AND u.team_id = :team_id AND (
        NOT u.active OR u.inactive_there OR NOT u.on_integration_login AND EXISTS (
            SELECT FROM salesforce_logins l WHERE l.user_id = u.id AND l.state = '{INACTIVE}'))
    FOR NO KEY UPDATE OF s SKIP LOCKED)
RETURNING user_id
""")  # noqa: S608 put together from this project's own constants
