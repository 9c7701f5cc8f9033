"""What pages and lists cost does not grow with the number of reminders: they send the same statements."""

import pytest
from sqlalchemy import text

from tests.fixtures.statements import counted_statements

VIEWS = ("due", "overdue", "today", "tomorrow", "all", "done", "elsewhere", "bin")
PAGES = [f"/?view={view}" for view in VIEWS]
LISTS = [
    "/reminders",
    "/reminders?limit=200",
    "/reminders?due=overdue",
    "/reminders?order=updated",
    "/reminders?include_deleted=true",
    "/reminders?where=bin",
    "/changes",
]
# A page of 200, and more than that.
FEW, MANY = 3, 240
# Of each five: overdue, due today, due tomorrow, done, in the bin; every one with an error, a Task and a history.
ADD = """
WITH made AS (
    INSERT INTO reminders (team_id, owner_id, name, shared, synced_version, status, due_date, deleted_at)
    SELECT :team, :owner, 'Call ' || n, true, 1, CASE WHEN n % 5 = 3 THEN 'completed' ELSE 'open' END,
           (now() AT TIME ZONE 'Europe/Berlin')::date + n % 5 - 1, CASE WHEN n % 5 = 4 THEN now() END
    FROM generate_series(1, :count * 5) n
    RETURNING id
), linked AS (
    INSERT INTO links (org_id, task_id, reminder_id, base)
    SELECT '00D000000000001EAA', '00T' || md5(id::text), id, '{}' FROM made
), told AS (
    INSERT INTO history (team_id, reminder_id, side, actor, field, rule) SELECT :team, id, 'app', 'ada', 'name', 'edit' FROM made
)
INSERT INTO diagnostics (team_id, user_id, reminder_id, code, category, message, meaning, remedy, retry)
SELECT :team, :owner, id, 'A_RULE', 'Access/Validation', 'm', 'Refused.', 'Mend it.', 'parked' FROM made
"""


@pytest.fixture
def add(database, ada):
    def add(count):
        with database.begin() as connection:
            connection.execute(text(ADD), {"team": ada.team_id, "owner": ada.id, "count": count})

    return add


def test_every_view_sends_as_many_statements_for_many_reminders_as_for_few(browser, ada, add, services):
    ada_s = browser(ada)
    assert _counted(services, ada_s.get, PAGES, add) == []


def test_every_list_of_the_api_sends_as_many_statements_for_many_reminders_as_for_few(api, ada, add, services):
    client = api(ada)
    # The token's first use writes once when it was used.
    client.get("/me/sync")
    assert _counted(services, client.get, LISTS, add) == []


def _counted(services, get, paths, add):
    """Return the addresses that send more statements for many."""
    add(FEW)
    few = {path: _statements(services, get, path) for path in paths}
    add(MANY)
    many = {path: _statements(services, get, path) for path in paths}
    assert all(0 < count < 20 for count in few.values()), few
    return [(path, few[path], many[path]) for path in paths if few[path] != many[path]]


def _statements(services, get, path):
    with counted_statements(services.database) as statements:
        assert get(path).status_code == 200
    return len(statements)
