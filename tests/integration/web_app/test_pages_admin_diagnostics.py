"""The team's errors on the admin pages: by kind, record by record, retried, ignored, exported (DIAG-5)."""

import csv
import io
from itertools import count

import pytest
from sqlalchemy import insert

from remindersync.salesforce.ids import record_id
from remindersync.store.tables import diagnostics

WORDS = {"category": "Access/Validation", "retry": "parked", "meaning": "It <i>broke</i>.", "remedy": "Mend it."}


@pytest.fixture
def wrong(database):
    """Note an error of a person's Task, a new one each time."""
    numbers = count(1)

    def note(user, code="BAD_EMAIL", message="said") -> str:
        task_id = record_id(f"00T{next(numbers):012}")
        row = (
            WORDS
            | {"task_id": task_id}
            | {"team_id": user.team_id, "user_id": user.id, "code": code, "message": message}
        )
        with database.begin() as connection:
            return str(connection.scalar(insert(diagnostics).values(row).returning(diagnostics.c.id)))

    return note


@pytest.fixture
def stranger(services, ada):
    services.directory.add_team("Others")
    return services.directory.add_user("stranger@example.com", "Others")


@pytest.fixture
def chief_s(browser, chief):
    opened = browser(chief)
    opened.get("/admin/diagnostics")
    return opened


def states(services, user):
    return {
        state: len(found.items) for state in ("open", "resolved", "ignored") if (found := of(services, user, state))
    }


def of(services, user, state):
    from remindersync.store.diagnostics import Wanted

    return services.diagnostics.page(user, Wanted(state=state))


def test_errors_stand_by_kind_with_meaning_and_remedy(chief_s, ada, bob, wrong):
    wrong(ada), wrong(bob), wrong(bob, "OTHER")
    page = chief_s.get("/admin/diagnostics").text
    assert "It &lt;i&gt;broke&lt;/i&gt;." in page
    assert "2 records of 2 people" in page
    assert page.index("BAD_EMAIL") < page.index("OTHER")


def test_no_error_is_said_so(chief_s):
    assert "There is no open error." in chief_s.get("/admin/diagnostics").text
    assert "There is none." in chief_s.get("/admin/diagnostics?state=ignored").text


def test_the_chosen_records_are_retried_and_the_others_left(chief_s, ada, wrong, services, chief):
    first, _ = wrong(ada), wrong(ada)
    page = chief_s.get("/admin/diagnostics?code=BAD_EMAIL")
    assert f'name="number" value="{first}"' in page.text
    answer = chief_s.post("/admin/diagnostics", code="BAD_EMAIL", number=first, do="retry")
    assert "1 error is tried again" in answer.text
    assert states(services, chief) == {"open": 1, "resolved": 1, "ignored": 0}


def test_a_whole_kind_is_ignored_and_no_other(chief_s, ada, bob, wrong, services, chief):
    wrong(ada), wrong(bob), wrong(bob, "OTHER")
    assert (
        "2 errors are taken off the list"
        in chief_s.post("/admin/diagnostics", code="BAD_EMAIL", all="1", do="ignore").text
    )
    assert states(services, chief) == {"open": 1, "resolved": 0, "ignored": 2}


def test_nothing_chosen_does_nothing_and_says_so(chief_s, ada, wrong, services, chief):
    wrong(ada)
    assert "Nothing was chosen" in chief_s.post("/admin/diagnostics", code="BAD_EMAIL", do="retry").text
    assert states(services, chief)["open"] == 1


def test_other_teams_errors_are_neither_shown_nor_reached(chief_s, ada, stranger, wrong, services):
    theirs = wrong(stranger, "THEIRS", "secret")
    assert "THEIRS" not in chief_s.get("/admin/diagnostics").text
    assert "0 errors are" in chief_s.post("/admin/diagnostics", number=theirs, do="ignore").text
    assert "secret" not in chief_s.get("/admin/diagnostics/export").text
    assert states(services, stranger)["open"] == 1


def test_a_long_list_goes_on(chief_s, ada, wrong):
    for _ in range(51):
        wrong(ada)
    page = chief_s.get("/admin/diagnostics?code=BAD_EMAIL").text
    assert page.count('name="number"') == 50
    rest = page.partition('class="more"><a class="button" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert chief_s.get(rest).text.count('name="number"') == 1


def test_an_export_holds_everything_and_no_formula(chief_s, ada, wrong):
    for number in range(201):
        wrong(ada, message=f"=cmd|'/c calc'!A{number}")
    answer = chief_s.http.get("/admin/diagnostics/export", params={"code": "BAD_EMAIL"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 201
    assert rows[0]["message"] == "'=cmd|'/c calc'!A0"
    assert (rows[0]["user"], rows[0]["code"]) == ("ada@example.com", "BAD_EMAIL")
