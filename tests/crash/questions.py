"""Scenarios of what Salesforce is asked in special cases only: where an answer, a Task, a right or a moment is missing."""

from remindersync.model import TeamSettings
from remindersync.ports import CHECKED_DELETES
from tests.crash.points import At, Strike
from tests.crash.scenario import Scenario, a_pair, change_if_live, none_left

# Longer than what was read stays fresh enough to be written over in a call without conditions.
_SLOW_SECONDS = 6
_MAY_LAND_SECONDS = 700
_REREAD_SECONDS = 3700


# ── A create without an answer: by its key, or by what was sent ─────────────────────────────────────────────


def _an_unanswered_create(stage):
    stage.run()
    stage.rid = stage.add("Send offer", details="asap")
    stage.points.usual = lambda point: At("before", stage.unanswered(point)) if point.is_write else Strike()
    stage.run("ada")
    stage.points.usual = lambda _: Strike()


def _create_again(stage):
    stage.run("ada")
    stage.wait(_MAY_LAND_SECONDS)
    stage.run("ada")


def _named(stage, name):
    live = [one.name for one in stage.everything() if one.deleted_at is None]
    return {"shown": (live, len(stage.live())), "wanted": ([name], 1)}


CREATE_AGAIN = Scenario(
    _an_unanswered_create,
    _create_again,
    lambda stage: _named(stage, "Send offer"),
    {
        "edited here": (
            lambda stage: stage.change(stage.rid, name="Send better offer"),
            lambda stage: _named(stage, "Send better offer"),
        ),
        "deleted here": (lambda stage: stage.bin(stage.rid), none_left),
    },
)


# ── A Task that no read shows any more: by the deletion log ─────────────────────────────────────────────────


def _remove_there(stage):
    stage.remove(stage.tid)
    stage.wait(_REREAD_SECONDS)
    stage.run("ada")


REMOVE_THERE = Scenario(
    a_pair,
    _remove_there,
    none_left,
    {"edited here": (change_if_live, none_left)},
)


# ── New Tasks of a team with a condition of its own ─────────────────────────────────────────────────────────


def _import_on_condition(stage):
    stage.tid = stage.create(Subject="Call back", Priority="High")
    stage.run("ada")


IMPORT_ON_CONDITION = Scenario(
    lambda stage: stage.run(),
    _import_on_condition,
    lambda stage: _named(stage, "Call back"),
    {
        "edited there": (
            lambda stage: stage.edit(stage.tid, Subject="Call again"),
            lambda stage: _named(stage, "Call again"),
        ),
        "deleted there": (lambda stage: stage.delete(stage.tid), none_left),
    },
    TeamSettings(import_condition="Priority = 'High'"),
)


# ── More than a call on conditions takes, in a slow org: by their stamps ────────────────────────────────────


def _many_pairs(stage):
    stage.ids = [stage.create(Subject=f"pair {number}") for number in range(CHECKED_DELETES + 1)]
    stage.run()
    stage.wait(_MAY_LAND_SECONDS)


def _delete_slowly(stage):
    for task_id in stage.ids:
        stage.bin(stage.reminder_of(task_id))
    slow = At("after", lambda: stage.wait(_SLOW_SECONDS))
    stage.points.usual = lambda point: slow if point.is_request else Strike()
    stage.run("ada")
    stage.points.usual = lambda _: Strike()


def _edit_one_if_live(stage):
    if not stage.task(stage.ids[0]).is_deleted:
        stage.edit(stage.ids[0], Description="too late")


DELETE_SLOWLY = Scenario(_many_pairs, _delete_slowly, none_left, {"edited there": (_edit_one_if_live, none_left)})
