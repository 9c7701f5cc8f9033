"""What the API gives of settings before they are saved, and of what an admin asks for after a preview."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from remindersync.model import AskedKind
from remindersync.store.asking import Shown
from remindersync.store.settings_preview import SettingsPreview
from web.api.shapes import Moment, Taken

MOST_LINES = 200


class Counted(BaseModel):
    """How many reminders of one user."""

    user: str
    count: int


class LeftOut(BaseModel):
    """How many reminders are left out for one reason."""

    reason: str
    count: int


class LineShape(BaseModel):
    """One reminder that would change: values before and after, by the names of the side they are on."""

    reminder: str
    name: str
    user: str
    before: dict[str, str | None]
    after: dict[str, str | None]


class ShownShape(BaseModel):
    """A preview: `items` are the first 200 of `total`; the digest, null where nothing would change, stands for all."""

    kind: AskedKind
    digest: str | None
    total: int
    users: list[Counted]
    left_out: list[LeftOut]
    items: list[LineShape]

    @classmethod
    def of(cls, shown: Shown) -> "ShownShape":
        return cls(
            kind=shown.kind,
            digest=shown.digest,
            total=len(shown.lines),
            users=[Counted(user=user, count=count) for user, count in shown.users],
            left_out=[LeftOut(reason=reason, count=count) for reason, count in shown.left_out],
            items=[
                LineShape(
                    reminder=one.reminder_id,
                    name=one.name,
                    user=one.user,
                    before=dict(one.line.before),
                    after=dict(one.line.after),
                )
                for one in shown.lines[:MOST_LINES]
            ],
        )


class ExampleShape(BaseModel):
    """What the template makes of one of the team's reminders; `readable` is whether the name comes back from it."""

    model_config = ConfigDict(from_attributes=True)

    reminder: str = Field(validation_alias="reminder_id")
    name: str
    kind: str
    present: str | None
    subject: str
    reads_as: str | None
    readable: bool


class SettingsPreviewShape(BaseModel):
    """What settings would mean. `one_way` says why Subjects could not be read back, null where they can.

    `following` are reminders that would take another value under the maps, once that is asked for.
    """

    one_way: str | None
    examples: list[ExampleShape]
    following: ShownShape

    @classmethod
    def of(cls, preview: SettingsPreview) -> "SettingsPreviewShape":
        # A digest is given only by the preview that can be asked for: of settings that are saved.
        following = ShownShape.of(preview.following).model_copy(update={"digest": None})
        examples = [ExampleShape.model_validate(one) for one in preview.examples]
        return cls(one_way=preview.one_way, examples=examples, following=following)


class PreviewWanted(Taken):
    """What to look at: reminders that follow the saved maps, or Subjects rendered by the saved template."""

    kind: AskedKind


class Asking(Taken):
    """Ask for exactly what the preview with this digest showed."""

    digest: Annotated[str, StringConstraints(min_length=1, max_length=128)]


class LeftItemShape(BaseModel):
    """A reminder that was shown and left, because it changed since."""

    model_config = ConfigDict(from_attributes=True)

    reminder: str = Field(validation_alias="reminder_id")
    name: str
    user: str
    reason: str


class AskedShape(BaseModel):
    """How far it is with what was asked for: runs of the reminders' owners carry it out."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: AskedKind
    asked_at: Moment
    asked_by: str | None
    total: int
    waiting: int
    done: int
    left: list[LeftItemShape]


class AskedList(BaseModel):
    items: list[AskedShape]
    next_cursor: None = None


def progress(found: Any) -> AskedShape:
    return AskedShape.model_validate(found)
