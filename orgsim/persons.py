"""Saves of people in Salesforce's own pages: no API call, no counter, but late when a fault says so."""

from datetime import timedelta

from orgsim.faults import LATE, Seen
from orgsim.org import Org
from orgsim.saving import Saver
from orgsim.tables import Row
from orgsim.world import World


def person_saver(world: World, org: Org, user: Row, path: str, late_seconds: float = 0.0) -> Saver:
    """Give the saver of a person; faults of action "late" and kind "ui" make its save land later."""
    now = world.clock.second()
    late = world.faults.first((LATE,), Seen("POST", path, "ui", user["Id"], str(user.get("Username"))))
    seconds = late_seconds or (late.seconds if late else 0.0)
    visible_at = now + timedelta(seconds=seconds) if seconds else None
    return Saver(org, user["Id"], now, by_api=False, visible_at=visible_at, holder=org.locks.new_holder())
