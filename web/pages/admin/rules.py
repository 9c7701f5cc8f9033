"""The team's rules: who wins a conflict, a tie and a deletion; what a guard lets pass; the share of the org's calls."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.store.people import AppUser
from web import sessions
from web.pages.access import App, Posted
from web.pages.admin import wishes
from web.pages.admin.frame import Admin, admin_page
from web.pages.rendering import to
from worker.saving import save_settings
from worker.services import Services

router = APIRouter()
HERE = "/admin/rules"
_NUMBERS = ("guard_count", "guard_percent", "api_share_percent")
_WORDS = ("conflict_rule", "tie_rule", "delete_rule")
# Each choice: its setting, its question, and the answers with what they are called and what they mean.
QUESTIONS = (
    (
        "conflict_rule",
        "Both sides changed the same field",
        (
            ("latest", "The later edit wins", "By the time each was made; what cannot be told is a tie."),
            ("salesforce", "Salesforce wins", "Whatever was edited when."),
            ("app", "The app wins", "Whatever was edited when."),
        ),
    ),
    (
        "tie_rule",
        "Nobody can tell which edit was later",
        (
            ("app", "The app’s edit wins", "What Salesforce had stays in the reminder’s history."),
            ("salesforce", "Salesforce’s edit wins", "What the app had stays in the reminder’s history."),
        ),
    ),
    (
        "delete_rule",
        "One side deleted what the other edited",
        (
            ("delete_wins", "The deletion wins", "The reminder goes to the bin with the edit, and can be restored."),
            ("edit_wins", "The edit wins", "The reminder stays, and a deleted Task is made anew."),
        ),
    ),
)


@router.get(HERE)
def show(request: Request, services: App, admin: Admin) -> HTMLResponse:
    """Show the rules as they are saved."""
    return _page(request, wishes.saved(services, admin))


@router.post(HERE)
def save(request: Request, services: App, admin: Admin, form: Posted) -> Response:
    """Save the rules."""
    typed = _typed(form, wishes.saved(services, admin))
    try:
        _save(services, admin, typed)
    except UserMistake as mistake:
        return _page(request, typed, wishes.in_words(mistake))
    sessions.say(request.session, "The rules are saved; the next runs go by them.")
    return to(HERE)


def _save(services: Services, admin: AppUser, typed: Mapping[str, Any]) -> None:
    numbers = {name: wishes.whole(str(typed[name])) for name in _NUMBERS}
    save_settings(services, admin.team_id, wishes.wanted(services, admin, {**typed, **numbers}), admin)


def _typed(form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    texts: dict[str, Any] = {name: form.get(name, str(before[name])) for name in (*_NUMBERS, *_WORDS)}
    return texts | {"import_closed_on_creation": "import_closed_on_creation" in form}


def _page(request: Request, typed: Mapping[str, Any], mistake: str | None = None) -> HTMLResponse:
    return admin_page(request, "rules", {"typed": typed, "questions": QUESTIONS}, mistake=mistake)
