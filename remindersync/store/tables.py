"""The tables, as SQLAlchemy Core sees them; `migrations/` creates them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy import Column as C  # a schema page reads better without the longer word on every line
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NOW = text("now()")
_id = Uuid(as_uuid=False)
_time = DateTime(timezone=True)
_new_id = text("gen_random_uuid()")


def _fk(target: str) -> ForeignKey:
    return ForeignKey(target, ondelete="CASCADE")


teams = Table(
    "teams",
    metadata,
    C("id", _id, primary_key=True, server_default=_new_id),
    C("name", Text, nullable=False, unique=True),
    # A team belongs to one org (SAFE-5); set by the first login.
    C("org_id", Text, unique=True),
    C("settings", JSONB, nullable=False, server_default="{}"),
    C("created_at", _time, nullable=False, server_default=NOW),
)

users = Table(
    "users",
    metadata,
    C("id", _id, primary_key=True, server_default=_new_id),
    C("team_id", _id, _fk("teams.id"), nullable=False),
    C("email", Text, nullable=False, unique=True),
    C("name", Text, nullable=False, server_default=""),
    C("time_zone", Text, nullable=False, server_default="UTC"),
    C("is_admin", Boolean, nullable=False, server_default="false"),
    C("active", Boolean, nullable=False, server_default="true"),
    C("salesforce_id", Text),
    C("sync_on", Boolean, nullable=False, server_default="false"),
    C("turned_on_at", _time),
    C("turned_off_at", _time),
    C("created_at", _time, nullable=False, server_default=NOW),
    # A Salesforce user is one app user of the team, and a team is one org (SAFE-5).
    UniqueConstraint("team_id", "salesforce_id"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    C("id", _id, primary_key=True, server_default=_new_id),
    C("user_id", _id, _fk("users.id"), nullable=False, index=True),
    # SHA-256 of a 256-bit random token: a fast hash is enough where there is nothing to guess.
    C("digest", LargeBinary, nullable=False, unique=True),
    C("created_at", _time, nullable=False, server_default=NOW),
    C("last_used_at", _time),
)

salesforce_logins = Table(
    "salesforce_logins",
    metadata,
    C("id", _id, primary_key=True, server_default=_new_id),
    # Of a user, or of the team: its integration login.
    C("user_id", _id, _fk("users.id"), unique=True),
    C("team_id", _id, _fk("teams.id"), nullable=False, index=True),
    C("org_id", Text, nullable=False),
    C("salesforce_id", Text, nullable=False),
    C("username", Text, nullable=False),
    C("instance_url", Text, nullable=False),
    # Fernet tokens, made by the newest of TOKEN_KEYS (SAFE-2).
    C("access_token", LargeBinary, nullable=False),
    C("refresh_token", LargeBinary),
    # How a new access token is had: "refresh", "jwt" or "none".
    C("grant", Text, nullable=False, server_default="none"),
    # active | reconnect
    C("state", Text, nullable=False, server_default="active"),
    # Rises with every stored token: whoever holds an older one re-reads instead of refreshing.
    C("version", Integer, nullable=False, server_default="1"),
    C("updated_at", _time, nullable=False, server_default=NOW),
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
    C("user_id", _id, _fk("users.id"), primary_key=True),
    # When the user's next run is due; null while sync is off.
    C("next_due_at", _time),
    # Set by whoever makes the user due during a run; the run's end takes the earlier of it and its own.
    C("again_at", _time),
    # interactive | sync | bulk: the queue the next claim is published to.
    C("lane", Text, nullable=False, server_default="sync"),
    # The number in the one message that may start the next run, and until when nobody else claims.
    C("claim", BigInteger),
    C("claim_until", _time),
    C("claimed_at", _time),
    # Rises when a run starts; what a run writes is refused once it moved on (law 4).
    C("fence", BigInteger, nullable=False, server_default="0"),
    C("running_since", _time),
    C("poll_seconds", Integer, nullable=False, server_default="15"),
    C("place", JSONB, nullable=False, server_default="{}"),
    C("last_run_at", _time),
    C("last_outcome", Text),
    C("last_error", Text),
)
Index("ix_run_state_due", run_state.c.next_due_at, postgresql_where=run_state.c.next_due_at.is_not(None))

reminders = Table(
    "reminders",
    metadata,
    C("id", _id, primary_key=True, server_default=_new_id),
    C("team_id", _id, _fk("teams.id"), nullable=False),
    C("owner_id", _id, _fk("users.id"), nullable=False),
    C("assign_to", _id, _fk("users.id")),
    # The caller's own name for it: unique per owner (INTERFACES, by-key).
    C("external_key", Text),
    C("type", Text, nullable=False, server_default="custom"),
    C("name", Text, nullable=False),
    C("status", Text, nullable=False, server_default="open"),
    C("priority", Text, nullable=False, server_default="normal"),
    C("due_date", Date),
    C("details", Text, nullable=False, server_default=""),
    # {"name", "email", "salesforce_id"} or null.
    C("person", JSONB(none_as_null=True)),
    C("campaign_name", Text, nullable=False, server_default=""),
    C("campaign_day", Integer),
    C("campaign_step", Integer),
    C("call_outcome", Text, nullable=False, server_default=""),
    C("call_reason", Text, nullable=False, server_default=""),
    C("version", Integer, nullable=False, server_default="1"),
    # Local reminders never leave the app (FIRST-2); `push` makes one shared.
    C("shared", Boolean, nullable=False, server_default="false"),
    C("origin", Text, nullable=False, server_default="app"),
    C("synced_version", Integer, nullable=False, server_default="0"),
    C("parked_version", Integer),
    # Not to be taken by a run before then: the undo time of FACE-1, or ONCE-2's wait.
    C("hold_until", _time),
    # By field name, ISO 8601: when a person last edited it (MERGE-1).
    C("edited_at", JSONB, nullable=False, server_default="{}"),
    C("created_at", _time, nullable=False, server_default=NOW),
    C("updated_at", _time, nullable=False, server_default=NOW),
    C("completed_at", _time),
    C("deleted_at", _time),
    C(
        "unsynced",
        Boolean,
        Computed("shared AND version <> synced_version AND version IS DISTINCT FROM parked_version", persisted=True),
    ),
    UniqueConstraint("owner_id", "external_key"),
)
Index("ix_reminders_unsynced", reminders.c.owner_id, reminders.c.updated_at, postgresql_where=text("unsynced"))
Index("ix_reminders_list", reminders.c.owner_id, reminders.c.status, reminders.c.due_date, reminders.c.id)

links = Table(
    "links",
    metadata,
    # A Task has at most one reminder (ONCE-4); everything by Task id is keyed by its org too (SAFE-5).
    C("org_id", Text, primary_key=True),
    C("task_id", Text, primary_key=True),
    C("reminder_id", _id, _fk("reminders.id"), nullable=False),
    C("state", Text, nullable=False, server_default="active"),
    C("created_here", Boolean, nullable=False, server_default="false"),
    # {"agreed", "raw", "before", "after", "written", "inputs", "open_status"}
    C("base", JSONB, nullable=False),
    C("stamp", _time),
    C("seen_at", _time),
    C("own_write_at", _time),
    C("updated_at", _time, nullable=False, server_default=NOW),
)
# A reminder has at most one Task (ONCE-4); superseded links are tombstones.
Index("uq_links_reminder", links.c.reminder_id, unique=True, postgresql_where=text("state <> 'superseded'"))
Index("ix_links_seen", links.c.seen_at, postgresql_where=text("state = 'active'"))

handovers = Table(
    "handovers",
    metadata,
    C("org_id", Text, primary_key=True),
    C("task_id", Text, primary_key=True),
    # The reminder's owner, whose run has to move it.
    C("owner_id", _id, _fk("users.id"), nullable=False, index=True),
    # The SalesforceTask the other user's run read.
    C("task", JSONB, nullable=False),
    C("seen_at", _time, nullable=False, server_default=NOW),
)

intents = Table(
    "intents",
    metadata,
    C("id", _id, primary_key=True),
    C("user_id", _id, _fk("users.id"), nullable=False),
    C("run_id", _id, nullable=False),
    C("fence", BigInteger, nullable=False),
    C("reminder_id", _id, _fk("reminders.id"), nullable=False),
    C("task_id", Text),
    C("kind", Text, nullable=False),
    C("key", Text),
    C("version", Integer, nullable=False),
    C("payload", JSONB, nullable=False),
    C("sent_at", _time, nullable=False),
    C("closed_at", _time),
    # saved | refused | void
    C("result", Text),
)
Index("ix_intents_open", intents.c.user_id, intents.c.sent_at, postgresql_where=intents.c.closed_at.is_(None))
Index("ix_intents_reminder", intents.c.reminder_id)

runs = Table(
    "runs",
    metadata,
    C("id", _id, primary_key=True, server_default=_new_id),
    C("user_id", _id, _fk("users.id"), nullable=False),
    # poll | edit | first | full | dry
    C("kind", Text, nullable=False),
    # queued | running | done | failed | held
    C("state", Text, nullable=False),
    C("outcome", Text),
    C("counts", JSONB, nullable=False, server_default="{}"),
    C("calls", Integer, nullable=False, server_default="0"),
    C("plan", JSONB(none_as_null=True)),
    C("error", Text),
    C("queued_at", _time, nullable=False, server_default=NOW),
    C("started_at", _time),
    C("ended_at", _time),
)
Index("ix_runs_user", runs.c.user_id, runs.c.queued_at)
Index("ix_runs_waiting", runs.c.user_id, runs.c.queued_at, postgresql_where=text("state IN ('queued', 'running')"))

history = Table(
    "history",
    metadata,
    C("id", BigInteger, Identity(always=True), primary_key=True),
    C("at", _time, nullable=False, server_default=NOW),
    C("team_id", _id, _fk("teams.id"), nullable=False),
    C("reminder_id", _id, nullable=False),
    C("side", Text, nullable=False),
    C("actor", Text, nullable=False),
    C("login", Text),
    C("field", Text, nullable=False),
    C("old", Text),
    C("new", Text),
    C("kept", Boolean, nullable=False, server_default="true"),
    C("rule", Text, nullable=False),
    C("run_id", _id),
)
Index("ix_history_reminder", history.c.reminder_id, history.c.id)

diagnostics = Table(
    "diagnostics",
    metadata,
    C("id", BigInteger, Identity(always=True), primary_key=True),
    C("team_id", _id, _fk("teams.id"), nullable=False),
    C("user_id", _id, _fk("users.id"), nullable=False),
    C("reminder_id", _id),
    C("task_id", Text),
    C("code", Text, nullable=False),
    C("category", Text, nullable=False),
    # The platform's own text: it may quote user data, so it is shown, never logged (SAFE-2).
    C("message", Text, nullable=False),
    C("meaning", Text, nullable=False),
    C("remedy", Text, nullable=False),
    C("retry", Text, nullable=False),
    # open | resolved | ignored
    C("state", Text, nullable=False, server_default="open"),
    C("count", Integer, nullable=False, server_default="1"),
    C("first_seen", _time, nullable=False, server_default=NOW),
    C("last_seen", _time, nullable=False, server_default=NOW),
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
