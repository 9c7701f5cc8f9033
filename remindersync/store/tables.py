"""The tables, as SQLAlchemy Core sees them; `migrations/` creates them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from remindersync.store.action_tables import team_action_items, team_actions
from remindersync.store.api_tables import api_tokens, kept_answers, used_once, webhooks
from remindersync.store.change_tables import reminder_changes
from remindersync.store.columns import NOW, metadata
from remindersync.store.columns import moment as _time
from remindersync.store.columns import new_id as _new_id
from remindersync.store.columns import owned_by as _fk
from remindersync.store.columns import row_id as _id

__all__ = [
    "api_tokens",
    "claims",
    "diagnostics",
    "handovers",
    "history",
    "intents",
    "kept_answers",
    "links",
    "metadata",
    "org_cursors",
    "reminder_changes",
    "reminders",
    "run_state",
    "runs",
    "salesforce_logins",
    "task_changes",
    "task_sightings",
    "team_action_items",
    "team_actions",
    "teams",
    "usage_samples",
    "used_once",
    "users",
    "webhooks",
]

teams = Table(
    "teams",
    metadata,
    Column("id", _id, primary_key=True, server_default=_new_id),
    Column("name", Text, nullable=False, unique=True),
    # A team belongs to one org (SAFE-5); set by the first login.
    Column("org_id", Text, unique=True),
    Column("settings", JSONB, nullable=False, server_default="{}"),
    Column("created_at", _time, nullable=False, server_default=NOW),
)

users = Table(
    "users",
    metadata,
    Column("id", _id, primary_key=True, server_default=_new_id),
    Column("team_id", _id, _fk("teams.id"), nullable=False),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("is_admin", Boolean, nullable=False, server_default="false"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("salesforce_id", Text),
    Column("sync_on", Boolean, nullable=False, server_default="false"),
    Column("turned_on_at", _time),
    Column("turned_off_at", _time),
    # Whose runs act with the team's integration login, because an admin said so (SYNC-9).
    Column("on_integration_login", Boolean, nullable=False, server_default="false"),
    # Sync was on when they were deactivated, and goes on once they are active again (SYNC-10).
    Column("sync_when_active", Boolean, nullable=False, server_default="false"),
    # Sessions that began before then have ended.
    Column("sessions_from", _time),
    Column("created_at", _time, nullable=False, server_default=NOW),
    # A Salesforce user is one app user of the team, and a team is one org (SAFE-5).
    UniqueConstraint("team_id", "salesforce_id"),
)

salesforce_logins = Table(
    "salesforce_logins",
    metadata,
    Column("id", _id, primary_key=True, server_default=_new_id),
    # Of a user, or of the team: its integration login.
    Column("user_id", _id, _fk("users.id"), unique=True),
    Column("team_id", _id, _fk("teams.id"), nullable=False, index=True),
    Column("org_id", Text, nullable=False),
    Column("salesforce_id", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("instance_url", Text, nullable=False),
    # Fernet tokens, made by the newest of TOKEN_KEYS (SAFE-2).
    Column("access_token", LargeBinary, nullable=False),
    Column("refresh_token", LargeBinary),
    # How a new access token is had: "refresh", "jwt" or "none".
    Column("grant", Text, nullable=False, server_default="none"),
    # active | reconnect
    Column("state", Text, nullable=False, server_default="active"),
    # Rises with every stored token: whoever holds an older one re-reads instead of refreshing.
    Column("version", Integer, nullable=False, server_default="1"),
    Column("updated_at", _time, nullable=False, server_default=NOW),
)
Index(
    "uq_salesforce_logins_integration",
    salesforce_logins.c.team_id,
    unique=True,
    postgresql_where=salesforce_logins.c.user_id.is_(None),
)

claims = Sequence("claims", metadata=metadata)

run_state = Table(
    "run_state",
    metadata,
    Column("user_id", _id, _fk("users.id"), primary_key=True),
    # When the user's next run is due; null while sync is off.
    Column("next_due_at", _time),
    # Set by whoever makes the user due during a run; the run's end takes the earlier of it and its own.
    Column("again_at", _time),
    # interactive | sync | bulk: the queue the next claim is published to.
    Column("lane", Text, nullable=False, server_default="sync"),
    # The number in the one message that may start the next run, and until when nobody else claims.
    Column("claim", BigInteger),
    Column("claim_until", _time),
    Column("claimed_at", _time),
    # Rises when a run starts; what a run writes is refused once it moved on (law 4).
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("running_since", _time),
    Column("poll_seconds", Integer, nullable=False, server_default="15"),
    Column("place", JSONB, nullable=False, server_default="{}"),
    Column("last_run_at", _time),
    Column("last_outcome", Text),
    Column("last_error", Text),
)
Index("ix_run_state_due", run_state.c.next_due_at, postgresql_where=run_state.c.next_due_at.is_not(None))
Index(
    "ix_run_state_unstarted",
    run_state.c.lane,
    run_state.c.claimed_at,
    postgresql_where=text("claim IS NOT NULL AND running_since IS NULL"),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", _id, primary_key=True, server_default=_new_id),
    Column("team_id", _id, _fk("teams.id"), nullable=False),
    Column("owner_id", _id, _fk("users.id"), nullable=False),
    Column("assign_to", _id, ForeignKey("users.id", ondelete="SET NULL")),
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
    Column("hold_until", _time),
    # By field name, ISO 8601: when a person last edited it (MERGE-1).
    Column("edited_at", JSONB, nullable=False, server_default="{}"),
    Column("created_at", _time, nullable=False, server_default=NOW),
    Column("updated_at", _time, nullable=False, server_default=NOW),
    Column("completed_at", _time),
    Column("deleted_at", _time),
    # A change from Salesforce that waits for approval, delete | complete, and when somebody approved it (DIAG-6).
    Column("held_change", Text),
    Column("approved_at", _time),
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
Index("ix_reminders_guarded", reminders.c.owner_id, postgresql_where=reminders.c.held_change.is_not(None))
# Without it, deleting a user would read every reminder.
Index("ix_reminders_assign_to", reminders.c.assign_to, postgresql_where=reminders.c.assign_to.is_not(None))

links = Table(
    "links",
    metadata,
    # A Task has at most one reminder (ONCE-4); everything by Task id is keyed by its org too (SAFE-5).
    Column("org_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    Column("reminder_id", _id, _fk("reminders.id"), nullable=False),
    Column("state", Text, nullable=False, server_default="active"),
    Column("created_here", Boolean, nullable=False, server_default="false"),
    # A `Base` as an object: what both sides last agreed on.
    Column("base", JSONB, nullable=False),
    Column("stamp", _time),
    Column("seen_at", _time),
    Column("own_write_at", _time),
    Column("updated_at", _time, nullable=False, server_default=NOW),
)
# A reminder has at most one Task (ONCE-4); superseded links are tombstones.
Index("uq_links_reminder", links.c.reminder_id, unique=True, postgresql_where=text("state <> 'superseded'"))
# Without it, deleting a reminder would read every link: superseded ones are not in the index above.
Index("ix_links_all_of_reminder", links.c.reminder_id)
Index("ix_links_seen", links.c.seen_at, postgresql_where=text("state = 'active'"))

handovers = Table(
    "handovers",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    # The reminder's owner, whose run has to move it.
    Column("owner_id", _id, _fk("users.id"), nullable=False, index=True),
    # The SalesforceTask the other user's run read.
    Column("task", JSONB, nullable=False),
    # The fence of the owner's run that was shown this row; a later read by somebody else clears it, so that a
    # run drops only what it has seen.
    Column("taken", BigInteger),
    Column("seen_at", _time, nullable=False, server_default=NOW),
)

# The Tasks a person chose by name when they turned sync on, until they are dealt with (FIRST-6).
listed_tasks = Table(
    "listed_tasks",
    metadata,
    Column("user_id", _id, _fk("users.id"), primary_key=True),
    Column("task_id", Text, primary_key=True),
    # In the order of the import: due today or later first.
    Column("place", Integer, nullable=False),
    # The local reminder it is matched with, each with one Task at most; null to import it.
    Column("reminder_id", _id, _fk("reminders.id"), unique=True),
)

# The org feed (SYNC-3): one row a team. Times of reading are Salesforce's, when to read is the database's.
org_cursors = Table(
    "org_cursors",
    metadata,
    Column("team_id", _id, _fk("teams.id"), primary_key=True),
    Column("org_id", Text, nullable=False, unique=True),
    # Rises when a reading starts; what a reading writes is refused once it moved on.
    Column("fence", BigInteger, nullable=False, server_default="0"),
    # When this feed began: a user whose place names it has missed nothing since.
    Column("since", _time),
    Column("front", _time),
    Column("swept", _time),
    Column("deleted_until", _time),
    # Salesforce's clock minus the app's, as the last reading found it.
    Column("clock_offset_seconds", Float, nullable=False, server_default="0"),
    Column("checked_at", _time),
    Column("read_at", _time),
    # Until when runs may take the staged rows for all that changed.
    Column("trusted_until", _time),
    Column("next_due_at", _time, nullable=False, server_default=NOW),
    # Why the feed is not used, for people.
    Column("problem", Text),
)

task_changes = Table(
    "task_changes",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    # Whose next run it concerns: the Task's owner, the reminder's, or both with a row each.
    Column("user_id", _id, _fk("users.id"), primary_key=True, index=True),
    # A later read replaces the row and raises this, so that a run drops only what it has seen.
    Column("version", Integer, nullable=False, server_default="1"),
    Column("task", JSONB, nullable=False),
    Column("stamp", _time, nullable=False),
    Column("unchanged_until", _time, nullable=False),
)

# What was staged lately, by digest: the sweep reads every row a second time, and that must wake nobody.
task_sightings = Table(
    "task_sightings",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("task_id", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("read_at", _time, nullable=False),
    Index("ix_task_sightings_read", "org_id", "read_at"),
)

# How many records a call of this org may carry, as lately found out (DIAG-2); an org without a row takes whole calls.
org_batches = Table(
    "org_batches",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("found_at", _time, nullable=False),
)

# What each org's daily calls were used for (`UsageSample`), one row a quarter of an hour in which any was made.
usage_samples = Table(
    "usage_samples",
    metadata,
    Column("org_id", Text, primary_key=True),
    Column("at", _time, primary_key=True),
    Column("background", Integer, nullable=False),
    Column("edits", Integer, nullable=False),
    Column("used", Integer),
    Column("allowed", Integer),
)
# For housekeeping, which looks for what is old, whosever it is.
Index("ix_usage_samples_at", usage_samples.c.at)

intents = Table(
    "intents",
    metadata,
    Column("id", _id, primary_key=True),
    Column("user_id", _id, _fk("users.id"), nullable=False),
    Column("run_id", _id, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("reminder_id", _id, _fk("reminders.id"), nullable=False),
    Column("task_id", Text),
    Column("kind", Text, nullable=False),
    Column("key", Text),
    Column("version", Integer, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("sent_at", _time, nullable=False),
    Column("closed_at", _time),
    # saved | refused | void
    Column("result", Text),
)
Index("ix_intents_open", intents.c.user_id, intents.c.sent_at, postgresql_where=intents.c.closed_at.is_(None))
Index("ix_intents_reminder", intents.c.reminder_id)

runs = Table(
    "runs",
    metadata,
    Column("id", _id, primary_key=True, server_default=_new_id),
    Column("user_id", _id, _fk("users.id"), nullable=False),
    # poll | edit | first | full | dry | preview | one | hand_over
    Column("kind", Text, nullable=False),
    # The reminder that a run of one, dry or not, is about.
    Column("reminder_id", _id),
    # Every linked Task is to be read, completed ones too: what tells a full dry run from a plain one.
    Column("full_read", Boolean, nullable=False, server_default="false"),
    # queued | running | done | failed | held
    Column("state", Text, nullable=False),
    Column("outcome", Text),
    Column("counts", JSONB, nullable=False, server_default="{}"),
    Column("calls", Integer, nullable=False, server_default="0"),
    Column("plan", JSONB(none_as_null=True)),
    # Of a preview: a `Choice`, what the reminders were like (`local`), and until when Salesforce was read (`front`).
    Column("choice", JSONB(none_as_null=True)),
    Column("error", Text),
    Column("queued_at", _time, nullable=False, server_default=NOW),
    Column("started_at", _time),
    Column("ended_at", _time),
)
Index("ix_runs_user", runs.c.user_id, runs.c.queued_at)
Index("ix_runs_waiting", runs.c.user_id, runs.c.queued_at, postgresql_where=text("state IN ('queued', 'running')"))

history = Table(
    "history",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", _time, nullable=False, server_default=NOW),
    Column("team_id", _id, _fk("teams.id"), nullable=False),
    Column("reminder_id", _id, nullable=False),
    Column("side", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("login", Text),
    Column("field", Text, nullable=False),
    Column("old", Text),
    Column("new", Text),
    Column("kept", Boolean, nullable=False, server_default="true"),
    Column("rule", Text, nullable=False),
    Column("run_id", _id),
)
Index("ix_history_reminder", history.c.reminder_id, history.c.id)

diagnostics = Table(
    "diagnostics",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("team_id", _id, _fk("teams.id"), nullable=False),
    Column("user_id", _id, _fk("users.id"), nullable=False),
    Column("reminder_id", _id),
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
    Column("first_seen", _time, nullable=False, server_default=NOW),
    Column("last_seen", _time, nullable=False, server_default=NOW),
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
