"""What changes Tasks besides edits of them: conversions, merges, cascades, jobs, renamed values, mass edits."""

from datetime import timedelta

import pytest

from orgsim.door import UserRefusedError
from tests.orgsim.acme import ACCOUNT, ANN, BOB, CONTACT, CONVERTED, LEAD, long, refusal

STAMPS = ("SystemModstamp", "LastModifiedDate")


def moved(sim, record_id, before):
    after = sim.door.task(record_id)
    return tuple(after[name] != before[name] for name in STAMPS)


def later(sim, record_id):
    before = sim.door.task(record_id)
    sim.door.advance(60)
    return before


def test_a_conversion_moves_tasks_and_hands_over_those_of_who_converts(ann, sim):
    sim.door.freeze()
    mine, done = ann.create(WhoId=LEAD), ann.create(WhoId=LEAD, Status="Completed")
    theirs = ann.create(WhoId=LEAD, OwnerId=BOB)
    before = later(sim, done)
    made = sim.door.convert_lead("ann@acme.example", LEAD, owner_id=long(BOB))
    rows = {row["Id"]: row for row in sim.door.tasks()}
    assert {row["WhoId"] for row in rows.values()} == {made["contact_id"]}
    assert {row["WhatId"] for row in rows.values()} == {made["account_id"]}
    assert [rows[one]["OwnerId"] for one in (mine, done, theirs)] == [long(BOB), long(ANN), long(BOB)]
    assert moved(sim, done, before) == (True, True)
    assert set(made["tasks"]) == {mine, done, theirs}
    (lead,) = [row for row in sim.door.records("Lead") if row["Id"] == long(LEAD)]
    assert (lead["IsConverted"], lead["ConvertedContactId"]) == (True, made["contact_id"])
    assert refusal(ann("POST", "/sobjects/Task", {"WhoId": LEAD}))[1] == "CANNOT_UPDATE_CONVERTED_LEAD"


def test_a_conversion_can_go_to_known_records_and_leave_last_modified(ann, sim):
    sim.door.freeze()
    sim.door.set_org(beliefs={"conversion_moves_last_modified": False})
    record_id = ann.create(WhoId=LEAD)
    before = later(sim, record_id)
    sim.door.convert_lead("ann@acme.example", LEAD, contact_id=CONTACT, account_id=ACCOUNT)
    assert moved(sim, record_id, before) == (True, False)
    assert sim.door.task(record_id)["WhoId"] == long(CONTACT)


def test_a_validation_rule_of_tasks_blocks_a_conversion_and_nothing_changes(ann, sim):
    record_id = ann.create(WhoId=LEAD)
    sim.door.add_rule("validation", on=["update"], message="No")
    for lead, code in ((LEAD, "FIELD_CUSTOM_VALIDATION_EXCEPTION"), (CONVERTED, "CANNOT_UPDATE_CONVERTED_LEAD")):
        with pytest.raises(UserRefusedError) as refused:
            sim.door.convert_lead("ann@acme.example", lead)
        assert refused.value.code == code
    assert sim.door.task(record_id)["WhoId"] == long(LEAD)
    assert len(sim.door.records("Contact")) == 1


@pytest.mark.parametrize(
    ("belief", "stamps"), [("SystemModstamp", (True, False)), ("both", (True, True)), ("neither", (False, False))]
)
def test_a_merge_gives_tasks_another_person_past_triggers(ann, sim, belief, stamps):
    sim.door.freeze()
    loser = ann("POST", "/sobjects/Contact", {"LastName": "Twin"}).json()["id"]
    record_id = ann.create(WhoId=loser)
    sim.door.add_rule("validation", message="never seen")
    sim.door.set_org(beliefs={"merge_moves": belief})
    before = later(sim, record_id)
    assert sim.door.merge("ann@acme.example", CONTACT, loser) == [record_id]
    assert sim.door.task(record_id)["WhoId"] == long(CONTACT)
    assert moved(sim, record_id, before) == stamps
    assert ann.get(f"/sobjects/Contact/{loser}").status_code == 404


def test_a_merge_takes_records_of_one_object_only(sim):
    with pytest.raises(UserRefusedError, match="INVALID_CROSS_REFERENCE_KEY"):
        sim.door.merge("ann@acme.example", CONTACT, LEAD)


@pytest.mark.parametrize("moves", [True, False])
def test_a_company_takes_its_people_and_tasks_along_and_brings_them_back(ann, sim, moves):
    sim.door.freeze()
    sim.door.set_org(beliefs={"cascade_moves_stamps": moves})
    task, alone = ann.create(WhoId=CONTACT), ann.create(WhatId=ACCOUNT)
    ann.delete(alone)
    before = later(sim, task)
    assert ann("DELETE", f"/sobjects/Account/{ACCOUNT}").status_code == 204
    assert refusal(ann.get(f"/sobjects/Task/{task}"))[1] == "ENTITY_IS_DELETED"
    assert refusal(ann.get(f"/sobjects/Contact/{CONTACT}"))[1] == "ENTITY_IS_DELETED"
    assert moved(sim, task, before) == (moves, moves)
    sim.door.act("ann@acme.example", "undelete", object="Account", id=ACCOUNT)
    assert ann.read(task)["WhoId"] == long(CONTACT)
    assert ann.get(f"/sobjects/Task/{alone}").status_code == 404


def test_the_archiving_job_hides_and_a_longer_span_brings_back_with_a_new_stamp(ann, sim):
    sim.door.freeze()
    old = ann.create(Status="Completed", ActivityDate=(sim.door.now() - timedelta(days=400)).date().isoformat())
    before = later(sim, old)
    assert sim.door.archive() == 1
    assert moved(sim, old, before) == (False, False)
    assert ann.rows("SELECT Id FROM Task") == []
    sim.door.set_org(settings={"archive_days": 3650})
    assert sim.door.archive() == 0
    assert moved(sim, old, before) == (True, False)
    assert len(ann.rows("SELECT Id FROM Task")) == 1


def test_a_renamed_value_moves_system_modstamp_of_all_that_have_it(ann, sim):
    sim.door.freeze()
    having, other = ann.create(Status="Deferred"), ann.create()
    before = later(sim, having), sim.door.task(other)
    assert sim.door.rename_value("Status", "Deferred", "Parked") == 1
    assert sim.door.task(having)["Status"] == "Parked"
    assert moved(sim, having, before[0]) == (True, False)
    assert moved(sim, other, before[1]) == (False, False)
    assert {"ApiName": "Parked"} in ann.rows("SELECT ApiName FROM TaskStatus")


def test_a_mass_edit_gives_equal_stamps_or_changes_nothing(ann, sim):
    for number in range(5):
        ann.create(Subject=str(number), Priority="High" if number % 2 else "Low")
    changed = sim.door.mass_update("ann@acme.example", "Priority = 'High'", Status="Completed")
    rows = [row for row in sim.door.tasks() if row["Id"] in changed]
    assert len(rows) == 2
    assert all(row["IsClosed"] for row in rows)
    assert len({row["SystemModstamp"] for row in rows}) == 1
    sim.door.add_rule("validation", where="Subject = '4'", message="Not this")
    with pytest.raises(UserRefusedError, match="Not this"):
        sim.door.mass_update("ann@acme.example", Priority="Normal")
    assert {row["Priority"] for row in sim.door.tasks()} == {"High", "Low"}


def test_a_purged_deletion_log_says_so(ann, sim):
    sim.door.freeze()
    ann.delete(ann.create())
    sim.door.advance(4 * 3600)
    login = sim.door.session("ann@acme.example")
    ann.http.headers["Authorization"] = f"Bearer {login['access_token']}"
    now = sim.door.now()
    span = {"start": (now - timedelta(hours=5)).isoformat(), "end": now.isoformat()}
    assert len(ann.get("/sobjects/Task/deleted", params=span).json()["deletedRecords"]) == 1
    sim.door.purge_deletions()
    assert refusal(ann.get("/sobjects/Task/deleted", params=span))[:2] == (400, "INVALID_REPLICATION_DATE")
    span["start"] = (now - timedelta(hours=1)).isoformat()
    answer = ann.get("/sobjects/Task/deleted", params=span).json()
    assert answer["deletedRecords"] == []
    assert answer["earliestDateAvailable"][:16] == (now - timedelta(hours=2)).isoformat()[:16]
