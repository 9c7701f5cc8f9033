"""Who may do what: every operation of the API and every page, by everybody (SAFE-1)."""

import re

import pytest
from sqlalchemy import insert

from remindersync.model import Choice
from remindersync.store import rows
from remindersync.store.tables import diagnostics, runs
from remindersync.store.webhooks import Scope

EVERYBODY = ("nobody", "ada", "bob", "chief", "stranger")
# Each rule: what nobody, Ada (whose everything here is), a colleague, her admin and another team's admin are answered.
# "in" is every answer that says the caller was let in, whatever came of it.
OWN = {"nobody": 401, "ada": "in", "bob": "in", "chief": "in", "stranger": "in"}
HERS = {"nobody": 401, "ada": "in", "bob": 404, "chief": "in", "stranger": 404}
# What the API keeps of a run or a webhook is its owner's, and for admins of the team.
TEAM = {"nobody": 401, "ada": 403, "bob": 403, "chief": "in", "stranger": "in"}
TEAMS_USER = {"nobody": 401, "ada": 403, "bob": 403, "chief": "in", "stranger": 404}

MATRIX = {
    "GET /reminders": OWN,
    "POST /reminders": OWN,
    "POST /reminders/batch": OWN,
    "PUT /reminders/by-key/{external_key}": OWN,
    "GET /reminders/{reminder_id}": HERS,
    "PATCH /reminders/{reminder_id}": HERS,
    "POST /reminders/{reminder_id}/restore": HERS,
    "POST /reminders/{reminder_id}/push": HERS,
    "GET /reminders/{reminder_id}/history": HERS,
    "DELETE /reminders/{reminder_id}": HERS,
    "POST /history/{event}/restore": HERS,
    "GET /changes": OWN,
    "GET /me/sync": OWN,
    "PATCH /me/sync": OWN,
    "POST /me/sync/preview": OWN,
    "POST /me/resync": OWN,
    "GET /me/held": OWN,
    "POST /me/held/approve": OWN,
    "GET /runs/{run_id}": HERS,
    "GET /runs/{run_id}/plan": HERS,
    "GET /runs/{run_id}/preview": HERS,
    "GET /diagnostics": OWN,
    "GET /diagnostics/kinds": OWN,
    "POST /diagnostics/{number}/retry": HERS,
    "POST /diagnostics/{number}/ignore": HERS,
    "GET /webhooks": OWN,
    "POST /webhooks": OWN,
    "POST /webhooks/{webhook_id}/resume": HERS,
    "POST /webhooks/{webhook_id}/pause": HERS,
    "POST /webhooks/{webhook_id}/test": HERS,
    "POST /webhooks/{webhook_id}/secret": HERS,
    "GET /webhooks/{webhook_id}/deliveries": HERS,
    "DELETE /webhooks/{webhook_id}": HERS,
    "POST /team/resync": TEAM,
    "GET /team/settings": TEAM,
    "PATCH /team/settings": TEAM,
    "POST /team/settings/preview": TEAM,
    "GET /team/actions": TEAM,
    "POST /team/actions": TEAM,
    "POST /team/actions/preview": TEAM,
    "GET /team/actions/{action_id}": {**TEAM, "chief": 404, "stranger": 404},
    "GET /team/fleet": TEAM,
    # No team here has an org.
    "GET /team/usage": {**TEAM, "chief": 404, "stranger": 404},
    "GET /team/users": TEAM,
    "PATCH /team/users/{email}": TEAMS_USER,
    "GET /team/users/{email}/salesforce-users": TEAMS_USER,
    "PUT /team/users/{email}/login": TEAMS_USER,
    "GET /team/users/{email}/hand-over": TEAMS_USER,
    "POST /team/users/{email}/hand-over": TEAMS_USER,
}
# A body that is understood, where an empty one would be refused before it is asked whose it is.
BODIES = {
    "PATCH /me/sync": {"mode": "off"},
    "PUT /team/users/{email}/login": {"login": "own"},
    "POST /team/users/{email}/hand-over": {"to": "bob@example.com", "count": 1},
    "PATCH /team/users/{email}": {"active": True},
    "POST /webhooks": {"url": "https://10.0.0.1/"},
}


@pytest.fixture
def stranger(services):
    services.directory.add_team("Others")
    return services.directory.add_user("stranger@example.com", "Others", is_admin=True)


@pytest.fixture
def hers(services, ada, api):
    """Ada's reminder, run, diagnostic, event and webhook, by the names of the paths' parameters."""
    made = api(ada).post("/reminders", json={"name": "Call"}).json()
    event = api(ada).get(f"/reminders/{made['id']}/history").json()["items"][0]["id"]
    words = {
        "code": "X",
        "category": "Other",
        "retry": "parked",
        **dict.fromkeys(("message", "meaning", "remedy"), "x"),
    }
    about = {"team_id": ada.team_id, "user_id": ada.id, "reminder_id": made["id"], **words}
    with services.database.begin() as connection:
        choice = rows.choice_json(Choice()) | {"local": [], "front": None}
        run = {"user_id": ada.id, "kind": "preview", "state": "done", "plan": [], "choice": choice}
        run_id = connection.scalar(insert(runs).values(run).returning(runs.c.id))
        number = connection.scalar(insert(diagnostics).values(about).returning(diagnostics.c.id))
    hook, _ = services.hooks.add(ada, "https://example.com/", Scope.OWN)
    return {
        "reminder_id": made["id"],
        "event": event,
        "run_id": run_id,
        "number": number,
        "webhook_id": hook.id,
        "email": "ada@example.com",
        "external_key": "k",
        "action_id": "00000000-0000-4000-8000-000000000000",
    }


@pytest.fixture
def people(ada, bob, chief, stranger):
    return {"nobody": None, "ada": ada, "bob": bob, "chief": chief, "stranger": stranger}


def operations(client):
    document = client.get("/openapi.json").json()["paths"]
    return {f"{method.upper()} {path}" for path, methods in document.items() for method in methods}


def test_the_matrix_names_every_operation(api):
    assert operations(api()) == set(MATRIX)


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_matrix_holds(api, people, hers, who):
    client, wrong = api(people[who]), {}
    for operation, rule in MATRIX.items():
        method, path = operation.split(" ")
        address = re.sub(r"{(\w+)}", lambda name: str(hers[name[1]]), path)
        body = BODIES.get(operation, {}) if method in {"POST", "PATCH", "PUT"} else None
        status = client.request(method, address, json=body).status_code
        answer = status if status in {401, 403, 404} or status >= 500 else "in"
        if answer != rule[who]:
            wrong[operation] = (answer, rule[who])
    assert wrong == {}
