"""Who sees which records under private sharing: their owner, those above in the role hierarchy, viewers of all."""

from collections.abc import Iterable

from orgsim.tables import Row


class Sharing:
    """The owners whose records each user may see and edit, worked out once per change of users or roles."""

    def __init__(self) -> None:
        self._view_all: set[str] = set()
        self._edit_all: set[str] = set()
        self._owners: dict[str, frozenset[str]] = {}

    def rebuild(self, users: Iterable[Row], roles: Iterable[Row], queues: Iterable[Row]) -> None:
        users, queues = list(users), list(queues)
        below = _roles_below(list(roles))
        members: dict[str, list[str]] = {}
        for user in users:
            members.setdefault(user.get("UserRoleId") or "", []).append(user["Id"])
        self._view_all = {user["Id"] for user in users if user.get("ViewAllData")}
        # Who views all edits all, unless the profile says otherwise.
        self._edit_all = {user["Id"] for user in users if user.get("ModifyAllData", user.get("ViewAllData"))}
        self._owners = {}
        for user in users:
            juniors = (one for role in below.get(user.get("UserRoleId") or "", ()) for one in members.get(role, ()))
            queued = (queue["Id"] for queue in queues if user["Id"] in (queue.get("MemberIds") or ()))
            self._owners[user["Id"]] = frozenset((user["Id"], *juniors, *queued))

    def sees_all(self, user_id: str) -> bool:
        return user_id in self._view_all

    def edits_all(self, user_id: str) -> bool:
        return user_id in self._edit_all

    def may_edit(self, user_id: str, owner_id: str) -> bool:
        return user_id in self._edit_all or owner_id in self.owners_seen_by(user_id)

    def owners_seen_by(self, user_id: str) -> frozenset[str]:
        return self._owners.get(user_id, frozenset((user_id,)))

    def may_see(self, user_id: str, owner_id: str) -> bool:
        return user_id in self._view_all or owner_id in self.owners_seen_by(user_id)


def _roles_below(roles: list[Row]) -> dict[str, set[str]]:
    children: dict[str, list[str]] = {}
    for role in roles:
        children.setdefault(role.get("ParentRoleId") or "", []).append(role["Id"])
    return {role["Id"]: _descendants(role["Id"], children) for role in roles}


def _descendants(role_id: str, children: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(children.get(role_id, ()))
    while waiting:
        child = waiting.pop()
        if child not in found:
            found.add(child)
            waiting.extend(children.get(child, ()))
    return found
