"""The scenes on the whole pipeline: PostgreSQL, Redis, the Celery job, and an org in a box over HTTP."""

import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from celery import Celery
from sqlalchemy import event, func, select, update

from orgsim.server import Sim
from remindersync.memory import MemoryClock
from remindersync.memory.task import FIELDS
from remindersync.model import Choice
from remindersync.ports import Grant
from remindersync.salesforce.ids import record_id
from remindersync.store import rows, tables
from remindersync.store.app_reminders import AppReminders, Draft
from remindersync.store.logins import LoginGrant
from tasks import names
from tests.conformance.hooks import Hooks
from tests.conformance.scene import (
    ADA,
    ADMIN,
    BOB,
    CARL,
    COLLEAGUES,
    COMPANY,
    CONTACT,
    EMAILS,
    LEAD,
    ORG,
    OTHER_LEAD,
    QUEUE,
    SALESFORCE_IDS,
    Scene,
)
from tests.conformance.world import Event, Preview, Progress
from worker import services as composition
from worker.embedded import Server, Servers
from worker.salesforce_users import find
from worker.settings import Settings

_USERS = [
    {"Id": ADA, "Username": EMAILS["ada"], "Name": "Ada", "RoleId": "00ESM0000000001"},
    {"Id": BOB, "Username": EMAILS["bob"], "Name": "Bob"},
    {"Id": CARL, "Username": EMAILS["carl"], "Name": "Carl", "RoleId": "00ESM0000000002"},
    {"Id": ADMIN, "Username": EMAILS["admin"], "Name": "Admin", "ViewAllData": True},
]
_ROLES = [
    {"Id": "00ESM0000000001", "Name": "Lead of sales"},
    {"Id": "00ESM0000000002", "Name": "Sales", "ParentRoleId": "00ESM0000000001"},
]
_PEOPLE = {
    "leads": [{"Id": LEAD, "Name": "Lea Lead", "OwnerId": ADA}, {"Id": OTHER_LEAD, "Name": "Leo Lead", "OwnerId": ADA}],
    "accounts": [{"Id": COMPANY, "Name": "Initech"}],
    "contacts": [
        {"Id": CONTACT, "Name": "Connie Contact"},
        *({"Id": one, "Name": f"Colleague {one}", "AccountId": COMPANY} for one in COLLEAGUES),
    ],
    "groups": [{"Id": QUEUE, "Name": "New business", "Type": "Queue", "MemberIds": [ADA]}],
}
_ORG = {"id": ORG, "name": "Acme", "users": _USERS, "roles": _ROLES, **_PEOPLE}


_NAMES = {"Key": "RemindersyncKey__c"}


class Recording:
    """The engine, which keeps its last report: jobs return nothing."""

    def __init__(self, engine):
        self._engine = engine
        self.hooks = Hooks()
        engine._connect = self.hooks.over(engine._connect)
        engine._runs = self.hooks.book(engine._runs)
        self.report = None

    def sync_user(self, user_id, claim=None):
        self.report = self._engine.sync_user(user_id, claim)
        return self.report


class NoQueue:
    """Takes what a job wants to send on: the scene itself says when the next job runs."""

    def send(self, user_id):
        return True


class PipelineScene(Scene):
    def __init__(self, sim: Sim, parts: composition.Services, job, clock: MemoryClock, key_field, zone):
        self.sim, self.clock, self.job, self.parts = sim, clock, job, parts
        self.recording = parts.engine
        self.hooks = parts.engine.hooks
        self.reminders_of_app = AppReminders(parts.database, clock)
        sim.door.reset({"orgs": [_ORG | {"settings": {"key_field": key_field}}]})
        self._ahead = 0.0
        self._ticked_at = clock.now()
        self.wait(0)
        self.team = parts.directory.add_team("Sales")
        self.users = {name: self._join(name, zone) for name in ("ada", "bob")}
        self.admin = sim.door.as_user(EMAILS["admin"])

    def _join(self, name, zone):
        user = self.parts.directory.add_user(EMAILS[name], "Sales", time_zone=zone, is_admin=name == "ada")
        self._connect(user, name)
        return self.parts.directory.user_by_id(user.id)

    def _connect(self, user, name):
        login = self.sim.door.session(EMAILS[name])
        where = (login["instance_url"], login["access_token"], login["refresh_token"])
        self.parts.directory.connect(
            user.id, LoginGrant(ORG, SALESFORCE_IDS[name], EMAILS[name], *where, Grant.REFRESH)
        )

    # ── Time and runs ──

    def wait(self, seconds):
        self.clock.advance(seconds)
        self.sim.door.freeze(self.clock.now() + timedelta(seconds=self._ahead))

    def claim(self, person):
        claim = self.parts.due.claim_user(self.users[person].id, 60)
        return claim.claim if claim else None

    def deliver(self, person, claim):
        self.job(self.users[person].id, claim)
        return self.recording.report

    def rest(self, person):
        due = tables.run_state.c.next_due_at
        mine = select(func.extract("epoch", due - func.now())).where(tables.run_state.c.user_id == self.user_id(person))
        with self.parts.database.begin() as connection:
            return float(connection.scalar(mine))

    def skew(self, seconds):
        self._ahead = seconds
        self.wait(0)

    def session(self, person):
        return self.parts.sessions(self.parts.directory.sync_user(self.user_id(person)), background=False)

    def open_intents(self):
        return sum(row.closed_at is None for row in self._rows(tables.intents, tables.intents.c.id))

    def take_lock(self, person):
        return self.parts.locks.acquire(f"user:{self.user_id(person)}")

    @property
    def runs(self):
        return self.parts.runs

    def ask(self, person, kind, *, full=False, only=None):
        self.parts.requests.queue(self.users[person].id, kind, full=full, reminder_id=only)

    def allow(self, calls):
        share = self.parts.directory.settings(self.team.id).api_share_percent
        used = self.parts.limiter.usage(ORG).used
        self.sim.door.set_org(ORG, settings={"daily_limit": (used + calls) * 100 // share})
        self.session("ada").by_ids([LEAD])  # whose answer tells the limiter

    # ── Who acts, who leaves ──

    def use_integration(self, person):
        self.connect_feed()
        found = find(self.parts, self.parts.directory.team("Sales"), EMAILS[person])
        self.parts.directory.put_on_integration(self.user_id(person), found)

    def deactivate(self, person):
        self.parts.directory.deactivate(self.user_id(person))

    def activate(self, person):
        self.parts.directory.activate(self.user_id(person), now=self.clock.now())

    def deactivate_there(self, person):
        self.sim.door.set_user(EMAILS[person], IsActive=False)

    def leave_salesforce(self, person):
        self.deactivate_there(person)
        self.sim.door.end_sessions(EMAILS[person])
        self.run(person)

    def return_to_salesforce(self, person):
        self.sim.door.set_user(EMAILS[person], IsActive=True)
        if not self.parts.directory.user_by_id(self.user_id(person)).on_integration_login:
            self._connect(self.users[person], person)

    def hand_over(self, person, to):
        self.reminders_of_app.hand_over(self.actor, self.user_id(person), EMAILS[to])

    def erase(self, person):
        self.parts.directory.erase(self.user_id(person))

    def convert_lead(self, by, to):
        self.sim.door.convert_lead(EMAILS[by], LEAD, contact_id=CONTACT, owner_id=SALESFORCE_IDS[to])

    @property
    def integration_username(self):
        return EMAILS["admin"]

    # ── The org feed, and what waits for approval ──

    def connect_feed(self, *, sees_all=True):
        name = "admin" if sees_all else "carl"
        login = self.sim.door.session(EMAILS[name])
        where = (login["instance_url"], login["access_token"], login["refresh_token"])
        grant = LoginGrant(ORG, SALESFORCE_IDS[name], EMAILS[name], *where, Grant.REFRESH)
        self.parts.directory.connect_team(self.team.id, grant)

    def tick(self):
        cursors, passed = tables.org_cursors, self.clock.now() - self._ticked_at
        self._ticked_at = self.clock.now()
        with self.parts.database.begin() as connection:  # whose own clock does not stand
            aged = {"next_due_at": func.now(), "checked_at": cursors.c.checked_at - passed}
            connection.execute(update(cursors).values(aged))
        return self.parts.org_feed.read(self.team.id)

    def waiting(self, person):
        return {one.reminder_id: one.change for one in self.parts.approvals.waiting(self.user_id(person))}

    def approve(self, person, reminder_ids):
        self.parts.approvals.approve(self.user_id(person), reminder_ids)

    # ── The switch and the settings ──

    def turn_on(self, *people):
        for person in people:
            self.parts.directory.turn_on(self.users[person].id, now=self.clock.now())

    def preview_switch(self, person="ada", **choice):
        self._choice = Choice(**choice)
        run_id = self.parts.turning_on.ask(self.users[person].id, self._choice)
        self.slice(person)
        self._preview = self.parts.turning_on.of_run(run_id)
        return list(self._preview.items)

    def accept(self, person="ada"):
        user_id, now = self.users[person].id, self.clock.now()
        self.parts.turning_on.turn_on(user_id, self._choice, self._preview.digest, now=now)

    def turn_on_again(self, person, since):
        self.parts.turning_on.turn_on(self.users[person].id, Choice(since=since), now=self.clock.now())

    def set_zone(self, person, zone):
        self.parts.directory.describe(self.users[person].id, name=person, time_zone=zone)

    def left_out(self, person="ada"):
        (status,) = self.parts.directory.status(self.users[person].id)
        return status.left_out

    def push(self, reminder_id):
        self.reminders_of_app.push(self.actor, reminder_id)

    def turn_off(self, person):
        self.parts.directory.turn_off(self.users[person].id)

    def set(self, **settings):
        before = self.parts.directory.settings(self.team.id)
        self.parts.directory.save_settings(self.team.id, replace(before, **settings))

    def preview(self, kind):
        shown = self.parts.team_actions.preview(self.team.id, kind)
        return Preview(shown.digest, {one.reminder_id: one.line for one in shown.lines}, dict(shown.left_out))

    def ask_for(self, preview):
        return self.parts.team_actions.ask(self.team.id, preview.handle, self.actor).id

    def progress(self, action):
        found = self.parts.team_actions.progress(self.team.id, action)
        return Progress(found.waiting, found.done, {one.reminder_id: one.reason for one in found.left})

    # ── In the app ──

    @property
    def actor(self):
        """An admin of the team, who reaches everybody's reminders."""
        return self.users["ada"]

    def user_id(self, person):
        return self.users[person].id

    def add(self, name, by="ada", **fields):
        return self.reminders_of_app.create(self.users[by], Draft(name, **fields)).reminder.id

    def change(self, reminder_id, **fields):
        self.reminders_of_app.edit(self.actor, reminder_id, fields)

    def bin(self, reminder_id):
        self.reminders_of_app.delete(self.actor, reminder_id)

    def restore(self, reminder_id):
        self.reminders_of_app.restore(self.actor, reminder_id)

    def assign(self, reminder_id, to):
        self.reminders_of_app.edit(self.actor, reminder_id, {"assignee": EMAILS[to]})

    def everything(self):
        return [rows.reminder(row) for row in self._rows(tables.reminders, tables.reminders.c.created_at)]

    def history(self, reminder_id):
        return [
            Event(row.field, row.old, row.new, row.rule, row.kept, row.login)
            for row in self._rows(tables.history, tables.history.c.id)
            if row.reminder_id == reminder_id and row.run_id is not None
        ]

    def faults(self):
        found = self._rows(tables.diagnostics, tables.diagnostics.c.id)
        return [(row.code, row.reminder_id) for row in found if row.state == "open"]

    # ── In Salesforce ──

    def create(self, by="ada", **values):
        return self.sim.door.as_user(EMAILS[by]).create(**values)

    def create_late(self, seconds, **values):
        self.sim.door.add_fault("late", seconds=seconds, kind="ui")
        return self.create(**values)

    def touch(self, task_id):
        self.sim.door.touch(task_id)

    def unknown_person(self):
        return record_id("00QSM0000000009")

    def edit(self, task_id, **values):
        self.admin.update(task_id, **values)

    def delete(self, task_id):
        self.admin.delete(task_id)

    def undelete(self, task_id):
        self.admin.undelete(task_id)

    def store_tasks(self, tasks):
        return self.sim.door.put_tasks(
            [{"OwnerId": ADA} | {_NAMES.get(name, name): _wired(value) for name, value in one.items()} for one in tasks]
        )

    def make_series(self, task_id):
        row = {name: value for name, value in self.sim.door.task(task_id).items() if name != "OrgId"}
        stamps = dict.fromkeys(("LastModifiedDate", "SystemModstamp"), self.sim.door.now().isoformat())
        self.sim.door.put_tasks([row | stamps | {"IsRecurrence": True}])

    def remove(self, task_id):
        self.sim.door.hard_delete(task_id)

    def every_task(self):
        known = ("OwnerId", "IsDeleted")
        return {
            row["Id"]: {name: row.get(name) for name in (*FIELDS, *known)} | {"Key": row.get(_NAMES["Key"])}
            for row in self.sim.door.tasks(include_deleted=True)
        }

    def links(self):
        return [rows.link(row) for row in self._rows(tables.links, tables.links.c.task_id)]

    # ── What goes wrong, and what it cost ──

    def lose(self, *, saved):
        self.sim.door.add_fault("cut", when="after" if saved else "before", path="composite")

    def refuse(self, code, *, task_id=None, subject=None):
        where = {"Id": task_id} if task_id else {"Subject": subject}
        self.sim.door.add_fault("record_error", code=code, where=where, times=None)

    def refuse_nothing(self):
        self.sim.door.clear_faults()

    def spent(self):
        counted = self.sim.door.counters()
        return counted["calls"], counted["records"]

    def stored(self):
        kept = (tables.reminders, tables.links, tables.intents, tables.history, tables.handovers, tables.diagnostics)
        return tuple(str(self._rows(table, *table.primary_key.columns)) for table in (*kept, tables.runs))

    @contextmanager
    def changes(self):
        """Collect the statements inside a block that change rows."""
        made = []

        def note(_connection, cursor, statement, *_rest):
            if cursor.rowcount and re.search(r"\b(INSERT INTO|UPDATE (?!OF\b|SKIP\b)\w+|DELETE FROM)\b", statement):
                made.append(" ".join(statement.split()))

        engine = self.parts.database._engine
        event.listen(engine, "after_cursor_execute", note)
        try:
            yield made
        finally:
            event.remove(engine, "after_cursor_execute", note)

    def _rows(self, table, *order):
        with self.parts.database.begin() as connection:
            return connection.execute(select(table).order_by(*order)).all()


def _wired(value):
    return value.isoformat() if isinstance(value, datetime) else value


@contextmanager
def pipeline(sim, database_url, redis_url, home, monkeypatch, *, key_field, zone):
    """Build the services of a worker on a clock that only moves when told to."""
    clock = MemoryClock()
    monkeypatch.setattr(composition, "SystemClock", lambda: clock)
    settings = Settings(
        home=home,
        secret_key="a secret key for tests only",
        token_keys=("a token key for tests only",),
        salesforce_login_url=sim.url,
        salesforce_allowed_hosts=(sim.url.removeprefix("http://"),),
        salesforce_client_id="orgsim-client",
        salesforce_client_secret="orgsim-secret",
    )
    servers = Servers(Server(database_url, "for tests"), Server(redis_url, "for tests"))
    built = composition.build(settings, servers)
    parts = built.but(engine=Recording(built.engine), dispatcher=NoQueue())
    app = Celery("conformance", set_as_current=False, include=["tasks.sync_user"])
    app.services = lambda: parts
    app.loader.import_default_modules()
    app.finalize()
    try:
        yield PipelineScene(sim, parts, app.tasks[names.SYNC_USER], clock, key_field, zone)
    finally:
        app.close()
        built.close()
