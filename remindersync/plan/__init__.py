"""Decide what a run will do: a pure function from a snapshot to a plan."""

from dataclasses import replace

from remindersync.model import (
    ChangeTask,
    CreateTask,
    DeleteTask,
    Inbound,
    LinkState,
    Outbound,
    Pair,
    Plan,
    Rebase,
    Snapshot,
)
from remindersync.plan.pairs import plan_pair


def plan(snapshot: Snapshot) -> Plan:
    """Return everything that has to be done for the snapshot's pairs, each with a reason a person can read."""
    inbound: list[Inbound] = []
    outbound: list[Outbound] = []
    owed: set[str] = set()
    for pair in snapshot.pairs:
        for action in plan_pair(pair, snapshot):
            if isinstance(action, CreateTask | ChangeTask | DeleteTask):
                outbound.append(action)
                # What is made anew was noted as unsent with its old link.
                owed |= set() if isinstance(action, CreateTask) else _owed(pair, snapshot)
            else:
                inbound.append(action)
    inbound += [
        Rebase(replace(link, state=LinkState.UNREACHABLE), "Salesforce no longer shows it to this user")
        for link in snapshot.unreadable
        if link.state is LinkState.ACTIVE
    ]
    return Plan(tuple(inbound), tuple(outbound), frozenset(owed))


def _owed(pair: Pair, snapshot: Snapshot) -> set[str]:
    """Return the reminder of a pair if nobody edited it: a late write of our own is written over, a sleeper wakes.

    What is rendered anew on request waits among what was asked for.
    """
    ours = pair.reminder
    in_step = ours is not None and ours.version == ours.synced_version and ours.id not in snapshot.rerender
    return {ours.id} if ours is not None and in_step else set()
