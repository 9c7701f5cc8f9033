"""What is known of a whole org: what its feed read, how many records a call may carry, what calls were used for."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from remindersync.store.columns import NOW, metadata, moment, owned_by, row_id

# The org feed (SYNC-3): one row a team. Times of reading are Salesforce's, when to read is the database's.
org_cursors = Table(
    "org_cursors",
    metadata,
    Column("team_id", row_id, owned_by("teams.id"), primary_key=True),
    Column("org_id", Text, nullable=False, unique=True),
    # Rises when a reading starts; what a reading writes is refused once it moved on.
    Column("fence", BigInteger, nullable=False, server_default="0"),
    # When this feed began: a user whose place names it has missed nothing since.
    Column("since", moment),
    Column("front", moment),
    Column("swept", moment),
    Column("deleted_until", moment),
    # Salesforce's clock minus the app's, as the last reading found it.
    Column("clock_offset_seconds", Float, nullable=False, server_default="0"),
    Column("checked_at", moment),
    Column("read_at", moment),
    # Until when runs may take the staged rows for all that changed.
    Column("trusted_until", moment),
    Column("next_due_at", moment, nullable=False, server_default=NOW),
    # Why the feed is not used, for people.
    Column("problem", Text),
)

task_changes = Table(
    "task_changes",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    # Whose next run it concerns: the Task's owner, the reminder's, or both with a row each.
    Column("user_id", row_id, owned_by("users.id"), primary_key=True, index=True),
    # A later read replaces the row and raises this, so that a run drops only what it has seen.
    Column("version", Integer, nullable=False, server_default="1"),
    Column("task", JSONB, nullable=False),
    Column("stamp", moment, nullable=False),
    Column("unchanged_until", moment, nullable=False),
)

# What was staged lately, by digest: the sweep reads every row a second time, and that must wake nobody.
task_sightings = Table(
    "task_sightings",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("read_at", moment, nullable=False),
    Index("ix_task_sightings_read", "org_id", "read_at"),
)

# How many records a call of this org may carry, as lately found out (DIAG-2); an org without a row takes whole calls.
org_batches = Table(
    "org_batches",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("found_at", moment, nullable=False),
)

# What each org's daily calls were used for (`UsageSample`), one row a quarter of an hour in which any was made.
usage_samples = Table(
    "usage_samples",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("at", moment, primary_key=True),
    Column("background", Integer, nullable=False),
    Column("edits", Integer, nullable=False),
    Column("used", Integer),
    Column("allowed", Integer),
)
# For housekeeping, which looks for what is old, whosever it is.
Index("ix_usage_samples_at", usage_samples.c.at)
