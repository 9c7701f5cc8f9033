"""The steps of runs where they leave the process: every database transaction, Redis command and HTTP request."""

import threading
from contextlib import contextmanager
from urllib.parse import urlsplit

import redis.exceptions
import requests
from sqlalchemy import text

from remindersync.errors import ConfigurationError
from tests.crash.points import Point

COMMIT = "commit"
_METHODS = ("GET ", "POST ", "PATCH ", "DELETE ")


class Wire:
    """Puts points into the services of a worker: those of `stage`, while it runs somebody."""

    def __init__(self, parts):
        self.stage = None
        self._is_in_a_run = False
        self._begin = parts.database.begin
        self._command = parts.redis.execute_command
        self._send = parts.http._adapter.send
        parts.database.begin = self._transaction
        parts.redis.execute_command = self._redis
        parts.http._adapter.send = self._request

    @contextmanager
    def in_a_run(self, is_one):
        """Count what happens inside as steps of a run, or not: what people do, and what a test looks at."""
        before, self._is_in_a_run = self._is_in_a_run, is_one
        try:
            yield
        finally:
            self._is_in_a_run = before

    def _transaction(self):
        if not self._is_in_a_run:
            return self._begin()
        return self.stage.points.around(Point(COMMIT, is_transaction=True), self._begin(), ends=self._end_session)

    def _end_session(self, connection):
        """Let the server end a transaction that stands still for too long."""
        stuck = connection.connection.driver_connection.info.backend_pid
        with self._begin() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": stuck})

    def _redis(self, *command, **options):
        return self._step(Point(_told(command)), lambda: self._command(*command, **options))

    def _request(self, request, **options):
        stage, sent = self.stage, self.stage.sending

        def work():
            answer = self._send(request, **options)
            # Read here and now: of one that lands late nobody else would.
            stage.answered(sent, answer.content)
            return answer

        path = urlsplit(request.url).path
        name = f"{request.method} {path}"
        return self._step(Point(name, is_request=True, is_write=_writes(request.method, path)), work)

    def _step(self, point, work):
        # The thread that renews locks is no run.
        in_a_run = self._is_in_a_run and threading.current_thread() is threading.main_thread()
        return self.stage.points.step(point, work) if in_a_run else work()


def _writes(method, path):
    # Stamps of many records are asked for in a body (sObject Collections, retrieve by POST).
    retrieves = method == "POST" and path.endswith("composite/sobjects/Task")
    return method != "GET" and "/data/" in path and not retrieves


def _told(command):
    """Name a command: what its script is about, by the first key, without whose."""
    key = next((str(part) for part in command if str(part).startswith("remindersync:")), "")
    return f"{command[0]} {':'.join(key.split(':')[:2])}".strip()


def lost(point):
    """Return what a run sees where the connection is cut at a point."""
    if point.is_transaction:
        return ConfigurationError("The database is out of reach.")
    if point.name.startswith(_METHODS):
        return requests.ConnectionError("The connection was cut.")
    return redis.exceptions.ConnectionError("The connection was cut.")
