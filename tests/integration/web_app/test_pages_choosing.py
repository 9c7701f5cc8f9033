"""Turning sync on by a choice that was looked at first, errors, approvals and runs by hand on the settings page."""

import html
import re

import pytest
from sqlalchemy import insert, update

from remindersync.model import Choice
from remindersync.store import rows
from remindersync.store.tables import diagnostics, reminders, runs

ITEM = {
    "action": "create",
    "side": "app",
    "reminder": None,
    "salesforce_id": "00T000000000001AAA",
    "fields": {},
    "reason": "",
    "name": "Call <b>Ada</b>",
}


@pytest.fixture
def off_ada(services, syncing_ada):
    services.directory.turn_off(syncing_ada.id)
    return services.directory.user_by_id(syncing_ada.id)


@pytest.fixture
def look(services, database):
    """End the look a browser is waiting for, with these items."""

    def end(page, *items, state: str = "done", error: str | None = None) -> None:
        run_id = page.url.path.rpartition("/")[2]
        found = {"state": state, "plan": list(items), "error": error}
        with database.begin() as connection:
            connection.execute(update(runs).where(runs.c.id == run_id).values(found))

    return end


def field(page, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, name
    return html.unescape(found[1])


def test_a_choice_that_imports_is_looked_at_by_name_and_turned_on_as_shown(browser, off_ada, look, services):
    ada_s = browser(off_ada)
    ada_s.get("/settings")
    waiting = ada_s.post("/settings/sync", mode="on", import_open="1", since="day")
    assert "Both sides are being read" in waiting.text
    look(waiting, ITEM)
    shown = ada_s.get(waiting.url.path)
    assert "Call &lt;b&gt;Ada&lt;/b&gt;" in shown.text
    assert "Come in from Salesforce as new reminders: 1" in shown.text
    chosen = {name: field(shown, name) for name in ("mode", "digest", "since", "import_open")}
    services.turning_on._changed = lambda user, front: []
    assert "Sync is on" in ada_s.post("/settings/sync", **chosen).text
    assert services.directory.user_by_id(off_ada.id).sync_on


def test_what_changed_since_the_look_is_looked_at_again(browser, off_ada, look, services):
    ada_s = browser(off_ada)
    ada_s.get("/settings")
    waiting = ada_s.post("/settings/sync", mode="on", match_existing="1")
    look(waiting, ITEM)
    ada_s.get(waiting.url.path)
    answer = ada_s.post("/settings/sync", mode="on", match_existing="1", digest="another")
    assert answer.status_code == 422
    assert "preview again" in answer.text
    assert 'name="match_existing" value="1" checked' in answer.text
    assert not services.directory.user_by_id(off_ada.id).sync_on


def test_the_plain_choice_may_be_looked_at_too(browser, off_ada, look):
    ada_s = browser(off_ada)
    ada_s.get("/settings")
    waiting = ada_s.post("/settings/sync", mode="on", do="preview")
    assert "/settings/preview/" in str(waiting.url)
    look(waiting)
    assert "Nothing would come in or go out" in ada_s.get(waiting.url.path).text


def test_a_look_that_failed_says_why(browser, off_ada, look):
    ada_s = browser(off_ada)
    ada_s.get("/settings")
    waiting = ada_s.post("/settings/sync", mode="on", do="preview")
    look(waiting, state="failed", error="Salesforce is away.")
    assert "Salesforce is away." in ada_s.get(waiting.url.path).text


def test_a_waiting_page_is_told_only_what_is_new(browser, off_ada, look):
    ada_s = browser(off_ada)
    ada_s.get("/settings")
    waiting = ada_s.post("/settings/sync", mode="on", do="preview")
    part = f"{waiting.url.path}/part"
    assert ada_s.http.get(part, params={"seen": "queued"}).status_code == 204
    look(waiting, ITEM)
    assert "Call &lt;b&gt;" in ada_s.http.get(part, params={"seen": "queued"}).text


def test_somebody_elses_look_is_not_there(browser, off_ada, bob, database):
    choice = rows.choice_json(Choice()) | {"local": [], "front": None}
    run = {"user_id": off_ada.id, "kind": "preview", "state": "done", "plan": [ITEM], "choice": choice}
    with database.begin() as connection:
        run_id = connection.scalar(insert(runs).values(run).returning(runs.c.id))
    assert browser(off_ada).get(f"/settings/preview/{run_id}").status_code == 200
    assert browser(bob).get(f"/settings/preview/{run_id}").status_code == 404
    assert browser(bob).get(f"/settings/preview/{run_id}/part").status_code == 404


def test_how_it_stands_is_sent_again_only_where_it_changed(browser, syncing_ada):
    ada_s = browser(syncing_ada)
    page = ada_s.get("/settings").text
    mark = re.search(r"/settings/standing\?seen=(\w+)", page)[1]
    assert ada_s.http.get("/settings/standing", params={"seen": mark}).status_code == 204
    other = ada_s.http.get("/settings/standing", params={"seen": "other"})
    assert "First sync under way" in other.text
    assert "<html" not in other.text


def test_the_first_sync_shows_how_far_it_is(browser, syncing_ada):
    assert '<progress aria-labelledby="progress"' in browser(syncing_ada).get("/settings").text


def test_reading_everything_anew_says_its_price_and_queues_one(browser, syncing_ada, queued, services):
    ada_s = browser(syncing_ada)
    assert "A full resync takes about 1 call to read" in ada_s.get("/settings").text
    assert "A run is queued." in ada_s.post("/settings/resync", full="1").text
    assert services.requests.runs_of(syncing_ada.id)[0].kind == "full"
    assert queued() == [syncing_ada.id]


def test_an_expensive_one_is_agreed_to_first(browser, syncing_ada, services):
    services.limiter.saw(services.directory.status(syncing_ada.id)[0].org_id, 499, 1000)
    ada_s = browser(syncing_ada)
    ada_s.get("/settings")
    before = len(services.requests.runs_of(syncing_ada.id))
    answer = ada_s.post("/settings/resync", full="1")
    assert answer.status_code == 422
    assert "tick that this is meant" in answer.text
    assert len(services.requests.runs_of(syncing_ada.id)) == before
    assert "A run" in ada_s.post("/settings/resync", full="1", agreed="1").text


def test_sync_now_while_sync_is_off_says_what_to_do(browser, ada):
    ada_s = browser(ada)
    ada_s.get("/settings")
    answer = ada_s.post("/settings/resync")
    assert (answer.status_code, "turn sync on first" in answer.text) == (422, True)


@pytest.fixture
def error(database, syncing_ada):
    words = {"code": "BAD_EMAIL", "category": "Other", "retry": "parked", "message": "secret words"}
    about = {
        "team_id": syncing_ada.team_id,
        "user_id": syncing_ada.id,
        "meaning": "It <i>broke</i>.",
        "remedy": "Mend.",
    }
    with database.begin() as connection:
        return connection.scalar(insert(diagnostics).values(words | about).returning(diagnostics.c.id))


def test_errors_stand_with_meaning_and_remedy_and_can_be_retried(browser, syncing_ada, error, services):
    ada_s = browser(syncing_ada)
    page = ada_s.get("/settings").text
    assert "It &lt;i&gt;broke&lt;/i&gt;." in page
    assert "Mend." in page
    assert "1 error is tried again" in ada_s.post("/settings/errors", number=str(error), do="retry").text
    assert services.diagnostics.one(syncing_ada, str(error)).state == "resolved"


def test_errors_can_be_ignored_but_only_ones_own(browser, syncing_ada, error, services, chief):
    chief_s = browser(chief)
    chief_s.get("/settings")
    assert "0 errors are off the list" in chief_s.post("/settings/errors", number=str(error), do="ignore").text
    ada_s = browser(syncing_ada)
    ada_s.get("/settings")
    assert "1 error is off the list" in ada_s.post("/settings/errors", number=str(error), do="ignore").text
    assert services.diagnostics.one(syncing_ada, str(error)).state == "ignored"


@pytest.fixture
def hold(services, database):
    """Let a guard hold the deletion of a new reminder."""

    def make(person, name: str) -> str:
        from remindersync.store.intake import Draft

        made = services.reminders.create(person, Draft(name=name)).reminder
        with database.begin() as connection:
            connection.execute(update(reminders).where(reminders.c.id == made.id).values(held_change="delete"))
        return made.id

    return make


def test_what_waits_is_listed_and_exactly_that_is_approved(browser, syncing_ada, hold, services):
    hold(syncing_ada, "Call Ada")
    ada_s = browser(syncing_ada)
    page = ada_s.get("/settings")
    assert "Call Ada" in page.text
    assert "Approve this change" in page.text
    listed, later = field(page, "listed"), hold(syncing_ada, "Call Bob")
    answer = ada_s.post("/settings/held", listed=listed)
    assert "1 change is approved" in answer.text
    assert "1 came in since and wait still" in answer.text
    assert [one.reminder_id for one in services.approvals.waiting(syncing_ada.id)] == [later]


def test_approving_what_waits_no_more_changes_nothing(browser, syncing_ada):
    ada_s = browser(syncing_ada)
    ada_s.get("/settings")
    assert ada_s.post("/settings/held", listed="x").status_code == 422


def test_a_person_changes_their_name_and_time_zone(browser, ada, services):
    ada_s = browser(ada)
    ada_s.get("/settings")
    assert "Saved." in ada_s.post("/settings/about", name="Ada L.", time_zone="Asia/Tokyo").text
    changed = services.directory.user_by_id(ada.id)
    assert (changed.name, changed.time_zone) == ("Ada L.", "Asia/Tokyo")


def test_a_time_zone_nobody_knows_is_refused_with_what_was_typed(browser, ada, services):
    ada_s = browser(ada)
    ada_s.get("/settings")
    answer = ada_s.post("/settings/about", name="Ada <L>", time_zone="Mars/North")
    assert answer.status_code == 422
    assert 'value="Ada &lt;L&gt;"' in answer.text
    assert 'value="Mars/North"' in answer.text
    assert services.directory.user_by_id(ada.id).time_zone == "Europe/Berlin"


# ── One run ──


PLAN = [
    {
        "action": "update",
        "side": "salesforce",
        "reminder": None,
        "salesforce_id": "00T000000000001AAA",
        "fields": {"Subject": {"from": "Call", "to": "Call <Ada>"}},
        "reason": "edited here",
    }
]


def test_what_a_run_would_do_is_looked_at_without_doing_it(browser, syncing_ada, services, look):
    ada_s = browser(syncing_ada)
    ada_s.get("/settings")
    waiting = ada_s.post("/settings/resync", dry="1")
    assert "waits its turn" in waiting.text
    assert services.requests.runs_of(syncing_ada.id)[0].kind == "dry"
    assert ada_s.http.get(f"{waiting.url.path}/part", params={"seen": "queued"}).status_code == 204
    look(waiting, *PLAN)
    shown = ada_s.get(waiting.url.path).text
    assert "Change in Salesforce" in shown
    assert "Subject: Call → Call &lt;Ada&gt;" in shown
    assert "edited here" in shown
    assert "A run now would do this" in ada_s.http.get(f"{waiting.url.path}/part", params={"seen": "queued"}).text


def test_what_a_run_would_change_is_linked_and_what_it_would_bring_in_is_not_there_yet(browser, syncing_ada, look):
    ada_s = browser(syncing_ada)
    ada_s.get("/settings")
    waiting = ada_s.post("/settings/resync", dry="1")
    look(waiting, PLAN[0] | {"reminder": "known"}, ITEM | {"reminder": "new"})
    shown = ada_s.get(waiting.url.path).text
    assert ('href="/reminders/known"' in shown, 'href="/reminders/new"' in shown) == (True, False)


def test_a_run_that_would_do_nothing_says_so(browser, syncing_ada, look):
    ada_s = browser(syncing_ada)
    ada_s.get("/settings")
    waiting = ada_s.post("/settings/resync", dry="1")
    look(waiting)
    assert "A run now would change nothing." in ada_s.get(waiting.url.path).text


def test_a_failed_run_says_why_to_its_owner_and_to_admins_alone(browser, syncing_ada, bob, chief, look, services):
    ada_s = browser(syncing_ada)
    ada_s.get("/settings")
    ada_s.post("/settings/resync")
    run = services.requests.runs_of(syncing_ada.id)[0]
    page = ada_s.get(f"/runs/{run.id}")
    look(page, state="failed", error="Salesforce is <away>.")
    for person, status in ((syncing_ada, 200), (chief, 200), (bob, 404)):
        answer = browser(person).get(f"/runs/{run.id}")
        assert answer.status_code == status
        assert ("Salesforce is &lt;away&gt;." in answer.text) is (status == 200)
