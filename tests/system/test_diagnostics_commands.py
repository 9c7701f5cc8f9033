"""The commands that list, retry, ignore and export errors."""

import csv
import io

import pytest
from sqlalchemy import insert

from remindersync.store.tables import diagnostics
from tests.system.conftest import Office


@pytest.fixture
def errors(office: Office) -> list[str]:
    """Two errors of a kind and one of another, of Ada's; return their numbers."""
    user = office.user()
    texts = {"category": "Other", "message": "=said, so", "meaning": "meant", "remedy": "do", "retry": "parked"}
    rows = [
        {"team_id": user.team_id, "user_id": user.id, "code": code, "task_id": task} | texts
        for code, task in (("A", "1"), ("A", "2"), ("B", "3"))
    ]
    with office.database.begin() as connection:
        found = connection.execute(insert(diagnostics).returning(diagnostics.c.id), rows)
        return [str(row.id) for row in found]


def codes(office: Office) -> list[str]:
    return [one["code"] for one in office.line.run("diagnostics", "export", *of_team(office), "--json").json()]


def of_team(office: Office) -> tuple[str, str]:
    return ("--team", office.team)


def test_errors_are_listed_by_kind_and_one_by_one(office, errors):
    kinds = office.line.run("diagnostics", "list", *of_team(office), "--json").json()
    assert [(kind["code"], kind["records"], kind["users"]) for kind in kinds] == [("A", 2, 1), ("B", 1, 1)]
    each = office.line.run("diagnostics", "list", *of_team(office), "--each").told()
    assert all(number in each for number in errors)
    assert "meant" in office.line.run("diagnostics", "list", *of_team(office)).told()
    assert "no open error" in office.line.run("diagnostics", "list", "--user", office.email("ben")).told()


def test_errors_are_exported_so_that_no_spreadsheet_calculates(office, errors):
    rows = list(csv.DictReader(io.StringIO(office.line.run("diagnostics", "export", *of_team(office)).told())))
    assert [row["id"] for row in rows] == errors
    assert {row["message"] for row in rows} == {"'=said, so"}


def test_errors_are_ignored_by_number_and_retried_by_kind(office, errors):
    assert office.line.run("diagnostics", "ignore", errors[0], "--json").json() == {"count": 1}
    assert codes(office) == ["A", "B"]
    retried = office.line.run("diagnostics", "retry", "--kind", "B", *of_team(office), "--json").json()
    assert retried == {"count": 1, "users": 0}
    assert "1 errors" in office.line.run("diagnostics", "ignore", *of_team(office)).told()
    assert codes(office) == []


@pytest.mark.parametrize("action", ["retry", "ignore", "export"])
def test_a_number_that_no_open_error_has_is_named_and_nothing_is_done(office, errors, action):
    gone = str(2**62)
    assert f"numbered {gone}, x: " in office.line.run("diagnostics", action, errors[0], gone, "x").complaint()
    of_others = office.line.run("diagnostics", action, errors[0], "--user", office.email("ben"))
    assert f"numbered {errors[0]}: " in of_others.complaint()
    assert codes(office) == ["A", "A", "B"]


def test_which_errors_has_to_be_said(office, errors):
    for action in ("retry", "ignore"):
        assert "--all" in office.line.run("diagnostics", action).complaint(code=2)
