"""Sends claims to the queues: many in batches over one connection, one at once after a person's edit."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

from celery import Celery
from kombu import pools
from kombu.exceptions import KombuError
from kombu.messaging import Producer
from redis import Redis
from redis.exceptions import RedisError

from remindersync.errors import SyncError
from remindersync.ports import UNWATCHED, Watch
from remindersync.store.due import Claim, SqlDue
from tasks import names

logger = logging.getLogger(__name__)

_QUICK = {"socket_timeout": 1, "socket_connect_timeout": 1}
_POOL_SECONDS = 1
_BATCH = 1000
_ASK_AGAIN_SECONDS = 5
# kombu wraps most of the transport's errors, but not those of a batch that was cut off.
_OUT_OF_REACH = (KombuError, RedisError, OSError)


class BrokerAway(SyncError):
    """No message could be sent; whether some went out nobody knows, and it does not matter (ONCE-3)."""

    def __init__(self, error: Exception) -> None:
        super().__init__(f"The broker does not answer ({type(error).__name__}): the next tick sends again.")


class Dispatcher:
    """The way from claims to messages. A claim whose message is lost is given out again when its lease ends."""

    def __init__(self, app: Celery, due: SqlDue, redis: Redis, lease_seconds: float, watch: Watch = UNWATCHED) -> None:
        """Take the app, and a client of its broker's server with a short time-out."""
        self._app = app
        self._due = due
        self._redis = redis
        self._lease_seconds = lease_seconds
        self._watch = watch
        self._out_of_reach = False
        self._ask_again_at = 0.0
        self._connecting = threading.Lock()

    def publish(self, claims: Sequence[Claim]) -> None:
        """Send each claim's job to its queue.

        Raises `BrokerAway` without a broker; the claims are given back then.
        """
        try:
            with self._watch.during("publish", messages=len(claims)):
                self._send_jobs(claims)
        except _OUT_OF_REACH as error:
            self._due.give_back(claims)
            raise BrokerAway(error) from error

    def send(self, user_id: str) -> bool:
        """Send a user's job at once; whether it went out. Takes two seconds at most.

        Nothing is lost then: the user is due in the database, and the next tick sends them.
        """
        return self._trying(lambda: self._send_one(user_id)) > 0

    def send_each(self, user_ids: Sequence[str]) -> int:
        """Send the jobs of users who were made due; return how many jobs went out, without a broker none.

        Of several, as a tick does it: whoever is due, the longest first, as many as the queues have room for. The next
        ticks send the rest.
        """
        if len(user_ids) == 1:
            return int(self.send(user_ids[0]))
        return self._trying(self._send_due) if user_ids else 0

    def _send_due(self) -> int:
        sent = 0
        while claims := self._due.claim(_BATCH, self._lease_seconds):
            self.publish(claims)
            sent += len(claims)
        return sent

    def _send_one(self, user_id: str) -> int:
        claim = self._due.claim_user(user_id, self._lease_seconds)
        if claim is None:
            return 0
        self.publish([claim])
        return 1

    def _trying(self, send: Callable[[], int]) -> int:
        """Return how many jobs went out; nothing is tried for a few seconds after the broker was out of reach."""
        if monotonic() < self._ask_again_at:
            return 0
        try:
            # Asked first, so that no claim keeps the next tick from sending this user.
            self._redis.ping()
            sent = send()
        except (BrokerAway, *_OUT_OF_REACH) as error:
            self._note_outage(error.__cause__ or error)
            return 0
        self._out_of_reach = False
        return sent

    def _send_jobs(self, claims: Sequence[Claim]) -> None:
        with self._producer() as producer, producer.batch(_BATCH):  # type: ignore[no-untyped-call]  # kombu has no types
            for claim in claims:
                self._send_job(producer, claim)

    def _send_job(self, producer: Producer, claim: Claim) -> None:
        self._app.send_task(
            names.SYNC_USER,
            args=(claim.user_id, claim.claim),
            queue=str(claim.lane),
            producer=producer,
            # What Flower shows: people, not ids.
            argsrepr=f"(user={claim.email})",
            kwargsrepr="",
            ignore_result=True,
            retry=False,
        )

    @contextmanager
    def _producer(self) -> Iterator[Producer]:
        # Celery reads its configuration on first use, and two threads at once would find it half read.
        with self._connecting:
            connection = self._app.connection_for_write(transport_options=_QUICK)
        with pools.producers[connection].acquire(block=True, timeout=_POOL_SECONDS) as producer:
            yield producer

    def _note_outage(self, error: BaseException) -> None:
        if not self._out_of_reach:
            logger.warning("The broker is out of reach (%s): edits wait in the database.", type(error).__name__)
        self._out_of_reach = True
        self._ask_again_at = monotonic() + _ASK_AGAIN_SECONDS
