"""What a user may see of Tasks: the field for our key, and what stays hidden from them."""

from typing import Any

import pytest

from remindersync.errors import Destiny, SalesforceRefused
from remindersync.ports import TaskWrite
from remindersync.salesforce.tasks import RestSalesforceTasks
from tests.contract.salesforce_rest.task_records import ALWAYS, VALUES, only, stored
from tests.fixtures.salesforce import ADA, BEN, ORG, Box


def test_the_orgs_key_field_is_found_and_remembered(box: Box) -> None:
    assert box.tasks().facts().key_field == "RemindersyncKey__c"
    box.tasks().facts()
    assert box.calls() == 0


def test_a_key_field_by_another_name_is_used(box: Box) -> None:
    box.sim.door.set_org(settings={"key_field": "Our_Key__c"})
    tasks = RestSalesforceTasks(box.client(), ADA, {}, key_field="Our_Key__c")
    assert tasks.facts().key_field == "Our_Key__c"
    assert tasks.create([TaskWrite(VALUES, key="k1")])[0].created
    assert tasks.changed(ALWAYS).tasks[0].key == "k1"


@pytest.mark.parametrize("changes", [{"key_field": None}, {"hidden_fields": ["RemindersyncKey__c"]}])
def test_an_org_without_the_key_field_or_with_it_hidden_has_none(box: Box, changes: dict[str, Any]) -> None:
    box.sim.door.set_org(settings=changes)
    assert box.tasks().facts().key_field is None


def test_what_one_user_may_not_see_is_not_kept_from_another(box: Box) -> None:
    box.tasks(ADA)
    box.tasks(BEN)
    assert set(box.schemas) == {(ORG, ADA), (ORG, BEN)}


def test_the_login_that_acts_is_named(box: Box) -> None:
    assert box.tasks().login == "ada@acme.example"


def test_hidden_fields_that_are_not_needed_are_left_out(box: Box) -> None:
    box.sim.door.set_org(settings={"hidden_fields": ["TaskSubtype", "CompletedDateTime", "RemindersyncKey__c"]})
    stored(box, 1)
    found = only(box.tasks().changed(ALWAYS))
    assert (found.subtype, found.completed_at, found.key) == (None, None, None)


@pytest.mark.parametrize("name", ["Subject", "Description", "ActivityDate", "WhoId"])
def test_a_hidden_field_that_is_needed_is_an_error_and_never_an_empty_value(box: Box, name: str) -> None:
    stored(box, 1)
    box.sim.door.set_org(settings={"hidden_fields": [name]})
    tasks = box.tasks()
    with pytest.raises(SalesforceRefused) as caught:
        tasks.changed(ALWAYS)
    assert (caught.value.fault.code, caught.value.fault.destiny) == ("INVALID_FIELD", Destiny.PARK)
    assert name in caught.value.fault.message


def test_a_field_hidden_after_it_was_described_is_left_out_from_then_on(box: Box) -> None:
    stored(box, 1)
    tasks = box.tasks()
    box.sim.door.set_org(settings={"hidden_fields": ["RemindersyncKey__c"]})
    assert len(tasks.changed(ALWAYS).tasks) == 1
    assert box.calls() == 3
    assert len(tasks.changed(ALWAYS).tasks) == 1
    assert box.calls() == 4
    assert tasks.facts().key_field is None


@pytest.mark.parametrize("refuses", ["whole_call", "record"])
def test_a_key_field_that_vanished_refuses_the_create_and_is_described_anew(box: Box, refuses: str) -> None:
    tasks = box.tasks()
    hidden = {"hidden_fields": ["RemindersyncKey__c"]}
    box.sim.door.set_org(settings=hidden, beliefs={"collection_field_error": refuses})
    assert refusal_of_create(tasks) in {"INVALID_FIELD", "NOT_FOUND"}
    assert box.sim.door.tasks() == []
    assert tasks.facts().key_field is None


def refusal_of_create(tasks: RestSalesforceTasks) -> str | None:
    """The code of the fault, of the whole call or of the record."""
    try:
        fault = tasks.create([TaskWrite(VALUES, key="key-1")])[0].fault
    except SalesforceRefused as refused:
        fault = refused.fault
    return fault.code if fault else None
