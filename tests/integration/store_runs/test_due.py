"""Who is due and who is claimed, on a real database and by several at once."""

from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from remindersync.model import Outcome, RunKind
from remindersync.store.database import Database
from remindersync.store.due import Claim, Lane, QueueBacklog, SqlDue


@pytest.fixture
def due(database):
    return SqlDue(database)


@pytest.fixture
def later(do):
    """Let time pass for the dispatcher: every time in `run_state` moves into the past."""

    def pass_by(seconds):
        do(
            "UPDATE run_state SET next_due_at = next_due_at - make_interval(secs => :s),"
            " again_at = again_at - make_interval(secs => :s), claim_until = claim_until - make_interval(secs => :s),"
            " claimed_at = claimed_at - make_interval(secs => :s), running_since = running_since - make_interval(secs => :s)",
            s=seconds,
        )

    return pass_by


def claimed(due, limit=10, lease_seconds=60):
    return [claim.email.partition("@")[0] for claim in due.claim(limit, lease_seconds)]


# ── Claiming ──


def test_the_longest_due_come_first_and_no_more_than_asked_for(world, due, do):
    for name, minutes in (("new", 1), ("old", 3), ("middle", 2)):
        user = world.user(name)
        do("UPDATE run_state SET next_due_at = now() - make_interval(mins => :m) WHERE user_id = :u", m=minutes, u=user)
    assert [claimed(due, limit=2), claimed(due)] == [["old", "middle"], ["new"]]


def test_a_queue_gets_no_more_than_it_holds_and_the_longest_due_are_next(world, due, do, monkeypatch):
    monkeypatch.setattr("remindersync.store.due.MOST_WAITING", 2)
    for minutes, name in enumerate(("d", "c", "b", "a")):
        user = world.user(name)
        do("UPDATE run_state SET next_due_at = now() - make_interval(mins => :m) WHERE user_id = :u", m=minutes, u=user)
    first = due.claim(10, 60)
    assert [claim.email[0] for claim in first] == ["a", "b"]
    assert claimed(due) == []
    world.runs.start(first[1].user_id, first[1].claim)
    assert claimed(due) == ["c"]


def test_a_full_queue_keeps_nobody_out_of_another(world, ada, bob, due, monkeypatch):
    monkeypatch.setattr("remindersync.store.due.MOST_WAITING", 1)
    due.mark([bob], lane=Lane.INTERACTIVE)
    carl = world.user("carl")
    due.mark([carl], lane=Lane.BULK)
    assert set(claimed(due)) == {"ada", "bob", "carl"}
    world.user("dora")
    assert claimed(due) == []


def test_a_queue_full_of_lost_messages_is_filled_anew_when_their_leases_end(ada, bob, due, later, monkeypatch):
    monkeypatch.setattr("remindersync.store.due.MOST_WAITING", 2)
    assert sorted(claimed(due)) == ["ada", "bob"]
    later(60)
    assert sorted(claimed(due)) == ["ada", "bob"]


def test_a_claim_names_the_user_the_number_and_the_queue(world, ada, due):
    due.mark([ada], lane=Lane.BULK)
    (claim,) = due.claim(10, 60)
    assert claim == Claim(ada, "ada@example.com", claim.claim, Lane.BULK)
    assert world.runs.start(ada, claim.claim).user.id == ada


def test_a_claim_given_back_is_given_out_anew_and_its_message_does_nothing(world, ada, due):
    lost = due.claim(10, 600)
    due.give_back(lost)
    (again,) = due.claim(10, 60)
    assert (again.user_id, again.claim > lost[0].claim) == (ada, True)
    assert world.runs.start(ada, lost[0].claim) is Outcome.STALE_CLAIM


def test_a_claim_that_started_a_run_or_was_replaced_cannot_be_given_back(world, ada, due):
    (started,) = due.claim(10, 600)
    world.runs.start(ada, started.claim)
    due.give_back([started])
    assert claimed(due) == []
    bob = world.user("bob")
    old, new = due.claim_user(bob, 600), due.claim_user(bob, 600)
    due.give_back([old])
    assert world.runs.start(bob, new.claim).user.id == bob


@pytest.mark.parametrize(
    "condition",
    ["sync_on = false", "active = false", "salesforce_id = NULL"],
)
def test_who_cannot_sync_is_not_claimed(ada, due, do, condition):
    do(f"UPDATE users SET {condition} WHERE id = :u", u=ada)
    assert claimed(due) == []
    assert due.claim_user(ada, 60) is None


def test_who_is_not_due_yet_is_not_claimed(world, ada, due, later):
    world.is_wanted_again(world.start(ada))
    assert claimed(due) == []
    later(3600)
    assert claimed(due) == ["ada"]


def test_a_user_is_claimed_again_only_when_the_lease_is_over(world, ada, due, later):
    (first,) = due.claim(10, 60)
    later(59)
    assert claimed(due) == []
    later(1)
    (second,) = due.claim(10, 60)
    assert world.runs.start(ada, first.claim) is Outcome.STALE_CLAIM
    assert world.runs.start(ada, second.claim).user.id == ada


def test_a_user_whose_run_is_under_way_is_not_claimed(world, ada, due, later):
    world.start(ada)
    later(119)
    assert claimed(due) == []


def test_a_user_whose_run_was_killed_is_claimed_after_two_minutes(world, ada, due, later):
    world.start(ada)
    later(120)
    assert claimed(due) == ["ada"]
    assert due.backlog()[2].claimed_unstarted == 1


def test_a_job_that_found_the_lock_of_a_finished_run_makes_its_user_due(world, ada, due):
    run = world.start(ada)
    world.is_wanted_again(run)
    world.runs.again(ada, None)
    assert claimed(due) == ["ada"]


def test_two_claimers_get_different_users(world, due, database_url, aside):
    names = [f"user{number}" for number in range(40)]
    for name in names:
        world.user(name)
    both_ready = Barrier(2)

    def claim_pages():
        database = Database(database_url)
        mine = SqlDue(database)
        both_ready.wait()
        pages = [claimed(mine, limit=5) for _ in range(8)]
        database.close()
        return [name for page in pages for name in page]

    one, other = aside(claim_pages), aside(claim_pages)
    got = one.result() + other.result()
    assert sorted(got + claimed(due, limit=100)) == sorted(names)


def test_a_user_whose_row_is_locked_is_left_to_the_next_tick(world, ada, bob, due, database):
    with database.begin() as connection:
        connection.execute(text("SELECT FROM run_state WHERE user_id = :u FOR UPDATE"), {"u": ada})
        assert claimed(due) == ["bob"]
    assert claimed(due) == ["ada"]


# ── The lease follows the queue ──


def test_a_lease_grows_with_the_age_of_its_queue(world, ada, bob, due, do, later):
    do("UPDATE run_state SET next_due_at = now() + interval '1 minute' WHERE user_id = :u", u=bob)
    due.claim(10, 60)
    later(50)
    due.mark([bob], lane=Lane.SYNC)
    assert claimed(due) == ["bob"]
    later(70)
    assert claimed(due) == ["ada"]
    later(30)
    assert claimed(due) == []
    later(20)
    assert claimed(due) == ["bob"]


def test_another_queue_s_age_does_not_lengthen_a_lease(world, ada, bob, due, do, later):
    do("UPDATE run_state SET next_due_at = now() + interval '1 minute' WHERE user_id = :u", u=bob)
    due.mark([ada], lane=Lane.BULK)
    due.claim(10, 60)
    later(50)
    due.mark([bob], lane=Lane.SYNC)
    due.claim(10, 60)
    later(60)
    assert sorted(claimed(due)) == ["ada", "bob"]


def test_while_nothing_is_taken_each_copy_of_a_message_comes_later_than_the_one_before(ada, due, later, rows_of):
    leases = []
    for _ in range(4):
        assert claimed(due) == ["ada"]
        ((lease,),) = rows_of("SELECT extract(epoch FROM claim_until - claimed_at) FROM run_state")
        leases.append(round(lease))
        later(lease)
    assert leases == [60, 120, 180, 240]


def test_a_queue_that_moves_again_has_short_leases_again(world, ada, due, later):
    for _ in range(2):
        due.claim(10, 60)
        later(60)
    world.is_wanted_again(world.start(ada))
    later(3600)
    due.claim(10, 60)
    later(60)
    assert claimed(due) == ["ada"]


# ── One user, now ──


def test_one_user_is_claimed_though_not_due(world, ada, due, later):
    world.is_wanted_again(world.start(ada))
    claim = due.claim_user(ada, 60)
    assert world.runs.start(ada, claim.claim).user.id == ada


def test_a_claim_of_one_user_whose_message_is_lost_is_given_out_again(world, ada, due, later):
    world.is_wanted_again(world.start(ada))
    due.claim_user(ada, 60)
    later(60)
    assert claimed(due) == ["ada"]


def test_a_claim_of_one_user_replaces_one_that_waits_in_a_queue(world, ada, due):
    (waiting,) = due.claim(10, 60)
    due.mark([ada], lane=Lane.INTERACTIVE)
    urgent = due.claim_user(ada, 60)
    assert (urgent.lane, urgent.claim != waiting.claim) == (Lane.INTERACTIVE, True)
    assert world.runs.start(ada, waiting.claim) is Outcome.STALE_CLAIM
    assert world.runs.start(ada, urgent.claim).kind is RunKind.EDIT


def test_one_user_with_a_run_under_way_is_wanted_again_instead(world, ada, due):
    run = world.start(ada)
    assert due.claim_user(ada, 60) is None
    assert world.is_wanted_again(run)


def test_one_user_whose_run_was_killed_can_be_claimed(world, ada, due, later):
    world.start(ada)
    later(120)
    assert world.runs.start(ada, due.claim_user(ada, 60).claim).user.id == ada


def test_nobody_unknown_is_claimed(due):
    assert due.claim_user("5c7ad2f4-62a1-4b0c-9b3f-1d9b0c4f7f11", 60) is None


# ── Marks ──


def test_a_mark_makes_users_due_now_or_later_but_never_later_than_they_are(world, ada, bob, due, rows_of):
    for user in (ada, bob):
        world.is_wanted_again(world.start(user))
    soon = world.due_clock() + timedelta(minutes=5)
    due.mark([ada, bob], lane=Lane.SYNC, at=soon)
    due.mark([ada], lane=Lane.SYNC, at=soon + timedelta(minutes=5))
    assert {row.next_due_at for row in rows_of("SELECT next_due_at FROM run_state")} == {soon}
    due.mark([ada, bob], lane=Lane.SYNC)
    assert sorted(claimed(due)) == ["ada", "bob"]
    due.mark([], lane=Lane.SYNC)


def test_a_mark_for_later_survives_the_runs_before_it(world, ada, due):
    at = world.due_clock() + timedelta(minutes=5)
    due.mark([ada], lane=Lane.INTERACTIVE, at=at)
    first = world.start(ada)
    assert not world.is_wanted_again(first)
    assert world.runs.finish(world.start(ada), world.ending()) == at


def test_a_mark_leaves_users_alone_whose_sync_is_off(world, ada, due, rows_of, do):
    world.turn_off(ada)
    do("UPDATE run_state SET next_due_at = NULL")
    due.mark([ada], lane=Lane.SYNC)
    assert rows_of("SELECT next_due_at FROM run_state") == [(None,)]


@pytest.mark.parametrize(
    ("first", "second", "winner"),
    [
        (Lane.SYNC, Lane.BULK, Lane.BULK),
        (Lane.BULK, Lane.SYNC, Lane.BULK),
        (Lane.BULK, Lane.INTERACTIVE, Lane.INTERACTIVE),
        (Lane.INTERACTIVE, Lane.SYNC, Lane.INTERACTIVE),
        (Lane.INTERACTIVE, Lane.BULK, Lane.INTERACTIVE),
        (Lane.SYNC, Lane.SYNC, Lane.SYNC),
    ],
)
def test_the_more_urgent_queue_wins(ada, due, first, second, winner):
    due.mark([ada], lane=first)
    due.mark([ada], lane=second)
    assert due.claim_user(ada, 60).lane is winner


def test_long_work_goes_on_in_its_queue_unless_an_edit_came(world, ada, due):
    world.queue(ada, RunKind.FULL)
    due.mark([ada], lane=Lane.BULK)
    world.runs.finish(world.start(ada), world.ending(Outcome.MORE, wait_seconds=0))
    assert due.claim_user(ada, 60).lane is Lane.BULK
    run = world.start(ada)
    due.mark([ada], lane=Lane.INTERACTIVE)
    world.runs.finish(run, world.ending(Outcome.MORE, wait_seconds=0))
    assert due.claim_user(ada, 60).lane is Lane.INTERACTIVE
    world.runs.finish(world.start(ada), world.ending())
    assert due.claim_user(ada, 60).lane is Lane.SYNC


# ── The backlog ──


def test_the_backlog_tells_who_is_due_and_how_long_claims_have_waited(world, due, later):
    users = [world.user(name) for name in ("ada", "bob", "eve", "joe")]
    due.mark(users[:1], lane=Lane.INTERACTIVE)
    due.mark(users[3:], lane=Lane.BULK)
    world.start(users[3])
    due.claim(1, 60)
    later(30)
    interactive, bulk, sync = due.backlog()
    assert bulk == QueueBacklog(Lane.BULK, 0, 0, 0.0)
    assert (interactive.lane, interactive.due, interactive.claimed_unstarted) == (Lane.INTERACTIVE, 0, 1)
    assert (sync.lane, sync.due, sync.claimed_unstarted) == (Lane.SYNC, 1, 1)
    assert 30 <= max(interactive.oldest_seconds, sync.oldest_seconds) < 60


def test_an_empty_database_has_an_empty_backlog(due):
    assert due.backlog() == [QueueBacklog(lane, 0, 0, 0.0) for lane in Lane]
    assert due.claim(10, 60) == []


def test_whose_sync_is_off_is_no_backlog(world, ada, due):
    due.claim(10, 60)
    world.turn_off(ada)
    assert due.backlog() == [QueueBacklog(lane, 0, 0, 0.0) for lane in Lane]


def test_a_job_that_met_the_lock_of_a_run_just_finished_leaves_its_user_to_the_next_tick(world, ada, due):
    world.is_wanted_again(world.start(ada))
    due.mark([ada], lane=Lane.INTERACTIVE)
    world.runs.again(ada, due.claim_user(ada, 180).claim)
    assert claimed(due) == ["ada"]
