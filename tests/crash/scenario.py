"""What a scenario is, and what several begin or end with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from remindersync.model import TeamSettings
from tests.crash.stage import Stage


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


def a_pair(stage):
    stage.tid = stage.create(Subject="Pair", Status="In Progress")
    stage.run()
    stage.rid = stage.reminder_of(stage.tid)
    stage.wait(700)


def change_if_live(stage):
    if stage.reminder(stage.rid).deleted_at is None:
        stage.change(stage.rid, details="too late")


def none_left(stage):
    live = [one for one in stage.everything() if one.deleted_at is None]
    return {"left": [*live, *stage.live()], "wanted": []}
