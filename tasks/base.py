"""What all jobs share: their services, handed to the app by the process they run in, and how they fail."""

import logging
import traceback
from collections.abc import Sequence
from typing import Any, Protocol

from celery import Task

from remindersync.engine import Engine
from remindersync.errors import SyncError
from remindersync.org_feed import OrgFeed
from remindersync.store.due import Claim, SqlDue
from remindersync.store.retention import Kept, SqlRetention

logger = logging.getLogger(__name__)


class Webhooks(Protocol):
    """Tells webhooks what happened to reminders."""

    def due(self) -> list[str]:
        """Return the webhooks that have something to be told now."""

    def deliver(self, webhook_id: str) -> int:
        """Tell one all that is new; return how many events it took."""


class Usage(Protocol):
    """Writes down what the orgs' daily calls were used for."""

    def note(self) -> int:
        """Write down what was counted lately; return of how many orgs and quarters of an hour."""


class Tally(Protocol):
    """Counts what happens, for whoever watches; never raises."""

    def ran(self, outcome: str) -> None:
        """Count a run."""

    def ticked(self) -> None:
        """Note a tick of beat's."""


class Services(Protocol):
    """The part of the composition root that jobs use."""

    @property
    def engine(self) -> Engine: ...
    @property
    def due(self) -> SqlDue: ...
    @property
    def org_feed(self) -> OrgFeed: ...
    @property
    def webhooks(self) -> Webhooks: ...
    @property
    def retention(self) -> SqlRetention: ...
    @property
    def tally(self) -> Tally: ...
    @property
    def usage(self) -> Usage: ...
    @property
    def kept(self) -> Kept: ...
    @property
    def lease_seconds(self) -> float: ...

    def publish(self, claims: Sequence[Claim]) -> None:
        """Send each claim's job to its queue."""

    def send(self, user_id: str) -> bool:
        """Send a user's job at once; whether it went out."""


class JobFailed(Exception):
    """A job met trouble nobody foresaw. The cause's own text stays out of logs and results: it may quote people."""


class Job(Task):
    """A Celery task whose app carries `services`, a function that returns this process's `Services`."""

    abstract = True
    # Told in the log already.
    throws = (JobFailed,)

    @property
    def services(self) -> Services:
        services: Services = self.app.services()
        return services

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except SyncError as error:
            logger.warning("%s stopped: %s", self.name, error)
            raise JobFailed(f"{self.name}: {error}") from None
        except Exception as error:  # noqa: BLE001 whatever it is, its text must not get out
            logger.error("%s failed:\n%s", self.name, "".join(traceback.format_tb(error.__traceback__)))  # noqa: TRY400 without the error's own text
            raise JobFailed(f"{self.name}: {type(error).__name__}") from None
