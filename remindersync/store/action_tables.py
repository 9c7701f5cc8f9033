"""The tables of what admins were shown and asked for, line by line (MAP-2, SUBJ-5)."""

from sqlalchemy import Column, ForeignKey, Index, Table, Text, text

from remindersync.store.columns import NOW, metadata, moment, new_id, owned_by, row_id

team_actions = Table(
    "team_actions",
    metadata,
    Column("id", row_id, primary_key=True, server_default=new_id),
    Column("team_id", row_id, owned_by("teams.id"), nullable=False),
    # follow_maps | rerender_subjects
    Column("kind", Text, nullable=False),
    # Of all that was shown: whoever asks for it names it by this.
    Column("digest", Text, nullable=False),
    Column("shown_at", moment, nullable=False, server_default=NOW),
    # Null while it was only shown.
    Column("asked_at", moment),
    Column("asked_by", row_id, ForeignKey("users.id", ondelete="SET NULL")),
)
Index("ix_team_actions_team", team_actions.c.team_id, team_actions.c.shown_at)

team_action_items = Table(
    "team_action_items",
    metadata,
    Column("action_id", row_id, owned_by("team_actions.id"), primary_key=True),
    Column("reminder_id", row_id, owned_by("reminders.id"), primary_key=True),
    # Whose run carries it out.
    Column("user_id", row_id, owned_by("users.id"), nullable=False),
    # Digests of the values that were shown: what people wrote stands in their reminders only.
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    # shown | waiting | done | left
    Column("state", Text, nullable=False, server_default="shown"),
    # Why it was left.
    Column("reason", Text),
)
# Without it, deleting a reminder would read every line.
Index("ix_team_action_items_reminder_id", team_action_items.c.reminder_id)
Index(
    "ix_team_action_items_waiting",
    team_action_items.c.user_id,
    team_action_items.c.reminder_id,
    team_action_items.c.action_id,
    postgresql_where=text("state = 'waiting'"),
)
