"""The Command Center at work: news, one-line adding, rows that are edited in place, undo, conflicts, keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.waiting import eventually

ADA = "Ada Admin"


@pytest.fixture
def team(stack):
    made = stack.team(ADA, "Bob Best")
    for subject in ("Call Lea", "Send the contract"):
        made.there(ADA).create(Subject=subject, Status="Not Started", Priority="Normal")
    made.sync(ADA)
    return made


@pytest.fixture
def page(window, team) -> Page:
    """Ada's window, on all that is open."""
    opened = window(team.user(ADA))
    opened.goto("/?view=all")
    opened.evaluate("window.sameLoad = true")
    return opened


def row(page: Page, name: str):
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=name, exact=True))


def task_id(team, subject: str) -> str:
    return next(task["Id"] for task in team.tasks() if task["Subject"] == subject)


def test_what_a_line_says_is_shown_while_it_is_typed_and_saved_only_when_asked(page, team):
    page.get_by_label("New reminder").press_sequentially("Call Zoe tomorrow !high @bob")
    told = page.locator("#understood")
    for said in ("Call Zoe", "Tomorrow", "High priority", "for Bob Best"):
        expect(told).to_contain_text(said)
    assert team.stack.parts.reminders.list(team.user("Bob Best")).items == ()
    page.get_by_label("New reminder").press("Enter")
    expect(page.get_by_text("Added Call Zoe.")).to_be_visible()
    expect(page.get_by_label("New reminder")).to_have_value("")
    assert [each.reminder.name for each in team.stack.parts.reminders.list(team.user("Bob Best")).items] == ["Call Zoe"]
    assert page.evaluate("window.sameLoad")


def test_a_line_without_anything_to_do_stays_with_the_reason_and_the_view(page):
    page.get_by_label("New reminder").fill("tomorrow !high")
    page.get_by_label("New reminder").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("New reminder")).to_have_value("tomorrow !high")
    expect(page.get_by_role("heading", name="All open")).to_be_visible()


def test_who_is_signed_out_meanwhile_is_told_and_keeps_what_stands_there(page):
    page.context.clear_cookies()
    row(page, "Call Lea").get_by_role("button", name="Complete").click()
    expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    expect(row(page, "Call Lea")).to_be_visible()


def test_a_page_whose_session_ends_elsewhere_shows_nothing_any_more_and_asks_to_sign_in(page, team):
    team.stack.parts.sign_ins.end_all(team.user(ADA).id)
    expect(page.get_by_text("You were signed out: sign in again to go on.")).to_be_visible()
    expect(row(page, "Call Lea")).to_have_count(0)


def test_news_change_the_lists_around_a_row_somebody_edits(page, team):
    page.get_by_role("link", name="Edit Call Lea").click()
    name = page.get_by_label("Name", exact=True).and_(page.locator("[data-editing] input"))
    name.fill("Call Lea at no")
    team.there(ADA).update(task_id(team, "Send the contract"), Subject="Send both contracts")
    expect(row(page, "Send both contracts")).to_be_visible()
    expect(name).to_have_value("Call Lea at no")
    expect(name).to_be_focused()
    name.press_sequentially("on")
    name.press("Enter")
    expect(row(page, "Call Lea at noon")).to_be_visible()
    eventually(lambda: "Call Lea at noon" in team.subjects())
    assert page.evaluate("window.sameLoad")


def test_a_row_that_changed_while_it_was_edited_shows_both_values(page, team):
    page.get_by_role("link", name="Edit Call Lea").click()
    name = page.locator("[data-editing] input[name=name]")
    name.fill("Call Lea, mine")
    reminders, ada = team.stack.parts.reminders, team.user(ADA)
    (listed,) = (each for each in reminders.list(ada).items if each.reminder.name == "Call Lea")
    reminders.edit(ada, listed.reminder.id, {"name": "Call Lea, theirs"})
    name.press("Enter")
    expect(page.get_by_text("This reminder changed while you were editing")).to_be_visible()
    expect(page.get_by_text("Now: Call Lea, theirs")).to_be_visible()
    name.press("Enter")
    expect(row(page, "Call Lea, mine")).to_be_visible()


def test_a_completion_is_undone_by_one_click_and_salesforce_never_hears_of_it(page, team):
    row(page, "Call Lea").get_by_role("button", name="Complete").click()
    expect(row(page, "Call Lea")).not_to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Call Lea")).to_be_visible()
    # The next edit goes out after what was held would have: nothing of it did.
    row(page, "Call Lea").get_by_role("link", name="Edit").click()
    page.locator("[data-editing] input[name=name]").fill("Call Lea again")
    page.get_by_role("button", name="Save").click()
    eventually(lambda: "Call Lea again" in team.subjects())
    (task,) = (each for each in team.tasks() if each["Subject"] == "Call Lea again")
    assert task["Status"] == "Not Started"
    assert page.evaluate("window.sameLoad")


def test_lists_asked_for_before_somebody_acted_take_nothing_away_when_they_come_late(page):
    late = []

    def hold(route):
        """Keep the first request that the page makes by itself."""
        if "x-part" in route.request.headers and not late:
            late.append(route)
        else:
            route.continue_()

    page.route("**/?view=all", hold)
    with page.expect_request("**/?view=all"):
        page.evaluate("htmx.trigger(document.body, 'news')")
    row(page, "Call Lea").get_by_role("link", name="Edit").click()
    expect(page.locator("[data-editing]")).to_be_visible()
    assert late, "The page asked for nothing by itself."
    with page.expect_response("**/?view=all") as asked_again:
        late[0].fulfill(status=200, content_type="text/html", body='<div id="lists"></div>')
        asked_again.value.finished()
        # The one that came late is the first of two.
        with page.expect_response("**/?view=all"):
            pass
    expect(page.locator("[data-editing]")).to_be_visible()
    expect(row(page, "Send the contract")).to_be_visible()


def test_an_answer_that_comes_when_its_row_is_gone_says_what_was_done_and_leaves_the_page_whole(page):
    def answer_late(route):
        """Have the server complete it, and answer once the news of it took the row away."""
        answer = route.fetch()
        expect(row(page, "Call Lea")).not_to_be_visible()
        route.fulfill(response=answer)

    page.route("**/complete", answer_late)
    row(page, "Call Lea").get_by_role("button", name="Complete").click()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    expect(page.locator("#lists, #said, h1")).to_have_count(3)
    undo.click()
    expect(page.get_by_text("Open again: Call Lea")).to_be_visible()
    expect(row(page, "Call Lea")).to_be_visible()
    expect(page.locator("#lists, #said, h1")).to_have_count(3)


def test_a_completion_that_nobody_undoes_reaches_salesforce_and_the_page_says_so(page, team):
    row(page, "Call Lea").get_by_role("button", name="Complete").click()
    expect(row(page, "Call Lea")).not_to_be_visible()
    page.goto("/?view=done")
    expect(row(page, "Call Lea").get_by_text("Synced")).to_be_visible()
    assert {task["Subject"]: task["Status"] for task in team.tasks()}["Call Lea"] == "Completed"


def test_the_value_that_lost_a_conflict_is_put_back_by_one_click_on_both_sides(page, team):
    with team.stack.nothing_syncs_for(team.user(ADA)):
        team.there(ADA).update(task_id(team, "Call Lea"), Subject="Call Lea, theirs")
        row(page, "Call Lea").get_by_role("link", name="Edit").click()
        page.locator("[data-editing] input[name=name]").fill("Call Lea, ours")
        page.get_by_role("button", name="Save").click()
        expect(row(page, "Call Lea, ours")).to_be_visible()
    page.get_by_role("link", name="Call Lea, ours", exact=True).click()
    page.get_by_role("button", name="Restore Name to Call Lea, theirs").click()
    expect(page.get_by_text("Restored.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Call Lea, theirs")
    eventually(lambda: "Call Lea, theirs" in team.subjects())


def test_everything_is_done_with_the_keyboard_alone(page, team):
    page.keyboard.press("n")
    page.keyboard.type("Third")
    page.keyboard.press("Enter")
    expect(row(page, "Third")).to_be_visible()
    page.keyboard.press("Escape")
    names = [each.reminder.name for each in team.stack.parts.reminders.list(team.user(ADA)).items]
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=names[0], exact=True)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("[data-editing] input[name=name]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name=names[1], exact=True)).to_be_focused()
    page.keyboard.press("x")
    expect(row(page, names[1])).not_to_be_visible()
    expect(page.get_by_role("link", name=names[2], exact=True)).to_be_focused()
    page.keyboard.press("u")
    expect(row(page, names[1])).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("link", name="All open")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_single_keys_can_be_turned_off_and_stay_so(page):
    page.keyboard.press("?")
    page.get_by_label("Single keys do something").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_label("New reminder")).not_to_be_focused()
    page.reload()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).not_to_be_visible()


def test_without_scripts_everything_works_as_links_and_forms(window, team):
    page = window(team.user(ADA), java_script_enabled=False)
    page.get_by_label("New reminder").fill("Write to Kim today !high")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Added Write to Kim.")).to_be_visible()
    row(page, "Write to Kim").get_by_role("link", name="Edit").click()
    page.get_by_label("Name", exact=True).fill("Write to Kim again")
    page.get_by_role("button", name="Save").click()
    row(page, "Write to Kim again").get_by_role("button", name="Complete").click()
    page.get_by_role("button", name="Undo").click()
    row(page, "Write to Kim again").get_by_role("button", name="Delete").click()
    page.goto("/?view=bin")
    row(page, "Write to Kim again").get_by_role("button", name="Restore").click()
    page.goto("/")
    expect(row(page, "Write to Kim again")).to_be_visible()
