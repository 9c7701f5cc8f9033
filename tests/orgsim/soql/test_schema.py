import csv
from importlib import resources

import pytest

from orgsim.schema import FieldType, object_name_of, object_type, object_types


def test_objects_are_found_in_any_case():
    assert object_type("tAsK") is object_type("Task")
    assert object_type("Nope") is None


def test_a_task_has_the_fields_of_a_plain_org():
    fields = object_type("Task").fields
    assert len(fields) == 41
    assert "whocount" not in fields
    assert (fields["subject"].type, fields["subject"].length, fields["subject"].groupable) == ("combobox", 255, False)
    description = fields["description"]
    assert not (description.filterable)
    assert not (description.sortable)
    assert not (description.groupable)
    assert fields["ownerid"].reference_to == ("Group", "User")
    assert fields["ownerid"].is_polymorphic
    assert not fields["accountid"].is_polymorphic


@pytest.mark.parametrize(
    ("field", "right"),
    [("IsClosed", False), ("TaskSubtype", False), ("IsRecurrence", False), ("Status", True), ("ActivityDate", True)],
)
def test_rights_are_those_of_the_table(field, right):
    assert object_type("Task").fields[field.lower()].updateable is right


@pytest.mark.parametrize("found", object_types(), ids=lambda found: found.name)
def test_describe_lists_every_field_with_what_clients_read(found):
    described = found.describe()
    assert described["name"] == found.name
    assert described["urls"]["describe"] == f"/services/data/v66.0/sobjects/{found.name}/describe"
    assert [field["name"] for field in described["fields"]] == [field.name for field in found.fields.values()]
    for field in described["fields"]:
        assert {"type", "label", "length", "updateable", "createable", "nillable", "picklistValues"} <= set(field)


def test_status_is_described_with_its_values():
    [status] = [field for field in object_type("Task").describe()["fields"] if field["name"] == "Status"]
    assert [value["value"] for value in status["picklistValues"]][:2] == ["Not Started", "In Progress"]
    assert status["type"] == "picklist"
    assert not status["restrictedPicklist"]


def test_key_prefixes_lead_to_their_objects():
    assert [object_name_of(prefix + "0" * 15) for prefix in ("00T", "005", "00Q", "xyz")] == [
        "Task",
        "User",
        "Lead",
        None,
    ]


def test_custom_fields_are_added_and_hidden_ones_removed_without_touching_the_plain_org():
    plain = object_type("Task")
    own = plain.with_fields(FieldType("Key__c", "Key", "string", 32)).without_fields("DESCRIPTION")
    assert own.fields["key__c"].describe()["custom"]
    assert "description" not in own.fields
    assert "key__c" not in plain.fields
    assert "description" in plain.fields


def test_the_table_of_task_fields_says_where_each_row_is_from():
    text = resources.files("orgsim.data").joinpath("task_describe.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert all(row["source"] for row in rows)
    assert "/" not in "".join(row["source"] for row in rows)


def test_every_reference_leads_to_an_object_that_exists():
    for found in object_types():
        for field in found.fields.values():
            assert all(object_type(name) for name in field.reference_to), field.name
