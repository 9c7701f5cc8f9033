"""The team's settings, for its admins."""

from fastapi import APIRouter

from remindersync.store import team_settings
from web.api.access import Admin, App
from web.api.shapes import TeamSettingsChanges, TeamSettingsShape
from web.problems import described
from worker.saving import save_settings

router = APIRouter(tags=["team"], responses=described(403))


@router.get("/team/settings", summary="The team's settings")
def read(services: App, admin: Admin) -> TeamSettingsShape:
    settings = services.directory.settings(admin.team_id)
    return TeamSettingsShape.model_validate(team_settings.to_json(settings))


@router.patch("/team/settings", summary="Change some of the team's settings")
def change(services: App, admin: Admin, changes: TeamSettingsChanges) -> TeamSettingsShape:
    before = team_settings.to_json(services.directory.settings(admin.team_id))
    wanted = team_settings.from_json(before | changes.changes())
    saved = save_settings(services, admin.team_id, wanted, admin)
    return TeamSettingsShape.model_validate(team_settings.to_json(saved))
