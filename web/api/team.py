"""The team's settings, for its admins: shown, previewed, changed; and what changes many reminders at once."""

from http import HTTPStatus

from fastapi import APIRouter

from remindersync.model import TeamSettings
from remindersync.store import team_settings
from remindersync.store.people import AppUser
from web.api import team_shapes
from web.api.access import Admin, App
from web.api.shapes import TeamSettingsChanges, TeamSettingsShape
from web.api.team_shapes import (
    AskedList,
    AskedShape,
    Asking,
    PreviewWanted,
    SettingsPreviewShape,
    ShownShape,
)
from web.problems import described
from worker.saving import save_settings
from worker.services import Services

router = APIRouter(tags=["team"], responses=described(403))


@router.get("/team/settings", summary="The team's settings")
def read(services: App, admin: Admin) -> TeamSettingsShape:
    settings = services.directory.settings(admin.team_id)
    return TeamSettingsShape.model_validate(team_settings.to_json(settings))


@router.patch("/team/settings", summary="Change some of the team's settings")
def change(services: App, admin: Admin, changes: TeamSettingsChanges) -> TeamSettingsShape:
    saved = save_settings(services, admin.team_id, _wanted(services, admin, changes), admin)
    return TeamSettingsShape.model_validate(team_settings.to_json(saved))


@router.post("/team/settings/preview", summary="What settings would mean for the team's reminders; nothing is saved")
def preview(services: App, admin: Admin, changes: TeamSettingsChanges) -> SettingsPreviewShape:
    wanted = _wanted(services, admin, changes)
    return SettingsPreviewShape.of(services.settings_previews.preview(admin.team_id, wanted))


@router.post("/team/actions/preview", summary="What asking would change of the team's reminders; nothing is changed")
def preview_action(services: App, admin: Admin, wanted: PreviewWanted) -> ShownShape:
    return ShownShape.of(services.team_actions.preview(admin.team_id, wanted.kind))


@router.post("/team/actions", status_code=HTTPStatus.ACCEPTED, summary="Ask for exactly what a preview showed")
def ask(services: App, admin: Admin, wanted: Asking) -> AskedShape:
    return team_shapes.progress(services.team_actions.ask(admin.team_id, wanted.digest, admin))


@router.get("/team/actions", summary="What was asked for last, newest first")
def asked(services: App, admin: Admin) -> AskedList:
    latest = services.team_actions.latest(admin.team_id)
    return AskedList(items=[team_shapes.progress(one) for one in latest])


@router.get("/team/actions/{action_id}", summary="How far it is with what was asked for", responses=described(404))
def action(services: App, admin: Admin, action_id: str) -> AskedShape:
    return team_shapes.progress(services.team_actions.progress(admin.team_id, action_id))


def _wanted(services: Services, admin: AppUser, changes: TeamSettingsChanges) -> TeamSettings:
    before = team_settings.to_json(services.directory.settings(admin.team_id))
    return team_settings.from_json(before | changes.changes())
