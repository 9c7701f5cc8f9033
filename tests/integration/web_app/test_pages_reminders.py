"""The Command Center and a reminder's page, as a browser sees them."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from remindersync.store.tables import links

TASK = "00T000000000001AAA"


@pytest.fixture
def make(services, ada):
    """Make a reminder of Ada's without the web."""
    from remindersync.store.app_reminders import Draft

    return lambda **fields: services.reminders.create(ada, Draft(**fields)).reminder


def test_a_reminder_is_added_edited_completed_reopened_deleted_and_restored(browser, ada, services):
    ada_s = browser(ada)
    added = ada_s.post("/reminders", name="Call Lea", type="call", priority="high", due_date="", details="a\r\nb")
    assert "Added Call Lea" in added.text
    (listed,) = services.reminders.list(ada).items
    assert (listed.reminder.type, listed.reminder.priority, listed.reminder.details) == ("call", "high", "a\nb")
    path = f"/reminders/{listed.reminder.id}"

    def now():
        return services.reminders.get(ada, listed.reminder.id).reminder

    ada_s.get(path)
    saved = ada_s.post(path, name="Call Lea <soon>", version="1", back="/?view=all")
    assert saved.url.query == b"view=all"
    assert "Saved Call Lea &lt;soon&gt;" in saved.text
    assert (now().name, now().details, now().priority) == ("Call Lea <soon>", "a\nb", "high")

    done = ada_s.post(f"{path}/complete")
    assert f'action="{path}/reopen"' in done.text
    assert now().status == "completed"
    ada_s.post(f"{path}/reopen")
    assert now().status == "open"
    ada_s.post(f"{path}/delete")
    assert now().deleted_at is not None
    assert "Call Lea" in ada_s.get("/?view=bin").text
    ada_s.post(f"{path}/restore")
    assert now().deleted_at is None


def test_what_is_due_stands_under_the_persons_own_day(browser, ada, make):
    today = datetime.now(ZoneInfo(ada.time_zone)).date()
    for days, name in ((-3, "The late one"), (0, "The one for today"), (1, "The next one"), (5, "The far one")):
        make(name=name, due_date=today + timedelta(days=days))
    page = browser(ada).get("/").text
    order = [
        page.index(text)
        for text in (">Overdue", "The late one", ">Today", "The one for today", ">Tomorrow", "The next one")
    ]
    assert order == sorted(order)
    assert "The far one" not in page
    assert "The far one" in browser(ada).get("/?view=all").text


def test_saving_over_a_newer_version_shows_both_values_and_saves_only_when_asked_again(browser, ada, services, make):
    made = make(name="First", details="mine")
    path, ada_s = f"/reminders/{made.id}", browser(ada)
    ada_s.get(path)
    services.reminders.edit(ada, made.id, {"name": "Theirs"})
    refused = ada_s.post(path, name="Mine", details="mine", version="1")
    assert refused.status_code == 409
    assert "Theirs" in refused.text
    assert 'value="Mine"' in refused.text
    assert services.reminders.get(ada, made.id).reminder.name == "Theirs"
    ada_s.post(path, name="Mine", details="mine", version="2")
    assert services.reminders.get(ada, made.id).reminder.name == "Mine"


def test_a_form_sends_only_what_was_changed_in_it(browser, ada, services, make):
    made = make(name="  spaced  name", details="\n\nleading lines\n", campaign_name="Autumn")
    ada_s = browser(ada)
    page = ada_s.get(f"/reminders/{made.id}").text
    assert "\n\n\nleading lines" in page
    form = {"name": made.name, "details": made.details.replace("\n", "\r\n"), "version": "1", "priority": "high"}
    ada_s.post(f"/reminders/{made.id}", **form)
    after = services.reminders.get(ada, made.id).reminder
    assert (after.priority, after.name, after.details, after.version) == ("high", made.name, made.details, 2)
    assert [event.field for event in services.reminders.history(ada, made.id) if event.rule == "edit"] == ["priority"]


def test_a_mistake_in_the_form_keeps_what_was_typed(browser, ada, services):
    ada_s = browser(ada)
    answer = ada_s.post("/reminders", name="Call", details="long text", person_salesforce_id="nonsense")
    assert answer.status_code == 422
    assert "no Salesforce id" in answer.text
    assert "long text" in answer.text
    assert services.reminders.list(ada).items == ()


def test_another_persons_reminder_looks_like_none(browser, ada, bob, services, make):
    made = make(name="Secret")
    bob_s = browser(bob)
    for answer in (
        bob_s.get(f"/reminders/{made.id}"),
        bob_s.get("/reminders/00000000-0000-4000-8000-000000000000"),
        bob_s.get("/reminders/not-an-id"),
    ):
        assert answer.status_code == 404
        assert "Secret" not in answer.text
    bob_s.get("/")
    assert bob_s.post(f"/reminders/{made.id}/delete").status_code == 404
    assert services.reminders.get(ada, made.id).reminder.deleted_at is None


def test_names_are_shown_as_text_whatever_they_hold(browser, ada, make):
    made = make(name='<script>alert("x")</script>', details="</textarea><b>")
    for page in (browser(ada).get("/?view=all"), browser(ada).get(f"/reminders/{made.id}")):
        assert "<script>alert" not in page.text
        assert "</textarea><b>" not in page.text


def test_a_task_is_linked_and_its_raw_status_shown_where_it_differs(browser, syncing_ada, make, database):
    made = make(name="Call")
    base = {"agreed": {"status": "open"}, "raw": {"Status": "In Progress", "Priority": "Normal"}}
    with database.begin() as connection:
        row = {"org_id": "00D000000000001EAA", "task_id": TASK, "reminder_id": made.id, "base": base}
        connection.execute(insert(links).values(row))
    page = browser(syncing_ada).get("/?view=all").text
    assert f'href="https://acme.my.salesforce.com/{TASK}"' in page
    assert "Salesforce: In Progress" in page
    assert "Salesforce priority" not in page
    assert "Waiting to sync" in page


def test_a_completion_waits_for_the_undo_time_and_queues_nobody_yet(browser, syncing_ada, make, queued, at_rest):
    made = make(name="Call")
    at_rest(syncing_ada)
    before = queued()
    page = browser(syncing_ada)
    page.post(f"/reminders/{made.id}/complete")
    assert "Held for a moment" in page.get("/?view=done").text
    assert queued() == before


def test_an_edit_on_a_page_queues_its_user_at_once(browser, syncing_ada, make, queued, at_rest):
    made = make(name="Call")
    at_rest(syncing_ada)
    before = queued()
    browser(syncing_ada).post(f"/reminders/{made.id}", name="Call now", version="1")
    assert queued() == [*before, syncing_ada.id]


def test_a_reminder_may_be_given_to_a_colleague(browser, ada, bob, services, make):
    made = make(name="Call")
    ada_s = browser(ada)
    assert "Bob" in ada_s.get(f"/reminders/{made.id}").text
    ada_s.post(f"/reminders/{made.id}", name="Call", assignee=bob.email, version="1")
    assert services.reminders.get(bob, made.id).assignee_email == bob.email


def test_a_long_list_goes_on_page_by_page(browser, ada, make):
    for number in range(101):
        make(name=f"Number {number:03}")
    ada_s = browser(ada)
    first = ada_s.get("/?view=all").text
    more = first.rpartition('<a class="button" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = ada_s.get(more).text
    assert first.count('<li class="reminder') == 100
    assert second.count('<li class="reminder') == 1
