"""The subject template: an editor that shows, on the team's own reminders, what is being typed (SUBJ-5)."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.model import AskedKind
from remindersync.store.people import AppUser
from remindersync.store.settings_preview import TemplatePreview
from remindersync.subject import FIELDS
from web import sessions
from web.pages.access import App, Posted
from web.pages.admin import wishes
from web.pages.admin.frame import Admin, admin_page
from web.pages.rendering import PART, page, to
from worker.saving import save_settings
from worker.services import Services

router = APIRouter()
HERE = "/admin/template"
# What the dynamic fields are called in the app.
FIELD_NAMES = {
    "activity_subject": "Name",
    "activity_type": "Type",
    "sales_campaign_name": "Campaign",
    "sales_campaign_day": "Campaign day",
    "sales_campaign_step": "Campaign step",
    "call_outcome": "Call outcome",
    "call_reason": "Call reason",
}


@router.get(HERE)
def show(request: Request, services: App, admin: Admin) -> HTMLResponse:
    """Show the template and what it makes of some reminders."""
    return _page(request, services, admin, wishes.saved(services, admin))


@router.post(HERE + "/preview")
def preview(request: Request, services: App, admin: Admin, form: Posted) -> HTMLResponse:
    """Show what a template would make of some reminders; with `insert`, put a dynamic field at its end first."""
    typed = _typed(form)
    if form.get("insert") in FIELDS:
        typed["subject_template"] += f"{{{{{form['insert']}}}}}"
    if PART not in request.headers:
        return _page(request, services, admin, typed)
    found, mistake = _preview(services, admin, typed)
    return page(request, "admin/template_preview.html", {"preview": found, "mistake": mistake})


@router.post(HERE)
def save(request: Request, services: App, admin: Admin, form: Posted) -> Response:
    """Save the template."""
    typed = _typed(form)
    try:
        save_settings(services, admin.team_id, wishes.wanted(services, admin, typed), admin)
    except UserMistake as mistake:
        return _page(request, services, admin, typed, wishes.in_words(mistake))
    sessions.say(request.session, "The template is saved. A Subject takes it on when its reminder changes.")
    return to(HERE)


def _typed(form: Mapping[str, str]) -> dict[str, Any]:
    return {
        "subject_template": form.get("subject_template", ""),
        "template_on_imported": "template_on_imported" in form,
        "subject_inbound": "subject_inbound" in form,
    }


def _preview(services: Services, admin: AppUser, typed: Mapping[str, Any]) -> tuple[TemplatePreview | None, str | None]:
    names = ("subject_template", "template_on_imported", "subject_inbound")
    try:
        wanted = wishes.wanted(services, admin, {name: typed[name] for name in names})
    except UserMistake as mistake:
        return None, wishes.in_words(mistake)
    return services.settings_previews.template(admin.team_id, wanted), None


def _page(
    request: Request, services: Services, admin: AppUser, typed: Mapping[str, Any], mistake: str | None = None
) -> HTMLResponse:
    found, wrong = _preview(services, admin, typed)
    asked = [one for one in services.team_actions.latest(admin.team_id) if one.kind is AskedKind.RERENDER]
    context = {"typed": typed, "preview": found, "field_names": FIELD_NAMES, "asked": asked[:3]}
    return admin_page(request, "template", context, mistake=mistake or wrong)
