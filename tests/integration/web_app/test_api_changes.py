"""Following what happens to reminders by a cursor."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text, update

from remindersync.store.retention import Kept
from remindersync.store.tables import reminder_changes, reminders


def follow(client, after=None, **wanted):
    """Everything behind a cursor, page by page, and the cursor behind that."""
    found, params = [], {"after": after} if after else {}
    while True:
        page = client.get("/changes", params={**params, **wanted}).json()
        found += page["items"]
        params = {"after": page["next_cursor"]}
        if not page["more"]:
            return found, page["next_cursor"]


def told(changes):
    return [(each["happened"], each["version"]) for each in changes]


def test_changes_are_told_in_the_order_in_which_they_were_made(api, ada):
    client = api(ada)
    path = f"/reminders/{client.post('/reminders', json={'name': 'Call'}).json()['id']}"
    client.patch(path, json={"name": "Call Ada"})
    client.patch(path, json={"name": "Call Ada"})
    client.delete(path)
    client.post(f"{path}/restore")
    changes, _ = follow(client, limit=2)
    assert told(changes) == [("created", 1), ("edited", 2), ("deleted", 3), ("restored", 4)]
    assert {each["reminder"]["version"] for each in changes} == {4}


def test_a_cursor_goes_on_where_it_stands_and_latest_at_the_end(api, ada):
    client = api(ada)
    client.post("/reminders", json={"name": "Before"})
    latest = client.get("/changes", params={"after": "latest"}).json()["next_cursor"]
    assert follow(client, latest) == ([], latest)
    client.post("/reminders", json={"name": "After"})
    changes, onward = follow(client, latest)
    assert [each["reminder"]["name"] for each in changes] == ["After"]
    assert follow(client, onward) == ([], onward)


def test_a_reminder_that_is_given_away_leaves_one_list_and_arrives_in_the_other(api, ada, bob):
    path = f"/reminders/{api(ada).post('/reminders', json={'name': 'Call'}).json()['id']}"
    api(ada).patch(path, json={"assignee": "bob@example.com"})
    mine, _ = follow(api(ada))
    theirs, _ = follow(api(bob))
    assert told(mine) == [("created", 1), ("left", 2)]
    assert [each["reminder"] for each in mine] == [None, None]
    assert told(theirs) == [("arrived", 2)]


def test_nobody_sees_what_happens_to_others(api, ada, bob, chief):
    api(ada).post("/reminders", json={"name": "Call"})
    assert follow(api(bob))[0] == follow(api(chief))[0] == []


def test_how_a_reminder_stands_in_salesforce_is_told_on_request(api, ada, services):
    client = api(ada)
    made = client.post("/reminders", json={"name": "Call"}).json()
    with services.database.begin() as connection:
        connection.execute(update(reminders).where(reminders.c.id == made["id"]).values(synced_version=1))
    assert told(follow(client)[0]) == [("created", 1)]
    assert told(follow(client, sync=True)[0]) == [("created", 1), ("sync", 1)]


def test_a_change_is_not_told_before_one_that_began_earlier(api, ada, services):
    """Else a reader that has passed it would never see the earlier one."""
    client = api(ada)
    slow = client.post("/reminders", json={"name": "Slow"}).json()
    latest = client.get("/changes", params={"after": "latest"}).json()["next_cursor"]
    with services.database.begin() as early:
        early.execute(text("SELECT pg_current_xact_id()"))
        client.post("/reminders", json={"name": "Quick"})
        assert follow(client, latest)[0] == []
        early.execute(update(reminders).where(reminders.c.id == slow["id"]).values(version=2))
    changes, _ = follow(client, latest)
    assert [each["reminder"]["name"] for each in changes] == ["Slow", "Quick"]


def test_a_follower_among_many_writers_misses_nothing_and_is_told_nothing_twice(api, ada):
    ended = threading.Event()

    def watch():
        seen, cursor, last, client = [], None, False, api(ada)
        while True:
            found, cursor = follow(client, cursor)
            seen += found
            if last:
                return seen
            last = ended.is_set()

    def write():
        client = api(ada)
        return [client.post("/reminders", json={"name": "Call"}).json()["id"] for _ in range(10)]

    with ThreadPoolExecutor(5) as pool:
        watched = pool.submit(watch)
        writers = [pool.submit(write) for _ in range(4)]
        made = [each for writer in writers for each in writer.result()]
        ended.set()
    assert sorted(each["id"] for each in watched.result()) == sorted(made)


def test_a_cursor_behind_which_changes_were_cleared_away_says_so(api, ada, services):
    client = api(ada)
    client.post("/reminders", json={"name": "Old"})
    _, cursor = follow(client)
    for name in ("Older", "New"):
        client.post("/reminders", json={"name": name})
    with services.database.begin() as connection:
        connection.execute(update(reminder_changes).values(at=text("now() - interval '31 days'")))
    services.retention.purge(Kept(run_days=30))
    refused = client.get("/changes", params={"after": cursor})
    assert refused.status_code == 410
    assert "begin anew" in refused.json()["detail"]
    assert told(follow(client)[0]) == [("created", 1)]


@pytest.mark.parametrize("cursor", ["nonsense", "W10", "WzFd", "WzEsMiwzXQ", "WyJhIiwiYiJd"])
def test_a_cursor_that_is_none_is_refused(api, ada, cursor):
    assert api(ada).get("/changes", params={"after": cursor}).status_code == 422
