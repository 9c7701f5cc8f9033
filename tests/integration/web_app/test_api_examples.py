"""The API's document: whole, with an example of everything, and with every call that programs were promised."""

import re
from types import SimpleNamespace

import pytest
from jsonschema_rs import Draft202012Validator

from web.api.application import create_api

# Every call of the interface, as programs were told.
PROMISED = """
GET /reminders?due,status,updated_since,cursor,limit
POST /reminders
PUT /reminders/by-key/{}
POST /reminders/batch
GET /changes?after,limit
GET /reminders/{}
PATCH /reminders/{}
DELETE /reminders/{}
POST /reminders/{}/restore
POST /reminders/{}/push
GET /reminders/{}/history?cursor,limit
POST /history/{}/restore
GET /me/sync
PATCH /me/sync
POST /me/sync/preview
POST /me/resync
GET /runs/{}
GET /runs/{}/plan
GET /diagnostics?cursor,limit
POST /diagnostics/{}/retry
POST /diagnostics/{}/ignore
GET /team/settings
PATCH /team/settings
"""
CREATED = {"POST /reminders": "201", "POST /me/resync": "202"}
MEMBERS = {
    "ReminderShape": "id name type status priority due_date details assignee person campaign call created_at updated_at"
    " completed_at deleted_at version sync salesforce",
    "PersonShape": "name email salesforce_id",
    "Campaign": "name day step",
    "Call": "outcome reason",
    "SyncShape": "state salesforce_id url error",
    "Raw": "status priority owner",
    "MySync": "mode state progress last_run_at next_run_at turned_on_at",
    "SyncChange": "mode import_open match_existing digest",
    "RunShape": "id user kind state counts calls started_at ended_at error",
    "RunCounts": "created_here updated_here deleted_here created_there updated_there deleted_there skipped parked",
    "PlanItem": "action side reminder salesforce_id fields reason",
    "FieldChange": "from to",
    "HistoryShape": "id at reminder side actor login field old new kept rule run",
    "DiagnosticShape": "id code category message meaning remedy retry state reminder salesforce_id count first_seen"
    " last_seen",
    "TeamSettingsShape": "subject_template template_on_imported subject_inbound status_map priority_map"
    " import_condition import_closed_on_creation conflict_rule tie_rule delete_rule api_share_percent guard_count"
    " guard_percent",
    "StatusMap": "open completed write_open write_completed",
    "Problem": "type title status detail",
}
VALUES = {
    "ReminderType": "email call inmail custom",
    "Status": "open completed",
    "Priority": "normal high",
    "ReminderState": "local pending held synced parked asleep unreachable reconnect",
    "SyncState": "first_sync idle running waiting_allowance reconnect off deactivated",
    "Side": "app salesforce",
    "ConflictRule": "latest salesforce app",
    "Due": "today tomorrow overdue",
}


@pytest.fixture(scope="module")
def document():
    # It says the same whatever stands behind it.
    return create_api(SimpleNamespace()).openapi()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {re.sub('{[^}]*}', '{}', path)}", operation


def bodies(operation):
    """What an operation takes and gives, each with its schema and example."""
    parts = {"request": operation.get("requestBody", {}), **operation["responses"]}
    for name, part in parts.items():
        for content in part.get("content", {}).values():
            yield name, content


def test_every_body_has_an_example_that_fits_its_own_schema(document):
    checked = 0
    for name, operation in operations(document):
        for part, content in bodies(operation):
            assert "example" in content, f"{name} {part}"
            schema = {**content["schema"], "components": document["components"]}
            errors = list(Draft202012Validator(schema, validate_formats=True).iter_errors(content["example"]))
            assert not errors, f"{name} {part}: {errors[0].message}"
            checked += 1
    assert checked > 300


def test_an_example_shows_every_member_an_answer_may_have(document):
    schemas = document["components"]["schemas"]
    for name, operation in operations(document):
        for part, content in bodies(operation):
            if part.startswith("2"):
                members = schemas[content["schema"]["$ref"].rpartition("/")[2]]["properties"]
                assert set(content["example"]) == set(members), f"{name} {part}"


def test_everything_the_document_points_to_is_in_it(document):
    schemas = document["components"]["schemas"]
    pointed = set(re.findall(r"'#/components/schemas/([^']+)'", str(document)))
    assert pointed <= set(schemas)
    assert not [name for name in schemas if "__" in name], "two shapes with one name"


def test_every_promised_call_is_there_with_its_parameters(document):
    found = dict(operations(document))
    for line in PROMISED.split("\n")[1:-1]:
        call, _, parameters = line.partition("?")
        known = {each.get("name") for each in found[call].get("parameters", ())}
        assert set(filter(None, parameters.split(","))) <= known, call
        if call in CREATED:
            assert CREATED[call] in found[call]["responses"]


def test_whatever_changes_a_reminder_honours_if_match_and_every_post_may_carry_a_key(document):
    for name, operation in operations(document):
        headers = {str(each.get("name", each.get("$ref"))) for each in operation.get("parameters", ())}
        if name in {"PATCH /reminders/{}", "DELETE /reminders/{}"}:
            assert "if-match" in headers
            assert "412" in operation["responses"]
        if name.startswith("POST"):
            assert "#/components/parameters/OnceKey" in headers


@pytest.mark.parametrize("name", MEMBERS)
def test_a_shape_has_the_members_it_was_promised_with(document, name):
    assert set(MEMBERS[name].split()) <= set(document["components"]["schemas"][name]["properties"])


@pytest.mark.parametrize("name", VALUES)
def test_a_choice_has_exactly_the_promised_values(document, name):
    assert set(document["components"]["schemas"][name]["enum"]) == set(VALUES[name].split())


def test_lists_page_in_one_way(document):
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith("List"):
            assert {"items", "next_cursor"} <= set(schema["properties"]), name
