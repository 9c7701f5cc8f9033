"""What deploy/salesforce/ lays into an org is what the engine looks for there."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from orgsim.org import Org
from remindersync.model import Reminder
from remindersync.newcomers import create_key
from remindersync.salesforce.records import schema
from remindersync.salesforce.tasks import DEFAULT_KEY_FIELD

PROJECT = Path(__file__).resolve().parents[2] / "deploy" / "salesforce"
METADATA = PROJECT / "force-app" / "main" / "default"
FIELD = METADATA / "objects" / "Activity" / "fields" / f"{DEFAULT_KEY_FIELD}.field-meta.xml"
PERMISSIONS = METADATA / "permissionsets" / "Remindersync.permissionset-meta.xml"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"


def contents(path):
    """Return the root's name and what is in it, a text or a list of such by name."""
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    return root.tag.removeprefix(NAMESPACE), {
        child.tag.removeprefix(NAMESPACE): child.text.strip() or contents_of(child) for child in root
    }


def contents_of(element):
    return {child.tag.removeprefix(NAMESPACE): child.text for child in element}


@pytest.mark.parametrize("path", sorted(METADATA.rglob("*.xml")), ids=lambda path: path.name)
def test_every_file_is_well_formed_and_metadata(path):
    assert ET.fromstring(path.read_text(encoding="utf-8")).tag.startswith(NAMESPACE)


def test_the_field_is_the_one_the_engine_writes():
    kind, field = contents(FIELD)
    assert (kind, field["fullName"]) == ("CustomField", DEFAULT_KEY_FIELD)
    assert (field["type"], field["length"], field["required"]) == ("Text", "64", "false")
    assert (field["externalId"], field["unique"], field["caseSensitive"]) == ("true", "true", "false")


def test_the_field_lies_on_activity_for_task_takes_no_field_of_its_own():
    assert not (METADATA / "objects" / "Task").exists()


def test_the_engine_uses_the_field_as_described_to_who_has_the_permission_set():
    _, field = contents(FIELD)
    _, permissions = contents(PERMISSIONS)
    described = {
        "name": field["fullName"],
        "externalId": field["externalId"] == "true",
        "unique": field["unique"] == "true",
        "createable": permissions["fieldPermissions"]["editable"] == "true",
    }
    assert schema({"fields": [described]}, DEFAULT_KEY_FIELD).key_field == DEFAULT_KEY_FIELD


def test_the_permission_set_grants_this_field_and_nothing_else():
    """Rights on a field of Activity are spelt with Task, through which it is seen."""
    kind, permissions = contents(PERMISSIONS)
    assert kind == "PermissionSet"
    assert set(permissions) == {"label", "description", "hasActivationRequired", "fieldPermissions"}
    assert permissions["fieldPermissions"] == {
        "field": f"Task.{DEFAULT_KEY_FIELD}",
        "readable": "true",
        "editable": "true",
    }


def test_no_page_layout_shows_the_field():
    assert not list(METADATA.rglob("*layout*"))


def test_the_org_in_a_box_has_the_same_field():
    _, field = contents(FIELD)
    boxed = Org("00D000000000001AAA", "Acme").object_type("Task").fields[DEFAULT_KEY_FIELD.lower()]
    assert (boxed.length, boxed.unique, boxed.external_id, boxed.case_sensitive) == (
        int(field["length"]),
        field["unique"] == "true",
        field["externalId"] == "true",
        field["caseSensitive"] == "true",
    )


def test_a_key_fits_the_field_and_does_not_depend_on_capitals():
    assert re.fullmatch(r"[0-9a-f]{1,64}", create_key(Reminder("r", "t", "u", "Call Ada", NOW, NOW)))


def test_the_project_deploys_this_folder():
    project = json.loads((PROJECT / "sfdx-project.json").read_text())
    assert [PROJECT / entry["path"] for entry in project["packageDirectories"] if entry["default"]] == [
        PROJECT / "force-app"
    ]
    assert re.fullmatch(r"\d{2}\.0", project["sourceApiVersion"])
