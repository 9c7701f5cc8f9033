"""Reminders, the Tasks they are linked with, and Tasks that wait for a run to take them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from remindersync.store.columns import NOW, metadata, moment, new_id, owned_by, row_id

reminders = Table(
    "reminders",
    metadata,
    Column("id", row_id, primary_key=True, server_default=new_id),
    Column("team_id", row_id, owned_by("teams.id"), nullable=False),
    Column("owner_id", row_id, owned_by("users.id"), nullable=False),
    Column("assign_to", row_id, ForeignKey("users.id", ondelete="SET NULL")),
    # The caller's own name for it: unique per owner (PUT /reminders/by-key).
    Column("external_key", Text),
    Column("type", Text, nullable=False, server_default="custom"),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="open"),
    Column("priority", Text, nullable=False, server_default="normal"),
    Column("due_date", Date),
    Column("details", Text, nullable=False, server_default=""),
    # {"name", "email", "salesforce_id"} or null.
    Column("person", JSONB(none_as_null=True)),
    Column("campaign_name", Text, nullable=False, server_default=""),
    Column("campaign_day", Integer),
    Column("campaign_step", Integer),
    Column("call_outcome", Text, nullable=False, server_default=""),
    Column("call_reason", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    # Local reminders never leave the app (FIRST-2); `push` makes one shared.
    Column("shared", Boolean, nullable=False, server_default="false"),
    Column("origin", Text, nullable=False, server_default="app"),
    Column("synced_version", Integer, nullable=False, server_default="0"),
    Column("parked_version", Integer),
    # Not to be taken by a run before then: the undo time of FACE-1, or ONCE-2's wait.
    Column("hold_until", moment),
    # By field name, ISO 8601: when a person last edited it (MERGE-1).
    Column("edited_at", JSONB, nullable=False, server_default="{}"),
    Column("created_at", moment, nullable=False, server_default=NOW),
    Column("updated_at", moment, nullable=False, server_default=NOW),
    Column("completed_at", moment),
    Column("deleted_at", moment),
    # A change from Salesforce that waits for approval, delete | complete, and when somebody approved it (DIAG-6).
    Column("held_change", Text),
    Column("approved_at", moment),
    # How often in a row Salesforce refused it for now; each rest is longer than the last (DIAG-1).
    Column("refusals", Integer, nullable=False, server_default="0"),
    Column(
        "unsynced",
        Boolean,
        Computed("shared AND version <> synced_version AND version IS DISTINCT FROM parked_version", persisted=True),
    ),
    UniqueConstraint("owner_id", "external_key"),
)
Index("ix_reminders_unsynced", reminders.c.owner_id, reminders.c.updated_at, postgresql_where=text("unsynced"))
Index("ix_reminders_list", reminders.c.owner_id, reminders.c.status, reminders.c.due_date, reminders.c.id)
# Pages of a list are read in its order: without these, all of a person's reminders would be sorted for each.
Index("ix_reminders_due", reminders.c.owner_id, reminders.c.due_date, reminders.c.id)
Index(
    "ix_reminders_bin",
    reminders.c.owner_id,
    reminders.c.due_date,
    reminders.c.id,
    postgresql_where=reminders.c.deleted_at.is_not(None),
)
Index("ix_reminders_guarded", reminders.c.owner_id, postgresql_where=reminders.c.held_change.is_not(None))
# Without it, deleting a user would read every reminder.
Index("ix_reminders_assign_to", reminders.c.assign_to, postgresql_where=reminders.c.assign_to.is_not(None))

links = Table(
    "links",
    metadata,
    # A Task has at most one reminder (ONCE-4); everything by Task id is keyed by its org too (SAFE-5).
    Column("org_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    Column("reminder_id", row_id, owned_by("reminders.id"), nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    Column("created_here", Boolean, nullable=False, server_default="false"),
    # A `Base` as an object: what both sides last agreed on.
    Column("base", JSONB, nullable=False),
    Column("stamp", moment),
    Column("seen_at", moment),
    Column("own_write_at", moment),
    # The Task's AccountId and WhatId: with its person, what Salesforce locks while it saves it (DIAG-2).
    Column("company_id", Text),
    Column("related_id", Text),
    Column("updated_at", moment, nullable=False, server_default=NOW),
)
# A reminder has at most one Task (ONCE-4); superseded links are tombstones.
Index("uq_links_reminder", links.c.reminder_id, unique=True, postgresql_where=text("state <> 'superseded'"))
# Without it, deleting a reminder would read every link: superseded ones are not in the index above.
Index("ix_links_all_of_reminder", links.c.reminder_id)
# Of which lists leave the reminders out.
Index("ix_links_asleep", links.c.reminder_id, postgresql_where=text("state = 'asleep'"))
# For the company of a person to whom a Task is to be created; spelled as `SqlLinks.companies` asks.
Index(
    "ix_links_company_of_person",
    links.c.org_id,
    text("(base #>> '{raw,WhoId}')"),
    postgresql_where=text("company_id IS NOT NULL"),
)
Index("ix_links_seen", links.c.seen_at, postgresql_where=text("state = 'active'"))

handovers = Table(
    "handovers",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    # The reminder's owner, whose run has to move it.
    Column("owner_id", row_id, owned_by("users.id"), nullable=False, index=True),
    # The SalesforceTask the other user's run read.
    Column("task", JSONB, nullable=False),
    # The fence of the owner's run that was shown this row; a later read by somebody else clears it, so that a
    # run drops only what it has seen.
    Column("taken", BigInteger),
    Column("seen_at", moment, nullable=False, server_default=NOW),
)

# The Tasks a person chose by name when they turned sync on, until they are dealt with (FIRST-6).
listed_tasks = Table(
    "listed_tasks",
    metadata,
    Column("user_id", row_id, owned_by("users.id"), primary_key=True),
    Column("task_id", Text, primary_key=True),
    # In the order of the import: due today or later first.
    Column("place", Integer, nullable=False),
    # The local reminder it is matched with, each with one Task at most; null to import it.
    Column("reminder_id", row_id, owned_by("reminders.id"), unique=True),
)
