"""What happened to reminders, in order: written by a trigger of the database, read by programs and pages."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, Text, text

from remindersync.store.columns import metadata, moment, owned_by, row_id

# One row a change, whoever made it. No reference to the reminder: what went is told too.
reminder_changes = Table(
    "reminder_changes",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    # The transaction: rows are shown only once no transaction with a lower number is under way, so that nobody who
    # reads in the order of (xid, id) misses one.
    Column("xid", BigInteger, nullable=False),
    Column("at", moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("team_id", row_id, owned_by("teams.id"), nullable=False),
    Column("owner_id", row_id, nullable=False),
    Column("reminder_id", row_id, nullable=False),
    Column("version", Integer, nullable=False),
    # created | edited | deleted | restored | arrived | left | sync
    Column("happened", Text, nullable=False),
)
Index("ix_reminder_changes_owner", reminder_changes.c.owner_id, reminder_changes.c.xid, reminder_changes.c.id)
Index("ix_reminder_changes_team", reminder_changes.c.team_id, reminder_changes.c.xid, reminder_changes.c.id)
Index("ix_reminder_changes_order", reminder_changes.c.xid, reminder_changes.c.id)
