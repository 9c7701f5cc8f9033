"""The scenes on the in-memory ports."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from remindersync.engine import Engine
from remindersync.errors import Category, Destiny, Fault
from remindersync.memory import MemoryClock, MemoryLocks, MemoryOrg, MemoryOrgBook, MemorySalesforce, MemoryStore
from remindersync.memory.asked import ask, shown
from remindersync.memory.salesforce import lost_answer
from remindersync.memory.task import FIELDS
from remindersync.model import ActsAs, Choice, Line, LinkState, Place, Reminder, RunKind, Status, SyncUser, TeamSettings
from remindersync.org_feed import OrgFeed, Parts
from remindersync.pace import FeedPace, Pace
from remindersync.store.items import preview_items
from remindersync.store.team_settings import checked
from remindersync.store.turning_on import listed
from tests.conformance.hooks import Hooks
from tests.conformance.scene import (
    ADA,
    ADMIN,
    CARL,
    COLLEAGUES,
    COMPANY,
    CONTACT,
    EMAILS,
    LEAD,
    ORG,
    QUEUE,
    SALESFORCE_IDS,
    Scene,
)
from tests.conformance.world import Event, Preview, Progress


class MemoryScene(Scene):
    def __init__(self, key_field="RemindersyncKey__c", zone="Europe/Berlin"):
        self.clock = MemoryClock()
        self.store = MemoryStore(self.clock)
        self.org = MemorySalesforce(
            self.clock,
            key_field=key_field,
            sees=lambda who, owner: who == ADMIN or (who == ADA and owner in (CARL, QUEUE)),
            companies=dict.fromkeys(COLLEAGUES, COMPANY),
        )
        self.locks, self.hooks = MemoryLocks(), Hooks()
        self.engine = Engine(self.hooks.book(self.store), self.hooks.over(self.org.connect), self.locks, self.clock)
        self.book = MemoryOrgBook(self.store)
        parts = Parts(self.book, lambda *_: MemoryOrg(self.org), self.locks, self.clock, FeedPace(0, 0))
        self.org_feed = OrgFeed(parts)
        self._hidden = []
        for name in ("ada", "bob"):
            user = SyncUser(
                name, "team", EMAILS[name], zone, ORG, SALESFORCE_IDS[name], self.clock.now(), TeamSettings()
            )
            self.store.add_user(user, Place()).on = False

    # ── Time and runs ──

    def wait(self, seconds):
        self.clock.advance(seconds)
        shown = [(at, task) for at, task in self._hidden if at <= self.clock.now()]
        self.org.tasks |= {task.id: task for _, task in shown}
        self._hidden = [one for one in self._hidden if one not in shown]

    def claim(self, person):
        return self.store.claim(person)

    def deliver(self, person, claim):
        return self.engine.sync_user(person, claim)

    def rest(self, person):
        return (self.store.state.users[person].due_at - self.clock.now()).total_seconds()

    def skew(self, seconds):
        self.org.offset_seconds = seconds

    def session(self, person):
        return self.org.connect(self.store.state.users[person].user, background=False)

    def open_intents(self):
        return sum(result is None for *_, result in self.store.state.intents.values())

    def take_lock(self, person):
        return self.locks.acquire(f"user:{person}")

    @property
    def runs(self):
        return self.store

    def ask(self, person, kind, *, full=False, only=None):
        self.store.ask(person, kind, full=full, only=only)

    def allow(self, calls):
        spent = self.org.calls
        self.engine._pace = Pace(calls_each=lambda _: (calls - (self.org.calls - spent)) / 2)

    # ── Who acts, who leaves ──

    def use_integration(self, person):
        self.org.integration = ADMIN
        user = self.store.state.users[person]
        user.user = replace(user.user, acts_as=ActsAs.INTEGRATION)

    def deactivate(self, person):
        self.store.deactivate(person)

    def activate(self, person):
        self.store.activate(person)

    def deactivate_there(self, person):
        self.org.inactive.add(SALESFORCE_IDS[person])

    def leave_salesforce(self, person):
        self.deactivate_there(person)
        self.org.lost.add(SALESFORCE_IDS[person])
        if not self._is_acted_for(person):
            self.store.state.users[person].inactive_there = True
        self.run(person)

    def return_to_salesforce(self, person):
        self.org.inactive.discard(SALESFORCE_IDS[person])
        self.org.lost.discard(SALESFORCE_IDS[person])
        if not self._is_acted_for(person):
            self.store.state.users[person].inactive_there = False
            self.store.turn_on(person)

    def _is_acted_for(self, person):
        return self.store.state.users[person].user.acts_as is ActsAs.INTEGRATION

    def hand_over(self, person, to):
        for one in self.reminders(person):
            if one.status is Status.OPEN:
                self.assign(one.id, to)
        self.store.ask(person, RunKind.HAND_OVER)

    def erase(self, person):
        gone = {one.id for one in self.everything() if one.owner_id == person}
        self.store.deactivate(person)
        state = self.store.state
        state.reminders = {key: one for key, one in state.reminders.items() if key not in gone}
        state.links = {key: one for key, one in state.links.items() if one.reminder_id not in gone}

    def convert_lead(self, by, to):
        for task_id, task in self.org.tasks.items():
            if task.values["WhoId"] == LEAD and not task.is_deleted:
                mine = task.owner_id == SALESFORCE_IDS[by] and not task.is_closed
                self.org.edit(task_id, WhoId=CONTACT, OwnerId=SALESFORCE_IDS[to] if mine else task.owner_id)

    @property
    def integration_username(self):
        return f"{ADMIN}@example.com"

    # ── The org feed, and what waits for approval ──

    def connect_feed(self, *, sees_all=True):
        self.org.sees_all = sees_all
        self.book.connect("team", ORG)

    def tick(self):
        return self.org_feed.read("team")

    def waiting(self, person):
        mine = [one for one in self.everything() if one.owner_id == person and one.approved_at is None]
        return {one.id: one.held_change for one in mine if one.held_change is not None}

    def approve(self, person, reminder_ids):
        for one in set(self.waiting(person)) & set(reminder_ids):
            reminder = self.store.state.reminders[one]
            self.store.state.reminders[one] = replace(reminder, approved_at=self.clock.now())
        self.ask(person, RunKind.FULL)

    # ── The switch and the settings ──

    def turn_on(self, *people):
        for person in people:
            self.store.turn_on(person)

    def preview_switch(self, person="ada", **choice):
        self._choice = Choice(**choice)
        self.store.preview(person, self._choice)
        self._shown = preview_items(self.slice(person).plan)
        return self._shown

    def accept(self, person="ada"):
        self.store.turn_on(person, self._choice, dict(listed(self._shown)))

    def turn_on_again(self, person, since):
        self.store.turn_on(person, Choice(since=since))

    def set_zone(self, person, zone):
        user = self.store.state.users[person]
        user.user = replace(user.user, time_zone=zone)

    def left_out(self, person="ada"):
        return self.store.state.users[person].place.left_out

    def push(self, reminder_id):
        self.store.edit(reminder_id, shared=True)

    def turn_off(self, person):
        self.store.turn_off(person)

    def set(self, **settings):
        for name, user in list(self.store.state.users.items()):
            changed = replace(user.user, settings=checked(replace(user.user.settings, **settings)))
            self.store.state.users[name] = replace(user, user=changed)

    def preview(self, kind):
        found = shown(self.store.state, kind)
        lines = {one: line for one, line in found.items() if isinstance(line, Line)}
        return Preview((kind, lines), lines, dict(Counter(line for line in found.values() if isinstance(line, str))))

    def ask_for(self, preview):
        kind, lines = preview.handle
        for owner in {self.reminder(one).owner_id for one in lines}:
            self.store.state.users[owner].mark_due(self.clock.now())
        return ask(self.store.state, kind, lines.items(), EMAILS["ada"])

    def progress(self, action):
        rows = [row for (of, _), row in self.store.state.asked.items() if of == action]
        left = {item.reminder_id: decided.left for _, item, decided in rows if decided and decided.left}
        waiting = sum(decided is None for *_, decided in rows)
        return Progress(waiting, len(rows) - waiting - len(left), left)

    # ── In the app ──

    def user_id(self, person):
        return person

    def add(self, name, by="ada", **fields):
        now, user = self.clock.now(), self.store.state.users[by]
        shared = user.on and user.user.turned_on_at <= now
        done = now if fields.get("status") is Status.COMPLETED else None
        reminder = Reminder(str(uuid4()), "team", by, name, now, now, shared=shared, completed_at=done, **fields)
        self.store.state.reminders[reminder.id] = reminder
        self.store.edited_now(by)
        return reminder.id

    def change(self, reminder_id, **fields):
        if "status" in fields:
            self._decide(reminder_id)
        self.store.edit(reminder_id, **fields)

    def bin(self, reminder_id):
        self._decide(reminder_id)
        self.store.edit(reminder_id, deleted_at=self.clock.now())

    def _decide(self, reminder_id):
        """End the wait of a guarded change: a person decided."""
        reminder = self.store.state.reminders[reminder_id]
        self.store.state.reminders[reminder_id] = replace(reminder, held_change=None)

    def restore(self, reminder_id):
        self.store.edit(reminder_id, deleted_at=None)

    def assign(self, reminder_id, to):
        linked = any(one.reminder_id == reminder_id and one.state is LinkState.ACTIVE for one in self.links())
        reminder, target = self.reminder(reminder_id), self.store.state.users[to]
        new = target.on and target.user.turned_on_at <= reminder.created_at
        moved = {"owner_id": to, "shared": target.on and (reminder.shared or new)}
        self.store.edit(reminder_id, **({"assign_to": to} if linked else moved))

    def everything(self):
        return list(self.store.state.reminders.values())

    def history(self, reminder_id):
        return [
            Event(one.field, one.old, one.new, one.rule, one.kept, one.login)
            for one in self.store.state.history
            if one.reminder_id == reminder_id
        ]

    def faults(self):
        return [(fault.code, reminder_id) for fault, reminder_id, *_ in self.store.open_faults()]

    # ── In Salesforce ──

    def create(self, by="ada", **values):
        owner = values.pop("OwnerId", SALESFORCE_IDS[by])
        return self.org.add(owner, values, by=SALESFORCE_IDS[by])

    def create_late(self, seconds, **values):
        task_id = self.create(**values)
        self._hidden.append((self.clock.now() + timedelta(seconds=seconds), self.org.tasks.pop(task_id)))
        return task_id

    def touch(self, task_id):
        self.org.touch(task_id)

    def unknown_person(self):
        person = "00QSM0000000009AAA"
        fault = Fault("INVALID_CROSS_REFERENCE_KEY", "", Category.ACCESS, "No such person.", "Choose.", Destiny.PARK)
        self.org.refuse[person] = fault
        return person

    def edit(self, task_id, **values):
        self.org.edit(task_id, **values)

    def delete(self, task_id):
        self.org.delete(task_id)

    def undelete(self, task_id):
        self.org.undelete(task_id)

    def store_tasks(self, rows):
        return [self._stored_task(dict(values)) for values in rows]

    def make_series(self, task_id):
        self.org.tasks[task_id].is_recurrence = True
        self.org.edit(task_id)

    def remove(self, task_id):
        self.org.remove(task_id)

    def _stored_task(self, values):
        owner = values.pop("OwnerId", ADA)
        fields = {name: values[name] for name in FIELDS if name in values}
        task_id = self.org.add(owner, fields, key=values.get("Key"))
        task = self.org.tasks[task_id]
        task.subtype = values.get("TaskSubtype", task.subtype)
        task.is_recurrence = values.get("IsRecurrence", False)
        task.created_at = values.get("CreatedDate", task.created_at)
        task.modified_at = values.get("LastModifiedDate", task.modified_at)
        task.stamp = values.get("SystemModstamp", task.modified_at)
        task.is_deleted = values.get("IsDeleted", False)
        return task_id

    def every_task(self):
        return {
            one: dict(task.values) | {"OwnerId": task.owner_id, "IsDeleted": task.is_deleted, "Key": task.key}
            for one, task in self.org.tasks.items()
        }

    def links(self):
        return list(self.store.state.links.values())

    # ── What goes wrong, and what it cost ──

    def lose(self, *, saved):
        def once():
            self.org.before = self.org.after = lambda: None
            lost_answer()

        if saved:
            self.org.after = once
        else:
            self.org.before = once

    def refuse(self, code, *, task_id=None, subject=None):
        fault = Fault(code, "", Category.ACCESS, "Refused.", "Mend it.", Destiny.PARK)
        self.org.refuse[task_id or subject] = fault

    def refuse_nothing(self):
        self.org.refuse.clear()

    def spent(self):
        return self.org.calls, self.org.written.copy()

    def stored(self):
        state = self.store.state
        tables = (state.reminders, state.links, state.intents, state.history, state.handovers, state.faults)
        return tuple(str(one) for one in tables), self.store.commits
