"""How an audit looks: what it costs, what it waits for, what a run that goes on meanwhile makes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, text

from remindersync import auditor as auditing
from remindersync.errors import LoginLost, UserMistake
from remindersync.salesforce.tasks import RestSalesforceTasks
from remindersync.store import tables
from tests.integration.audit.conftest import ADA, BOB, ORG

PAIRS = 500


def put(desk, count, first=1, **values):
    """Store Tasks of Ada's past all rules, made just now."""
    at = (desk.clock.now() - timedelta(seconds=1)).isoformat()
    return desk.sim.door.put_tasks(
        [{"OwnerId": ADA, "Subject": f"Call {first + number}", "CreatedDate": at} | values for number in range(count)]
    )


@pytest.fixture
def crowd(desk):
    """500 pairs in step."""
    put(desk, PAIRS)
    desk.settle("ada")
    return desk


@pytest.fixture
def pair(desk):
    """One pair in step: the ids of its reminder and its Task."""
    ids = desk.pair(Subject="Call Ada")
    desk.settle("ada")
    return ids


def test_a_clean_world_of_500_pairs_shows_nothing_and_takes_one_page(crowd):
    crowd.parts.sessions.schemas.clear()
    crowd.sim.door.reset_counters()
    said = []
    found = crowd.auditor.audit(crowd.users["ada"].id, tell=said.append)
    assert said == [found.expected]
    assert (found.expected.email, found.expected.pairs, found.findings) == ("ada@audit.example", PAIRS, ())
    # Describe, count, one page of up to 2,000.
    assert (crowd.sim.door.counters()["calls"], found.calls, found.expected.calls) == (3, 3, 3)
    assert crowd.pauses == []


def test_drift_costs_one_more_call_for_200_records_that_differ(crowd):
    drifted = [link.task_id for link in crowd.links()][:201]
    crowd.corrupt_tasks(drifted, Description="Drifted")
    found = crowd.look()
    assert (len(found.drift), found.calls) == (201, found.expected.calls + 2)
    assert crowd.pauses == [auditing.PAUSE_SECONDS]
    assert crowd.repair() == []


def test_an_audit_writes_nothing_anywhere(desk, pair):
    desk.corrupt_task(pair[1], Subject="Drifted")
    before = desk.stored()
    assert desk.drift() == [("field", "name")]
    assert desk.stored() == before


@pytest.mark.parametrize(
    ("page_rows", "queries"), [(2000, ["COUNT", "COUNT", "pages"]), (100, ["COUNT", "COUNT", "pages", *["ids"] * 3])]
)
def test_old_pairs_are_read_by_page_or_by_id_whichever_takes_fewer_calls(crowd, monkeypatch, page_rows, queries):
    monkeypatch.setattr(auditing, "PAGE_ROWS", page_rows)
    turned_on_again(crowd)
    asked = watch(crowd, monkeypatch)
    found = crowd.look()
    assert (found.findings, asked) == ((), queries)
    assert found.calls == found.expected.calls == len(queries)


def turned_on_again(desk):
    """Let sync have been turned on again long after everything was read."""
    desk.wait(30 * 86_400)
    desk.settle()
    moved = text("UPDATE run_state SET place = place || jsonb_build_object('since', CAST(:at AS text))")
    with desk.parts.database.begin() as connection:
        connection.execute(moved, {"at": desk.clock.now().isoformat()})


def watch(desk, monkeypatch):
    """Return the kinds of an audit's queries, as they are made."""
    asked = []
    names = {"count_first": "COUNT", "changed": "pages", "by_ids": "ids"}
    for method, kind in names.items():
        monkeypatch.setattr(RestSalesforceTasks, method, watched(getattr(RestSalesforceTasks, method), asked, kind))
    return asked


def watched(method, asked, kind):
    def call(*given, **named):
        asked.append(kind)
        return method(*given, **named)

    return call


def test_pages_of_any_size_find_the_same(desk, monkeypatch):
    put(desk, 30)
    desk.settle("ada")
    tasks = [link.task_id for link in desk.links()]
    desk.corrupt_tasks(tasks[:5], Description="Drifted")
    desk.sim.door.hard_delete(*tasks[5:10])
    for one in tasks[10:15]:
        desk.copy_task(one, Subject=f"Never imported {one}")
    found = desk.look().drift
    for name, size in (("PAGE_ROWS", 7), ("IDS_A_CALL", 3), ("_PAIRS", 11)):
        monkeypatch.setattr(auditing, name, size)
    assert sorted(desk.look().drift, key=str) == sorted(found, key=str)
    assert sorted(one.what for one in found) == sorted(["field", "gone", "import"] * 5)


def test_what_a_run_changes_meanwhile_is_no_drift(desk, pair):
    reminder, task = pair
    desk.corrupt_task(task, Subject="Call Bob")
    desk.corrupt_reminder(reminder, details="Lost")
    desk.meanwhile = lambda: desk.corrupt_task(task, Subject="Call Ada", Description="Lost")
    assert desk.look().findings == ()
    assert desk.pauses == [auditing.PAUSE_SECONDS]


def test_what_began_to_wait_meanwhile_is_pending(desk, pair):
    reminder, _ = pair
    desk.corrupt_reminder(reminder, details="Lost")
    desk.meanwhile = lambda: desk.change(reminder, priority="high")
    found = [(one.weight.value, one.field) for one in desk.look().findings]
    assert sorted(found) == [("pending", "details"), ("pending", "priority")]


def test_edits_that_wait_on_either_side_are_pending(desk, pair):
    reminder, task = pair
    other, _ = desk.pair_from_here("Write to Bob")
    desk.change(reminder, details="Not sent yet")
    desk.admin.update(task, Priority="High")
    desk.app.delete(desk.users["ada"], other)
    desk.add("New here")
    desk.create(Subject="New there")
    assert sorted(desk.pending(), key=str) == [
        ("bin", None),
        ("field", "details"),
        ("field", "priority"),
        ("import", None),
        ("no_task", None),
    ]
    assert desk.drift() == []
    desk.run()
    desk.run()
    assert desk.look().findings == ()


def test_a_refused_reminder_is_pending_and_says_so(desk, pair):
    reminder, task = pair
    desk.sim.door.add_fault("record_error", code="FIELD_CUSTOM_VALIDATION_EXCEPTION", where={"Id": task}, times=None)
    desk.change(reminder, details="Refused")
    desk.run()
    (one,) = desk.look().findings
    assert (one.weight, "refused" in one.reason) == ("pending", True)


def test_what_another_users_run_left_is_pending(desk, pair):
    _, task = pair
    desk.admin.update(task, OwnerId=BOB)
    desk.run("bob")
    assert [what for what, _ in desk.pending()] == ["gone"]
    assert desk.drift() == []


def test_what_the_org_feed_read_is_drift_unless_a_row_of_it_waits(desk, pair):
    _, task = pair
    desk.admin.update(task, Priority="High")
    stamp = desk.clock.now()
    read = stamp + timedelta(hours=1)
    feed = {"org_id": ORG, "since": stamp - timedelta(days=1), "front": read, "swept": read}
    desk.insert(tables.org_cursors, team_id=desk.team.id, trusted_until=func.now() + timedelta(hours=1), **feed)
    assert desk.pending() == [("field", "priority")]
    began = func.jsonb_build_object("feed", feed["since"].isoformat())
    desk.update(
        tables.run_state,
        tables.run_state.c.user_id == desk.users["ada"].id,
        place=tables.run_state.c.place.concat(began),
    )
    assert desk.drift() == [("field", "priority")]
    staged = {"org_id": ORG, "task_id": task, "user_id": desk.users["ada"].id, "task": {}, "stamp": stamp}
    desk.insert(tables.task_changes, **staged, unchanged_until=stamp)
    assert desk.pending() == [("field", "priority")]


def test_a_task_that_the_teams_condition_does_not_want_is_not_missed(desk):
    settings = desk.parts.directory.settings(desk.team.id)
    desk.parts.directory.save_settings(desk.team.id, replace(settings, import_condition="Priority = 'High'"))
    for priority in ("High", "Normal"):
        desk.create(Subject=f"{priority} there", Priority=priority)
    assert [one.there for one in desk.look().findings] == ["High there"]


def test_who_does_not_sync_cannot_be_audited(desk):
    desk.parts.directory.turn_off(desk.users["ada"].id)
    with pytest.raises(UserMistake, match="Sync is off"):
        desk.look()


def test_a_lost_login_ends_an_audit_with_its_reason(desk):
    desk.sim.door.end_sessions("ada@audit.example", refresh_tokens=True)
    with pytest.raises(LoginLost):
        desk.look()


def test_calls_are_background_work(desk):
    asked = []
    connect = desk.parts.sessions

    def connecting(user, *, background):
        asked.append(background)
        return connect(user, background=background)

    auditor = auditing.Auditor(desk.auditor.book, connecting, desk.clock, desk._pause)
    auditor.audit(desk.users["ada"].id)
    assert asked == [True]
