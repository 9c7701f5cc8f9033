"""What people do in each scenario, what they may do meanwhile, and what has to come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from remindersync.model import Person, Priority, Status, TeamSettings
from tests.crash.stage import Stage

LEAD, CONTACT = "00Q000000000001AAA", "003000000000001AAA"
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


def nothing(stage):
    del stage


@dataclass(frozen=True)
class Scenario:
    """`prepare` happens before, `play` is what is watched; `meanwhile` by name, each with what must be in the end."""

    prepare: Callable[[Stage], None]
    play: Callable[[Stage], None]
    wanted: Callable[[Stage], Mapping[str, object]]
    meanwhile: Mapping[str, tuple[Callable[[Stage], None], Callable[[Stage], Mapping[str, object]]]] = field(
        default_factory=dict
    )
    settings: TeamSettings | None = None


# ── First import ────────────────────────────────────────────────────────────────────────────────────────────


def _three_tasks(stage):
    stage.ids = [
        stage.create(Subject="today", ActivityDate="2026-01-05"),
        stage.create(Subject="later", Priority="High", Description="why"),
        stage.create(Subject="past", ActivityDate="2025-12-24"),
    ]


def _names(stage):
    return {"names": sorted(one.name for one in stage.state.reminders.values() if one.deleted_at is None)}


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
    live = [one for one in stage.state.reminders.values() if one.deleted_at is None]
    tasks = stage.org.live()
    shown = {"reminders": len(live), "tasks": len(tasks)}
    shown |= {name: getattr(live[0], name) for name in values} if live else {}
    return {"shown": shown, "wanted": {"reminders": 1, "tasks": 1, **values}}


def _none(stage):
    live = [one for one in stage.state.reminders.values() if one.deleted_at is None]
    return {"left": [*live, *stage.org.live()], "wanted": []}


CREATE_HERE = Scenario(
    lambda stage: stage.run(),
    _create_here,
    lambda stage: _one(stage, name="Send offer", details="asap"),
    {
        "edited here": (
            lambda stage: stage.change(stage.rid, name="Send better offer"),
            lambda stage: _one(stage, name="Send better offer", details="asap"),
        ),
        "deleted here": (lambda stage: stage.bin(stage.rid), _none),
        "a twin here": (
            lambda stage: stage.add("Send offer", details="asap", due_date=date(2026, 3, 1)),
            lambda stage: {
                "shown": (len(stage.org.live()), len(stage.state.reminders)),
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
        "deleted there": (lambda stage: stage.delete(stage.tid), _none),
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


def _a_pair(stage):
    stage.tid = stage.create(Subject="Pair", Status="In Progress")
    stage.run()
    stage.rid = stage.reminder_of(stage.tid)
    stage.wait(700)


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
    _a_pair,
    _complete_and_reopen_here,
    lambda stage: {
        "shown": (stage.reminder(stage.rid).status, stage.task(stage.tid).is_closed),
        "wanted": (Status.OPEN, False),
    },
)
COMPLETE_REOPEN_THERE = Scenario(
    _a_pair,
    _complete_and_reopen_there,
    lambda stage: {
        "shown": (stage.reminder(stage.rid).status, stage.task(stage.tid).is_closed),
        "wanted": (Status.OPEN, False),
    },
)


# ── Delete ──────────────────────────────────────────────────────────────────────────────────────────────────


def _two_pairs(stage):
    stage.here = stage.add("made here")
    stage.tid = stage.create(Subject="made there")
    stage.run()
    stage.rid = stage.reminder_of(stage.tid)
    stage.wait(700)


def _task_of(stage, reminder_id):
    return next(link.task_id for link in stage.links() if link.reminder_id == reminder_id)


def _delete_here(stage):
    stage.bin(stage.here)
    stage.bin(stage.rid)
    stage.run("ada", "bob")


def _delete_there(stage):
    stage.delete(_task_of(stage, stage.here))
    stage.delete(stage.tid)
    stage.run("ada", "bob")


def _restored(stage):
    stage.restore(stage.here)
    stage.restore(stage.rid)


def _both(stage):
    live = [stage.reminder(one).deleted_at is None for one in (stage.here, stage.rid)]
    return {"shown": (live, len(stage.org.live())), "wanted": ([True, True], 2)}


def _edit_if_live(stage):
    if not stage.task(stage.tid).is_deleted:
        stage.edit(stage.tid, Description="too late")


def _change_if_live(stage):
    if stage.reminder(stage.rid).deleted_at is None:
        stage.change(stage.rid, details="too late")


DELETE_HERE = Scenario(
    _two_pairs,
    _delete_here,
    _none,
    {
        "edited there": (_edit_if_live, _none),
        "restored here": (_restored, _both),
    },
)
DELETE_THERE = Scenario(
    _two_pairs,
    _delete_there,
    _none,
    {
        "edited here": (_change_if_live, _none),
        "undeleted there": (
            lambda stage: [stage.undelete(one) for one in (_task_of(stage, stage.here), stage.tid)],
            _both,
        ),
    },
)


# ── Reassign ────────────────────────────────────────────────────────────────────────────────────────────────


def _with_bob(stage):
    live = [one.owner_id for one in stage.state.reminders.values()]
    return {"shown": (live, stage.reminder(stage.rid).details), "wanted": (["bob"], "said before")}


def _with_bob_changed(stage):
    return {"shown": stage.reminder(stage.rid).details, "wanted": "said later"}


def _give_there(stage):
    stage.change(stage.rid, details="said before")
    stage.give(stage.tid, "bob")
    stage.run("ada", "bob", "ada")


def _give_here(stage):
    stage.change(stage.rid, details="said before")
    stage.assign(stage.rid, "bob")
    stage.run("ada", "bob", "ada")


_SAID_LATER = {
    "edited again here": (lambda stage: stage.change(stage.rid, details="said later"), _with_bob_changed),
}
REASSIGN_THERE = Scenario(_a_pair, _give_there, _with_bob, _SAID_LATER)
REASSIGN_HERE = Scenario(_a_pair, _give_here, _with_bob, _SAID_LATER)


# ── Conflict ────────────────────────────────────────────────────────────────────────────────────────────────


def _conflict(stage):
    stage.edit(stage.tid, Subject="theirs", Priority="High")
    stage.wait(90)
    stage.change(stage.rid, name="ours", details="ours too")
    stage.run("ada", "bob")


def _resolved(stage, name):
    one = stage.reminder(stage.rid)
    return {"shown": (one.name, one.priority, one.details), "wanted": (name, Priority.HIGH, "ours too")}


CONFLICT = Scenario(
    _a_pair,
    _conflict,
    lambda stage: _resolved(stage, "ours"),
    {
        "edited again here": (
            lambda stage: stage.change(stage.rid, name="ours at last"),
            lambda stage: _resolved(stage, "ours at last"),
        ),
    },
)


# ── Restore ─────────────────────────────────────────────────────────────────────────────────────────────────


def _deleted_pairs(stage):
    _two_pairs(stage)
    stage.bin(stage.here)
    stage.delete(stage.tid)
    stage.run()
    stage.wait(700)
    stage.run()


def _restore(stage):
    stage.restore(stage.here)
    stage.undelete(stage.tid)
    stage.run("ada", "bob")


RESTORE = Scenario(
    _deleted_pairs,
    _restore,
    _both,
    {
        "edited here": (
            lambda stage: stage.change(stage.here, name="made again"),
            lambda stage: {
                "shown": (_both(stage)["shown"], stage.reminder(stage.here).name),
                "wanted": (_both(stage)["wanted"], "made again"),
            },
        ),
        "deleted again here": (
            lambda stage: stage.bin(stage.here),
            lambda stage: {"shown": len(stage.org.live()), "wanted": 1},
        ),
    },
)

SCENARIOS = {
    "first import": FIRST_IMPORT,
    "create here": CREATE_HERE,
    "create there": CREATE_THERE,
    "edit each field here": EDIT_HERE,
    "edit each field there": EDIT_THERE,
    "complete and reopen here": COMPLETE_REOPEN_HERE,
    "complete and reopen there": COMPLETE_REOPEN_THERE,
    "delete here": DELETE_HERE,
    "delete there": DELETE_THERE,
    "reassign there": REASSIGN_THERE,
    "reassign here": REASSIGN_HERE,
    "conflict": CONFLICT,
    "restore": RESTORE,
}
