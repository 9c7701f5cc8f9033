"""From a form to a team's settings: what was typed over what is saved, and mistakes in the words of the forms."""

from collections.abc import Mapping
from typing import Any

from remindersync.model import TeamSettings
from remindersync.store import team_settings
from remindersync.store.people import AppUser
from worker.services import Services

# By the names of the HTTP API, which mistakes begin with.
LABELS = {
    "subject_template": "The template",
    "status_map.open": "Status read as open",
    "status_map.completed": "Status read as completed",
    "status_map.write_open": "The Status written for open",
    "status_map.write_completed": "The Status written for completed",
    "status_map": "Status",
    "priority_map.normal": "Priority read as normal",
    "priority_map.high": "Priority read as high",
    "priority_map.write_normal": "The Priority written for normal",
    "priority_map.write_high": "The Priority written for high",
    "priority_map": "Priority",
    "import_condition": "The import condition",
    "api_share_percent": "The share of calls",
    "guard_count": "The guard’s count",
    "guard_percent": "The guard’s percentage",
    "conflict_rule": "The rule for conflicts",
    "tie_rule": "The rule for ties",
    "delete_rule": "The rule for deletions",
}


def saved(services: Services, admin: AppUser) -> dict[str, Any]:
    """Return the team's settings under the names of the HTTP API."""
    return team_settings.to_json(services.directory.settings(admin.team_id))


def wanted(services: Services, admin: AppUser, changes: Mapping[str, Any]) -> TeamSettings:
    """Return the team's settings with `changes`. Raises `UserMistake` for one that is wrong."""
    return team_settings.from_json(saved(services, admin) | dict(changes))


def whole(text: str) -> int | str:
    """Return a whole number a person typed; anything else as it stands, to be refused by name."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("1000000") else text


def in_words(mistake: Exception) -> str:
    """Return a mistake with the name of the setting as the form calls it."""
    text = str(mistake)
    name = next((name for name in LABELS if text.startswith(name)), None)
    return text if name is None else LABELS[name] + text.removeprefix(name)
