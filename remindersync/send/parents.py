"""The records that Salesforce locks while it saves Tasks: their person, their company, what they are related to."""

from collections.abc import Iterator, Mapping, Sequence

from remindersync.model import ChangeTask, CreateTask, Outbound, Values

# The companies of persons, as far as other Tasks about them tell: a create has a person only.
Companies = Mapping[str, frozenset[str]]
_PERSON = "WhoId"


def newly_named(actions: Sequence[Outbound]) -> set[str]:
    """Return the persons of Tasks that no read has shown with them: whose company no link tells."""
    writes = [action.payload for action in actions if isinstance(action, CreateTask | ChangeTask)]
    return {person for payload in writes if (person := payload.get(_PERSON)) is not None}


def parents(actions: Sequence[Outbound], companies: Companies) -> frozenset[str]:
    """Return what Salesforce locks while it saves these: the parents before and after the change."""
    return frozenset(parent for action in actions for parent in _parents(action, companies))


def families(actions: Sequence[Outbound], companies: Companies) -> list[list[Outbound]]:
    """Return the actions in groups that share a parent, also through one another, in order of each group's first."""
    joined = _Joined()
    names = [sorted(_parents(action, companies)) or [f"of reminder {action.reminder_id}"] for action in actions]
    for mine in names:
        for name in mine[1:]:
            joined.join(mine[0], name)
    groups: dict[str, list[Outbound]] = {}
    for action, mine in zip(actions, names, strict=True):
        groups.setdefault(joined.first(mine[0]), []).append(action)
    return list(groups.values())


def _parents(action: Outbound, companies: Companies) -> set[str]:
    people = {person for values in _values(action) if (person := values.get(_PERSON)) is not None}
    found = people | {company for person in people for company in companies.get(person, ())}
    if not isinstance(action, CreateTask):
        found |= {one for one in (action.link.company_id, action.link.related_id) if one is not None}
    return found


def _values(action: Outbound) -> Iterator[Values]:
    if isinstance(action, CreateTask):
        yield action.payload
        return
    yield action.link.base.raw
    if isinstance(action, ChangeTask):
        yield action.payload
        yield action.before


class _Joined:
    """Names, some of which are of one group; each group is known by one of them."""

    def __init__(self) -> None:
        self._next: dict[str, str] = {}

    def first(self, name: str) -> str:
        """Return the name by which the group of `name` is known."""
        while (following := self._next.get(name, name)) != name:
            # Every second one is passed over from now on, so that ways stay short.
            self._next[name] = self._next.get(following, following)
            name = following
        return name

    def join(self, one: str, other: str) -> None:
        self._next[self.first(other)] = self.first(one)
