"""An example of everything the API takes and gives, for its document: by the name of the schema."""

from typing import Any

from web.problems import MEDIA_TYPE

Json = dict[str, Any]

_ADA, _BEN = "ada@example.com", "ben@example.com"
_REMINDER, _RUN, _ACTION = (
    "8c1d0e2a-5f0b-4c83-9a54-2f1f3f6f7a10",
    "51a6b0de-93d4-4f1e-8f5a-6b8f5f1f2b77",
    "b7a4c6a2-0d7e-4b7b-9f51-2c9a3f1f9d05",
)
_TASK, _LEAD, _PERSON_THERE = "00T5g00000ABCDEEA4", "00Q5g00000LEADAEA4", "0055g00000USERAAA4"
_EARLIER, _LATER = "2026-11-22T08:15:00Z", "2026-11-22T09:30:00Z"
_MORE = "eyJhZnRlciI6MTB9"

_WHOLE_REMINDER: Json = {
    "id": _REMINDER,
    "external_key": "crm-4711",
    "name": "Call Ada Lovelace",
    "type": "call",
    "status": "open",
    "priority": "high",
    "due_date": "2026-11-23",
    "details": "Ask about the engine.",
    "assignee": _ADA,
    "person": {"name": "Ada Lovelace", "email": "lovelace@example.com", "salesforce_id": _LEAD},
    "campaign": {"name": "Autumn", "day": 1, "step": 2},
    "call": {"outcome": "", "reason": "Follow-up"},
    "created_at": _EARLIER,
    "updated_at": _LATER,
    "completed_at": None,
    "deleted_at": None,
    "version": 7,
    "sync": {
        "state": "synced",
        "salesforce_id": _TASK,
        "url": f"https://acme.my.salesforce.com/{_TASK}",
        "error": None,
    },
    "salesforce": {"status": "Not Started", "priority": "High", "owner": _PERSON_THERE},
}
_NEW: Json = {
    name: _WHOLE_REMINDER[name] for name in ("name", "type", "priority", "due_date", "details", "person", "call")
}
_EVENT: Json = {
    "id": "1201",
    "at": _LATER,
    "reminder": _REMINDER,
    "side": "salesforce",
    "actor": "Ada Lovelace",
    "login": "ada@acme.example",
    "field": "due_date",
    "old": "2026-11-22",
    "new": "2026-11-23",
    "kept": True,
    "rule": "latest",
    "run": _RUN,
}
_COUNTS: Json = {
    "created_here": 2,
    "updated_here": 1,
    "deleted_here": 0,
    "created_there": 1,
    "updated_there": 0,
    "deleted_there": 0,
    "skipped": 3,
    "parked": 0,
}
_QUEUED: Json = {
    "id": _RUN,
    "user": _ADA,
    "kind": "full",
    "full": True,
    "reminder": None,
    "state": "queued",
    "counts": dict.fromkeys(_COUNTS, 0),
    "calls": 0,
    "started_at": None,
    "ended_at": None,
    "error": None,
}
_DONE: Json = _QUEUED | {
    "state": "done",
    "counts": _COUNTS,
    "calls": 3,
    "started_at": _EARLIER,
    "ended_at": _LATER,
}
_PLANNED: Json = {
    "action": "update",
    "side": "salesforce",
    "reminder": _REMINDER,
    "salesforce_id": _TASK,
    "fields": {"due_date": {"from": "2026-11-22", "to": "2026-11-23"}},
    "reason": "Changed here since both sides agreed.",
}
_DIAGNOSTIC: Json = {
    "id": "42",
    "user": _ADA,
    "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
    "category": "Access/Validation",
    "message": "Due Date must be a working day.",
    "meaning": "A validation rule of the org refused this record.",
    "remedy": "Change the reminder so that the rule accepts it, then retry.",
    "retry": "parked",
    "state": "open",
    "reminder": _REMINDER,
    "salesforce_id": _TASK,
    "count": 2,
    "first_seen": _EARLIER,
    "last_seen": _LATER,
}
_KIND: Json = {name: _DIAGNOSTIC[name] for name in ("code", "category", "meaning", "remedy", "retry")} | {
    "records": 1,
    "users": 1,
    "count": 2,
    "first_seen": _EARLIER,
    "last_seen": _LATER,
}
_SETTINGS: Json = {
    "subject_template": "{{activity_type}}: {{activity_subject}}",
    "template_on_imported": False,
    "subject_inbound": True,
    "status_map": {
        "open": ["Not Started"],
        "completed": ["Completed"],
        "write_open": "Not Started",
        "write_completed": "Completed",
    },
    "priority_map": {"normal": ["Normal"], "high": ["High"], "write_normal": "Normal", "write_high": "High"},
    "import_closed_on_creation": False,
    "import_condition": "Type != 'Other'",
    "conflict_rule": "latest",
    "tie_rule": "app",
    "delete_rule": "delete_wins",
    "api_share_percent": 50,
    "guard_count": 50,
    "guard_percent": 30,
}
_SHOWN: Json = {
    "kind": "rerender_subjects",
    "digest": "9f2c1f7be0c84a52",
    "total": 1,
    "users": [{"user": _ADA, "count": 1}],
    "left_out": [{"reason": "The Subject says so already.", "count": 4}],
    "items": [
        {
            "reminder": _REMINDER,
            "name": "Call Ada Lovelace",
            "user": _ADA,
            "before": {"Subject": "Call Ada Lovelace"},
            "after": {"Subject": "Call: Call Ada Lovelace"},
        }
    ],
}
_ASKED: Json = {
    "id": _ACTION,
    "kind": "rerender_subjects",
    "asked_at": _LATER,
    "asked_by": _ADA,
    "total": 1,
    "waiting": 1,
    "done": 0,
    "left": [],
}
_WEBHOOK: Json = {
    "id": "3f1f0ae6-0000-4000-8000-000000000000",
    "url": "https://example.com/reminders",
    "scope": "own",
    "events": ["created", "edited", "deleted", "restored", "arrived", "left"],
    "created_at": _EARLIER,
    "failures": 0,
    "failing_since": None,
    "next_attempt_at": None,
    "last_answer": "HTTP 200",
    "stopped": None,
}
_ATTEMPT: Json = {
    "at": _EARLIER,
    "is_test": False,
    "events": 3,
    "taken": False,
    "answer": "HTTP 503",
    "again_at": _LATER,
}
_USER: Json = {
    "email": _BEN,
    "name": "Ben",
    "time_zone": "Europe/Berlin",
    "is_admin": False,
    "active": True,
    "sync_on": True,
    "salesforce_id": _PERSON_THERE,
    "salesforce_username": "ben@acme.example",
    "login": "own",
}
_PROBLEM: Json = {
    "type": "about:blank",
    "title": "Unprocessable Entity",
    "status": 422,
    "detail": "There is nobody called nobody@example.com in your team: correct the address.",
}

_EXAMPLES: dict[str, Json] = {
    "NewReminder": _NEW,
    "ReminderChanges": {"status": "completed"},
    "ReminderShape": _WHOLE_REMINDER,
    "ReminderList": {"items": [_WHOLE_REMINDER], "next_cursor": _MORE},
    "Batch": {"items": [_NEW | {"external_key": "crm-4711"}, {"name": "Call Ben", "assignee": "nobody@example.com"}]},
    "BatchAnswers": {
        "items": [
            {"status": 201, "reminder": _WHOLE_REMINDER, "problem": None},
            {"status": 422, "reminder": None, "problem": _PROBLEM},
        ]
    },
    "HistoryList": {"items": [_EVENT], "next_cursor": None},
    "ChangeList": {
        "items": [{"happened": "edited", "at": _LATER, "id": _REMINDER, "version": 7, "reminder": _WHOLE_REMINDER}],
        "next_cursor": _MORE,
        "more": False,
    },
    "MySync": {
        "mode": "on",
        "state": "first_sync",
        "progress": {"done": 120, "total": 340},
        "last_run_at": _EARLIER,
        "next_run_at": _LATER,
        "turned_on_at": _EARLIER,
        "held": 0,
        "left_out": None,
        "least_poll_seconds": 15.0,
    },
    "SyncChange": {"mode": "on", "import_open": True, "digest": "9f2c1f7be0c84a52"},
    "SyncChoice": {"import_open": True, "match_existing": True},
    "RunShape": _DONE,
    "RunList": {"items": [_QUEUED], "next_cursor": None},
    "PlanList": {"items": [_PLANNED], "next_cursor": None},
    "PreviewList": {
        "digest": "9f2c1f7be0c84a52",
        "counts": {"imported": 12, "matched": 3, "skipped": 1},
        "items": [_PLANNED | {"name": "Call Ada Lovelace"}],
        "next_cursor": None,
    },
    "Resync": {"full": True, "confirm": True},
    "TeamResync": {"users": [_ADA, _BEN], "dry_run": True},
    "DiagnosticShape": _DIAGNOSTIC,
    "DiagnosticList": {"items": [_DIAGNOSTIC], "next_cursor": None},
    "DiagnosticKindList": {"items": [_KIND], "next_cursor": None},
    "HeldList": {
        "items": [{"reminder": _REMINDER, "name": "Call Ada Lovelace", "due_date": "2026-11-23", "change": "delete"}],
        "next_cursor": None,
    },
    "Approval": {"reminders": [f"{_REMINDER}:delete"]},
    "Approved": {"approved": 1},
    "TeamSettingsShape": _SETTINGS,
    "TeamSettingsChanges": {"conflict_rule": "salesforce", "api_share_percent": 70},
    "SettingsPreviewShape": {
        "one_way": None,
        "examples": [
            {
                "reminder": _REMINDER,
                "name": "Call Ada Lovelace",
                "kind": "call",
                "present": "Call Ada Lovelace",
                "subject": "Call: Call Ada Lovelace",
                "reads_as": "Call Ada Lovelace",
                "readable": True,
            }
        ],
        "following": _SHOWN | {"kind": "follow_maps", "digest": None, "total": 0, "users": [], "items": []},
    },
    "PreviewWanted": {"kind": "rerender_subjects"},
    "ShownShape": _SHOWN,
    "Asking": {"digest": "9f2c1f7be0c84a52"},
    "AskedShape": _ASKED,
    "AskedList": {"items": [_ASKED], "next_cursor": None},
    "FleetShape": {
        "redis": True,
        "queues": [{"name": "sync", "waiting": 3, "due": 0, "unstarted": 3, "oldest_seconds": 0.8}],
        "taken": 2,
        "workers": [{"name": "worker@one", "seen_seconds": 4.2, "silent": False}],
        "runs_a_minute": {"done": 41.5, "retry": 0.2},
        "users": {"idle": 180, "running": 4, "reconnect": 1},
        "oldest": {"user": _ADA, "due_at": _LATER, "seconds": 1.4},
        "tick_seconds": 2.1,
    },
    "UsageShape": {
        "used": 21_000,
        "allowed": 100_000,
        "background": 9_200,
        "edits": 800,
        "others": 11_000,
        "share_percent": 50,
        "left": 29_000,
        "held_seconds": 0.0,
        "counted_since": "2026-11-21T09:30:00Z",
        "series": [{"at": _LATER, "background": 9_200, "edits": 800, "others": 11_000, "allowed": 100_000}],
    },
    "NewWebhook": {"url": "https://example.com/reminders", "scope": "own", "events": ["created", "deleted"]},
    "MadeWebhook": _WEBHOOK | {"secret": "whsec_shown_this_once", "last_answer": None},
    "WebhookShape": _WEBHOOK,
    "WebhookList": {"items": [_WEBHOOK], "next_cursor": None},
    "AttemptShape": _ATTEMPT,
    "AttemptList": {"items": [_ATTEMPT], "next_cursor": None},
    "UserShape": _USER,
    "UserList": {"items": [_USER], "next_cursor": None},
    "UserChange": {"active": False},
    "LoginChoice": {"login": "integration", "salesforce_user": "ben@acme.example"},
    "SalesforceUserList": {
        "items": [{"id": _PERSON_THERE, "username": "ben@acme.example", "name": "Ben Acme", "email": _BEN}],
        "next_cursor": None,
    },
    "HandOverPreview": {
        "count": 1,
        "items": [{"reminder": _REMINDER, "name": "Call Ada Lovelace", "due_date": "2026-11-23"}],
    },
    "HandOver": {"to": _ADA, "count": 1},
    "HandedOverShape": {"count": 1, "run": _RUN},
}
# Where something else is meant than its shape's own example shows.
_OF_STATUS: dict[tuple[str, str], Json] = {("RunShape", "202"): _QUEUED}


def illustrate(document: Json) -> None:
    """Put an example beside every body that the operations of a document take or give, and beside its shape."""
    schemas = document["components"]["schemas"]
    for name, example in _EXAMPLES.items():
        schemas[name]["examples"] = [example]
    for operations in document["paths"].values():
        for operation in operations.values():
            _add(operation.get("requestBody", {}), "")
            for status, answer in operation["responses"].items():
                _add(answer, status)


def _add(part: Json, status: str) -> None:
    for media_type, content in part.get("content", {}).items():
        name = content["schema"]["$ref"].rpartition("/")[2]
        if media_type == MEDIA_TYPE:
            continue
        content["example"] = _OF_STATUS.get((name, status), _EXAMPLES[name])
