"""The stage on the whole pipeline: PostgreSQL, Redis, the Celery job, and an org in a box over HTTP."""

import json
import threading
from contextlib import suppress

import requests
from redis.commands.core import Script
from sqlalchemy import delete, select, update

from remindersync.memory.task import FIELDS
from remindersync.model import Outcome
from remindersync.salesforce.ids import record_id
from remindersync.store import tables
from tasks.base import JobFailed
from tests.conformance.pipeline_world import PipelineScene
from tests.conformance.scene import SALESFORCE_IDS
from tests.crash.stage import SeenTask, Stage
from tests.crash.wire import Wire, lost
from tests.fixtures.waiting import eventually
from worker.addresses import KEY_PREFIX

KEY_FIELD = "RemindersyncKey__c"
# For so long one call that finds out the allowance is waited for.
_PROBE_SECONDS = 35


class Pipe:
    """The servers and services on which one stage after the other stands; `scene` is one of them, to be used up."""

    def __init__(self, scene):
        self.sim, self.parts, self.job, self.clock = scene.sim, scene.parts, scene.job, scene.clock
        self.began_at = self.clock.now()
        self.wire = Wire(self.parts)
        engine = self.parts.engine._engine
        connect = engine._connect
        engine._connect = lambda user, *, background: _Sending(self.wire, connect(user, background=background))
        # A script's first use takes two commands more, which would shift the numbers of the points behind it.
        for part in (self.parts.locks, self.parts.limiter, engine._turns):
            for script in vars(part).values():
                if isinstance(script, Script):
                    self.parts.redis.script_load(script.script)

    def empty(self):
        """Forget everything but what a process knows of its servers."""
        self.clock.at = self.began_at
        self.parts.sessions.schemas.clear()
        self.parts.redis.flushall()
        with self.parts.database.begin() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(delete(table))


class _Sending:
    """A session that tells the stage which reminders' Tasks it is creating."""

    def __init__(self, wire, session):
        self._wire, self._session = wire, session

    def __getattr__(self, name):
        return getattr(self._session, name)

    def create(self, writes):
        stage = self._wire.stage
        before, stage.sending = stage.sending, tuple(write.key for write in writes)
        try:
            return self._session.create(writes)
        finally:
            stage.sending = before


class RealStage(Stage):
    """A new team and a new org on the servers of a pipe."""

    def __init__(self, pipe, *, keyed=True, settings=None):
        super().__init__()
        pipe.wire.stage = self
        pipe.empty()
        self.parts, self.clock, self.wire = pipe.parts, pipe.clock, pipe.wire
        self.sending = ()
        self._failed = []
        key_field = KEY_FIELD if keyed else None
        self.scene = PipelineScene(pipe.sim, pipe.parts, pipe.job, pipe.clock, key_field, "Europe/Berlin")
        self.door = pipe.sim.door
        self.scene.turn_on("ada", "bob")
        if settings is not None:
            self.parts.directory.save_settings(self.scene.team.id, settings)
        self._settings = self.parts.directory.settings(self.scene.team.id)
        self._names = {self.scene.user_id(name): name for name in ("ada", "bob")}
        self.scene.hooks.shown = self._shown

    # ── People ──

    def add(self, name, owner="ada", **fields):
        return self.scene.add(name, by=owner, **fields)

    def change(self, reminder_id, **fields):
        self.scene.change(reminder_id, **fields)

    def bin(self, reminder_id):
        self.scene.bin(reminder_id)

    def restore(self, reminder_id):
        self.scene.restore(reminder_id)

    def assign(self, reminder_id, to):
        self.scene.assign(reminder_id, to)

    def edit(self, task_id, **values):
        self.scene.edit(task_id, **values)

    def give(self, task_id, to):
        self.scene.edit(task_id, OwnerId=SALESFORCE_IDS[to])

    def delete(self, task_id):
        self.scene.delete(task_id)

    def remove(self, task_id):
        self.scene.remove(task_id)

    def _create(self, owner, values):
        return self.scene.create(by=owner, **values)

    def _undelete(self, task_id):
        self.scene.undelete(task_id)

    # ── What stands where ──

    def everything(self):
        return self.scene.everything()

    def links(self):
        return self.scene.links()

    def tasks(self):
        return {task_id: _seen(task_id, row) for task_id, row in self.scene.every_task().items()}

    def left_open(self):
        for row in self._rows(tables.intents):
            if row.closed_at is None:
                yield f"intent left open: {row.kind} of {row.reminder_id}"
        yield from (f"hand-over left: {row.task_id}" for row in self._rows(tables.handovers))
        # A job tells trouble that was foreseen in a sentence, and of other trouble only its kind.
        yield from (one for one in self._failed if not one.endswith("."))

    def history(self):
        return self._rows(tables.history)

    def _shown(self, page):
        self.note(page.tasks)
        return page

    def parked(self):
        return [str(reminder_id) for code, reminder_id in self.scene.faults() if code == "POSSIBLE_DUPLICATE"]

    def settings(self, owner_id):
        del owner_id
        return self._settings

    def person(self, owner_id):
        return self._names[owner_id]

    def salesforce_id(self, name):
        return SALESFORCE_IDS[name]

    def unanswered(self, point):
        def cut():
            raise lost(point)

        return cut

    def _rows(self, table):
        with self.parts.database.begin() as connection:
            return connection.execute(select(table)).all()

    def answered(self, keys, body):
        """Note which Tasks a call made; `keys` are those of the creates it sent."""
        results = json.loads(body) if keys else []
        if not isinstance(results, list) or len(results) != len(keys):
            return
        with self.wire.in_a_run(is_one=False):
            whose = {row.key: str(row.reminder_id) for row in self._rows(tables.intents) if row.key}
        for key, result in zip(keys, results, strict=True):
            if result.get("success"):
                self.made_for[record_id(result["id"])] = whose[key]

    # ── Runs ──

    def _slice(self, user):
        """Work on a message of the user, as a worker does. A job that fails is over."""
        with self.wire.in_a_run(is_one=False):
            claim = self.scene.claim(user)
        self.parts.engine.report = None
        try:
            with self.wire.in_a_run(is_one=True):
                return self.scene.deliver(user, claim).outcome is Outcome.MORE
        except JobFailed as failed:
            self._failed.append(str(failed))
            return False

    def _successor(self, user):
        with self.wire.in_a_run(is_one=False):
            super()._successor(user)

    def _move_clock(self, until):
        passed = (until - self.clock.now()).total_seconds()
        self.scene.wait(passed)
        if passed >= _PROBE_SECONDS:
            # Redis has a clock of its own, which stands still for us.
            for key in self.parts.redis.scan_iter(f"{KEY_PREFIX}allowance:*"):
                self.parts.redis.hdel(key, "probe", "held", "held_background", "at")

    def _locks_expire(self):
        for kind in ("lock", "turn"):
            for key in self.parts.redis.scan_iter(f"{KEY_PREFIX}{kind}:*"):
                self.parts.redis.delete(key)
        with self.parts.database.begin() as connection:
            connection.execute(update(tables.run_state).values(claim_until=None))

    def _afloat(self, work, seconds):
        return self._in_flight(work, seconds=seconds).join

    def sent(self, work):
        """Send a write that stays in flight; return what lets it land, and returns its answer."""
        flight = self._in_flight(work)

        def lands():
            self.door.release()
            flight.join()
            return flight.answer

        return lands

    def _in_flight(self, work, **until):
        flight = _Flight(work)
        held = len(self.door.held())
        self.door.add_fault("hold", when="before", path="composite", **until)
        flight.start()
        eventually(lambda: len(self.door.held()) > held)
        return flight

    def _done_so_far(self):
        return self.scene.spent()[1], self.scene.stored()


class _Flight(threading.Thread):
    """A request under way."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self._work = work
        self.answer = None

    def run(self):
        with suppress(requests.RequestException):
            self.answer = self._work()


def _seen(task_id, row):
    values = {name: row[name] for name in FIELDS}
    return SeenTask(task_id, row["OwnerId"], values, row["IsDeleted"], values["Status"] == "Completed", row["Key"])
