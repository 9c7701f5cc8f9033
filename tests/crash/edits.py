"""Scenarios of importing, creating, editing, completing and reopening."""

from datetime import date

from remindersync.model import Person, Priority, Status
from tests.conformance.scene import CONTACT, LEAD
from tests.crash.scenario import Scenario, a_pair, none_left

HERE = {
    "name": "new name",
    "status": Status.COMPLETED,
    "priority": Priority.HIGH,
    "due_date": date(2026, 3, 1),
    "details": "new details",
    "person": Person(salesforce_id=LEAD),
}
AGAIN_HERE = {
    "name": "newer name",
    "status": Status.OPEN,
    "priority": Priority.NORMAL,
    "due_date": date(2026, 4, 1),
    "details": "newer details",
    "person": Person(salesforce_id=CONTACT),
}
THERE = {
    "Subject": "new name",
    "Status": "Completed",
    "Priority": "High",
    "ActivityDate": "2026-03-01",
    "Description": "new details",
    "WhoId": LEAD,
}
AGAIN_THERE = {
    "Subject": "newer name",
    "Status": "Not Started",
    "Priority": "Normal",
    "ActivityDate": "2026-04-01",
    "Description": "newer details",
    "WhoId": CONTACT,
}


# ── First import ────────────────────────────────────────────────────────────────────────────────────────────


def _three_tasks(stage):
    stage.ids = [
        stage.create(Subject="today", ActivityDate="2026-01-05"),
        stage.create(Subject="later", Priority="High", Description="why"),
        stage.create(Subject="past", ActivityDate="2025-12-24"),
    ]


def _names(stage):
    return {"names": sorted(one.name for one in stage.everything() if one.deleted_at is None)}


def _one_is_edited_and_one_deleted(stage):
    stage.edit(stage.ids[0], Subject="tomorrow")
    stage.delete(stage.ids[2])


FIRST_IMPORT = Scenario(
    _three_tasks,
    lambda stage: stage.run("ada"),
    lambda stage: _names(stage) | {"wanted": ["later", "past", "today"]},
    {
        "edited and deleted there": (
            _one_is_edited_and_one_deleted,
            lambda stage: _names(stage) | {"wanted": ["later", "tomorrow"]},
        )
    },
)


# ── Create ──────────────────────────────────────────────────────────────────────────────────────────────────


def _create_here(stage):
    stage.rid = stage.add("Send offer", details="asap", due_date=date(2026, 3, 1))
    stage.run("ada", "bob")


def _create_there(stage):
    stage.tid = stage.create(Subject="Call back", Description="soon")
    stage.run("ada", "bob")


def _one(stage, **values):
    live = [one for one in stage.everything() if one.deleted_at is None]
    tasks = stage.live()
    shown = {"reminders": len(live), "tasks": len(tasks)}
    shown |= {name: getattr(live[0], name) for name in values} if live else {}
    return {"shown": shown, "wanted": {"reminders": 1, "tasks": 1, **values}}


CREATE_HERE = Scenario(
    lambda stage: stage.run(),
    _create_here,
    lambda stage: _one(stage, name="Send offer", details="asap"),
    {
        "edited here": (
            lambda stage: stage.change(stage.rid, name="Send better offer"),
            lambda stage: _one(stage, name="Send better offer", details="asap"),
        ),
        "deleted here": (lambda stage: stage.bin(stage.rid), none_left),
        "a twin here": (
            lambda stage: stage.add("Send offer", details="asap", due_date=date(2026, 3, 1)),
            lambda stage: {
                "shown": (len(stage.live()), len(stage.everything())),
                "wanted": (2, 2),
            },
        ),
    },
)

CREATE_THERE = Scenario(
    lambda stage: stage.run(),
    _create_there,
    lambda stage: _one(stage, name="Call back", details="soon"),
    {
        "edited there": (
            lambda stage: stage.edit(stage.tid, Subject="Call again"),
            lambda stage: _one(stage, name="Call again", details="soon"),
        ),
        "deleted there": (lambda stage: stage.delete(stage.tid), none_left),
    },
)


# ── Edit each field ─────────────────────────────────────────────────────────────────────────────────────────


def _a_pair_for_each_field(stage):
    stage.ids = [stage.create(Subject=f"pair {name}", ActivityDate="2026-01-10") for name in HERE]
    stage.run()
    stage.wait(700)


def _each_here(stage, values):
    for task_id, (name, value) in zip(stage.ids, values.items(), strict=True):
        stage.change(stage.reminder_of(task_id), **{name: value})


def _each_there(stage, values):
    for task_id, (name, value) in zip(stage.ids, values.items(), strict=True):
        stage.edit(task_id, **{name: value})


def _values(stage, wanted):
    reminders = [stage.reminder(stage.reminder_of(task_id)) for task_id in stage.ids]
    shown = [getattr(one, name) for one, name in zip(reminders, HERE, strict=True)]
    shown[-1] = shown[-1] and shown[-1].salesforce_id
    wanted = list(wanted.values())
    wanted[-1] = wanted[-1].salesforce_id
    return {"shown": shown, "wanted": wanted}


def _edit_here(stage):
    _each_here(stage, HERE)
    stage.run("ada", "bob")


def _edit_there(stage):
    _each_there(stage, THERE)
    stage.run("ada", "bob")


_AGAIN_THERE = {
    "edited again there": (
        lambda stage: _each_there(stage, AGAIN_THERE),
        lambda stage: _values(stage, AGAIN_HERE),
    ),
}
_AGAIN_HERE = {
    "edited again here": (
        lambda stage: _each_here(stage, AGAIN_HERE),
        lambda stage: _values(stage, AGAIN_HERE),
    ),
}

EDIT_HERE = Scenario(_a_pair_for_each_field, _edit_here, lambda stage: _values(stage, HERE), _AGAIN_HERE)
EDIT_THERE = Scenario(_a_pair_for_each_field, _edit_there, lambda stage: _values(stage, HERE), _AGAIN_THERE)


# ── Complete and reopen ─────────────────────────────────────────────────────────────────────────────────────


def _complete_and_reopen_here(stage):
    stage.change(stage.rid, status=Status.COMPLETED)
    stage.run("ada")
    stage.change(stage.rid, status=Status.OPEN)
    stage.run("ada")


def _complete_and_reopen_there(stage):
    stage.edit(stage.tid, Status="Completed")
    stage.run("ada")
    stage.edit(stage.tid, Status="Not Started")
    stage.run("ada")


COMPLETE_REOPEN_HERE = Scenario(
    a_pair,
    _complete_and_reopen_here,
    lambda stage: {
        "shown": (stage.reminder(stage.rid).status, stage.task(stage.tid).is_closed),
        "wanted": (Status.OPEN, False),
    },
)
COMPLETE_REOPEN_THERE = Scenario(
    a_pair,
    _complete_and_reopen_there,
    lambda stage: {
        "shown": (stage.reminder(stage.rid).status, stage.task(stage.tid).is_closed),
        "wanted": (Status.OPEN, False),
    },
)
