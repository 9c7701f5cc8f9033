"""Renders the pages: escaping on, unknown names an error, and what every page needs at hand."""

import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from web import sessions
from web.pages import words

WEB = Path(__file__).parent.parent
STATIC = WEB / "static"
# The header by which a part of a page asks for itself: such an answer must not use up what is said on the next page.
PART = "X-Part"
_FILTERS = (
    words.type_name,
    words.state_name,
    words.state_meaning,
    words.sync_state_name,
    words.field_name,
    words.rule_name,
    words.actor_name,
    words.long_date,
    words.near_date,
    words.short_date,
    words.local_time,
    words.shortened,
)


def page(
    request: Request,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HTMLResponse:
    """Render a template for the person of this request."""
    session = request.session
    token = sessions.csrf_token(session)
    about = {
        "user": getattr(request.state, "user", None),
        "said": None if PART in request.headers else sessions.said(session),
        "here": None,
        # Whether the page has lists that its forms change without a new page.
        "lists": False,
        "back": "/",
        "csrf": lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(token),
    }
    html = environment().get_template(template).render(about | dict(context or {}))
    return HTMLResponse(html, status_code=status)


def message(request: Request, heading: str, text: str, status: HTTPStatus) -> HTMLResponse:
    """Render a page of one sentence."""
    return page(request, "message.html", {"heading": heading, "message": text}, status=status)


def to(address: str) -> RedirectResponse:
    """Go on to another page, also after a form was posted."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


@cache
def environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {each.__name__: each for each in _FILTERS}
    environment.globals |= {
        "choose": _choose,
        "release": _release(),
        "types": words.TYPES,
        "priorities": words.PRIORITIES,
        "statuses": words.STATUSES,
    }
    return environment


def _choose(name: str, options: Mapping[str, str], chosen: str, own_id: str | None = None) -> Markup:
    """Return a select element; a chosen value that is no option is kept as one."""
    known = dict(options) if chosen in options else {chosen: chosen, **options}
    inner = Markup().join(
        Markup('<option value="{}"{}>{}</option>').format(value, Markup(" selected") if value == chosen else "", label)
        for value, label in known.items()
    )
    return Markup('<select id="{}" name="{}">{}</select>').format(own_id or name, name, inner)


def _release() -> str:
    """Return a mark that changes with the static files, so that browsers may keep them."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(STATIC.rglob("*")) if path.is_file()))
    return digest.hexdigest()[:12]
