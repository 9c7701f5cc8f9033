"""The org's daily calls: what is left of our share, and what we and others used of them over time (DIAG-3)."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from remindersync.store.people import AppUser
from web.pages.access import App
from web.pages.admin.charts import Amount, chart
from web.pages.admin.frame import Admin, admin_page
from worker.services import Services
from worker.usage import Step, UsagePoint

router = APIRouter()
HERE = "/admin/allowance"
SPANS = {"day": "24 hours", "month": "30 days"}
_STEPS = {"day": Step.HOUR, "month": Step.DAY}
# Every so many bars stand above a label.
_LABELS = {Step.HOUR: 4, Step.DAY: 5}


@router.get(HERE)
def show(request: Request, services: App, admin: Admin, over: str = "day") -> HTMLResponse:
    """Show how the allowance stands, and its use over a day or a month."""
    over = over if over in SPANS else "day"
    today = services.usage.today(admin.team_id)
    least = services.pace.least(services.pace.calls_each(today.org_id)) if today else None
    context = {"over": over, "spans": SPANS, "today": today, "least": None if least is None else _in_words(least)}
    return admin_page(request, "allowance", context | _drawn(services, admin, _STEPS[over]))


def _drawn(services: Services, admin: AppUser, step: Step) -> dict[str, object]:
    series = services.usage.series(admin.team_id, step)
    rows = [(_label(one.at, step, admin.time_zone), one) for one in series]
    return {"rows": rows, "chart": chart(_amounts(rows), _LABELS[step]) if rows else None}


def _amounts(rows: Sequence[tuple[str, UsagePoint]]) -> list[Amount]:
    return [Amount(label, one.background + one.edits, one.others) for label, one in rows]


def _label(at: datetime, step: Step, time_zone: str) -> str:
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{local:%H:%M}" if step is Step.HOUR else f"{local.day} {local:%b}"


def _in_words(seconds: float) -> str:
    """Return how often that is, as people say it after *every*."""
    units = (("hour", 3600), ("minute", 60))
    unit, length = next((one for one in units if seconds >= 2 * one[1]), ("second", 1))
    count = round(seconds / length)
    return unit if count == 1 else f"{count} {unit}s"
