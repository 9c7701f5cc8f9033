"""Settings shown before they are saved, and what an admin asks for after a preview, over the HTTP API."""

import pytest

from remindersync.model import ReminderType
from remindersync.store.app_reminders import Draft
from tests.fixtures.pairs import link_up
from tests.integration.web_app.conftest import ORG

TEMPLATE = "[{{activity_type}}] {{activity_subject}}"


@pytest.fixture
def call(services, database, syncing_ada):
    """A reminder of Ada's with a Task that shows its name."""
    made = services.reminders.create(syncing_ada, Draft("Offer", type=ReminderType.CALL.value)).reminder
    link_up(database, ORG, 1, made, Status="Deferred")
    return made


@pytest.fixture
def admin(api, chief):
    return api(chief)


def maps(**more):
    return (
        {"open": ["Not Started"], "completed": ["Completed", "Deferred"]}
        | {
            "write_open": "Not Started",
            "write_completed": "Completed",
        }
        | more
    )


def test_a_template_is_shown_before_it_is_saved(admin, call):
    shown = admin.post("/team/settings/preview", json={"subject_template": TEMPLATE}).json()
    assert shown["one_way"] is None
    assert shown["examples"] == [
        {
            "reminder": call.id,
            "name": "Offer",
            "kind": "a call",
            "present": "Offer",
            "subject": "[Call] Offer",
            "reads_as": "Offer",
            "readable": True,
        }
    ]
    assert admin.get("/team/settings").json()["subject_template"] == "{{activity_subject}}"
    one_way = admin.post("/team/settings/preview", json={"subject_template": "Call"}).json()
    assert ("does not occur" in one_way["one_way"], one_way["examples"][0]["readable"]) == (True, False)
    wrong = admin.post("/team/settings/preview", json={"subject_template": "{{colour}}"})
    assert (wrong.status_code, "{{colour}} at character 1" in wrong.json()["detail"]) == (422, True)


def test_maps_are_shown_with_whom_they_concern(admin, call):
    following = admin.post("/team/settings/preview", json={"status_map": maps()}).json()["following"]
    assert (following["total"], following["users"]) == (1, [{"user": "ada@example.com", "count": 1}])
    assert following["digest"] is None


def test_exactly_what_a_preview_showed_is_asked_for(admin, call):
    assert admin.patch("/team/settings", json={"subject_template": TEMPLATE}).status_code == 200
    shown = admin.post("/team/actions/preview", json={"kind": "rerender_subjects"}).json()
    assert (shown["total"], shown["left_out"]) == (1, [])
    assert shown["items"] == [
        {
            "reminder": call.id,
            "name": "Offer",
            "user": "ada@example.com",
            "before": {"Subject": "Offer"},
            "after": {"Subject": "[Call] Offer"},
        }
    ]
    asked = admin.post("/team/actions", json={"digest": shown["digest"]})
    assert asked.status_code == 202
    told = asked.json()
    assert (told["total"], told["waiting"], told["done"], told["left"]) == (1, 1, 0, [])
    assert (told["kind"], told["asked_by"]) == ("rerender_subjects", "chief@example.com")
    assert admin.get(f"/team/actions/{told['id']}").json() == told
    assert admin.get("/team/actions").json() == {"items": [told], "next_cursor": None}


def test_what_nobody_was_shown_cannot_be_asked_for(admin, call):
    refused = admin.post("/team/actions", json={"digest": "0"})
    assert (refused.status_code, "not known any more" in refused.json()["detail"]) == (422, True)
    assert admin.post("/team/actions/preview", json={"kind": "everything"}).status_code == 422
    assert admin.get("/team/actions/00000000-0000-0000-0000-000000000000").status_code == 404
    assert admin.get("/team/actions/nonsense").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/team/settings/preview", {"subject_template": TEMPLATE}),
        ("/team/actions/preview", {"kind": "follow_maps"}),
        ("/team/actions", {"digest": "0"}),
    ],
)
def test_only_admins_may(api, syncing_ada, path, body):
    assert api(syncing_ada).post(path, json=body).status_code == 403
