"""What every store promises of links, intents, the journal, hand-overs and the users of a team."""

from dataclasses import replace

import pytest

from remindersync.errors import Category, Destiny, Fault, SyncError
from remindersync.model import Base, HistoryEvent, LinkState, RunKind, Side, Status, WriteKind
from remindersync.ports import Change
from tests.fixtures.store_world import new_intent, new_link, new_task, salesforce_id, task_id

FAULT = Fault(
    "STRING_TOO_LONG", "Subject: too long", Category.ACCESS, "A text is too long.", "Shorten it.", Destiny.PARK
)


# ── Links ──


def test_a_link_comes_back_as_it_was_put(world, run, tx):
    now = world.clock.now()
    base = Base(
        {"name": "A", "details": None}, {"Subject": "A"}, "[", "]", "[A]", {"campaign_name": "Spring"}, "Deferred"
    )
    link = new_link(
        world.reminder(run),
        base=base,
        state=LinkState.ASLEEP,
        created_here=True,
        stamp=now,
        seen_at=now,
        own_write_at=now,
        company_id="001A",
        related_id="006A",
    )
    tx.links.put([link])
    assert tx.links.of_tasks([link.task_id, task_id(9)]) == {link.task_id: link}
    assert tx.links.of_reminders([link.reminder_id]) == {link.reminder_id: link}
    assert (tx.links.of_tasks([]), tx.links.of_reminders([])) == ({}, {})


def test_putting_a_link_again_replaces_it(world, run, tx):
    link = new_link(world.reminder(run))
    changed = replace(link, state=LinkState.DELETED, stamp=world.clock.now(), base=Base({"name": "B"}, {}))
    tx.links.put([link])
    tx.links.put([changed])
    assert tx.links.of_tasks([link.task_id]) == {link.task_id: changed}


def test_many_links_are_put_at_once_new_ones_and_known_ones(world, run, tx):
    known, new, odd = (new_link(world.reminder(run, f"Call {number}"), number) for number in (1, 2, 3))
    tx.links.put([known])
    changed = replace(known, state=LinkState.DELETED)
    awkward = replace(odd, base=Base({"name": "\"a'b\\\n\N{PERSONAL COMPUTER}"}, {"WhoId": None}))
    tx.links.put([new, changed, awkward])
    tx.links.put([])
    assert tx.links.of_tasks([task_id(number) for number in (1, 2, 3)]) == {
        task_id(1): changed,
        task_id(2): new,
        task_id(3): awkward,
    }


def test_of_many_links_none_goes_to_a_reminder_that_has_another_task(world, run):
    taken, free = world.reminder(run, "taken"), world.reminder(run, "free")
    with world.runs.transaction(run) as tx:
        tx.links.put([new_link(taken, 1)])
    with pytest.raises(SyncError), world.runs.transaction(run) as tx:
        tx.links.put([new_link(free, 2), new_link(taken, 3)])
    with world.runs.transaction(run) as tx:
        assert tx.links.of_tasks([task_id(number) for number in (2, 3)]) == {}


def test_putting_a_link_again_takes_its_parents_along(world, run, tx):
    link = new_link(world.reminder(run), company_id="001A", related_id="006A")
    moved = replace(link, company_id="001B", related_id=None)
    tx.links.put([link])
    tx.links.put([moved])
    assert tx.links.of_tasks([link.task_id]) == {link.task_id: moved}


def test_the_companies_of_people_are_those_of_active_tasks_about_them_of_whomever_in_the_org(world, bob, run, tx):
    def put(number, run, person, company, state=LinkState.ACTIVE):
        reminder = world.reminder(run)
        base = Base({}, {"WhoId": person})
        link = new_link(reminder, number, base=base, company_id=company, state=state)
        with world.runs.transaction(run) as own:
            own.links.put([replace(link, org_id=run.user.org_id)])

    put(1, run, "003A", "001A")
    put(2, run, "003A", "001A")
    put(3, world.start(bob), "003A", "001B")
    put(4, run, "003B", None)
    put(5, run, "003C", "001C", LinkState.DELETED)
    put(6, world.start(world.user("eve", team="rivals")), "003D", "001D")
    found = tx.links.companies(["003A", "003B", "003C", "003D", "003E"])
    assert found == {"003A": {"001A", "001B"}}
    assert tx.links.companies([]) == {}


@pytest.mark.parametrize("state", [state for state in LinkState if state is not LinkState.SUPERSEDED])
def test_a_reminder_has_one_task_at_most(world, run, tx, state):
    reminder = world.reminder(run)
    tx.links.put([new_link(reminder, 1, state=state)])
    with pytest.raises(SyncError):
        tx.links.put([new_link(reminder, 2)])
    assert tx.links.of_tasks([task_id(2)]) == {}


def test_a_task_has_one_reminder_at_most(world, run, tx):
    one, other = world.reminder(run, "one"), world.reminder(run, "other")
    tx.links.put([new_link(one, 1)])
    with pytest.raises(SyncError):
        tx.links.put([new_link(other, 1)])
    assert tx.links.of_tasks([task_id(1)])[task_id(1)].reminder_id == one.id


def test_a_refused_link_leaves_the_rest_of_the_transaction(world, run):
    reminder = world.reminder(run)
    with world.runs.transaction(run) as tx:
        tx.links.put([new_link(reminder, 1)])
        with pytest.raises(SyncError):
            tx.links.put([new_link(reminder, 2)])
        assert tx.reminders.change([Change(reminder.id, 1, {"name": "Call Bob"})])
    assert world.stored(run, reminder.id).name == "Call Bob"


def test_a_superseded_task_makes_room_for_another_and_stays_known(world, run, tx):
    reminder = world.reminder(run)
    old, new = new_link(reminder, 1, state=LinkState.SUPERSEDED), new_link(reminder, 2)
    tx.links.put([new_link(reminder, 1)])
    tx.links.put([old])
    tx.links.put([new])
    assert tx.links.of_reminders([reminder.id]) == {reminder.id: new}
    assert tx.links.of_tasks([task_id(1), task_id(2)]) == {task_id(1): old, task_id(2): new}


def test_another_org_s_tasks_are_not_seen_and_cannot_be_linked(world, run, tx):
    other = world.start(world.user("eve", team="rivals"))
    with world.runs.transaction(other) as theirs:
        theirs.links.put([replace(new_link(world.reminder(other), 1), org_id=other.user.org_id)])
    assert tx.links.of_tasks([task_id(1)]) == {}
    with pytest.raises(SyncError):
        tx.links.put([replace(new_link(world.reminder(run), 1), org_id=other.user.org_id)])


def test_linked_tasks_to_re_read_come_by_id_in_pages(world, run, tx):
    links = [new_link(world.reminder(run), number) for number in (3, 1, 2)]
    for link in links:
        tx.links.put([link])
    assert [link.task_id for link in tx.links.unseen("", 2)] == [task_id(1), task_id(2)]
    assert [link.task_id for link in tx.links.unseen(task_id(2), 2)] == [task_id(3)]


def test_task_ids_are_compared_by_their_signs_and_not_by_a_language(world, run, tx):
    ids = ["00Ta", "00TB", "00Tb", "00T9"]
    for one in ids:
        tx.links.put([replace(new_link(world.reminder(run)), task_id=one)])
    assert [link.task_id for link in tx.links.unseen("", 9)] == sorted(ids)
    assert [link.task_id for link in tx.links.unseen("00TB", 9)] == ["00Ta", "00Tb"]


@pytest.mark.parametrize("state", LinkState)
def test_active_and_unreachable_pairs_are_re_read(world, run, tx, state):
    tx.links.put([new_link(world.reminder(run), state=state)])
    assert bool(tx.links.unseen("", 9)) is (state in (LinkState.ACTIVE, LinkState.UNREACHABLE))


def test_only_open_reminders_of_the_user_are_re_read(world, run, bob, tx):
    now = world.clock.now()
    done = world.reminder(run, "done", status=Status.COMPLETED)
    binned = world.reminder(run, "binned", deleted_at=now)
    theirs = world.reminder(world.start(bob))
    for number, reminder in enumerate((done, binned, theirs)):
        tx.links.put([new_link(reminder, number)])
    assert tx.links.unseen("", 9) == []


def test_in_a_full_run_completed_reminders_of_the_user_are_re_read_too(world, ada):
    world.queue(ada, RunKind.FULL)
    run = world.start(ada)
    done = world.reminder(run, "done", status=Status.COMPLETED)
    binned = world.reminder(run, "binned", deleted_at=world.clock.now())
    with world.runs.transaction(run) as tx:
        tx.links.put([new_link(done, 1)])
        tx.links.put([new_link(binned, 2)])
        assert [link.task_id for link in tx.links.unseen("", 9)] == [task_id(1)]


# ── Intents ──


def test_intents_stay_open_until_they_are_answered_oldest_first(world, run, tx):
    reminder = world.reminder(run)
    intents = [
        new_intent(3, reminder, kind=WriteKind.CREATE, key="k3"),
        new_intent(1, reminder, task_id=task_id(1), version=7),
        new_intent(2, reminder, kind=WriteKind.DELETE, payload={}),
    ]
    tx.intents.record(intents)
    tx.intents.record([])
    assert tx.intents.open() == [intents[1], intents[2], intents[0]]
    tx.intents.close([intents[2].id], "saved")
    tx.intents.close([intents[0].id], "refused")
    tx.intents.close([], "void")
    assert tx.intents.open() == [intents[1]]


def test_a_later_run_finds_its_predecessor_s_open_intents(world, ada, run):
    new = new_intent(1, world.reminder(run))
    with world.runs.transaction(run) as tx:
        tx.intents.record([new])
    with world.transaction(ada) as tx:
        assert tx.intents.open() == [new]


def test_another_user_s_intents_are_not_this_run_s(world, run, bob, tx):
    other = world.start(bob)
    with world.runs.transaction(other) as theirs:
        theirs.intents.record([new_intent(1, world.reminder(other))])
    assert tx.intents.open() == []


def test_open_intents_go_with_a_reminder_that_is_given_to_somebody_else(world, ada, run, bob, tx):
    reminder = world.reminder(run)
    new = new_intent(1, reminder)
    tx.intents.record([new])
    assert tx.reminders.move(reminder.id, reminder.version, bob)
    assert tx.intents.open() == []
    with world.transaction(bob) as theirs:
        assert theirs.intents.open() == [new]
    tx.intents.close([new.id], "saved")
    with world.transaction(bob) as theirs:
        assert theirs.intents.open() == []


# ── Hand-overs ──


@pytest.fixture
def bobs(world, run, bob):
    """A reminder of Bob's whose Task Ada's run sees."""
    return world.reminder(world.start(bob))


def give(world, run, reminder, **fields):
    task = new_task(1, world.clock.now(), **fields)
    with world.runs.transaction(run) as tx:
        tx.handovers.give(reminder.id, task)
    return task


def test_the_owner_s_run_finds_what_another_saw(world, run, bob, bobs):
    task = give(world, run, bobs, person_name="Grace", subtype="Call", is_deleted=True, key="k")
    with world.runs.transaction(run) as tx:
        assert tx.handovers.waiting() == []
    with world.transaction(bob) as tx:
        assert tx.handovers.waiting() == [task]


def test_a_hand_over_makes_the_owner_due(world, run, bob, bobs):
    theirs = world.start(bob)
    give(world, run, bobs)
    assert world.is_wanted_again(theirs)


def test_what_was_dealt_with_is_gone(world, run, bob, bobs):
    give(world, run, bobs)
    theirs = world.start(bob)
    with world.runs.transaction(theirs) as tx:
        assert len(tx.handovers.waiting()) == 1
    with world.runs.transaction(theirs) as tx:
        tx.handovers.done([task_id(1)])
        tx.handovers.done([])
        assert tx.handovers.waiting() == []


def test_a_later_read_replaces_an_earlier_one_and_never_the_other_way(world, run, bob, bobs):
    earlier = world.clock.now()
    world.clock.advance(1)
    later = give(world, run, bobs)
    give(world, run, bobs, read_at=earlier)
    with world.transaction(bob) as tx:
        assert tx.handovers.waiting() == [later]


def test_a_read_left_while_the_owner_s_run_worked_is_kept_for_the_next(world, run, bob, bobs):
    give(world, run, bobs)
    theirs = world.start(bob)
    with world.runs.transaction(theirs) as tx:
        tx.handovers.waiting()
    world.clock.advance(1)
    later = give(world, run, bobs)
    with world.runs.transaction(theirs) as tx:
        tx.handovers.done([task_id(1)])
        assert tx.handovers.waiting() == [later]


# ── The journal ──


def test_the_journal_takes_events_and_faults_any_number_of_times(world, run, tx):
    reminder = world.reminder(run)
    event = HistoryEvent(reminder.id, Side.APP, "Salesforce", "name", "A", "B", "changed in Salesforce")
    tx.journal.history([event, replace(event, kept=False, login="ada@example.com", old=None)])
    tx.journal.history([])
    for _ in range(2):
        tx.journal.fault(FAULT, reminder_id=reminder.id)
        tx.journal.fault(FAULT, task_id=task_id(1))
        tx.journal.fault(FAULT)
    tx.journal.mended([reminder.id])
    tx.journal.mended([])
    assert world.open_faults() == [(FAULT.code, None, task_id(1), 2), (FAULT.code, None, None, 2)]
    tx.journal.fault(FAULT, reminder_id=reminder.id)
    assert (FAULT.code, reminder.id, None, 1) in world.open_faults()


def test_a_lost_login_is_told_once_whatever_it_is_called(world, run, tx):
    lost = [replace(FAULT, code=code, destiny=Destiny.RECONNECT) for code in ("EXPIRED_ACCESS", "NOT_CONNECTED")]
    for fault in (*lost, *lost):
        tx.journal.fault(fault)
    tx.journal.fault(FAULT)
    assert world.open_faults() == [("EXPIRED_ACCESS", None, None, 1), (FAULT.code, None, None, 1)]


# ── Users of the team ──


def test_a_salesforce_user_is_found_among_the_syncing_users_of_the_team(world, run, bob, tx):
    eve = world.user("eve", team="rivals")
    assert tx.owner_of(salesforce_id("bob")) == bob
    assert tx.owner_of(salesforce_id("eve")) is None
    assert tx.salesforce_id_of(bob) == salesforce_id("bob")
    assert tx.salesforce_id_of(eve) is None


def test_nobody_owns_tasks_here_whose_sync_is_off(world, run, bob, tx):
    world.turn_off(bob)
    assert tx.owner_of(salesforce_id("bob")) is None
    assert tx.salesforce_id_of(bob) == salesforce_id("bob")
