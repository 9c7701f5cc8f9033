"""The team's users, for its admins: whose login acts for them, who leaves, and who gets what they leave."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path

from remindersync.store.leaving import Recounted
from remindersync.store.people import AppUser
from web import staff
from web.api.access import Admin, App
from web.api.once import OncePerKey
from web.api.shapes import (
    HandedOverShape,
    HandOver,
    HandOverPreview,
    LoginChoice,
    SalesforceUserList,
    UserChange,
    UserList,
    UserShape,
)
from web.problems import Refused, described
from worker import salesforce_users
from worker.services import Services

router = APIRouter(tags=["team"], responses=described(HTTPStatus.FORBIDDEN), route_class=OncePerKey)
Email = Annotated[str, Path(max_length=254, examples=["ada@example.com"])]
_NO_SUCH = described(HTTPStatus.NOT_FOUND)


@router.get("/team/users", summary="The team's users")
def list_users(services: App, admin: Admin) -> UserList:
    return UserList(items=[_shape(user) for user in services.directory.colleagues(admin.team_id)])


@router.patch("/team/users/{email}", summary="Deactivate a user, or activate them again", responses=_NO_SUCH)
def change(services: App, admin: Admin, email: Email, wanted: UserChange) -> UserShape:
    user = _colleague(services, admin, email)
    return _shape(staff.set_active(services, admin, user, active=wanted.active))


@router.get(
    "/team/users/{email}/salesforce-users",
    summary="Who a user may be in Salesforce, by username or e-mail address",
    responses=_NO_SUCH,
)
def candidates(services: App, admin: Admin, email: Email) -> SalesforceUserList:
    user = _colleague(services, admin, email)
    found = salesforce_users.candidates(services, staff.team_of(services, admin), user.email)
    return SalesforceUserList.model_validate({"items": found})


@router.put("/team/users/{email}/login", summary="Choose whose login acts for a user", responses=_NO_SUCH)
def choose_login(services: App, admin: Admin, email: Email, wanted: LoginChoice) -> UserShape:
    """Put a user on the team's integration login, or back on their own. Where several users fit, name one."""
    user = _colleague(services, admin, email)
    team, integration = staff.team_of(services, admin), wanted.login == "integration"
    return _shape(staff.choose_login(services, team, user, wanted.salesforce_user, integration=integration))


@router.get("/team/users/{email}/hand-over", summary="What a hand-over would be about", responses=_NO_SUCH)
def preview(services: App, admin: Admin, email: Email) -> HandOverPreview:
    left = services.reminders.left_by(_colleague(services, admin, email).id)
    return HandOverPreview.model_validate({"count": len(left), "items": left})


@router.post(
    "/team/users/{email}/hand-over",
    summary="Hand every open reminder of a user over to a colleague",
    status_code=202,
    responses=described(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT),
)
def hand_over(services: App, admin: Admin, email: Email, wanted: HandOver) -> HandedOverShape:
    user = _colleague(services, admin, email)
    to = _colleague(services, admin, wanted.to)
    try:
        given = staff.hand_over(services, admin, user, to, wanted.count)
    except Recounted as mistake:
        raise Refused(HTTPStatus.CONFLICT, str(mistake)) from None
    return HandedOverShape(count=given.count, run=given.run_id)


def _colleague(services: Services, admin: AppUser, email: str) -> AppUser:
    (user,) = services.directory.colleagues(admin.team_id, [email])
    return user


def _shape(user: AppUser) -> UserShape:
    login = "integration" if user.on_integration_login else "own"
    return UserShape.model_validate(user, from_attributes=True).model_copy(update={"login": login})
