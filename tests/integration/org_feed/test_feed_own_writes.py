"""Our own writes beside what the feed read before and after them: nothing is overwritten unseen or echoed."""


def test_what_changed_there_since_the_last_tick_is_not_overwritten_unseen(pair):
    task = pair.imported("Call Bea")
    pair.tick()
    pair.person("user0").update(task, Description="written there just now")
    pair.advance(5)
    pair.edit("Call Bea", priority="high")
    pair.sync("user0")
    assert pair.reminder("Call Bea")[0].details == "written there just now"
    stored = pair.sim.door.task(task)
    assert (stored["Priority"], stored["Description"]) == ("High", "written there just now")


def test_a_staged_row_read_before_our_own_write_is_not_used(pair):
    task = pair.imported("Call Bea")
    pair.person("user0").update(task, Subject="Named there")
    pair.tick()
    pair.sync("user0")
    pair.advance(20)
    pair.person("user0").update(task, Priority="High")
    pair.tick()
    _write_as_if_by_a_run(pair, task, Priority="Normal")
    report = pair.sync("user0")
    assert report.calls == 1
    assert pair.reminder("Named there")[0].priority == "normal"
    assert pair.staged() == []


def _write_as_if_by_a_run(world, task, **values):
    """Write a value that the link knows as our own, after the feed's last reading."""
    world.advance(5)
    world.person("user0").update(task, **values)
    world.do("UPDATE links SET own_write_at = :at WHERE task_id = :task", at=world.clock.now(), task=task)
    world.advance(5)


def test_a_new_reminder_is_created_and_its_echo_changes_nothing(pair):
    pair.add("Send offer", "user0")
    assert pair.sync("user0").counts.created_there == 1
    pair.tick()
    assert pair.woken() == {"user0"}
    report = pair.sync("user0")
    assert (report.counts.changed, report.calls) == (0, 0)
    assert pair.staged() == []


def test_a_record_that_is_held_is_tried_again_when_its_time_has_come(pair):
    pair.add("Send offer", "user0")
    pair.sim.door.add_fault("record_error", code="SERVER_UNAVAILABLE", where={"Subject": "Send offer"})
    pair.sync("user0")
    pair.tick(seconds=5)
    assert pair.sync("user0").calls == 0
    (row,) = pair.rows(
        "SELECT s.next_due_at = r.hold_until AS then FROM reminders r JOIN run_state s ON s.user_id = r.owner_id"
    )
    assert row.then
    pair.advance(60)
    assert pair.sync("user0").counts.created_there == 1
