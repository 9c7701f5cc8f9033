"""What Salesforce's values mean here, chosen from the org's own picklists; which Tasks are imported (MAP-2, MAP-7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from remindersync.errors import UserMistake
from remindersync.model import AskedKind
from remindersync.store.people import AppUser
from web import sessions
from web.pages.access import App
from web.pages.admin import wishes
from web.pages.admin.frame import Admin, PostedLists, admin_page
from web.pages.rendering import to
from worker.picklists import NotRead, Picklists, picklists
from worker.saving import save_settings
from worker.services import Services

router = APIRouter()
HERE = "/admin/values"
# By the setting's name: what the picklist is called, and the reminder's values with how they are called.
_MAPS = {
    "status_map": ("status", "Status", {"open": "Open", "completed": "Completed"}),
    "priority_map": ("priority", "Priority", {"normal": "Normal", "high": "High"}),
}


@dataclass(frozen=True, slots=True)
class Raw:
    """One value of a picklist. `means` is a reminder's value, empty where it does not sync.

    `field` names its select; `is_closed` is the org's word on a Status, None where it has none; a `gone` value is
    mapped but no longer in the org.
    """

    value: str
    field: str
    means: str
    is_closed: bool | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class MapForm:
    """One picklist as the page shows it; `writes` are the values written, by a reminder's value."""

    name: str
    title: str
    words: dict[str, str]
    raws: tuple[Raw, ...]
    writes: dict[str, str]


@router.get(HERE)
def show(request: Request, services: App, admin: Admin) -> HTMLResponse:
    """Show the maps as they are saved."""
    return _page(request, services, admin, wishes.saved(services, admin))


@router.post(HERE)
def save(request: Request, services: App, admin: Admin, form: PostedLists) -> Response:
    """Save the maps and the condition, or show first which reminders could follow, or what the org has by now."""
    typed = _typed(form)
    try:
        if form.get("do") == ["refresh"]:
            picklists(services, admin.team_id, admin, anew=True)
            return _page(request, services, admin, typed)
        wanted = wishes.wanted(services, admin, typed)
        if form.get("do") == ["preview"]:
            following = services.settings_previews.preview(admin.team_id, wanted).following
            return _page(request, services, admin, typed, following=following)
        save_settings(services, admin.team_id, wanted, admin)
    except NotRead as error:
        return _page(request, services, admin, typed, mistake=_unread(error))
    except UserMistake as mistake:
        return _page(request, services, admin, typed, mistake=wishes.in_words(mistake))
    sessions.say(request.session, "Saved. Reminders keep their values until they are asked to follow.")
    return to(HERE)


def _typed(form: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return the settings that a form holds, under the names of the HTTP API."""
    typed: dict[str, Any] = {name: _map(form, field, words) for name, (field, _, words) in _MAPS.items()}
    return typed | {"import_condition": form.get("import_condition", [""])[0]}


def _map(form: Mapping[str, list[str]], field: str, words: Mapping[str, str]) -> dict[str, Any]:
    chosen = {name.partition(":")[2]: values[0] for name, values in form.items() if name.startswith(f"{field}:")}
    lists = {word: sorted(raw for raw, means in chosen.items() if means == word) for word in words}
    return lists | {f"write_{word}": form.get(f"write_{word}", [""])[0] for word in words}


def _page(
    request: Request,
    services: Services,
    admin: AppUser,
    typed: Mapping[str, Any],
    *,
    mistake: str | None = None,
    following: object = None,
) -> HTMLResponse:
    known, unread = _known(services, admin)
    asked = [one for one in services.team_actions.latest(admin.team_id) if one.kind is AskedKind.FOLLOW]
    context = {
        "maps": [_form(name, typed[name], known) for name in _MAPS],
        "import_condition": typed["import_condition"],
        "unread": unread,
        "following": following,
        "asked": asked[:3],
    }
    return admin_page(request, "values", context, mistake=mistake)


def _known(services: Services, admin: AppUser) -> tuple[Picklists | None, str | None]:
    """Return the org's picklists, or why they cannot be read."""
    try:
        found = picklists(services, admin.team_id, admin)
    except NotRead as error:
        return None, _unread(error)
    if found is None:
        return None, "To choose from the org’s own values, connect the integration login or your own login first."
    return found, None


def _unread(error: NotRead) -> str:
    return f"The org’s own values could not be read: {error}"


def _form(name: str, saved: Mapping[str, Any], known: Picklists | None) -> MapForm:
    field, title, words = _MAPS[name]
    means = {raw: word for word in words for raw in saved[word]}
    closed = dict(known.statuses) if known and field == "status" else {}
    listed: Sequence[str] = [] if known is None else list(known.statuses) if field == "status" else known.priorities
    raws = [Raw(value, f"{field}:{value}", means.get(value, ""), closed.get(value)) for value in listed]
    gone = sorted(set(means) - set(listed))
    raws += [Raw(value, f"{field}:{value}", means[value], gone=known is not None) for value in gone]
    return MapForm(field, title, words, tuple(raws), {word: saved[f"write_{word}"] for word in words})
