"""The two orgs: their users, their ids, and the Status values one of them renamed."""

from orgsim.ids import long_id
from orgsim.sample import expected
from tests.orgsim.sample.counting import reminders


def test_app_users_are_found_by_their_mail_address(world):
    orgs = {org["id"]: org for org in world["orgs"]}
    for team in expected().teams:
        users = {user["Email"]: user for user in orgs[team["org_id"]]["users"]}
        assert len(team["users"]) == 6
        for user in team["users"]:
            record = users[user["email"]]
            assert (record["Id"], record["Username"]) == (user["salesforce_user_id"], user["username"])
            assert (record["TimeZoneSidKey"], record["IsActive"]) == (user["time_zone"], True)
            assert not record["ViewAllData"]


def test_users_live_all_over_the_world_and_some_are_no_app_users(world):
    zones = {user["time_zone"] for team in expected().teams for user in team["users"]}
    assert {"Pacific/Auckland", "Asia/Tokyo", "Asia/Kolkata", "Europe/Berlin", "Europe/London"} <= zones
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Asia/Kathmandu"} <= zones
    for org in world["orgs"]:
        assert sum(user["ViewAllData"] for user in org["users"]) == 1
        assert sum(not user["IsActive"] for user in org["users"]) == 1
        assert len(org["users"]) == 10
        assert {role["ParentRoleId"] for role in org["roles"]} - {None} <= {role["Id"] for role in org["roles"]}
        assert {group["Type"] for group in org["groups"]} == {"Queue"}


def test_usernames_are_unique_in_all_of_salesforce(world):
    names = [user["Username"] for org in world["orgs"] for user in org["users"]]
    assert len(names) == len(set(names))


def test_every_id_is_right_and_leads_to_a_record(world):
    for org in world["orgs"]:
        records = {row["Id"] for rows in org.values() if isinstance(rows, list) for row in rows if "Id" in row}
        references = {
            value for task in org["tasks"] for name, value in task.items() if name == "Id" or name.endswith("Id")
        }
        assert all(long_id(text) == text and len(text) == 18 for text in records | {org["id"]})
        assert references <= records
        assert len({task["Id"] for task in org["tasks"]}) == len(org["tasks"])


def test_task_ids_of_the_two_orgs_coincide(world):
    first, second = ({task["Id"] for task in org["tasks"]} for org in world["orgs"])
    assert first & second


def test_the_second_org_has_renamed_and_added_values(world):
    first, second = (
        {entry["ApiName"]: entry["MasterLabel"] for entry in org["task_statuses"]} for org in world["orgs"]
    )
    standard = {"Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred"}
    assert set(first) == standard
    assert set(second) > standard
    assert second["Not Started"] == "To do"
    closed = {entry["ApiName"] for entry in world["orgs"][1]["task_statuses"] if entry["IsClosed"]}
    assert closed == {"Completed", "Erledigt", "Cancelled"}


def test_people_of_tasks_are_leads_and_contacts(world):
    for org in world["orgs"]:
        kinds = {task["WhoId"][:3] for task in reminders(org) if "WhoId" in task}
        assert kinds == {"003", "00Q"}
        converted = {lead["Id"] for lead in org["leads"] if lead["IsConverted"]}
        assert converted
        assert not converted & {task.get("WhoId") for task in org["tasks"]}
