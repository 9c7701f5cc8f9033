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


def test_view_all_data_without_modify_all_reads_and_does_not_write(sim, ann, admin):
    record_id = ann.create(Subject="a")
    sim.door.set_user("admin@acme.example", ModifyAllData=False)
    assert admin.read(record_id)["Subject"] == "a"
    assert refusal(admin.update(record_id, Subject="b"))[:2] == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


def own_parents(sim):
    sim.door.set_org(settings={"parent_sharing": "private"})
    sim.door.set_org(beliefs={"task_sharing": "private_read_through_parent"})


def test_who_may_read_the_person_reads_the_task(sim, ann, admin, callers):
    theirs = admin("POST", "/sobjects/Contact", {"LastName": "C", "OwnerId": BOB}).json()["id"]
    record_id = ann.create(Subject="about C", WhoId=theirs)
    bob, carl = callers("bob"), callers("carl")
    assert subjects(bob) == set()
    own_parents(sim)
    assert subjects(bob) == {"about C"}
    assert subjects(carl) == set()
    assert refusal(bob.update(record_id, Subject="x"))[1] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert refusal(carl.get(f"/sobjects/Contact/{theirs}"))[1] == "NOT_FOUND"
    assert carl.rows("SELECT Id FROM Contact WHERE LastName = 'C'") == []


def test_controlled_by_parent_gives_edit_with_the_person(sim, ann, admin, callers):
    theirs = admin("POST", "/sobjects/Contact", {"LastName": "C", "OwnerId": BOB}).json()["id"]
    record_id, plain = ann.create(Subject="about C", WhoId=theirs), ann.create(Subject="plain")
    sim.door.set_org(settings={"parent_sharing": "private"}, beliefs={"task_sharing": "controlled_by_parent"})
    bob = callers("bob")
    assert subjects(bob) == {"about C"}
    assert bob.update(record_id, Subject="x").status_code == 204
    assert refusal(ann.update(record_id, Subject="y"))[1] == "INSUFFICIENT_ACCESS_OR_READONLY"
    assert ann.update(plain, Subject="mine").status_code == 204


def test_a_task_cannot_be_hung_on_a_hidden_person(sim, ann, admin):
    theirs = admin("POST", "/sobjects/Contact", {"LastName": "C", "OwnerId": BOB}).json()["id"]
    sim.door.set_org(settings={"parent_sharing": "private"})
    answer = ann("POST", "/sobjects/Task", {"WhoId": theirs})
    assert refusal(answer)[:2] == (400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")


def test_everyone_may_ask_what_they_may_do(sim, callers):
    asked = "SELECT PermissionsViewAllData, PermissionsModifyAllData FROM UserPermissionAccess"
    sim.door.set_user("carl@acme.example", ViewAllData=True, ModifyAllData=False)
    for name, wanted in (("ann", (False, False)), ("carl", (True, False)), ("admin", (True, True))):
        (row,) = callers(name).rows(asked)
        assert (row["PermissionsViewAllData"], row["PermissionsModifyAllData"]) == wanted
