"""Removes rows that have outlived their time, a few at a time so that no run waits long."""

from dataclasses import dataclass

from sqlalchemy import text

from remindersync.store import duty
from remindersync.store.database import Database

_PAGE = 5000
# How long a request may be repeated under its Idempotency-Key.
_ANSWER_DAYS = 1


@dataclass(frozen=True, slots=True)
class Kept:
    """For how many days each kind of row is kept; None keeps it for ever."""

    history_days: int | None = 365
    bin_days: int | None = 30
    run_days: int | None = 30


# Only the oldest page is looked at: history is long, and its numbers rise with its times.
_OLD_HISTORY = """
DELETE FROM history WHERE id IN (
    SELECT id FROM (SELECT id, at FROM history ORDER BY id LIMIT :page) oldest
    WHERE at < now() - make_interval(days => :days))
"""
_OLD_RUNS = """
DELETE FROM runs WHERE id IN (
    SELECT id FROM runs
    WHERE state NOT IN ('queued', 'running') AND queued_at < now() - make_interval(days => :days) LIMIT :page)
"""
_OLD_USAGE = """
DELETE FROM usage_samples WHERE (org_id, at) IN (
    SELECT org_id, at FROM usage_samples WHERE at < now() - make_interval(days => :days) LIMIT :page)
"""
_OLD_INTENTS = """
DELETE FROM intents WHERE id IN (
    SELECT id FROM intents WHERE closed_at < now() - make_interval(days => :days) LIMIT :page)
"""
_OLD_DIAGNOSTICS = """
DELETE FROM diagnostics WHERE id IN (
    SELECT id FROM diagnostics
    WHERE state <> 'open' AND last_seen < now() - make_interval(days => :days) LIMIT :page)
"""
_OLD_ANSWERS = """
DELETE FROM kept_answers WHERE (user_id, key) IN (
    SELECT user_id, key FROM kept_answers WHERE taken_at < now() - make_interval(days => :days) LIMIT :page)
"""
# The newest stays for ever: by the oldest kept one a reader is told whether it missed any.
_OLD_CHANGES = """
DELETE FROM reminder_changes WHERE id IN (
    SELECT id FROM (SELECT id, at FROM reminder_changes ORDER BY xid, id LIMIT :page) oldest
    WHERE at < now() - make_interval(days => :days))
AND id < (SELECT max(id) FROM reminder_changes)
"""
# What was only shown goes after a day, see `team_actions`; what still waits for a run stays.
_OLD_ACTIONS = """
DELETE FROM team_actions WHERE id IN (
    SELECT a.id FROM team_actions a
    WHERE a.shown_at < now() - make_interval(days => :days)
      AND NOT EXISTS (SELECT FROM team_action_items i WHERE i.action_id = a.id AND i.state = 'waiting') LIMIT :page)
"""
# What Salesforce has not yet deleted, or refused to, stays: it must not be imported again (MERGE-3).
_IN_BIN = """
deleted_at < now() - make_interval(days => :days) AND NOT unsynced
AND parked_version IS DISTINCT FROM version
AND NOT EXISTS (SELECT FROM intents i WHERE i.reminder_id = reminders.id AND i.closed_at IS NULL)
"""
_BIN_OWNERS = f"SELECT DISTINCT owner_id FROM reminders WHERE {_IN_BIN} ORDER BY owner_id"  # noqa: S608 own constants
_EMPTY_BIN = f"DELETE FROM reminders WHERE owner_id = :owner AND {_IN_BIN}"  # noqa: S608 own constants


_USED = "DELETE FROM used_once WHERE digest IN (SELECT digest FROM used_once WHERE keep_until < now() LIMIT :page)"


class SqlRetention:
    """The daily cleaning of the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def purge(self, kept: Kept) -> dict[str, int]:
        """Remove what is older than `kept` says; return how many rows of each kind went."""
        return {
            "history": self._drop(_OLD_HISTORY, kept.history_days),
            "runs": self._drop(_OLD_RUNS, kept.run_days),
            "intents": self._drop(_OLD_INTENTS, kept.run_days),
            "diagnostics": self._drop(_OLD_DIAGNOSTICS, kept.run_days),
            "team_actions": self._drop(_OLD_ACTIONS, kept.run_days),
            "usage": self._drop(_OLD_USAGE, kept.run_days),
            "changes": self._drop(_OLD_CHANGES, kept.run_days),
            "answers": self._drop(_OLD_ANSWERS, _ANSWER_DAYS),
            "used": self._drop(_USED, 0),
            "reminders": self._empty_bins(kept.bin_days),
        }

    def _drop(self, statement: str, days: int | None) -> int:
        if days is None:
            return 0
        removed, page = 0, _PAGE
        while page:
            with self._database.begin() as connection:
                page = connection.execute(text(statement), {"days": days, "page": _PAGE}).rowcount
            removed += page
        return removed

    def _empty_bins(self, days: int | None) -> int:
        """Delete binned reminders for good, owner by owner. Nothing is sent to Salesforce."""
        if days is None:
            return 0
        with self._database.begin() as connection:
            owners = connection.execute(text(_BIN_OWNERS), {"days": days}).scalars().all()
        return sum(self._empty_bin(str(owner), days) for owner in owners)

    def _empty_bin(self, owner: str, days: int) -> int:
        with self._database.begin() as connection:
            duty.lock(connection, [owner])
            return connection.execute(text(_EMPTY_BIN), {"owner": owner, "days": days}).rowcount
