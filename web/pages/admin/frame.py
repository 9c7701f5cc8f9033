"""What every admin page stands in: who may open it, its tabs, and forms that hold lists."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from remindersync.store.people import AppUser
from web.pages.access import Person, posted
from web.pages.rendering import page

TABS = {
    "people": "People",
    "template": "Template",
    "values": "Values",
    "rules": "Rules",
    "held": "Held back",
    "allowance": "Allowance",
    "diagnostics": "Diagnostics",
    "programs": "Programs",
    "fleet": "Fleet",
}
# A picklist has at most 1,000 values, and each of them is a field.
_MOST_FIELDS = 3_000
_MOST_BYTES = 4 * 1024 * 1024


def _admin(person: Person) -> AppUser:
    """Return the admin of this session; anybody else is told, as a page, that this is not theirs."""
    if not person.is_admin:
        raise HTTPException(HTTPStatus.FORBIDDEN, "Only an admin of the team may open this page: ask one.")
    return person


Admin = Annotated[AppUser, Depends(_admin)]


async def _posted_lists(request: Request, _: Admin) -> dict[str, list[str]]:
    """Return a form's texts, all of each name. Raises `ForgedForm` without the session's CSRF token."""
    form = await request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=_MOST_BYTES)
    # The request remembers its form, so this looks at the same one.
    await posted(request)
    return {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}


PostedLists = Annotated[dict[str, list[str]], Depends(_posted_lists)]


def admin_page(
    request: Request, tab: str, context: Mapping[str, Any], *, mistake: str | None = None, template: str | None = None
) -> HTMLResponse:
    """Render a tab; with a `mistake`, as 422 and with that sentence at its form."""
    about = {"here": "admin", "tabs": TABS, "tab": tab, "mistake": mistake}
    status = HTTPStatus.OK if mistake is None else HTTPStatus.UNPROCESSABLE_ENTITY
    return page(request, f"admin/{template or tab}.html", about | dict(context), status=status)
