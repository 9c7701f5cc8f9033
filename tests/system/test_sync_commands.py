"""Sync is turned on and off, as a preview showed it, and local reminders are let out."""

from datetime import UTC, datetime, timedelta

from remindersync.store.app_reminders import AppReminders, Draft


def test_sync_on_brings_the_tasks_in_and_sync_off_keeps_them(at_work):
    at_work.there().create(Subject="Call Cora")
    switched = at_work.line.run("sync", "on", at_work.email(), "--json").json()
    assert switched == {"email": at_work.email(), "sync_on": True}
    at_work.until_idle()
    assert at_work.names() == {"Call Cora"}
    switched = at_work.line.run("sync", "off", at_work.email(), "--json").json()
    assert switched == {"email": at_work.email(), "sync_on": False}
    assert at_work.names() == {"Call Cora"}
    assert at_work.status()["state"] == "off"


def test_sync_on_shows_by_name_what_a_choice_would_do_and_does_it_once_agreed(at_work):
    then = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    old = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), then)
    owner = at_work.user().salesforce_id
    ids = [
        {"OwnerId": owner, "Subject": subject, "Status": "Not Started", "Priority": "Normal", **old}
        for subject in ("Call Cora", "Visit Lea", "Visit Lea")
    ]
    at_work.sim.door.put_tasks(ids, at_work.org_id)
    reminders = AppReminders(at_work.database)
    for name in ("Call Cora", "Visit Lea"):
        reminders.create(at_work.user(), Draft(name))
    asked = at_work.line.run("sync", "on", at_work.email(), "--match-existing")
    assert (asked.code, "do exactly this?" in asked.err, "say --yes" in asked.err) == (2, True, True)
    for word in ("match", "Call Cora", "1 reminder and 2 Tasks"):
        assert word in asked.out
    assert at_work.status()["state"] == "off"
    done = at_work.line.run("sync", "on", at_work.email(), "--match-existing", "--import-open", "--json").json()
    assert (done["sync_on"], done["counts"]["matched"], done["counts"]["imported"]) == (True, 1, 2)
    assert sorted(item["name"] for item in done["items"]) == ["Call Cora", *["Visit Lea"] * 3]
    at_work.until_idle()
    assert sorted(one.reminder.name for one in reminders.list(at_work.user()).items) == [
        "Call Cora",
        *["Visit Lea"] * 3,
    ]
    assert at_work.status()["left_out"] == 0


def test_push_lets_reminders_out_that_were_here_before(at_work):
    reminders = AppReminders(at_work.database)
    ids = [reminders.create(at_work.user(), Draft(name)).reminder.id for name in ("one", "two", "three")]
    assert "turn sync on before" in at_work.line.run("push", ids[0]).err
    at_work.line.run("sync", "on", at_work.email()).told()
    assert at_work.line.run("push", *ids[:2], "--json").json() == {"reminders": ids[:2]}
    # The first sync may have been over before: the push has a run of its own.
    at_work.until_sent()
    assert {row["Subject"] for row in at_work.sim.door.tasks(at_work.org_id)} == {"one", "two"}
    assert "There is no such reminder" in at_work.line.run("push", "8c1f0ae6-0000-4000-8000-000000000000").err
