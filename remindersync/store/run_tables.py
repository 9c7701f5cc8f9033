"""Who is due, what runs did, and what they announced that they would write."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Sequence, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from remindersync.store.columns import NOW, metadata, moment, new_id, owned_by, row_id

claims = Sequence("claims", metadata=metadata)

run_state = Table(
    "run_state",
    metadata,
    Column("user_id", row_id, owned_by("users.id"), primary_key=True),
    # When the user's next run is due; null while sync is off.
    Column("next_due_at", moment),
    # Set by whoever makes the user due during a run; the run's end takes the earlier of it and its own.
    Column("again_at", moment),
    # interactive | sync | bulk: the queue the next claim is published to.
    Column("lane", Text, nullable=False, server_default="sync"),
    # The number in the one message that may start the next run, and until when nobody else claims.
    Column("claim", BigInteger),
    Column("claim_until", moment),
    Column("claimed_at", moment),
    # Rises when a run starts; what a run writes is refused once it moved on (law 4).
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("running_since", moment),
    Column("poll_seconds", Integer, nullable=False, server_default="15"),
    Column("place", JSONB, nullable=False, server_default="{}"),
    Column("last_run_at", moment),
    Column("last_outcome", Text),
    Column("last_error", Text),
)
Index("ix_run_state_due", run_state.c.next_due_at, postgresql_where=run_state.c.next_due_at.is_not(None))
# Claims are made queue by queue: those due in a full one must not be read for every claim in another.
Index(
    "ix_run_state_queue",
    run_state.c.lane,
    run_state.c.next_due_at,
    postgresql_where=run_state.c.next_due_at.is_not(None),
)
Index(
    "ix_run_state_unstarted",
    run_state.c.lane,
    run_state.c.claimed_at,
    postgresql_where=text("claim IS NOT NULL AND running_since IS NULL"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", row_id, primary_key=True, server_default=new_id),
    Column("user_id", row_id, owned_by("users.id"), nullable=False),
    # poll | edit | first | full | dry | preview | one | hand_over
    Column("kind", Text, nullable=False),
    # The reminder that a run of one, dry or not, is about.
    Column("reminder_id", row_id),
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
    Column("queued_at", moment, nullable=False, server_default=NOW),
    Column("started_at", moment),
    Column("ended_at", moment),
)
Index("ix_runs_user", runs.c.user_id, runs.c.queued_at)
Index("ix_runs_waiting", runs.c.user_id, runs.c.queued_at, postgresql_where=text("state IN ('queued', 'running')"))

intents = Table(
    "intents",
    metadata,
    Column("id", row_id, primary_key=True),
    Column("user_id", row_id, owned_by("users.id"), nullable=False),
    Column("run_id", row_id, nullable=False),
    Column("fence", BigInteger, nullable=False),
    Column("reminder_id", row_id, owned_by("reminders.id"), nullable=False),
    Column("task_id", Text),
    Column("kind", Text, nullable=False),
    Column("key", Text),
    Column("version", Integer, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column("sent_at", moment, nullable=False),
    Column("closed_at", moment),
    # saved | refused | void
    Column("result", Text),
)
Index("ix_intents_open", intents.c.user_id, intents.c.sent_at, postgresql_where=intents.c.closed_at.is_(None))
Index("ix_intents_reminder", intents.c.reminder_id)
