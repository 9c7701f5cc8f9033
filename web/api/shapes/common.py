"""What shapes are made of."""

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

from remindersync.store.intake import LARGEST_NUMBER, LONGEST_TEXT
from remindersync.store.listing import MOST

MOST_IN_A_BATCH = 200
_EMAIL_LENGTH = 254
_KEY_LENGTH = 255


def _zulu(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[AwareDatetime, PlainSerializer(_zulu, return_type=str, when_used="json")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_TEXT)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=_EMAIL_LENGTH)]
Number = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_KEY_LENGTH)]


class Taken(BaseModel):
    """Something a request may hold."""

    model_config = ConfigDict(extra="forbid")


def _without_defaults(schema: dict[str, Any]) -> None:
    for member in schema["properties"].values():
        member.pop("default", None)


class Changes(Taken):
    """Members to change: one that is left out stays as it is, so the defaults below are never used."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class PageWanted(Taken):
    """Which part of a list to show."""

    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
