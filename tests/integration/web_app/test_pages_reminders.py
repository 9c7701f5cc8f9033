"""The Command Center and a reminder's page, as a browser sees them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from remindersync.store.tables import links
from web.pages import why

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
        for text in (
            'id="of-overdue"',
            "The late one",
            'id="of-today"',
            "The one for today",
            'id="of-tomorrow"',
            "The next one",
        )
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


# ── One line ──


def test_a_line_is_read_as_it_is_shown_and_added_so(browser, ada, bob, services):
    ada_s = browser(ada)
    shown = ada_s.post("/quick-add/read", line="Call Lea tomorrow !high @bob").text
    for said in ("Call", "Tomorrow", "High priority", "for Bob"):
        assert said in shown
    ada_s.get("/")
    assert "Added Call Lea." in ada_s.post("/quick-add", line="Call Lea tomorrow !high @bob").text
    (listed,) = services.reminders.list(bob).items
    tomorrow = datetime.now(ZoneInfo(ada.time_zone)).date() + timedelta(days=1)
    made = listed.reminder
    assert (made.name, made.type, made.priority, made.due_date) == ("Call Lea", "call", "high", tomorrow)


def test_a_line_that_names_nothing_to_do_adds_nothing_and_stays_as_typed(browser, ada, services):
    ada_s = browser(ada)
    ada_s.get("/")
    refused = ada_s.post("/quick-add", line="tomorrow !high", back="/?view=bin")
    assert refused.status_code == 422
    assert 'id="group-bin"' in refused.text
    assert 'value="tomorrow !high"' in refused.text
    assert services.reminders.list(ada).items == ()


def test_what_a_line_says_is_shown_as_text(browser, ada):
    shown = browser(ada).post("/quick-add/read", line="<b>Call</b> @<i>").text
    assert "<b>" not in shown
    assert "&lt;b&gt;Call&lt;/b&gt;" in shown


def test_safe_2_what_is_typed_stands_in_no_address(browser, ada):
    ada_s = browser(ada)
    (line,) = re.findall(r'<input id="line".*?>', ada_s.get("/").text, re.DOTALL)
    assert ('hx-post="/quick-add/read"' in line, "hx-get" in line) == (True, False)
    assert ada_s.http.get("/quick-add/read", params={"line": "Call Lea"}).status_code == 405


# ── Views and rows ──


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("overdue", {"late"}),
        ("today", {"now"}),
        ("tomorrow", {"next"}),
        ("all", {"late", "now", "next", "undated"}),
        ("done", {"finished"}),
        ("bin", {"thrown away"}),
        ("elsewhere", set()),
        ("no such view", {"late", "now", "next"}),
    ],
)
def test_each_view_shows_its_own_reminders(browser, ada, services, make, view, shown):
    today = datetime.now(ZoneInfo(ada.time_zone)).date()
    days = {"late": -1, "now": 0, "next": 1}
    every = {*days, "undated", "finished", "thrown away"}
    made = {name: make(name=name, due_date=today + timedelta(days[name]) if name in days else None) for name in every}
    services.reminders.complete(ada, made["finished"].id)
    services.reminders.delete(ada, made["thrown away"].id)
    page = browser(ada).get("/", params={"view": view}).text
    assert {name for name in every if f'dir="auto">{name}</a>' in page} == shown


def test_a_row_is_edited_in_its_place_and_shows_both_values_when_it_changed_meanwhile(browser, ada, services, make):
    made = make(name="First")
    path, ada_s = f"/reminders/{made.id}", browser(ada)
    row = ada_s.get(f"{path}/edit", params={"back": "/?view=all"}).text
    assert 'value="First"' in row
    assert "<html" not in row
    services.reminders.edit(ada, made.id, {"name": "Theirs"})
    refused = ada_s.post(path, name="Mine", version="1", in_row="1", back="/?view=all")
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (409, f"#r-{made.id}")
    assert "Theirs" in refused.text
    assert "<html" not in refused.text
    saved = ada_s.post(path, name="Mine", version="2", in_row="1", back="/?view=all")
    assert saved.url.query == b"view=all"
    assert services.reminders.get(ada, made.id).reminder.name == "Mine"


def test_a_mistake_in_a_row_is_told_in_the_row(browser, ada, make):
    made = make(name="First")
    ada_s = browser(ada)
    ada_s.get(f"/reminders/{made.id}/edit")
    answer = ada_s.post(f"/reminders/{made.id}", name="First", person_email="\x00", version="1", in_row="1")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "alert" not in ada_s.get("/").text.partition('id="said"')[2].partition("</div>")[0]


# ── History ──


def test_a_value_is_put_back_by_one_button_of_the_history(browser, ada, services, make):
    made = make(name="First")
    services.reminders.edit(ada, made.id, {"name": "Second"})
    ada_s = browser(ada)
    page = ada_s.get(f"/reminders/{made.id}").text
    (event,) = re.findall(r"/events/(\d+)/restore", page)
    back = ada_s.post(f"/reminders/{made.id}/events/{event}/restore")
    assert "Restored." in back.text
    assert services.reminders.get(ada, made.id).reminder.name == "First"


def test_an_event_of_another_reminder_or_person_restores_nothing(browser, ada, bob, services, make):
    made, other = make(name="First"), make(name="Other")
    services.reminders.edit(ada, made.id, {"name": "Second"})
    event = services.reminders.history(ada, made.id)[-1]
    ada_s, bob_s = browser(ada), browser(bob)
    for each, reminder in ((ada_s, other.id), (bob_s, made.id)):
        each.get("/")
        assert each.post(f"/reminders/{reminder}/events/{event.id}/restore").status_code == 404
    assert services.reminders.get(ada, made.id).reminder.name == "Second"


def test_how_a_reminder_began_offers_nothing_to_restore(browser, ada, make):
    assert "/events/" not in browser(ada).get(f"/reminders/{make(name='First', details='x').id}").text


def test_why_a_field_is_as_it_is_has_a_page_for_every_field(browser, ada, services, make):
    made = make(name="First", due_date="2026-11-23")
    services.reminders.edit(ada, made.id, {"name": "Second <b>"})
    ada_s = browser(ada)
    told = ada_s.get(f"/reminders/{made.id}/why").text
    assert "You set it on" in told
    assert "in place of" in told
    assert "Second &lt;b&gt;" in told
    for field in why.FIELDS:
        assert ada_s.get(f"/reminders/{made.id}/why", params={"field": field}).status_code == 200
    assert ada_s.get(f"/reminders/{made.id}/why", params={"field": "nonsense"}).status_code == 404


def test_why_tells_nobody_of_another_persons_reminder(browser, bob, make):
    assert browser(bob).get(f"/reminders/{make(name='Secret').id}/why").status_code == 404


# ── Parts of a page ──


@pytest.mark.parametrize("header", ["HX-Request", "X-Part"])
def test_who_asks_for_a_part_of_a_page_without_being_signed_in_gets_no_other_page(browser, header):
    assert browser().http.get("/", headers={header: "1"}).status_code == 401


def test_what_is_said_waits_for_the_person_and_not_for_a_part_that_asks_by_itself(browser, ada):
    ada_s = browser(ada)
    ada_s.get("/")
    ada_s.post("/quick-add", follow=False, line="Call Lea")
    assert "Added Call Lea." not in ada_s.get("/", headers={"X-Part": "1"}).text
    assert "Added Call Lea." in ada_s.get("/", headers={"HX-Request": "1"}).text
