"""The people of a team."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from web.api.shapes.common import Email, Taken


class UserShape(BaseModel):
    """A user of the team; `login` is whose login acts for them in Salesforce."""

    model_config = ConfigDict(from_attributes=True)

    email: str
    name: str
    time_zone: str
    is_admin: bool
    active: bool
    sync_on: bool
    salesforce_id: str | None
    salesforce_username: str | None = None
    login: Literal["own", "integration"] = "own"


class UserList(BaseModel):
    items: list[UserShape]
    next_cursor: None = None


class UserChange(Taken):
    active: bool


class LoginChoice(Taken):
    """Whose login acts for a user. `salesforce_user` names who they are there, by username or id."""

    login: Literal["own", "integration"]
    salesforce_user: Email | None = None


class SalesforceUserShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    username: str
    name: str
    email: str


class SalesforceUserList(BaseModel):
    items: list[SalesforceUserShape]
    next_cursor: None = None


class LeftShape(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    reminder: str = Field(validation_alias="reminder_id")
    name: str
    due_date: date | None


class HandOverPreview(BaseModel):
    """The open reminders of a user, as a hand-over would give them away."""

    count: int
    items: list[LeftShape]


class HandOver(Taken):
    """To whom, and how many as `GET` showed them: another number is refused (409)."""

    to: Email
    count: Annotated[int, Field(ge=0)]


class HandedOverShape(BaseModel):
    """How many were handed over; `run` gives the Tasks away, null where there are none."""

    count: int
    run: str | None
