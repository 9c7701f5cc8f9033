"""What people are told: the history of reminders, and what went wrong."""

from sqlalchemy import BigInteger, Boolean, Column, Identity, Index, Integer, Table, Text, text

from remindersync.store.columns import NOW, metadata, moment, owned_by, row_id

history = Table(
    "history",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", moment, nullable=False, server_default=NOW),
    Column("team_id", row_id, owned_by("teams.id"), nullable=False),
    Column("reminder_id", row_id, nullable=False),
    Column("side", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("login", Text),
    Column("field", Text, nullable=False),
    Column("old", Text),
    # The name for which an old Subject stood, written with other texts around it than today's.
    Column("meant", Text),
    Column("new", Text),
    Column("kept", Boolean, nullable=False, server_default="true"),
    Column("rule", Text, nullable=False),
    Column("run_id", row_id),
)
Index("ix_history_reminder", history.c.reminder_id, history.c.id)

diagnostics = Table(
    "diagnostics",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("team_id", row_id, owned_by("teams.id"), nullable=False),
    Column("user_id", row_id, owned_by("users.id"), nullable=False),
    Column("reminder_id", row_id),
    Column("task_id", Text),
    Column("code", Text, nullable=False),
    Column("category", Text, nullable=False),
    # The platform's own text: it may quote user data, so it is shown, never logged (SAFE-2).
    Column("message", Text, nullable=False),
    Column("meaning", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("retry", Text, nullable=False),
    # open | resolved | ignored
    Column("state", Text, nullable=False, server_default="open"),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("first_seen", moment, nullable=False, server_default=NOW),
    Column("last_seen", moment, nullable=False, server_default=NOW),
)
# One open row per cause and record: the same error again is counted, not added.
Index(
    "uq_diagnostics_open",
    diagnostics.c.user_id,
    diagnostics.c.code,
    text("coalesce(reminder_id::text, '')"),
    text("coalesce(task_id, '')"),
    unique=True,
    postgresql_where=text("state = 'open'"),
)
