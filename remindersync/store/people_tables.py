"""Teams, their people, and the logins with which runs act in Salesforce."""

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from remindersync.store.columns import NOW, metadata, moment, new_id, owned_by, row_id

teams = Table(
    "teams",
    metadata,
    Column("id", row_id, primary_key=True, server_default=new_id),
    Column("name", Text, nullable=False, unique=True),
    # A team belongs to one org (SAFE-5); set by the first login.
    Column("org_id", Text, unique=True),
    Column("settings", JSONB, nullable=False, server_default="{}"),
    Column("created_at", moment, nullable=False, server_default=NOW),
)

users = Table(
    "users",
    metadata,
    Column("id", row_id, primary_key=True, server_default=new_id),
    Column("team_id", row_id, owned_by("teams.id"), nullable=False),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("time_zone", Text, nullable=False, server_default="UTC"),
    Column("is_admin", Boolean, nullable=False, server_default="false"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("salesforce_id", Text),
    # As a login or the org last named them: for people, the id is what counts.
    Column("salesforce_username", Text),
    Column("sync_on", Boolean, nullable=False, server_default="false"),
    Column("turned_on_at", moment),
    Column("turned_off_at", moment),
    # Whose runs act with the team's integration login, because an admin said so (SYNC-9).
    Column("on_integration_login", Boolean, nullable=False, server_default="false"),
    # Sync was on when they were deactivated, and goes on once they are active again (SYNC-10).
    Column("sync_when_active", Boolean, nullable=False, server_default="false"),
    # The team's integration login, which acts for them, found them not active in Salesforce: no run comes (SYNC-10).
    Column("inactive_there", Boolean, nullable=False, server_default="false"),
    # Sessions and sign-in links carry it, and count while it is this one. The database raises it with a changed
    # address, with who they are in Salesforce, and when they are deactivated.
    Column("session_number", Integer, nullable=False, server_default="1"),
    Column("created_at", moment, nullable=False, server_default=NOW),
    # A Salesforce user is one app user of the team, and a team is one org (SAFE-5).
    UniqueConstraint("team_id", "salesforce_id"),
)

salesforce_logins = Table(
    "salesforce_logins",
    metadata,
    Column("id", row_id, primary_key=True, server_default=new_id),
    # Of a user, or of the team: its integration login.
    Column("user_id", row_id, owned_by("users.id"), unique=True),
    Column("team_id", row_id, owned_by("teams.id"), nullable=False, index=True),
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
    Column("updated_at", moment, nullable=False, server_default=NOW),
)
Index(
    "uq_salesforce_logins_integration",
    salesforce_logins.c.team_id,
    unique=True,
    postgresql_where=salesforce_logins.c.user_id.is_(None),
)
