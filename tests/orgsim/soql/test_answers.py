import datetime as dt
import json

import pytest

from orgsim.ids import numbered_id
from orgsim.schema import FieldType, object_type
from orgsim.soql import SoqlError, parse

ADA, BEN, QUEUE, ACCOUNT = numbered_id("005", 1), numbered_id("005", 2), numbered_id("00G", 1), numbered_id("001", 1)


def test_a_record_has_its_attributes_and_fields_in_the_order_asked_for(ask):
    answer = ask("select SUBJECT, t.id, activitydate, SystemModstamp from TASK t where t.Id != null limit 1")
    record = answer.records[0]
    assert json.dumps(record) == json.dumps(
        {
            "attributes": {
                "type": "Task",
                "url": f"/services/data/v66.0/sobjects/Task/{numbered_id('00T', 1)}",
            },
            "Subject": "Call Ada",
            "Id": numbered_id("00T", 1),
            "ActivityDate": "2026-11-22",
            "SystemModstamp": "2026-11-22T09:00:00.000+0000",
        }
    )


def test_parents_are_nested_where_their_first_field_stands(ask):
    text = "SELECT Who.Name, Id, Who.Email, Account.Owner.Name, Who.Type, Account.Name FROM Task LIMIT 1"
    record = ask(text, url_prefix="/p").records[0]
    assert list(record) == ["attributes", "Who", "Id", "Account"]
    assert record["Who"] == {
        "attributes": {"type": "Name", "url": f"/p/Contact/{numbered_id('003', 1)}"},
        "Name": "Grace Hopper",
        "Email": "grace@x.example",
        "Type": "Contact",
    }
    assert record["Account"] == {
        "attributes": {"type": "Account", "url": f"/p/Account/{ACCOUNT}"},
        "Owner": {"attributes": {"type": "User", "url": f"/p/User/{BEN}"}, "Name": "Ben"},
        "Name": "Acme",
    }


def test_a_missing_parent_is_null(ask):
    records = ask("SELECT Who.Name, What.Name, Account.Owner.Name FROM Task").records
    assert [record["Who"] is None for record in records] == [False, False, True, True, True]
    assert records[4]["What"]["Name"] == "Acme"
    assert records[4]["Account"] is None


def test_a_queue_owner_is_of_type_queue(ask):
    record = ask(f"SELECT Owner.Name, Owner.Type FROM Task WHERE OwnerId = '{QUEUE}'").records[0]
    assert (record["Owner"]["Name"], record["Owner"]["Type"]) == ("Inbound", "Queue")
    assert record["Owner"]["attributes"]["url"].endswith(f"/Group/{QUEUE}")


def test_moments_of_other_zones_are_shown_in_utc(ask, catalog):
    row = catalog.by_id[numbered_id("00T", 1)]
    east = dt.timezone(dt.timedelta(hours=13))
    catalog.by_id[row["Id"]] = {**row, "SystemModstamp": dt.datetime(2026, 11, 22, 22, tzinfo=east)}
    assert ask("SELECT SystemModstamp FROM Task LIMIT 1").records[0]["SystemModstamp"] == "2026-11-22T09:00:00.000+0000"


def order(ask, clause):
    known = {numbered_id("00T", number): number for number in range(1, 6)}
    return [known[record["Id"]] for record in ask(f"SELECT Id FROM Task ORDER BY {clause}").records]


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        ("SystemModstamp", [5, 4, 3, 2, 1]),
        ("SystemModstamp DESC", [1, 2, 3, 4, 5]),
        ("ActivityDate, Id", [4, 5, 3, 1, 2]),
        ("ActivityDate ASC NULLS LAST, Id DESC", [3, 1, 2, 5, 4]),
        ("ActivityDate DESC, Id", [4, 5, 2, 1, 3]),
        ("ActivityDate DESC NULLS LAST, Id", [2, 1, 3, 4, 5]),
        ("Subject NULLS FIRST, Id DESC", [4, 3, 2, 1, 5]),
        ("Owner.Name, Id", [1, 3, 2, 5, 4]),
        ("IsClosed DESC, Id LIMIT 2", [3, 1]),
        ("Id LIMIT 2 OFFSET 1", [2, 3]),
        ("Id OFFSET 4", [5]),
        ("Id LIMIT 0", []),
    ],
)
def test_order_limit_and_offset(ask, clause, expected):
    assert order(ask, clause) == expected


def test_limit_bounds_the_total(ask):
    assert ask("SELECT Id FROM Task LIMIT 2").total_size == 2


def test_bare_count_answers_with_a_size_and_no_records(ask):
    answer = ask("SELECT count() FROM Task WHERE IsClosed = false")
    assert (answer.total_size, answer.records, answer.count_only) == (4, [], True)
    assert ask("SELECT COUNT() FROM Task LIMIT 3").total_size == 3


def test_fields_names_whole_groups_of_fields(ask):
    standard = ask("SELECT FIELDS(STANDARD) FROM Task").records[0]
    assert list(standard)[1:] == [field.name for field in object_type("Task").fields.values()]
    key = FieldType("Key__c", "Key", "string", 32)

    def schema(name):
        found = object_type(name)
        return found.with_fields(key) if found else None

    assert list(ask("SELECT FIELDS(CUSTOM) FROM Task LIMIT 1", schema=schema).records[0])[1:] == ["Key__c"]
    assert "Key__c" in ask("SELECT FIELDS(ALL) FROM Task LIMIT 200", schema=schema).records[0]


def test_to_label_answers_with_the_value(ask):
    assert ask("SELECT toLabel(Status) FROM Task LIMIT 1").records[0]["Status"] == "Not Started"


def test_groups_are_measured(ask):
    answer = ask(
        "SELECT OwnerId, MAX(SystemModstamp) newest, COUNT(Id), MIN(Subject) FROM Task "
        "GROUP BY OwnerId ORDER BY COUNT(Id) DESC, OwnerId"
    )
    assert answer.is_aggregate
    assert answer.records == [
        {
            "attributes": {"type": "AggregateResult"},
            "OwnerId": owner,
            "newest": newest,
            "expr0": count,
            "expr1": subject,
        }
        for owner, newest, count, subject in (
            (ADA, "2026-11-22T09:00:00.000+0000", 2, "50% off_all"),
            (BEN, "2026-11-22T08:00:00.000+0000", 2, "call ada"),
            (QUEUE, "2026-11-22T06:00:00.000+0000", 1, None),
        )
    ]


def test_without_group_by_all_rows_are_one_group_even_none(ask):
    text = "SELECT COUNT(Id) n, SUM(CallDurationInSeconds) s, AVG(CallDurationInSeconds), COUNT_DISTINCT(Subject) d FROM Task"
    [whole] = ask(text).records
    assert (whole["n"], whole["s"], whole["expr0"], whole["d"]) == (5, 120, 60.0, 3)
    [empty] = ask(text + " WHERE Subject = 'nowhere'").records
    assert (empty["n"], empty["s"], empty["expr0"], empty["d"]) == (0, None, None, 0)


def test_having_filters_groups(ask):
    text = "SELECT Owner.Name, COUNT(Id) FROM Task GROUP BY Owner.Name HAVING COUNT(Id) > 1 AND Owner.Name LIKE 'b%'"
    assert [(record["Name"], record["expr0"]) for record in ask(text).records] == [("Ben", 2)]


def test_a_label_can_be_grouped_and_selected(ask):
    text = "SELECT toLabel(Status), COUNT(Id) n FROM Task GROUP BY Status ORDER BY Status"
    assert [(record["Status"], record["n"]) for record in ask(text).records] == [("Completed", 1), ("Not Started", 4)]


def test_groups_take_limit_and_offset(ask):
    text = "SELECT OwnerId FROM Task GROUP BY OwnerId ORDER BY OwnerId LIMIT 1 OFFSET 1"
    assert [record["OwnerId"] for record in ask(text).records] == [BEN]


def test_more_groups_than_one_batch_are_refused(ask, catalog):
    for number in range(10, 2_020):
        catalog.by_id[numbered_id("00T", number)] = {"Id": numbered_id("00T", number)}
    with pytest.raises(SoqlError) as caught:
        ask("SELECT Id, COUNT(Subject) FROM Task GROUP BY Id")
    assert caught.value.code == "EXCEEDED_ID_LIMIT"
    assert ask("SELECT Id, COUNT(Subject) FROM Task GROUP BY Id LIMIT 2000").total_size == 2_000


def test_parsing_the_same_text_again_costs_nothing():
    text = "SELECT Id FROM Task"
    assert parse(text) is parse(text)


@pytest.mark.parametrize("name", ["Group", "TaskStatus", "TaskPriority", "Organization", "Lead"])
def test_an_object_named_like_a_keyword_or_nobody_reads_is_no_error(ask, name):
    assert ask(f"SELECT Id FROM {name}").total_size in {0, 1}


def test_for_view_is_taken(ask):
    assert ask("SELECT Id FROM Task LIMIT 1 FOR VIEW").total_size == 1
