"""What changed and what was deleted in a span of time: seconds are cut off both ends, as the platform does."""

from datetime import UTC, datetime, timedelta
from typing import Any

from orgsim import housekeeping
from orgsim.calls import Answer, Call
from orgsim.errors import Refusal
from orgsim.org import Deletion
from orgsim.rest.rows import kind_of
from orgsim.stamps import Span
from orgsim.tables import Row
from orgsim.values import date_time_text, date_time_value

_UPDATED_DAYS, _DELETED_DAYS = 30, 15
_MINUTE = timedelta(minutes=1)
_MAX_IDS = 600_000


def updated(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    start, end = _span(call, _UPDATED_DAYS)
    now = call.world.clock.now()
    stamped = Span(start, end + _MINUTE)
    rows = call.org.table(kind.name).narrowed({}, now, stamped)
    ids = [row["Id"] for row in rows if _changed_in(row, start, end) and _is_seen(call, kind.name, row)]
    if len(ids) > _MAX_IDS:
        raise Refusal("EXCEEDED_ID_LIMIT", "record limit reached")
    return Answer(200, {"ids": ids, "latestDateCovered": date_time_text(_covered(call, end))})


def _changed_in(row: Row, start: datetime, end: datetime) -> bool:
    return not row.get("IsDeleted") and start <= row["SystemModstamp"].replace(second=0) <= end


def _is_seen(call: Call, object_name: str, row: Row) -> bool:
    return call.org.may_see(call.user_id, object_name, row)


def deleted(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    start, end = _span(call, _DELETED_DAYS)
    kept_from = housekeeping.deletions_from(call.org)
    if kept_from is not None and start < kept_from.replace(second=0):
        raise _bad_span("startDate before the deletion log was purged: replicate everything anew")
    found = [_deletion(one) for one in call.org.deletions if _deleted_in(call, one, kind.name, start, end)]
    earliest = max(filter(None, (call.world.clock.now() - timedelta(days=_DELETED_DAYS), kept_from)))
    return Answer(
        200,
        {
            "deletedRecords": found,
            "earliestDateAvailable": date_time_text(earliest.replace(second=0)),
            "latestDateCovered": date_time_text(_covered(call, end)),
        },
    )


def _deleted_in(call: Call, one: Deletion, object_name: str, start: datetime, end: datetime) -> bool:
    if one.object_name != object_name or not start <= one.deleted_at.replace(second=0) <= end:
        return False
    pending = call.org.table(object_name).in_flight.get(one.record_id)
    if pending is not None and pending.visible_at > call.world.clock.now():
        return False
    return object_name != "Task" or call.org.sharing.may_see(call.user_id, one.owner_id)


def _deletion(one: Deletion) -> dict[str, Any]:
    return {"id": one.record_id, "deletedDate": date_time_text(one.deleted_at)}


def _span(call: Call, days: int) -> tuple[datetime, datetime]:
    asked = call.request.query()
    start, end = _moment(asked, "start"), _moment(asked, "end")
    if end <= start:
        raise _bad_span("startDate must chronologically precede endDate")
    if end - start <= _MINUTE:
        raise _bad_span("endDate must be at least one minute greater than startDate")
    oldest = call.world.clock.now() - timedelta(days=days)
    if start < oldest:
        raise _bad_span(f"startDate cannot be more than {days} days ago")
    return start.replace(second=0), end.replace(second=0)


def _moment(asked: dict[str, str], name: str) -> datetime:
    text = asked.get(name)
    if text is None:
        raise Refusal("MISSING_ARGUMENT", f"{name} has to be specified")
    # An unencoded plus sign arrives as a space.
    moment = date_time_value(text.replace(" ", "+"))
    if moment is None:
        raise Refusal("INVALID_REPLICATION_DATE", f"{name} is not a valid dateTime: {text}")
    return moment.astimezone(UTC)


def _bad_span(message: str) -> Refusal:
    return Refusal("INVALID_REPLICATION_DATE", message)


def _covered(call: Call, end: datetime) -> datetime:
    """Give how far the answer is sure: not past now, nor past the start of a save still in flight anywhere."""
    now = call.world.clock.now()
    limits = [end, now.replace(second=0, microsecond=0)]
    for org in call.world.orgs.values():
        limits += filter(None, (table.oldest_in_flight(now) for table in org.tables().values()))
    return min(limits)
