"""Scenarios of deleting, giving away, contradicting and restoring."""

from remindersync.model import Priority
from tests.crash.scenario import Scenario, a_pair, change_if_live, none_left

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
    return {"shown": (live, len(stage.live())), "wanted": ([True, True], 2)}


def _edit_if_live(stage):
    if not stage.task(stage.tid).is_deleted:
        stage.edit(stage.tid, Description="too late")


DELETE_HERE = Scenario(
    _two_pairs,
    _delete_here,
    none_left,
    {
        "edited there": (_edit_if_live, none_left),
        "restored here": (_restored, _both),
    },
)
DELETE_THERE = Scenario(
    _two_pairs,
    _delete_there,
    none_left,
    {
        "edited here": (change_if_live, none_left),
        "undeleted there": (
            lambda stage: [stage.undelete(one) for one in (_task_of(stage, stage.here), stage.tid)],
            _both,
        ),
    },
)


# ── Reassign ────────────────────────────────────────────────────────────────────────────────────────────────


def _with_bob(stage):
    live = [stage.person(one.owner_id) for one in stage.everything()]
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
REASSIGN_THERE = Scenario(a_pair, _give_there, _with_bob, _SAID_LATER)
REASSIGN_HERE = Scenario(a_pair, _give_here, _with_bob, _SAID_LATER)


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
    a_pair,
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
            lambda stage: {"shown": len(stage.live()), "wanted": 1},
        ),
    },
)
