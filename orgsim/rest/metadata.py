"""What an org says about itself: versions, resources, objects, describe, limits."""

from typing import Any

from orgsim.calls import Answer, Call
from orgsim.org import OrgSettings
from orgsim.rest.rows import kind_of
from orgsim.schema import object_types
from orgsim.tables import Row
from orgsim.values import wire

_SEASONS = ("Spring", "Summer", "Winter")
_SPRING_26 = 66
_RESOURCES = (
    "sobjects",
    "query",
    "queryAll",
    "limits",
    "composite",
)


def version_list(settings: OrgSettings) -> list[dict[str, str]]:
    """Give the entries of GET /services/data."""
    return [
        {"label": _label(number), "url": f"/services/data/v{number}.0", "version": f"{number}.0"}
        for number in range(settings.oldest_version, settings.newest_version + 1)
    ]


def _label(number: int) -> str:
    # v66 is Spring '26; three releases a year, and Winter '27 comes in the autumn of 2026.
    years, season = divmod(number - _SPRING_26, len(_SEASONS))
    return f"{_SEASONS[season]} '{(26 + years + (season == len(_SEASONS) - 1)) % 100:02d}"


def resources(call: Call) -> Answer:
    root = f"/services/data/{call.version}"
    listed = {name: f"{root}/{name}" for name in _RESOURCES}
    return Answer(200, {**listed, "identity": f"{call.request.base_url}/id/{call.org.id}/{call.user_id}"})


def object_list(call: Call) -> Answer:
    kinds = filter(None, (call.org.type_for(call.user_id, found.name) for found in object_types()))
    entries = [kind.describe_global(call.url_prefix) for kind in kinds]
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": entries})


def object_info(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    return Answer(200, {"objectDescribe": kind.describe_global(call.url_prefix), "recentItems": []})


def describe(call: Call) -> Answer:
    kind = kind_of(call, call.params["object"])
    described = kind.describe(call.url_prefix)
    if kind.name == "Task":
        _describe_picklists(call, described)
    return Answer(200, described)


def _describe_picklists(call: Call, described: dict[str, Any]) -> None:
    tables = {"Status": "TaskStatus", "Priority": "TaskPriority"}
    for field in described["fields"]:
        table = tables.get(field["name"])
        if table is not None:
            rows = sorted(call.org.table(table).rows.values(), key=lambda row: row.get("SortOrder") or 0)
            field["picklistValues"] = [_picklist_value(row) for row in rows]
            field["restrictedPicklist"] = call.org.beliefs["restricted_picklists"]


def _picklist_value(row: Row) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": bool(row.get("IsDefault")),
        "label": row.get("MasterLabel"),
        "validFor": None,
        "value": wire(row["ApiName"]),
    }


def limits(call: Call) -> Answer:
    most = call.org.settings.daily_limit
    left = max(0, most - call.org.allowance.used(call.world.clock.now()))
    return Answer(
        200,
        {
            "DailyApiRequests": {"Max": most, "Remaining": left},
            "DailyBulkApiBatches": {"Max": 15000, "Remaining": 15000},
            "DailyBulkV2QueryJobs": {"Max": 10000, "Remaining": 10000},
            "ConcurrentAsyncGetReportInstances": {"Max": 200, "Remaining": 200},
            "DataStorageMB": {"Max": 1024, "Remaining": 1000},
            "FileStorageMB": {"Max": 1024, "Remaining": 1024},
        },
    )
