"""One transaction of a run: its reminders, links, intents, journal and hand-overs over one connection."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from remindersync.model import Place, RunRef
from remindersync.store import rows, standing
from remindersync.store.asked import SqlAsked
from remindersync.store.batches import SqlBatches
from remindersync.store.feed import SqlFeed
from remindersync.store.guards import SqlGuards
from remindersync.store.handovers import SqlHandOvers
from remindersync.store.intents import SqlIntents
from remindersync.store.journal import SqlJournal
from remindersync.store.links import SqlLinks
from remindersync.store.listed import SqlListed
from remindersync.store.reminders import SqlReminders
from remindersync.store.scope import Scope
from remindersync.store.tables import run_state, users


class SqlTransaction:
    """`ports.Transaction`; whoever makes one holds the run's fence on the same connection."""

    def __init__(self, connection: Connection, run: RunRef, now: datetime) -> None:
        self._scope = Scope(connection, run, now)
        self.reminders = SqlReminders(self._scope)
        self.links = SqlLinks(self._scope)
        self.intents = SqlIntents(self._scope)
        self.journal = SqlJournal(self._scope)
        self.handovers = SqlHandOvers(self._scope)
        self.guards = SqlGuards(self._scope)
        self.feed = SqlFeed(self._scope)
        self.listed = SqlListed(self._scope)
        self.asked = SqlAsked(self._scope)
        self.batches = SqlBatches(self._scope)

    @property
    def woken(self) -> frozenset[str]:
        """Other users whom this transaction makes due."""
        return frozenset(self._scope.woken)

    def owner_of(self, salesforce_id: str) -> str | None:
        """See `ports.Transaction`."""
        syncing = select(users.c.id).where(users.c.sync_on, users.c.active)
        return self._scope.connection.scalar(
            syncing.where(users.c.team_id == self._scope.team_id, users.c.salesforce_id == salesforce_id)
        )

    def asleep(self, user_id: str) -> bool:
        """See `ports.Transaction`."""
        same_team = (users.c.id == user_id) & (users.c.team_id == self._scope.team_id)
        return bool(self._scope.connection.scalar(select(standing.asleep()).where(same_team)))

    def salesforce_id_of(self, user_id: str) -> str | None:
        """See `ports.Transaction`."""
        return self._scope.connection.scalar(
            select(users.c.salesforce_id).where(users.c.team_id == self._scope.team_id, users.c.id == user_id)
        )

    def email_of(self, user_id: str) -> str | None:
        """See `ports.Transaction`."""
        return self._scope.connection.scalar(
            select(users.c.email).where(users.c.team_id == self._scope.team_id, users.c.id == user_id)
        )

    def save(self, place: Place) -> None:
        """See `ports.Transaction`."""
        mine = update(run_state).where(run_state.c.user_id == self._scope.user_id)
        self._scope.connection.execute(mine.values(place=rows.place_json(place)))
