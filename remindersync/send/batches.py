"""Which records go in one call: those of one parent together, those on a condition apart (DIAG-2)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from remindersync.model import ChangeTask, CreateTask, DeleteTask, Outbound
from remindersync.ports import CHECKED_DELETES, CHECKED_UPDATES

BATCH = 200
_PARENT = "WhoId"


@dataclass(frozen=True, slots=True)
class Batch:
    """Actions of one kind that one call carries; `checked` if each has a condition."""

    actions: tuple[Outbound, ...]
    checked: bool = False


def cut(actions: Sequence[Outbound], young: Collection[str]) -> list[Batch]:
    """Cut actions of one kind into calls.

    As many as a call on conditions takes all have one, for it costs no more calls; of more, those that are `young`,
    by reminder, and what shares a parent with one.
    """
    most = _most_checked(actions)
    if len(actions) <= most:
        return [Batch(one, checked=True) for one in _packed(_by_parent(actions), most)]
    careful: list[list[Outbound]] = []
    plain: list[list[Outbound]] = []
    for group in _by_parent(actions):
        (careful if most and any(one.reminder_id in young for one in group) else plain).append(group)
    return [
        *(Batch(one, checked=True) for one in _packed(careful, most)),
        *(Batch(one) for one in _packed(plain, BATCH)),
    ]


def parents(actions: Sequence[Outbound]) -> frozenset[str]:
    """Return the records that Salesforce locks while it saves these: before and after the change."""
    return frozenset(parent for action in actions for parent in _parents(action))


def _parents(action: Outbound) -> Iterator[str]:
    values = [action.payload] if isinstance(action, CreateTask) else [action.link.base.raw]
    if isinstance(action, ChangeTask):
        values += [action.payload, action.before]
    yield from (parent for one in values if (parent := one.get(_PARENT)) is not None)


def _most_checked(actions: Sequence[Outbound]) -> int:
    """Return how many of these a call on conditions takes: a create has nothing to be conditional on."""
    if isinstance(actions[0], CreateTask):
        return 0
    return CHECKED_DELETES if isinstance(actions[0], DeleteTask) else CHECKED_UPDATES


def _by_parent(actions: Sequence[Outbound]) -> list[list[Outbound]]:
    """Return the actions in groups that share a parent, in order of each group's first."""
    groups: dict[str, list[Outbound]] = {}
    for action in actions:
        name = min(_parents(action), default=f"of reminder {action.reminder_id}")
        groups.setdefault(name, []).append(action)
    return list(groups.values())


def _packed(groups: Sequence[Sequence[Outbound]], size: int) -> Iterator[tuple[Outbound, ...]]:
    """Yield calls that keep groups whole; one larger than a call fills calls of its own."""
    call: list[Outbound] = []
    for group in groups:
        if call and len(call) + len(group) > size:
            yield tuple(call)
            call = []
        call += group
        while len(call) > size:
            yield tuple(call[:size])
            call = call[size:]
    if call:
        yield tuple(call)
