"""The rules by which the sample is counted again, written down anew."""

import datetime as dt

NOW = dt.datetime(2026, 11, 22, 10, 0, 0, 123_456, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def moment(text):
    return dt.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.UTC)


def is_recent(task, now=NOW):
    return moment(task["LastModifiedDate"]) >= now - DAY


def reminders(org, now=NOW):
    """MAP-7 and FIRST-2, written down anew."""
    return [
        task
        for task in org["tasks"]
        if is_recent(task, now)
        and not task.get("IsDeleted")
        and not task.get("IsArchived")
        and not task.get("IsRecurrence")
        and task.get("TaskSubtype") not in {"Email", "ListEmail"}
        and not (task["IsClosed"] and moment(task["CompletedDateTime"]) <= moment(task["CreatedDate"]))
    ]


def units(text):
    return len(text.encode("utf-16-le")) // 2
