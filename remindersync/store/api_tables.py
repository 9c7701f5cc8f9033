"""What the HTTP API keeps of the programs it serves."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from remindersync.store.columns import NOW, metadata, moment, new_id, owned_by, row_id

# A token speaks for a user, or for a team: then the request names the user it acts for.
api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", row_id, primary_key=True, server_default=new_id),
    Column("user_id", row_id, owned_by("users.id"), index=True),
    Column("team_id", row_id, owned_by("teams.id"), index=True),
    # SHA-256 of a 256-bit random token: a fast hash is enough where there is nothing to guess.
    Column("digest", LargeBinary, nullable=False, unique=True),
    # What its holder calls it, to know it again; empty where it was made without.
    Column("name", Text, nullable=False, server_default=""),
    Column("created_at", moment, nullable=False, server_default=NOW),
    Column("last_used_at", moment),
    CheckConstraint("(user_id IS NULL) <> (team_id IS NULL)", name="speaks_for_one"),
)

# What counts once only and was used: sign-in links, answers of Salesforce's log-in page, and sessions that ended.
used_once = Table(
    "used_once",
    metadata,
    # SHA-256 of what is random or signed.
    Column("digest", LargeBinary, primary_key=True),
    # After then it counts no more anyway.
    Column("keep_until", moment, nullable=False),
)
Index("ix_used_once_keep_until", used_once.c.keep_until)

# The answers to requests that carried an Idempotency-Key; without a status the request is under way.
kept_answers = Table(
    "kept_answers",
    metadata,
    Column("user_id", row_id, owned_by("users.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    # A digest of the request: the same key with another one is a mistake.
    Column("request", LargeBinary, nullable=False),
    Column("taken_at", moment, nullable=False, server_default=NOW),
    Column("status", Integer),
    Column("headers", JSONB(none_as_null=True)),
    Column("body", LargeBinary),
)
Index("ix_kept_answers_taken_at", kept_answers.c.taken_at)

# Where to send what happens to reminders: one user's, or without a user the whole team's.
webhooks = Table(
    "webhooks",
    metadata,
    Column("id", row_id, primary_key=True, server_default=new_id),
    Column("team_id", row_id, owned_by("teams.id"), nullable=False, index=True),
    Column("user_id", row_id, owned_by("users.id"), index=True),
    Column("url", Text, nullable=False),
    # Sealed like a Salesforce token (SAFE-2).
    Column("secret", LargeBinary, nullable=False),
    # The secret before, which signs too until then.
    Column("former_secret", LargeBinary),
    Column("former_until", moment),
    # What it is told of; without it of everything.
    Column("happened", ARRAY(Text)),
    Column("created_at", moment, nullable=False, server_default=NOW),
    # The spot in the book of changes up to which it has been told.
    Column("xid", BigInteger, nullable=False),
    Column("change_id", BigInteger, nullable=False),
    # Rises with every attempt: only the latest may move the spot.
    Column("fence", BigInteger, nullable=False, server_default="0"),
    Column("busy_until", moment),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", moment),
    Column("next_attempt_at", moment),
    Column("last_answer", Text),
    # Why nothing is sent any more, for people.
    Column("stopped", Text),
    # Since when somebody waits for a test message.
    Column("test_asked_at", moment),
)

# How the last deliveries of each webhook went: numbers and answers, nothing of reminders.
webhook_attempts = Table(
    "webhook_attempts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("webhook_id", row_id, owned_by("webhooks.id"), nullable=False),
    Column("at", moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("is_test", Boolean, nullable=False),
    Column("events", Integer, nullable=False),
    Column("taken", Boolean, nullable=False),
    Column("answer", Text, nullable=False),
    # When the same is tried again.
    Column("again_at", moment),
)
Index("ix_webhook_attempts_webhook_id_id", webhook_attempts.c.webhook_id, webhook_attempts.c.id)
