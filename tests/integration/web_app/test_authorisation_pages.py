"""Who may open which page and post which form: every route there is, by everybody (SAFE-1)."""

import re

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import func, insert, select

from remindersync.model import Choice
from remindersync.store import rows
from remindersync.store.action_tables import team_actions
from remindersync.store.intake import Draft
from remindersync.store.tables import history, runs
from remindersync.store.webhooks import Scope
from web.app import create_app
from worker.sign_in import sign_in_link

EVERYBODY = ("nobody", "ada", "bob", "chief", "stranger")
# Each rule: what nobody, Ada (whose everything here is), a colleague, her admin and another team's admin are answered.
# "in" is every answer that says the person was let in, whatever came of it; "sign-in" sends them to sign in.
OPEN = dict.fromkeys(EVERYBODY, "in")
OWN = OPEN | {"nobody": "sign-in"}
HERS = {"nobody": "sign-in", "ada": "in", "bob": 404, "chief": "in", "stranger": 404}
TEAM = {"nobody": "sign-in", "ada": 403, "bob": 403, "chief": "in", "stranger": "in"}

# The first that fits counts; what nothing here fits is for people who are signed in. There are two teams, so that
# Flower is for nobody. Whoever comes back from Salesforce may be signing in by it, and signing out ends there too.
RULES = (
    (r"/(healthz|readyz|metrics)", OPEN),
    (r"/sign-in(/.*)?", OPEN),
    (r"/oauth/callback|/sign-out(/everywhere)?", None),
    (r"/admin/flower-access", {"nobody": 401, "ada": 403, "bob": 403, "chief": 403, "stranger": 403}),
    (r"/admin/.*{\w+}.*", TEAM | {"stranger": 404}),
    (r"/admin(/.*)?", TEAM),
    (r"/settings/(preview|programs)/.*{\w+}.*", HERS | {"chief": 404}),
    (r".*{\w+}.*", HERS),
    (r".*", OWN),
)
# A form that is understood, where another would be refused before it is asked whose it is.
FORMS = {"kind": "follow_maps", "name": "Call", "assignee": "ada@example.com", "text": "Call", "version": "1"}


def rule(path: str):
    return next(answers for pattern, answers in RULES if re.fullmatch(pattern, path))


def walked(app: FastAPI) -> list[tuple[str, str]]:
    """Every method and path of a page, those that end sessions last."""
    contexts = [each for each in iter_route_contexts(app.routes) if isinstance(each.original_route, APIRoute)]
    found = [(method, each.path) for each in contexts for method in each.methods]
    return sorted(found, key=lambda one: ("sign-" in one[1], one[1], one[0]))


@pytest.fixture
def routes(services) -> list[tuple[str, str]]:
    return walked(create_app(services))


@pytest.fixture
def people(services, ada, bob, chief):
    services.directory.add_team("Others")
    stranger = services.directory.add_user("stranger@example.com", "Others", is_admin=True)
    return {"nobody": None, "ada": ada, "bob": bob, "chief": chief, "stranger": stranger}


@pytest.fixture
def hers(services, people, ada, database):
    """Ada's reminder and what else there is of hers, by the names of the paths' parameters."""
    made = services.reminders.create(ada, Draft(name="Call")).reminder
    hook, _ = services.hooks.add(ada, "https://example.com/", Scope.OWN)
    services.directory.issue_token(ada.id)
    services.directory.issue_team_token("Sales")
    choice = rows.choice_json(Choice()) | {"local": [], "front": None}
    run = {"user_id": ada.id, "kind": "preview", "state": "done", "plan": [], "choice": choice}
    action = {"team_id": ada.team_id, "kind": "follow_maps", "digest": "x", "asked_at": func.now()}
    with database.begin() as connection:
        run_id = connection.scalar(insert(runs).values(run).returning(runs.c.id))
        action_id = connection.scalar(insert(team_actions).values(action).returning(team_actions.c.id))
        event_id = connection.scalar(select(history.c.id).where(history.c.reminder_id == made.id).limit(1))
    return {
        "reminder_id": made.id,
        "event_id": str(event_id),
        "verb": "complete",
        "run_id": run_id,
        "user_id": ada.id,
        "action_id": action_id,
        "token": "guess",
        "token_id": services.directory.tokens_of(ada.id)[0].id,
        "team_token_id": services.directory.team_tokens(ada.team_id)[0].id,
        "webhook_id": hook.id,
    }


def answer(person, method: str, path: str, fields: dict[str, str]) -> int | str:
    """What somebody is answered; a stream is not read to its end."""
    data = fields if method == "POST" else None
    with person.http.stream(method, path, data=data) as response:
        if response.status_code == 303 and response.headers["Location"] == "/sign-in":
            return "sign-in"
        status = response.status_code
        return status if status in {401, 403, 404} or status >= 500 else "in"


def test_the_walk_finds_the_pages(routes):
    assert {("GET", "/"), ("POST", "/settings/sync"), ("GET", "/admin/people/{user_id}")} <= set(routes)


def test_every_parameter_of_a_path_is_something_of_adas(routes, hers):
    named = {name for _, path in routes for name in re.findall(r"{(\w+)}", path)}
    assert named <= set(hers)


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_rules_hold_on_every_page(browser, services, people, hers, routes, who):
    person, wrong = browser(people[who]), {}
    # A page with a form for nobody too.
    person.get("/settings" if people[who] else httpx.URL(sign_in_link(services.settings, people["ada"])).path)
    for method, path in routes:
        expected = rule(path)
        address = re.sub(r"{(\w+)}", lambda name: hers[name[1]], path)
        given = answer(person, method, address, FORMS | {"csrf": person.csrf()})
        right = given == expected[who] if expected else given in {"in", "sign-in"}
        if not right:
            wrong[f"{method} {path}"] = (given, expected and expected[who])
    assert wrong == {}


def test_every_form_needs_the_sessions_own_token(browser, chief, bob, hers, routes):
    chief_s, bob_s = browser(chief), browser(bob)
    chief_s.get("/settings")
    bob_s.get("/settings")
    taken = []
    for token in ("", "guess", bob_s.csrf()):
        for method, path in routes:
            address = re.sub(r"{(\w+)}", lambda name: hers[name[1]], path)
            if method == "POST" and answer(chief_s, method, address, FORMS | {"csrf": token}) != 403:
                taken.append((token, path))
    assert taken == []
