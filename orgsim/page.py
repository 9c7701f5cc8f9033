"""The pages for people: Tasks to edit as a Salesforce user, users, calls, counters; and the login page."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, select_autoescape

from orgsim.calls import Answer, Request

if TYPE_CHECKING:
    from orgsim.sessions import ConnectedApp
    from orgsim.world import World

HTML = "text/html; charset=utf-8"
_TEMPLATES = Environment(
    loader=PackageLoader("orgsim"), autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
)


def answer(world: "World", request: Request) -> Answer:
    return Answer(404, "<h1>Not found</h1>", media_type=HTML)


def login_page(world: "World", app: "ConnectedApp", asked: Mapping[str, str]) -> str:
    """Give the page on which a person picks whom to log in as."""
    orgs: list[dict[str, Any]] = [
        {"name": org.name, "users": [row for row in org.table("User").rows.values() if row.get("IsActive", True)]}
        for org in world.orgs.values()
    ]
    return _TEMPLATES.get_template("login.html").render(orgs=orgs, app=app, asked=dict(asked))
