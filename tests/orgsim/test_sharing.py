"""Private sharing: who sees and edits whose Tasks."""

from tests.orgsim.acme import ANN, BOB, CARL, QUEUE, refusal


def subjects(caller, resource="query"):
    return {row["Subject"] for row in caller.rows("SELECT Subject FROM Task", resource)}


def fill(sim):
    for owner, name in ((ANN, "ann"), (BOB, "bob"), (CARL, "carl"), (QUEUE, "queue")):
        sim.door.put_tasks([{"Subject": name, "OwnerId": owner}])


def test_each_sees_own_rows_those_below_and_of_their_queues(sim, callers):
    fill(sim)
    assert subjects(callers("ann")) == {"ann", "queue"}
    assert subjects(callers("bob")) == {"bob"}
    assert subjects(callers("boss"), "queryAll") == {"ann", "bob"}
    assert subjects(callers("admin")) == {"ann", "bob", "carl", "queue"}


def test_a_hidden_task_is_unknown(sim, callers, ann):
    record_id = ann.create(Subject="mine")
    bob = callers("bob")
    assert refusal(bob.get(f"/sobjects/Task/{record_id}"))[:2] == (404, "NOT_FOUND")
    assert refusal(bob.update(record_id, Subject="x"))[:2] == (404, "INVALID_CROSS_REFERENCE_KEY")
    assert bob.rows(f"SELECT Id FROM Task WHERE Id = '{record_id}'") == []
    sim.door.set_org(beliefs={"hidden_row_write": "insufficient_access"})
    assert refusal(bob.delete(record_id))[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def test_a_task_assigned_away_leaves_the_old_owners_sight(ann, callers):
    record_id = ann.create(Subject="moves")
    assert ann.update(record_id, OwnerId=BOB).status_code == 204
    assert ann.get(f"/sobjects/Task/{record_id}").status_code == 404
    assert callers("bob").read(record_id)["Subject"] == "moves"


def test_roles_and_view_all_data_can_change(sim, callers):
    fill(sim)
    sim.door.set_user("bob@acme.example", RoleId="00E000000000001")
    sim.door.set_user("carl@acme.example", ViewAllData=True)
    assert subjects(callers("bob")) == {"bob", "ann"}
    assert len(subjects(callers("carl"))) == 4
