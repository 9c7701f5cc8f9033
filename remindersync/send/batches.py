"""Which records go in one call: those of one parent together, those on a condition apart (DIAG-2)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from remindersync.model import CreateTask, DeleteTask, Outbound
from remindersync.ports import CHECKED_DELETES, CHECKED_UPDATES
from remindersync.send.parents import Companies, families

BATCH = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """Actions of one kind that one call carries; `checked` if each has a condition. `companies` are their persons'."""

    actions: tuple[Outbound, ...]
    checked: bool = False
    companies: Companies = field(default_factory=dict)


def cut(actions: Sequence[Outbound], young: Collection[str], companies: Companies) -> list[Batch]:
    """Cut actions of one kind into calls that keep records of one parent together.

    As many as a call on conditions takes all have one, for it costs no more calls; of more, those that are `young`,
    by reminder, and what shares a parent with one, if a call on conditions takes all of these.
    """
    most = _most_checked(actions)
    groups = families(actions, companies)
    if len(actions) <= most:
        return [Batch(one, checked=True, companies=companies) for one in _packed(groups, most)]
    careful: list[list[Outbound]] = []
    plain: list[list[Outbound]] = []
    for group in groups:
        fresh = [one for one in group if one.reminder_id in young]
        if not (most and fresh):
            plain.append(group)
        elif len(group) <= most:
            careful.append(group)
        else:
            careful.append(fresh)
            plain.append([one for one in group if one.reminder_id not in young])
    return [
        *(Batch(one, checked=True, companies=companies) for one in _packed(careful, most)),
        *(Batch(one, companies=companies) for one in _packed(plain, BATCH)),
    ]


def _most_checked(actions: Sequence[Outbound]) -> int:
    """Return how many of these a call on conditions takes: a create has nothing to be conditional on."""
    if isinstance(actions[0], CreateTask):
        return 0
    return CHECKED_DELETES if isinstance(actions[0], DeleteTask) else CHECKED_UPDATES


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
