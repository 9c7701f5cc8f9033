"""What a reading and a run write, together or not at all, and what a later one finds of it."""

import pytest

from remindersync.errors import Superseded


def test_a_fed_run_that_finds_nothing_writes_its_start_and_its_end(pair, statements):
    pair.tick()
    del statements[:]
    pair.sync("user0")
    writes = [one for one in statements if not one.startswith("SELECT")]
    # The third takes what others handed over: here none, so it changes no row.
    assert len([one for one in writes if "handovers" not in one]) == 2
    assert pair.calls() == 1


def test_rows_marks_and_the_cursor_come_together_or_not_at_all(pair, monkeypatch):
    pair.person("user0").create(Subject="Call Bea")
    before = pair.rows("SELECT front, swept FROM org_cursors")

    def crash(*_args):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("remindersync.store.org_book.mark_due", crash)
        with pytest.raises(KeyboardInterrupt):
            pair.tick()
    assert (pair.staged(), pair.rows("SELECT front, swept FROM org_cursors")) == ([], before)
    assert pair.rows("SELECT 1 FROM task_sightings") == []
    pair.do("UPDATE org_cursors SET next_due_at = now()")
    assert pair.tick().staged == 1
    assert pair.woken() == {"user0"}


def test_a_run_drops_only_the_rows_it_was_shown(pair):
    task = pair.person("user0").create(Subject="Call Bea")
    pair.tick()
    run = pair.engine._runs.start(pair.ids["user0"], None)
    with pair.engine._runs.transaction(run) as tx:
        shown = tx.feed.state(10).rows
    pair.person("user0").update(task, Subject="Call Bea back")
    pair.tick()
    with pair.engine._runs.transaction(run) as tx:
        tx.feed.used(shown)
        assert [row.task.values["Subject"] for row in tx.feed.state(10).rows] == ["Call Bea back"]


def test_a_reading_that_a_later_one_overtook_writes_nothing(pair):
    old = pair.book.start(pair.team.id)
    pair.do("UPDATE org_cursors SET next_due_at = now()")
    new = pair.book.start(pair.team.id)
    before = pair.rows("SELECT * FROM org_cursors")
    with pytest.raises(Superseded):
        pair.book.stage(old, [], old)
    assert pair.rows("SELECT * FROM org_cursors") == before
    pair.book.finish(new, 0, done=True)
