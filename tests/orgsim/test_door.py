"""The admin door: worlds in and out, users, beliefs, and sentences for what is wrong."""

from importlib import resources

import pytest

from orgsim import UserRefusedError
from orgsim.beliefs import BELIEFS, as_table
from orgsim.door import DoorError
from tests.orgsim.acme import ANN, ORG, long, world


def test_world_records_come_back_as_they_were_given(sim):
    task = {
        "Id": "00T000000000077",
        "Subject": "s",
        "Status": "Completed",
        "Priority": "Low",
        "OwnerId": ANN,
        "ActivityDate": "2026-05-01",
        "CreatedDate": "2026-04-01T10:00:00Z",
        "LastModifiedDate": "2026-04-02T10:00:00Z",
        "SystemModstamp": "2026-04-03T10:00:00Z",
        "IsDeleted": True,
        "IsArchived": True,
        "TaskSubtype": "Email",
        "Description": None,
    }
    records = world()
    records["orgs"][0]["tasks"] = [task]
    sim.door.reset(records)
    (row,) = sim.door.tasks(include_deleted=True)
    assert row["Id"] == long("00T000000000077")
    assert (row["CreatedDate"], row["SystemModstamp"]) == (
        "2026-04-01T10:00:00.000+0000",
        "2026-04-03T10:00:00.000+0000",
    )
    assert (row["IsClosed"], row["IsHighPriority"], row["IsDeleted"], row["IsArchived"]) == (True, False, True, True)
    assert row["CompletedDateTime"] == "2026-04-02T10:00:00.000+0000"
    assert (row["TaskSubtype"], row["OrgId"]) == ("Email", ORG)
    assert "Description" not in row


def test_own_picklists_replace_the_shipped_ones(sim):
    records = world()
    records["orgs"][0]["task_statuses"] = [
        {"ApiName": "Todo", "MasterLabel": "To do", "IsClosed": False, "IsDefault": True, "SortOrder": 1},
        {"ApiName": "Done", "MasterLabel": "Done", "IsClosed": True, "IsDefault": False, "SortOrder": 2},
    ]
    sim.door.reset(records)
    record_id = sim.door.as_user("ann@acme.example").create(Subject="a")
    assert sim.door.task(record_id)["Status"] == "Todo"
    sim.door.as_user("ann@acme.example").update(record_id, Status="Done")
    assert sim.door.task(record_id)["IsClosed"]


def test_two_orgs_live_in_one_box_and_share_nothing(sim):
    second = world()["orgs"][0]
    second.update(id="00D000000000002", name="Beta")
    for place, user in enumerate(second["users"]):
        user.update(Id=f"00500000000010{place}", Username=f"b{place}@beta.example")
    second.update(groups=[], leads=[], contacts=[], accounts=[])
    sim.door.load({"orgs": [second]})
    assert [org["name"] for org in sim.door.orgs()] == ["Acme", "Beta"]
    sim.door.as_user("b0@beta.example").create(Subject="beta's")
    assert [len(sim.door.tasks(org["id"])) for org in sim.door.orgs()] == [0, 1]
    assert sim.door.session("b0@beta.example")["id"].split("/")[-2] == "00D000000000002EAA"
    with pytest.raises(DoorError, match="Name one org by org_id"):
        sim.door.records("Task")


def test_a_person_is_refused_by_the_same_rules(sim):
    with pytest.raises(UserRefusedError) as refused:
        sim.door.as_user("ann@acme.example").create(Subject="x" * 256)
    assert refused.value.code == "STRING_TOO_LONG"
    with pytest.raises(UserRefusedError):
        sim.door.as_user("ann@acme.example").delete("00T000000000099")


def test_deleting_and_undeleting_by_a_person(sim, ann):
    record_id = ann.create(Subject="a", RemindersyncKey__c="k")
    boss = sim.door.as_user("boss@acme.example")
    boss.delete(record_id)
    assert sim.door.task(record_id)["IsDeleted"]
    boss.undelete(record_id)
    assert ann.read(record_id)["Subject"] == "a"
    with pytest.raises(UserRefusedError, match="not in the recycle bin"):
        boss.undelete(record_id)
    boss.delete(record_id)
    ann.create(RemindersyncKey__c="k")
    with pytest.raises(UserRefusedError, match="DUPLICATE_VALUE"):
        boss.undelete(record_id)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "need a list under 'orgs'"),
        ({"orgs": [{"id": "x", "name": "X"}]}, "'x' is no Salesforce id"),
        ({"orgs": [{"id": ORG, "tasks": [{"Id": "00T000000000001", "Colour": 1}]}]}, "Task has no field 'Colour'"),
        ({"orgs": [{"id": ORG, "tasks": [{"Id": "00T000000000001", "ActivityDate": "soon"}]}]}, "'soon' is no date"),
    ],
)
def test_wrong_world_records_are_refused_with_a_sentence(sim, change, words):
    with pytest.raises(DoorError, match=words):
        sim.door.load(change)
    assert len(sim.door.orgs()) == 1


def test_wrong_asks_get_sentences(sim):
    asks = [
        (lambda: sim.door.session("x@y.z"), "No org has a user 'x@y.z'"),
        (lambda: sim.door.set_org(beliefs={"magic": 1}), "No belief is called 'magic'"),
        (lambda: sim.door.set_org(beliefs={"trim_text": "maybe"}), "can't be 'maybe'"),
        (lambda: sim.door.set_org(settings={"magic": 1}), "No org setting is called 'magic'"),
        (lambda: sim.door.register_app("a", magic=1), "A connected app has no 'magic'"),
        (lambda: sim.door.hard_delete("00T000000000001"), "No org has a record"),
        (lambda: sim.door.act("ann@acme.example", "polish", id="00T000000000001"), "not 'polish'"),
    ]
    for ask, words in asks:
        with pytest.raises(DoorError, match=words):
            ask()


def test_every_belief_has_a_source_and_other_values(sim):
    names = [belief.name for belief in BELIEFS]
    assert len(set(names)) == len(names) >= 25
    for belief in BELIEFS:
        assert belief.known in {"verified on an org", "documented", "believed"}
        assert belief.says.endswith(".")
        assert belief.source
        assert belief.value not in belief.others
    assert [belief["name"] for belief in sim.door.beliefs()] == names


def test_secrets_do_not_show_in_reprs(sim):
    from orgsim.sessions import ConnectedApp

    assert "hush" not in repr(ConnectedApp("a", "hush"))


def test_the_readme_shows_the_table_of_beliefs():
    readme = resources.files("orgsim").joinpath("README.md").read_text(encoding="utf-8")
    assert as_table() in readme
