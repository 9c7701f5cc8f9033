"""Who sees and who edits a record: its owner, those above, viewers of all, and through its person or company."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from orgsim.schema import ObjectType
from orgsim.tables import Row

if TYPE_CHECKING:
    from orgsim.org import Org

PARENT_FIELDS = ("WhoId", "WhatId")
_OWNED = frozenset({"Lead", "Contact", "Account"})


def is_private(org: "Org", object_name: str) -> bool:
    """Tell whether records of an object are seen by some users only."""
    return object_name == "Task" or (object_name in _OWNED and org.settings.parent_sharing == "private")


def may_see(org: "Org", user_id: str, object_name: str, row: Row) -> bool:
    if not is_private(org, object_name) or org.sharing.sees_all(user_id):
        return True
    if object_name != "Task":
        return org.sharing.may_see(user_id, row.get("OwnerId") or user_id)
    return _sees_task(org, user_id, row)


def _sees_task(org: "Org", user_id: str, row: Row) -> bool:
    model = org.beliefs["task_sharing"]
    if model == "private":
        return org.sharing.may_see(user_id, row["OwnerId"])
    if model == "private_read_through_parent":
        return org.sharing.may_see(user_id, row["OwnerId"]) or _parents_allow(org, user_id, row, is_any=True)
    return row["OwnerId"] == user_id or _parents_allow(org, user_id, row, is_any=True)


def may_edit(org: "Org", user_id: str, object_name: str, row: Row) -> bool:
    """Tell whether the user may write a record they see."""
    if not is_private(org, object_name) or org.sharing.edits_all(user_id):
        return True
    own = org.sharing.may_edit(user_id, row.get("OwnerId") or user_id)
    if object_name != "Task" or org.beliefs["task_sharing"] != "controlled_by_parent":
        return own
    # Without a parent that could control it, a Task is its owner's.
    parents = [row[name] for name in PARENT_FIELDS if row.get(name)]
    return _parents_allow(org, user_id, row, is_any=False) if parents else own


def _parents_allow(org: "Org", user_id: str, row: Row, *, is_any: bool) -> bool:
    found = [org.find(row[name]) for name in PARENT_FIELDS if row.get(name)]
    answers = [may_see(org, user_id, *one) for one in found if one is not None]
    return any(answers) if is_any else bool(answers) and all(answers)


def owners_hint(org: "Org", user_id: str) -> Collection[str] | None:
    """Give the owners among whom every Task is that the user sees, None where others' are seen too."""
    if org.sharing.sees_all(user_id) or org.beliefs["task_sharing"] != "private":
        return None
    return org.sharing.owners_seen_by(user_id)


def may_refer_to(org: "Org", user_id: str, record_id: str) -> bool:
    """Tell whether a user may hang a Task on a person or company."""
    found = org.find(record_id)
    return found is None or may_see(org, user_id, *found)


def permissions(org: "Org", user_id: str) -> Row:
    """Give the one row of UserPermissionAccess: what the running user may do, which needs no right to be asked."""
    sharing = org.sharing
    return {
        "PermissionsViewAllData": sharing.sees_all(user_id),
        "PermissionsModifyAllData": sharing.edits_all(user_id),
    }


def type_for(org: "Org", user_id: str, name: str) -> ObjectType | None:
    """Give an object as one user has it: without what field-level security or the profile takes away."""
    user = org.table("User").get(user_id) or {}
    found = org.object_type(name)
    if found is None or found.name in (user.get("HiddenObjects") or ()):
        return None
    if found.name != "Task":
        return found
    if user.get("HiddenFields"):
        found = found.without_fields(*user["HiddenFields"])
    if user.get("ReadOnlyFields"):
        found = found.with_read_only(*user["ReadOnlyFields"])
    return found if user.get("EditTasks", True) else found.as_read_only()
