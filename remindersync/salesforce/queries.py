"""Every SOQL statement this app sends. Values come in only through `soql`."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from remindersync import conditions
from remindersync.model import FirstSync, Values
from remindersync.ports import Key, Window
from remindersync.salesforce import soql
from remindersync.salesforce.paging import Paged

LOOK_UP_ROWS = 200


# One row about whoever asks; unlike permission sets it may be read without any right (Object Reference, v41 and later).
PERMISSIONS = "SELECT PermissionsViewAllData FROM UserPermissionAccess"


# More than anybody would choose from.
USER_ROWS = 20


def users_called(name: str) -> str:
    """Ask for the active users with a username or e-mail address."""
    quoted = soql.text(name)
    return _users(f"(Username = {quoted} OR Email = {quoted})")


def user_named(name: str) -> str:
    """Ask for the active user with a username or an id."""
    try:
        return _users(f"Id = {soql.reference(name)}")
    except ValueError:
        return _users(f"Username = {soql.text(name)}")


def inactive(ids: Sequence[str]) -> str:
    """Ask which of these users are not active."""
    return f"SELECT Id FROM User WHERE IsActive = false AND Id IN {soql.references(ids)}"  # noqa: S608 quoted by soql


def _users(which: str) -> str:
    fields = "Id, Username, Name, Email"
    return f"SELECT {fields} FROM User WHERE IsActive = true AND {which} ORDER BY Username LIMIT {USER_ROWS}"  # noqa: S608 SOQL, its values quoted above


def changed(
    fields: Sequence[str], owner_id: str | None, windows: Sequence[Window], after: Key | None, limit: int
) -> str:
    """Ask for Tasks, of one owner or all, stamped in any of `windows`, past `after`, in order of stamp and id."""
    if not windows:
        raise ValueError("Changes are read in at least one window.")
    spans = " OR ".join(_span(window) for window in windows)
    where = [f"OwnerId = {soql.reference(owner_id)}"] if owner_id else []
    where.append(f"({spans})")
    if after is not None:
        where.append(_past_stamp(after))
    return Paged(f"{_select(fields, where)} ORDER BY SystemModstamp, Id", limit)


def count_first(owner_id: str, since: datetime) -> str:
    """Ask how many Tasks a first sync will look at."""
    return f"SELECT COUNT() FROM Task WHERE {' AND '.join(_first(owner_id, since))}"  # noqa: S608 quoted by soql


def count_open(owner_id: str) -> str:
    """Ask how many open Tasks an owner has, masters of series not among them."""
    where = [f"OwnerId = {soql.reference(owner_id)}", "IsClosed = false", "IsDeleted = false", "IsRecurrence = false"]
    return f"SELECT COUNT() FROM Task WHERE {' AND '.join(where)}"  # noqa: S608 quoted by soql


def first(fields: Sequence[str], owner_id: str, first: FirstSync, today: date, limit: int) -> str:
    """Ask for one page of a first sync: part 1 due today or later, earliest first; part 2 the rest, latest first."""
    part, order = {1: (_upcoming, "ActivityDate"), 2: (_overdue_or_undated, "ActivityDate DESC NULLS LAST")}[first.part]
    where = [*_first(owner_id, first.since, every_open=first.every_open), *part(first.after, today)]
    return Paged(f"{_select(fields, where)} ORDER BY {order}, Id", limit)


def by_ids(fields: Sequence[str], ids: Sequence[str]) -> str:
    """Ask for Tasks by id, in order of id."""
    return Paged(f"{_select(fields, [f'Id IN {soql.references(ids)}'])} ORDER BY Id")


def fitting(ids: Sequence[str], condition: str) -> str:
    """Ask which Tasks fit a team's import condition."""
    return _select(["Id"], [f"Id IN {soql.references(ids)}", conditions.parse(condition).text])


def by_keys(fields: Sequence[str], field: str, keys: Sequence[str]) -> str:
    """Ask for Tasks by the values of the org's key field, in order of id."""
    return f"{_select(fields, [f'{field} IN {soql.texts(keys)}'])} ORDER BY Id"


def look_up(fields: Sequence[str], owner_id: str, by: str, span: tuple[datetime, datetime], subject: Values) -> str:
    """Ask for an owner's Tasks that `by` created in a span, with a Subject and a due date.

    Salesforce compares text without regard to case and has stripped what it stored, an empty one to null.
    """
    due = subject.get("ActivityDate")
    where = [
        f"OwnerId = {soql.reference(owner_id)}",
        f"CreatedById = {soql.reference(by)}",
        f"CreatedDate >= {soql.moment(span[0])}",
        f"CreatedDate <= {soql.moment(span[1])}",
        f"Subject = {soql.text((subject.get('Subject') or '').strip() or None)}",
        f"ActivityDate = {soql.day(date.fromisoformat(due) if due else None)}",
    ]
    return f"{_select(fields, where)} ORDER BY CreatedDate, Id LIMIT {LOOK_UP_ROWS}"


def _select(fields: Sequence[str], where: Sequence[str]) -> str:
    return f"SELECT {', '.join(fields)} FROM Task WHERE {' AND '.join(where)}"  # noqa: S608 values are quoted by soql


def _span(window: Window) -> str:
    start = f"SystemModstamp >= {soql.moment(window.start)}"
    if window.end is None:
        return start
    # Stamps are whole seconds: one that an end cuts through belongs to the window.
    end = window.end + timedelta(microseconds=999_999)
    return f"({start} AND SystemModstamp < {soql.moment(end)})"


def _past_stamp(key: Key) -> str:
    if not isinstance(key.at, datetime):
        raise TypeError("A place among stamped rows has a stamp.")
    stamp = soql.moment(key.at)
    return f"(SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > {soql.reference(key.id)}))"


def _first(owner_id: str, since: datetime, *, every_open: bool = False) -> list[str]:
    fresh = f"LastModifiedDate >= {soql.moment(since)}"
    return [
        f"OwnerId = {soql.reference(owner_id)}",
        f"({fresh} OR IsClosed = false)" if every_open else fresh,
        "IsDeleted = false",
        "IsRecurrence = false",
    ]


def _upcoming(after: tuple[str | None, str] | None, today: date) -> list[str]:
    where = [f"ActivityDate >= {soql.day(today)}"]
    if after is not None:
        due, seen = _place(after)
        where.append(f"(ActivityDate > {soql.day(due)} OR (ActivityDate = {soql.day(due)} AND Id > {seen}))")
    return where


def _overdue_or_undated(after: tuple[str | None, str] | None, today: date) -> list[str]:
    if after is None:
        return [f"(ActivityDate < {soql.day(today)} OR ActivityDate = null)"]
    due, seen = _place(after)
    if due is None:
        return ["ActivityDate = null", f"Id > {seen}"]
    same_day = f"(ActivityDate = {soql.day(due)} AND Id > {seen})"
    return [f"(ActivityDate < {soql.day(due)} OR {same_day} OR ActivityDate = null)"]


def _place(after: tuple[str | None, str]) -> tuple[date | None, str]:
    due, seen = after
    return date.fromisoformat(due) if due else None, soql.reference(seen)
