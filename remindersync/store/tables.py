"""Every table, as SQLAlchemy Core sees it; `migrations/` creates them."""

from remindersync.store.action_tables import team_action_items, team_actions
from remindersync.store.api_tables import api_tokens, kept_answers, used_once, webhook_attempts, webhooks
from remindersync.store.change_tables import reminder_changes
from remindersync.store.columns import metadata
from remindersync.store.journal_tables import diagnostics, history
from remindersync.store.org_tables import org_batches, org_cursors, task_changes, task_sightings, usage_samples
from remindersync.store.pair_tables import handovers, links, listed_tasks, reminders
from remindersync.store.people_tables import salesforce_logins, teams, users
from remindersync.store.run_tables import claims, intents, run_state, runs

__all__ = [
    "api_tokens",
    "claims",
    "diagnostics",
    "handovers",
    "history",
    "intents",
    "kept_answers",
    "links",
    "listed_tasks",
    "metadata",
    "org_batches",
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
    "webhook_attempts",
    "webhooks",
]
